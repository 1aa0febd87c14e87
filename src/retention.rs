//! What is kept how long. [`Rule`] lists every period the service promises; the
//! privacy policy is rendered from it, housekeeping and `imgc purge` carry it out.

pub mod files;
pub mod orphans;
pub mod run;
mod watch;

pub use watch::ClockWatch;

use crate::{
    account::GRACE_MS,
    library::trash,
    store::{changes, sessions, uploads},
};

const DAY_MS: i64 = 24 * 3600 * 1000;

/// Something that is kept for a time and no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Sessions without a visit, or that have lasted long enough.
    Sessions,
    /// Sign-ins that were begun and not finished.
    SignIns,
    /// Network addresses of sign-ins, after which only the network is kept.
    Addresses,
    /// Who signed in when, and with which browser.
    SignInRecords,
    /// What is needed to take a change back.
    Changes,
    /// Pictures in the trash.
    Trash,
    /// Reference pictures and masks after their last use.
    Uploads,
    /// Accounts after their closing.
    ClosedAccounts,
    /// The keyed hash that an erased account's use of the day is noted under.
    ErasedUsage,
    /// Receipts of erasures.
    Receipts,
    /// Reports of children's accounts, after their decision.
    Reports,
    /// What administrators did.
    AdminActs,
    /// Answers in the spool whose job is over.
    Spool,
    /// The log's files.
    Logs,
    /// Copies for emergencies.
    Backups,
    /// Objects that belong to nothing.
    Orphans,
    /// Objects whose rows are gone.
    Objects,
}

impl Rule {
    /// Every rule, in the order they are carried out: what orders the deletion
    /// of objects comes before the deletion.
    pub const ALL: [Rule; 17] = [
        Rule::Sessions,
        Rule::SignIns,
        Rule::Addresses,
        Rule::SignInRecords,
        Rule::Changes,
        Rule::Trash,
        Rule::Uploads,
        Rule::ClosedAccounts,
        Rule::ErasedUsage,
        Rule::Receipts,
        Rule::Reports,
        Rule::AdminActs,
        Rule::Spool,
        Rule::Logs,
        Rule::Backups,
        Rule::Orphans,
        Rule::Objects,
    ];

    /// Its name in reports and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Sessions => "sessions",
            Rule::SignIns => "sign-ins begun",
            Rule::Addresses => "whole addresses",
            Rule::SignInRecords => "sign-in records",
            Rule::Changes => "undo notes",
            Rule::Trash => "trash",
            Rule::Uploads => "uploads",
            Rule::ClosedAccounts => "closed accounts",
            Rule::ErasedUsage => "erased usage",
            Rule::Receipts => "erasure receipts",
            Rule::Reports => "reports",
            Rule::AdminActs => "admin acts",
            Rule::Spool => "spool",
            Rule::Logs => "logs",
            Rule::Backups => "backups",
            Rule::Orphans => "orphaned objects",
            Rule::Objects => "deleted objects",
        }
    }

    /// How long such a thing is kept, in milliseconds.
    pub fn kept_ms(self) -> i64 {
        match self {
            // What has a home of its own says itself how long it is kept.
            Rule::Sessions => sessions::ABSOLUTE_MS,
            Rule::SignIns => sessions::SIGN_IN_MS,
            Rule::Changes => changes::KEPT_MS,
            Rule::Trash => trash::KEPT_MS,
            Rule::Uploads => uploads::KEPT_MS,
            Rule::ClosedAccounts => GRACE_MS,
            Rule::Addresses => 7 * DAY_MS,
            // Six months, counted so that none of them is longer.
            Rule::SignInRecords | Rule::Reports | Rule::Logs => 180 * DAY_MS,
            Rule::Backups => 14 * DAY_MS,
            Rule::ErasedUsage | Rule::Orphans => DAY_MS,
            Rule::Receipts | Rule::AdminActs => 365 * DAY_MS,
            Rule::Spool | Rule::Objects => 0,
        }
    }
}
