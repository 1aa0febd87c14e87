//! All SQL. `engine` runs statements, on a file (`sqlite`) or on Cloudflare D1 (`d1`);
//! most other files hold one table family's.
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

/// The person of a live session; NULL for one who is closing their account. The
/// parameters are those of `sessions::statement_of`.
macro_rules! person_of_session {
    () => {
        "(SELECT u.id FROM sessions s JOIN users u ON u.id = s.user_id
            WHERE s.token_hash = ?1 AND s.expires_at > ?2 AND s.last_seen_at > ?3
              AND u.erasure_id IS NULL)"
    };
}

/// The pictures a job takes of a person's allowance: those that came, and never
/// more than were asked for; before an answer, those asked for.
macro_rules! booked_pictures {
    () => {
        "COALESCE(MIN(pictures, json_extract(settings, '$.count')), json_extract(settings, '$.count'))"
    };
}

/// Whether a picture, by its table's name in the statement, is of the same bytes or the
/// same pixels as one that was removed since somebody freed it.
macro_rules! removed_copy {
    ($image:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM removed_pictures r WHERE (r.sha256 = ",
            $image,
            ".sha256 OR r.pixels_sum = ",
            $image,
            ".pixels_sum) AND r.removed_at > COALESCE(",
            $image,
            ".freed_at, 0))"
        )
    };
}

/// Whether a picture, by its table's name in the statement, is in the sight of everybody
/// wherever it appears: neither a decision nor its maker calls it sensitive.
macro_rules! not_sensitive {
    ($image:literal) => {
        concat!(
            "(",
            $image,
            ".sensitive_by IS NULL AND ",
            $image,
            ".marked_sensitive = 0)"
        )
    };
}

// First, because others write their statements with its macro.
#[macro_use]
pub mod outbox;
#[macro_use]
pub mod listed;

pub mod account_notices;
pub mod account_page;
pub mod admin_page;
pub mod announcements;
pub mod case_acts;
pub mod cases;
pub mod change_checks;
pub mod changes;
pub mod clock_watch;
pub mod collections;
pub mod composites;
pub mod composer;
pub mod costs;
mod d1;
pub mod day_budget;
mod engine;
pub mod erasures;
mod errors;
pub mod examination;
pub mod export;
pub mod handles;
pub mod health;
pub mod image_page;
pub mod images;
pub mod invitations;
mod job_queue;
pub mod job_views;
pub mod jobs;
pub mod leases;
pub mod legal;
pub mod library;
pub mod likes;
mod lineage;
pub mod mail;
pub mod makers;
pub mod models_off;
pub mod mover;
pub mod node_leases;
pub mod notice_sums;
pub mod notices;
pub mod orders;
pub mod people;
pub mod personal_limits;
mod public;
pub mod profile_acts;
pub mod public_lists;
pub mod rankings;
pub mod rate_windows;
mod reads;
pub mod removed;
pub mod renditions;
pub mod reports;
pub mod retention;
mod rows;
pub mod schema;
pub mod sealed;
pub mod search_index;
pub mod service_state;
pub mod sessions;
pub mod sitemap;
mod sqlite;
pub mod statistics;
pub mod styles;
pub mod suspensions;
pub mod tags;
pub mod threads;
pub mod trash;
pub mod trips;
pub mod unfounded;
pub mod uploads;
pub mod usage;
pub mod users;
pub mod visibility;
pub mod watch;
pub mod words;

pub use d1::D1Settings;
pub use engine::{Access, Db, Statement};
pub use errors::{DbError, OpenError, SharedError};
pub use public::PublicVersion;
pub use rows::{INTEGER_MAX, Row, Value};

/// The statements of each file.
const OF_FILES: &[&[(&str, &str)]] = &[
    users::SQL,
    handles::SQL,
    likes::SQL,
    profile_acts::SQL,
    makers::SQL,
    visibility::SQL,
    removed::SQL,
    sealed::SQL,
    people::SQL,
    personal_limits::SQL,
    day_budget::SQL,
    sessions::SQL,
    service_state::SQL,
    jobs::SQL,
    leases::SQL,
    node_leases::SQL,
    job_queue::SQL,
    job_views::SQL,
    usage::SQL,
    image_page::SQL,
    images::SQL,
    renditions::SQL,
    invitations::SQL,
    sitemap::SQL,
    uploads::SQL,
    lineage::SQL,
    models_off::SQL,
    announcements::SQL,
    mail::SQL,
    mover::SQL,
    library::SQL,
    tags::SQL,
    threads::SQL,
    collections::SQL,
    styles::SQL,
    composites::SQL,
    change_checks::SQL,
    changes::SQL,
    trash::SQL,
    outbox::SQL,
    erasures::SQL,
    examination::SQL,
    search_index::SQL,
    export::SQL,
    retention::SQL,
    clock_watch::SQL,
    health::SQL,
    costs::SQL,
    legal::SQL,
    reports::SQL,
    notices::SQL,
    cases::SQL,
    case_acts::SQL,
    notice_sums::SQL,
    suspensions::SQL,
    account_notices::SQL,
    orders::SQL,
    unfounded::SQL,
    statistics::SQL,
    rate_windows::SQL,
    watch::SQL,
    public::SQL,
    public_lists::SQL,
    rankings::SQL,
    words::SQL,
];

/// Every constant statement by name, for the test that prepares each.
pub fn all_statements() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_files = OF_FILES.iter().copied().flatten().copied();
    of_files.chain(mover::statements_of_parts())
}
