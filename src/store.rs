//! All SQL. `engine` runs statements; each other file holds one table family's.
//!
//! The dialect is the SQLite that Cloudflare D1 also accepts, and nothing here
//! reads in the middle of a transaction: conditions live in the statements.

/// Names a file's constant statements and lists them for the test that prepares each.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* const $name: &str = $sql;)+
        /// This file's statements by name.
        pub(super) const SQL: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}

/// A job's weight against a budget, in micro-dollars: its cost, or what is set
/// aside for it while that is unknown. A refusal is free; what was paid and
/// then lost to our own fault is not.
macro_rules! billable_micros {
    () => {
        "CASE WHEN state IN ('failed', 'cancelled') THEN COALESCE(cost_micros, 0)
            ELSE COALESCE(cost_micros, reserved_micros) END"
    };
}

/// The pictures a job takes of a person's allowance: those that came, and never
/// more than were asked for; before an answer, those asked for.
macro_rules! booked_pictures {
    () => {
        "COALESCE(MIN(pictures, json_extract(settings, '$.count')), json_extract(settings, '$.count'))"
    };
}

// First, because others write their statements with its macro.
#[macro_use]
pub mod outbox;

pub mod changes;
pub mod clock_watch;
pub mod collections;
mod engine;
pub mod erasures;
pub mod export;
pub mod images;
mod job_queue;
pub mod job_views;
pub mod jobs;
pub mod leases;
pub mod legal;
pub mod library;
pub mod lineage;
pub mod reports;
pub mod retention;
pub mod schema;
pub mod sessions;
mod sqlite;
pub mod statistics;
pub mod tags;
pub mod trash;
pub mod uploads;
pub mod usage;
pub mod users;

pub use engine::{Db, DbError, OpenError, Row, Statement, Value};

/// Every constant statement by name, for the test that prepares each.
pub fn all_statements() -> impl Iterator<Item = (&'static str, &'static str)> {
    [
        users::SQL,
        sessions::SQL,
        jobs::SQL,
        leases::SQL,
        job_queue::SQL,
        job_views::SQL,
        usage::SQL,
        images::SQL,
        uploads::SQL,
        lineage::SQL,
        library::SQL,
        tags::SQL,
        collections::SQL,
        changes::SQL,
        trash::SQL,
        outbox::SQL,
        erasures::SQL,
        export::SQL,
        retention::SQL,
        clock_watch::SQL,
        legal::SQL,
        reports::SQL,
        statistics::SQL,
    ]
    .into_iter()
    .flatten()
    .copied()
}
