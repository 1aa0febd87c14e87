//! What strangers see, as a version: a number of this process's that changes
//! whenever that may have changed. What is kept of public pages is kept with it.
//!
//! Triggers count it up in a row. A write of this node's that may do so, by its text,
//! is followed by a look at the row before it is answered, on the embedded engine in
//! its own transaction; on a shared database it counts as a change itself, and what
//! other nodes write is found by the watch. A node that has not looked for a while
//! keeps nothing.

use super::{DbError, Row, Statement};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

statements! {
    VERSION = "SELECT value FROM service_state WHERE name = 'public_version'";
}

/// The tables that public pages are made of.
const TABLES: [&str; 4] = ["images", "legal_texts", "public_tags", "users"];

/// How old the watch's last look may be for what is kept to be shown: what another
/// node took back no node shows two seconds later. (A cache before the nodes may
/// keep what it has for two more.) Where a look takes longer than this leaves, the
/// node draws for each who asks, as if it kept nothing.
const LOOKED_WITHIN: Duration = Duration::from_millis(1_900);
/// No look yet.
const NEVER: i64 = i64::MIN;

/// The version, shared by whoever reads it and whoever changes it.
#[derive(Clone)]
pub struct PublicVersion(Arc<Counted>);

struct Counted {
    version: AtomicU64,
    /// Other nodes write the same database.
    is_shared: bool,
    began: Instant,
    /// Milliseconds after `began` of the last look, and the row that it found.
    looked_ms: AtomicI64,
    row: AtomicI64,
}

/// A write under way that may change what strangers see: when it has ended, well or
/// not, the version is another, unless the row was found as it was.
pub(super) struct Changing(Option<PublicVersion>);

impl PublicVersion {
    pub(super) fn new(is_shared: bool) -> PublicVersion {
        PublicVersion(Arc::new(Counted {
            version: AtomicU64::new(1),
            is_shared,
            began: Instant::now(),
            looked_ms: AtomicI64::new(NEVER),
            row: AtomicI64::new(NEVER),
        }))
    }

    /// The version that holds now; `None` while this node cannot know whether
    /// another has changed something. What is read after this is no older.
    pub fn current(&self) -> Option<u64> {
        if self.0.is_shared {
            let looked_ms = self.0.looked_ms.load(Ordering::Acquire);
            let age_ms = self.now_ms().saturating_sub(looked_ms);
            let within = i64::try_from(LOOKED_WITHIN.as_millis()).unwrap_or(0);
            if looked_ms == NEVER || age_ms > within {
                return None;
            }
        }
        Some(self.0.version.load(Ordering::Acquire))
    }

    /// When a look begins, for [`PublicVersion::looked`].
    pub fn now_ms(&self) -> i64 {
        i64::try_from(self.0.began.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// A look that began then found the row like this.
    pub fn looked(&self, began_ms: i64, row: i64) {
        if self.0.row.swap(row, Ordering::AcqRel) != row {
            self.change();
        }
        self.0.looked_ms.store(began_ms, Ordering::Release);
    }

    /// To be held until these statements have been run.
    pub(super) fn changing(&self, statements: &[Statement]) -> Changing {
        let public = statements.iter().any(|one| writes_public(one.sql));
        Changing(public.then(|| self.clone()))
    }

    /// Counts a change; of what no table tells, whoever knows of it calls this.
    pub fn change(&self) {
        self.0.version.fetch_add(1, Ordering::AcqRel);
    }
}

impl Changing {
    /// Whether there is anything to be found.
    pub(super) fn may(&self) -> bool {
        self.0.is_some()
    }

    /// The write has ended, and left the row like this.
    pub(super) fn found(mut self, row: &[Row]) {
        let Ok(row) = from_rows(row) else { return };
        if let Some(version) = self.0.take()
            && version.0.row.swap(row, Ordering::AcqRel) != row
        {
            version.change();
        }
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        if let Some(version) = &self.0 {
            version.change();
        }
    }
}

/// The statement of the row, for a look.
pub(super) fn statement() -> Statement {
    Statement::new(VERSION)
}

/// The row as [`statement`] reads it; 0 before the first change.
pub(super) fn from_rows(rows: &[Row]) -> Result<i64, DbError> {
    rows.first().map_or(Ok(0), |row| row.int("value"))
}

/// Whether a statement writes one of the tables that public pages are made of.
/// Deleting a person deletes their pictures.
fn writes_public(sql: &str) -> bool {
    let mut before = ["", ""];
    for word in sql.split(|c: char| c.is_whitespace() || "(),;".contains(c)) {
        if word.is_empty() {
            continue;
        }
        let written = before[1] == "UPDATE"
            || before[1] == "INTO"
            || (before[0] == "DELETE" && before[1] == "FROM");
        if written && TABLES.contains(&word) {
            return true;
        }
        before = [before[1], word];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Db, all_statements};

    async fn row(db: &Db) -> Result<i64, DbError> {
        from_rows(&db.fetch_all(statement()).await?)
    }

    #[test]
    fn every_write_of_a_public_table_is_known_by_its_text() {
        let mut known = 0;
        for (name, sql) in all_statements() {
            // As a person would look: a verb that writes, and a table's name after it.
            let flat = sql.split_whitespace().collect::<Vec<_>>().join(" ");
            let written = TABLES.iter().any(|table| {
                [
                    "UPDATE",
                    "INSERT INTO",
                    "REPLACE INTO",
                    "DELETE FROM",
                    "INSERT OR IGNORE INTO",
                ]
                .iter()
                .any(|verb| {
                    let after = format!("{verb} {table}");
                    flat.match_indices(&after).any(|(at, _)| {
                        let next = flat[at + after.len()..].chars().next();
                        next.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_')
                    })
                })
            });
            assert_eq!(writes_public(sql), written, "{name}: {flat}");
            known += usize::from(written);
        }
        assert!(known > 20, "only {known}");
        assert!(!writes_public(
            "UPDATE image_tags SET a = 1 WHERE b IN (SELECT id FROM images)"
        ));
    }

    #[tokio::test]
    async fn a_write_has_changed_the_version_when_it_is_answered() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(&folder.path().join("test.db"))
            .await
            .expect("opens");
        let come =
            "INSERT INTO users (id, issuer, subject, email, name, created_at, last_sign_in_at)
            VALUES ('u', 'i', 's', 'e', 'n', 1, 1)";
        db.write(Statement::new(come)).await.expect("written");
        let before = db.public().current().expect("alone");
        let other = "INSERT INTO service_state (name, value) VALUES ('x', 1)";
        db.write(Statement::new(other)).await.expect("written");
        assert_eq!(db.public().current(), Some(before));
        for private in [
            "UPDATE users SET draft = '{}'",
            "UPDATE users SET name = 'n'",
        ] {
            db.write(Statement::new(private)).await.expect("written");
            assert_eq!(db.public().current(), Some(before), "{private}");
        }
        let name = "UPDATE users SET name = 'another'";
        db.write(Statement::new(name)).await.expect("written");
        assert_eq!(db.public().current(), Some(before + 1));
        // What failed may be done, too.
        let refused = "UPDATE users SET nothing = 1";
        assert!(db.write(Statement::new(refused)).await.is_err());
        assert_eq!(db.public().current(), Some(before + 2));
    }

    #[test]
    fn who_shares_a_database_knows_as_long_as_it_looks() {
        let version = PublicVersion::new(true);
        assert_eq!(version.current(), None);
        version.looked(version.now_ms(), 7);
        let first = version.current().expect("it has looked");
        version.looked(version.now_ms(), 7);
        assert_eq!(version.current(), Some(first));
        version.looked(version.now_ms(), 8);
        assert_eq!(version.current(), Some(first + 1));
        version.looked(version.now_ms() - 2_000, 8);
        assert_eq!(version.current(), None);
    }

    #[tokio::test]
    async fn the_row_counts_what_strangers_see_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(&folder.path().join("test.db"))
            .await
            .expect("opens");
        let batch = [
            "INSERT INTO users (id, issuer, subject, email, name, created_at, last_sign_in_at)
                VALUES ('ada', 'i', 's', 'a@b.example', 'Ada', 1, 1)",
            "INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings,
                reserved_micros, created_at, not_before)
                VALUES ('j', 'ada', 'k', 'ready', 'm', 'p', '{}', 1, 1, 1)",
            "INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes, sha256,
                placeholder, widths, model, prompt, settings, cost_micros, created_at)
                VALUES ('a', 'ada', 'j', 0, 1, 1, 'png', 1, 's', '#000000', '[]', 'm', 'p', '{}', 1, 1)",
        ];
        db.batch(batch.map(Statement::new).to_vec())
            .await
            .expect("written");
        for (sql, expected) in [
            ("UPDATE images SET favourite = 1", 0),
            ("UPDATE users SET last_sign_in_at = 2", 0),
            ("UPDATE images SET public_key = 'p', published_at = 1", 1),
            ("UPDATE users SET name = 'Ada'", 1),
            ("UPDATE users SET name = 'Ada Martin'", 2),
            (
                "UPDATE images SET public_key = NULL, published_at = NULL",
                3,
            ),
            ("UPDATE images SET public_key = 'p', published_at = 1", 4),
            ("UPDATE images SET favourite = 0, search_text = 'p'", 4),
            ("UPDATE images SET sensitive_by = 'c'", 5),
            ("UPDATE images SET unlisted_by = 'c'", 6),
            ("UPDATE images SET marked_sensitive = 1", 7),
            ("UPDATE images SET marked_sensitive = 1", 7),
            // Unlisted: what is kept of it is of a version, too, also when publishing ends it.
            (
                "UPDATE images SET public_key = NULL, published_at = NULL, unlisted_key = 'u'",
                9,
            ),
            ("UPDATE images SET favourite = 1", 9),
            ("UPDATE images SET unlisted_until = 5", 10),
            ("UPDATE images SET public_key = 'p', published_at = 1", 12),
            (
                "UPDATE images SET public_key = NULL, published_at = NULL, unlisted_key = 'u'",
                14,
            ),
            ("UPDATE users SET keeps_private = 1", 15),
            ("UPDATE users SET keeps_private = 0", 15),
            ("UPDATE images SET unlisted_key = 'u'", 16),
            ("DELETE FROM jobs", 17),
        ] {
            db.write(Statement::new(sql)).await.expect(sql);
            assert_eq!(row(&db).await, Ok(expected), "{sql}");
        }
    }
}
