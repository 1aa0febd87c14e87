//! What is kept for a time and no longer: every such kind of data by its name, and how
//! long it is kept. What carries a rule out stands in `housekeeping/rules.rs`.

use super::limits::{
    APPEAL_MS, CLOSING_GRACE_MS, DAY_MS, HANDLE_RESTS_MS, MAIL_MS, PENDING_SIGN_IN_MS,
    RATE_WINDOW_KEPT_MS, REMOVED_MS, SEALED_MS, SESSION_MS, SUSPENSION_REMEMBERED_MS, TRASH_MS,
    UNDO_MS, UNFOUNDED_REMEMBERED_MS, UPLOAD_MS,
};

/// Something that is kept for a time and no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RetentionRule {
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
    /// Addresses of unlisted pictures that have ended.
    UnlistedAddresses,
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
    /// Notices about public pictures, after the decision.
    Notices,
    /// Cases that were dismissed.
    Cases,
    /// That an erased account was suspended.
    Suspensions,
    /// Hashes of removed pictures.
    RemovedPictures,
    /// Sealed copies for the police.
    SealedCopies,
    /// Orders of authorities, after they were answered; of those that nobody answered,
    /// after they were due.
    Orders,
    /// Whose reports were manifestly unfounded, under a keyed hash.
    Reporters,
    /// What administrators did.
    AdminActs,
    /// Invitations after their end, and who came by them.
    Invitations,
    /// How often somebody did something within a minute, under a keyed hash.
    RateWindows,
    /// Answers in the spool whose job is over.
    Spool,
    /// The log's files.
    Logs,
    /// Copies for emergencies.
    Backups,
    /// Copies of the database from before a migration.
    MigrationCopies,
    /// Objects that belong to nothing.
    Orphans,
    /// Objects whose rows are gone.
    Objects,
    /// Mails that cannot be sent.
    Mails,
    /// That a receipt went to an address, under a keyed hash.
    MailReceipts,
    /// Handles that were given up, under keyed hashes.
    GivenUpHandles,
}

impl RetentionRule {
    /// Every rule, in the order they are carried out: what orders the deletion
    /// of objects comes before the deletion.
    pub const ALL: [RetentionRule; 30] = [
        RetentionRule::Sessions,
        RetentionRule::SignIns,
        RetentionRule::Addresses,
        RetentionRule::SignInRecords,
        RetentionRule::Changes,
        RetentionRule::UnlistedAddresses,
        RetentionRule::Trash,
        RetentionRule::Uploads,
        RetentionRule::ClosedAccounts,
        RetentionRule::ErasedUsage,
        RetentionRule::Receipts,
        RetentionRule::Reports,
        RetentionRule::Notices,
        RetentionRule::Cases,
        RetentionRule::Suspensions,
        RetentionRule::RemovedPictures,
        RetentionRule::SealedCopies,
        RetentionRule::Orders,
        RetentionRule::Reporters,
        RetentionRule::AdminActs,
        RetentionRule::Invitations,
        RetentionRule::RateWindows,
        RetentionRule::Spool,
        RetentionRule::Logs,
        RetentionRule::Backups,
        RetentionRule::MigrationCopies,
        RetentionRule::Orphans,
        RetentionRule::Objects,
        RetentionRule::Mails,
        RetentionRule::MailReceipts,
        RetentionRule::GivenUpHandles,
    ];

    /// Its name in reports and in the database.
    pub fn name(self) -> &'static str {
        match self {
            RetentionRule::Sessions => "sessions",
            RetentionRule::SignIns => "sign-ins begun",
            RetentionRule::Addresses => "whole addresses",
            RetentionRule::SignInRecords => "sign-in records",
            RetentionRule::Changes => "undo notes",
            RetentionRule::UnlistedAddresses => "unlisted addresses",
            RetentionRule::Trash => "trash",
            RetentionRule::Uploads => "uploads",
            RetentionRule::ClosedAccounts => "closed accounts",
            RetentionRule::ErasedUsage => "erased usage",
            RetentionRule::Receipts => "erasure receipts",
            RetentionRule::Reports => "reports",
            RetentionRule::Notices => "notices",
            RetentionRule::Cases => "dismissed cases",
            RetentionRule::Suspensions => "suspensions",
            RetentionRule::RemovedPictures => "removed pictures",
            RetentionRule::SealedCopies => "sealed copies",
            RetentionRule::Orders => "orders",
            RetentionRule::Reporters => "unfounded reporters",
            RetentionRule::AdminActs => "admin acts",
            RetentionRule::Invitations => "invitations",
            RetentionRule::RateWindows => "rate windows",
            RetentionRule::Spool => "spool",
            RetentionRule::Logs => "logs",
            RetentionRule::Backups => "backups",
            RetentionRule::MigrationCopies => "migration copies",
            RetentionRule::Orphans => "orphaned objects",
            RetentionRule::Objects => "deleted objects",
            RetentionRule::Mails => "unsent mails",
            RetentionRule::MailReceipts => "receipts by mail",
            RetentionRule::GivenUpHandles => "given-up handles",
        }
    }

    /// How long such a thing is kept, in milliseconds.
    pub fn kept_ms(self) -> i64 {
        match self {
            RetentionRule::Sessions => SESSION_MS,
            RetentionRule::SignIns => PENDING_SIGN_IN_MS,
            RetentionRule::Changes => UNDO_MS,
            RetentionRule::Trash => TRASH_MS,
            RetentionRule::Uploads => UPLOAD_MS,
            RetentionRule::ClosedAccounts => CLOSING_GRACE_MS,
            RetentionRule::Addresses => 7 * DAY_MS,
            RetentionRule::Invitations => 30 * DAY_MS,
            // Six months, counted so that none of them is longer.
            RetentionRule::SignInRecords | RetentionRule::Reports | RetentionRule::Logs => {
                180 * DAY_MS
            }
            // An appeal, for which there are six months, is to find what it is about.
            RetentionRule::Notices | RetentionRule::Cases | RetentionRule::Orders => {
                APPEAL_MS + 6 * DAY_MS
            }
            RetentionRule::Suspensions => SUSPENSION_REMEMBERED_MS,
            RetentionRule::RemovedPictures => REMOVED_MS,
            // The shortest; each copy says itself when it goes.
            RetentionRule::SealedCopies => SEALED_MS,
            RetentionRule::Reporters => UNFOUNDED_REMEMBERED_MS,
            RetentionRule::Backups => 14 * DAY_MS,
            // They lie in plain beside the database, so for a shorter time.
            RetentionRule::MigrationCopies => 7 * DAY_MS,
            RetentionRule::ErasedUsage | RetentionRule::Orphans | RetentionRule::MailReceipts => {
                DAY_MS
            }
            RetentionRule::Mails => MAIL_MS,
            RetentionRule::GivenUpHandles => HANDLE_RESTS_MS,
            RetentionRule::Receipts | RetentionRule::AdminActs => 365 * DAY_MS,
            RetentionRule::RateWindows => RATE_WINDOW_KEPT_MS,
            RetentionRule::UnlistedAddresses | RetentionRule::Spool | RetentionRule::Objects => 0,
        }
    }

    /// True for what is on a node's own disk, which every node looks after; the
    /// rest is the service's, and one node at a time sees to it.
    pub fn is_of_node(self) -> bool {
        matches!(
            self,
            RetentionRule::Logs | RetentionRule::Backups | RetentionRule::MigrationCopies
        )
    }
}
