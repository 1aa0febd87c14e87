//! Moving every row from one database to another: the tables in the order in which
//! they can be filled, and the statements that read, fill, count and empty each.
//!
//! Rows travel as JSON, many in one text, because the number of a statement's
//! parameters is small on D1. What a row says of a row that may come later is
//! filled in afterwards, as a part of its own. What the server finds out anew is
//! left behind: leases, counts of the minute, numbers of the service's state; and
//! the search index and the sums, which triggers make of the rows.
//!
//! The statements of a table are made of its name and its columns, so they are
//! not in `statements!`; `statements_of_parts` lists them beside.

use super::{Db, DbError, Row, Statement, engine::json};

/// Some columns of a table's rows.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The table, or what of it.
    pub name: &'static str,
    /// Rows that are read at once: fewer where a row may be large.
    pub rows_at_once: u32,
    columns: &'static [&'static str],
    read: &'static str,
    fill: &'static str,
    count: &'static str,
    /// Removes some of the rows; `None` where another part does.
    empty: Option<&'static str>,
}

impl Part {
    /// True if it is all of a table's rows, and not what is said of some of them.
    pub fn is_table(&self) -> bool {
        self.empty.is_some()
    }
}

/// The rows of a table.
macro_rules! rows_of {
    ($table:literal, $at_once:literal, [$first:literal $(, $column:literal)* $(,)?]) => {
        Part {
            name: $table,
            rows_at_once: $at_once,
            columns: &[$first $(, $column)*],
            read: concat!(
                "SELECT rowid AS moved_row, ", $first $(, ", ", $column)*, " FROM ", $table,
                " WHERE rowid > ?1 ORDER BY rowid LIMIT ?2"
            ),
            fill: concat!(
                "INSERT INTO ", $table, " (", $first $(, ", ", $column)*,
                ") SELECT json_extract(r.value, '$.", $first, "')"
                $(, ", json_extract(r.value, '$.", $column, "')")*,
                " FROM json_each(?1) AS r"
            ),
            count: concat!("SELECT COUNT(*) AS found FROM ", $table),
            empty: Some(concat!(
                "DELETE FROM ", $table, " WHERE rowid IN (SELECT rowid FROM ", $table,
                " LIMIT 500) RETURNING 1 AS gone"
            )),
        }
    };
}

/// The pictures that the rows of a table started from.
macro_rules! parents_of {
    ($table:literal, $name:literal) => {
        Part {
            name: $name,
            rows_at_once: 200,
            columns: &["id", "parent_id"],
            read: concat!(
                "SELECT rowid AS moved_row, id, parent_id FROM ",
                $table,
                " WHERE parent_id IS NOT NULL AND rowid > ?1 ORDER BY rowid LIMIT ?2"
            ),
            fill: concat!(
                "UPDATE ",
                $table,
                " SET parent_id = (SELECT json_extract(r.value, '$.parent_id')
                    FROM json_each(?1) AS r WHERE json_extract(r.value, '$.id') = ",
                $table,
                ".id)
                WHERE id IN (SELECT json_extract(r.value, '$.id') FROM json_each(?1) AS r)"
            ),
            count: concat!(
                "SELECT COUNT(*) AS found FROM ",
                $table,
                " WHERE parent_id IS NOT NULL"
            ),
            empty: None,
        }
    };
}

/// Everything that moves, each after what it refers to.
#[rustfmt::skip]
pub static PARTS: [Part; 48] = [
    rows_of!("erasures", 500, [
        "id", "requested_at", "due_at", "rows_gone_at", "done_at", "withdrawn_at",
    ]),
    rows_of!("users", 50, [
        "id", "issuer", "subject", "email", "name", "avatar_key", "age_stated_at",
        "age_stated_min", "draft", "created_at", "last_sign_in_at", "language", "handle",
        "shows_prompts", "keeps_private", "erasure_id", "email_assumed",
        "suspended_until", "sees_sensitive",
        "profile_wanted", "profile_picture", "profile_text", "profile_off_by",
    ]),
    rows_of!("sessions", 500, [
        "token_hash", "user_id", "created_at", "last_seen_at", "expires_at", "user_agent",
    ]),
    rows_of!("personal_limits", 500, [
        "user_id", "pictures_per_day", "micros_per_month", "own_pictures_per_day",
        "own_micros_per_month",
    ]),
    rows_of!("sign_ins", 100, [
        "token_hash", "state", "nonce", "pkce_verifier", "next", "draft", "expires_at", "browser",
        "invitation",
    ]),
    rows_of!("sign_in_records", 500, [
        "id", "user_id", "at", "user_agent", "address", "shortened",
    ]),
    rows_of!("jobs", 50, [
        "id", "user_id", "request_key", "state", "model", "prompt", "settings",
        "reserved_micros", "cost_micros", "attempts", "not_before", "lease_owner", "lease_until",
        "failure", "failure_categories", "incident", "created_at", "dispatched_at",
        "finished_at", "pictures", "cost_estimated", "claim", "changed_at",
        "stop_at", "group_id", "keeps_outside",
    ]),
    rows_of!("images", 50, [
        "id", "user_id", "job_id", "position", "width", "height", "format", "bytes", "sha256",
        "placeholder", "widths", "model", "prompt", "revised_prompt", "settings", "cost_micros",
        "public_key", "published_at", "created_at", "favourite", "trashed_at", "credentials",
        "shows_prompt", "renditions_due", "renditions_tries", "other_format", "search_text",
        "cost_estimated", "rendition_set", "withheld_by", "sensitive_by", "unlisted_by",
        "unlisted_key", "unlisted_until", "marked_sensitive",
        "pixels_sum", "looks", "held_by", "freed_at", "composite", "answer", "title", "title_words",
        "alt",
    ]),
    parents_of!("jobs", "parents of jobs"),
    parents_of!("images", "parents of images"),
    rows_of!("likes", 500, ["image_id", "user_id", "liked_at"]),
    rows_of!("follows", 500, ["user_id", "maker_id", "id", "followed_at"]),
    rows_of!("hidden_makers", 500, ["user_id", "maker_id", "id", "hidden_at"]),
    rows_of!("image_tags", 500, ["user_id", "image_id", "folded", "name"]),
    rows_of!("public_tags", 500, ["user_id", "image_id", "folded", "name", "words"]),
    rows_of!("collections", 500, ["id", "user_id", "name", "folded", "created_at"]),
    rows_of!("styles", 500, [
        "id", "user_id", "name", "folded", "words_before", "words_after", "settings", "created_at",
    ]),
    rows_of!("collection_images", 500, ["user_id", "collection_id", "image_id"]),
    rows_of!("changes", 500, ["id", "user_id", "action", "detail", "name", "created_at"]),
    rows_of!("change_images", 500, [
        "user_id", "change_id", "image_id", "published_at", "was_unlisted", "unlisted_until",
    ]),
    rows_of!("uploads", 500, [
        "id", "user_id", "kind", "mask_of", "width", "height", "format", "bytes", "objects",
        "created_at", "used_at",
    ]),
    rows_of!("job_inputs", 500, ["job_id", "upload_id", "user_id", "position"]),
    rows_of!("invitations", 500, [
        "id", "token_hash", "user_id", "note", "created_at", "ends_at", "revoked_at", "uses", "used",
    ]),
    rows_of!("invitation_uses", 500, ["user_id", "invitation_id", "used_at"]),
    rows_of!("reports", 200, [
        "id", "user_id", "about", "details", "email", "created_at", "decided_at", "decision",
        "erasing_act",
    ]),
    rows_of!("cases", 200, [
        "id", "user_id", "image_id", "about", "opened_at", "due_at", "decided_at", "act_id",
        "decided_by", "picture", "account", "strike", "until", "ground", "rule", "facts",
        "public_key", "published_at", "overturned_at", "measure", "unlisted_key", "unlisted_until",
        "automatic", "copy_of", "erasing_act",
    ]),
    rows_of!("notices", 200, [
        "id", "case_id", "reason", "explanation", "name", "email", "signature", "created_at",
        "mail_language", "order_id", "unread", "unfounded",
    ]),
    rows_of!("appeals", 200, [
        "id", "case_id", "notice_id", "act_id", "words", "created_at", "decided_at", "upheld",
        "answer", "decided_by",
    ]),
    rows_of!("suspended_sign_ins", 500, ["person", "until"]),
    rows_of!("given_up_handles", 500, ["handle", "former", "until"]),
    rows_of!("admin_acts", 500, ["id", "at", "admin", "act", "subject", "reason"]),
    rows_of!("statistics", 500, ["day", "what", "count"]),
    rows_of!("legal_texts", 500, ["document", "fingerprint", "changed_at"]),
    rows_of!("retention_runs", 500, [
        "rule", "ran_at", "removed", "removed_ever", "removed_at", "failed",
    ]),
    rows_of!("clock_watch", 500, ["id", "believed_at", "seen_at", "doubted_since"]),
    rows_of!("erased_usage", 500, ["person", "day", "pictures", "micros"]),
    rows_of!("object_deletions", 500, ["object_key", "requested_at"]),
    rows_of!("models_off", 500, ["model", "off_at"]),
    rows_of!("announcements", 50, ["id", "words", "starts_at", "ends_at"]),
    rows_of!("authority_orders", 200, [
        "id", "kind", "authority", "reference", "basis", "pictures", "words", "name", "email",
        "received_at", "due_at", "answered_at", "answered_by", "answer", "mail_language",
    ]),
    rows_of!("mails", 500, [
        "id", "kind", "user_id", "notice_id", "invitation_id", "order_id", "address", "language",
        "created_at", "due_at", "tries",
    ]),
    rows_of!("mail_receipts", 500, ["address", "at"]),
    rows_of!("removed_pictures", 50, [
        "id", "case_id", "sha256", "pixels_sum", "looks", "removed_at", "copies_due",
    ]),
    rows_of!("police_reports", 200, [
        "id", "case_id", "at", "admin", "offence", "authority", "file_reference", "words",
        "picture",
    ]),
    rows_of!("sealed_copies", 500, ["id", "sealed_at", "until", "extended_at"]),
    rows_of!("unfounded_reporters", 500, ["person", "marked_at", "unread_until"]),
    rows_of!("notice_sums", 500, ["year", "kind", "word", "count"]),
    rows_of!("decision_times", 500, ["year", "minutes", "decisions"]),
];

statements! {
    /// What a node does at the moment: one that was told to end brings the jobs in its
    /// hands to their end, and keeps house no longer.
    AT_WORK = "SELECT name FROM leases WHERE name <> 'moving' AND until > ?1
        UNION ALL SELECT 'job' AS name FROM jobs
            WHERE state IN ('dispatching', 'received', 'stored') AND lease_until > ?1
        ORDER BY name LIMIT 1";
    BEGIN = "INSERT INTO service_state (name, value) VALUES ('moving_in', ?1)
        ON CONFLICT (name) DO UPDATE SET value = ?1";
    DONE = "DELETE FROM service_state WHERE name = 'moving_in'";
    STANDING = "SELECT EXISTS (SELECT 1 FROM service_state WHERE name = 'moving_in') AS half,
        EXISTS (SELECT 1 FROM leases WHERE name = 'moving' AND until > ?1) AS held";
}

/// The statements of every part, by name.
pub(super) fn statements_of_parts() -> impl Iterator<Item = (&'static str, &'static str)> {
    PARTS.iter().flat_map(|part| {
        let four = [
            Some(part.read),
            Some(part.fill),
            Some(part.count),
            part.empty,
        ];
        four.into_iter().flatten().map(move |sql| (part.name, sql))
    })
}

/// Rows of a part as JSON objects, and where the next ones begin.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// One text a row.
    pub texts: Vec<String>,
    /// The number of the last row; `None` if there was none.
    pub last: Option<i64>,
}

/// Rows of a part after the one with this number, in the order of their numbers.
pub async fn read(db: &Db, part: &Part, after: i64) -> Result<Rows, DbError> {
    let statement = Statement::new(part.read)
        .bind(after)
        .bind(part.rows_at_once);
    let mut rows = Rows::default();
    for row in db.fetch_all(statement).await? {
        rows.texts.push(text_of(&row, part.columns)?);
        rows.last = Some(row.int("moved_row")?);
    }
    Ok(rows)
}

/// A row as a JSON object. There are no other values than whole numbers and text.
fn text_of(row: &Row, columns: &[&str]) -> Result<String, DbError> {
    let mut values = serde_json::Map::new();
    for column in columns {
        let value = match row.opt_int(column) {
            Ok(number) => serde_json::Value::from(number),
            Err(_) => serde_json::Value::from(row.opt_text(column)?),
        };
        values.insert((*column).to_owned(), value);
    }
    json(&values)
}

/// Puts rows into a part, all or none of them.
pub async fn fill(db: &Db, part: &Part, rows: &[String]) -> Result<(), DbError> {
    let list = format!("[{}]", rows.join(","));
    db.write(Statement::new(part.fill).bind(list))
        .await
        .map(|_| ())
}

/// Number of a part's rows.
pub async fn count(db: &Db, part: &Part) -> Result<u64, DbError> {
    let row = db.fetch_optional(Statement::new(part.count)).await?;
    Ok(row.ok_or(DbError::Shape)?.int("found")?.unsigned_abs())
}

/// The first part that has rows; `None` in a database that holds its schema alone.
pub async fn first_filled(db: &Db) -> Result<Option<&'static str>, DbError> {
    let counts = PARTS.iter().map(|part| Statement::new(part.count));
    let found = db.fetch_many(counts.collect()).await?;
    for (part, rows) in PARTS.iter().zip(found) {
        if rows.first().ok_or(DbError::Shape)?.int("found")? > 0 {
            return Ok(Some(part.name));
        }
    }
    Ok(None)
}

/// Removes some rows of a part; false once there are none.
pub async fn empty_some(db: &Db, part: &Part) -> Result<bool, DbError> {
    let Some(sql) = part.empty else {
        return Ok(false);
    };
    Ok(!db.write_repeatable(Statement::new(sql)).await?.is_empty())
}

/// What some node has a lease for at this moment, by name; `None` if none has.
pub async fn at_work(db: &Db, now_ms: i64) -> Result<Option<String>, DbError> {
    let row = db
        .fetch_optional(Statement::new(AT_WORK).bind(now_ms))
        .await?;
    row.map(|row| row.text("name")).transpose()
}

/// Notes that the database is being filled: nobody may serve it before [`done`].
pub async fn begin(db: &Db, now_ms: i64) -> Result<(), DbError> {
    let statement = Statement::new(BEGIN).bind(now_ms);
    db.write_repeatable(statement).await.map(|_| ())
}

/// Notes that it is filled.
pub async fn done(db: &Db) -> Result<(), DbError> {
    db.write_repeatable(Statement::new(DONE)).await.map(|_| ())
}

/// The name of the lease that a move has on a database: one move at a time, and
/// no node meanwhile.
pub const LEASE: &str = "moving";

/// What a move has to do with a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// One has the lease of this moment.
    pub held: bool,
    /// One that was to fill it has not ended, or never did.
    pub half: bool,
}

/// Whether a move has to do with this database now: [`LEASE`] is what one holds.
pub async fn standing(db: &Db, now_ms: i64) -> Result<Standing, DbError> {
    let row = db
        .fetch_optional(Statement::new(STANDING).bind(now_ms))
        .await?;
    let row = row.ok_or(DbError::Shape)?;
    Ok(Standing {
        held: row.int("held")? != 0,
        half: row.int("half")? != 0,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::node_leases, *};
    use std::collections::{BTreeMap, BTreeSet};

    /// Tables whose rows say something of this moment alone.
    const LEFT: [&str; 3] = ["leases", "rate_windows", "service_state"];
    /// Tables that triggers fill.
    const SUMS: [&str; 8] = [
        "day_sums",
        "job_sums",
        "month_sums",
        "library_sums",
        "sitemap_files",
        "public_pictures",
        "public_words",
        "rankings",
    ];
    /// Columns that are filled afterwards, or by a trigger.
    const LATER: [&str; 4] = [
        "jobs.parent_id",
        "images.parent_id",
        "images.search_id",
        "public_tags.number",
    ];

    async fn database(folder: &tempfile::TempDir) -> Db {
        Db::open(&folder.path().join("test.db"))
            .await
            .expect("opens")
    }

    #[tokio::test]
    async fn every_table_and_every_column_moves() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = database(&folder).await;
        let sql = "SELECT t.name AS tbl, c.name AS col FROM sqlite_schema t, pragma_table_info(t.name) c
            WHERE t.type = 'table' AND t.name NOT LIKE 'image_search%'
              AND t.name NOT IN ('_sqlx_migrations', 'sqlite_sequence', 'sqlite_stat1', 'sqlite_stat4')";
        let rows = db.fetch_all(Statement::new(sql)).await.expect("read");
        let mut there: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in rows {
            let (table, column) = (
                row.text("tbl").expect("a name"),
                row.text("col").expect("a name"),
            );
            let left = LEFT.contains(&table.as_str()) || SUMS.contains(&table.as_str());
            if !left && !LATER.contains(&&*format!("{table}.{column}")) {
                there.entry(table).or_default().insert(column);
            }
        }
        let mut moved: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for part in PARTS.iter().filter(|part| part.is_table()) {
            let columns = part.columns.iter().map(|column| (*column).to_owned());
            moved.insert(part.name.to_owned(), columns.collect());
        }
        assert_eq!(moved, there);
    }

    #[tokio::test]
    async fn what_is_referred_to_moves_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = database(&folder).await;
        let sql = "SELECT t.name AS child, k.\"table\" AS parent, k.\"from\" AS col
            FROM sqlite_schema t, pragma_foreign_key_list(t.name) k WHERE t.type = 'table'";
        let rows = db.fetch_all(Statement::new(sql)).await.expect("read");
        assert!(rows.len() > 15, "only {} references", rows.len());
        let place = |name: &str| PARTS.iter().position(|part| part.name == name);
        for row in rows {
            let name = |column: &str| row.text(column).expect("a name");
            let (child, parent, column) = (name("child"), name("parent"), name("col"));
            let Some(part) = PARTS.iter().find(|part| part.name == child) else {
                continue;
            };
            if part.columns.contains(&column.as_str()) {
                assert!(
                    place(&parent) < place(&child),
                    "{child}.{column} before {parent}"
                );
                continue;
            }
            // What may come later has a part of its own behind both.
            let later = place(&format!("parents of {child}"));
            assert!(
                later > place(&parent) && later > place(&child),
                "{child}.{column}"
            );
        }
    }

    #[tokio::test]
    async fn one_move_at_a_time_holds_a_database_and_half_a_move_is_seen() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = database(&folder).await;
        let stands = async |now_ms| {
            let standing = standing(&db, now_ms).await.expect("read");
            (standing.held, standing.half)
        };
        assert_eq!(stands(100).await, (false, false));
        assert_eq!(first_filled(&db).await, Ok(None));
        let take = async |owner: &str, now_ms: i64| {
            let taken = node_leases::take(&db, LEASE, owner, now_ms + 100, now_ms, 0).await;
            taken.expect("answered")
        };
        assert!(take("one", 100).await);
        assert!(!take("two", 150).await);
        assert_eq!(stands(199).await, (true, false));
        assert_eq!(at_work(&db, 100).await, Ok(None));
        begin(&db, 150).await.expect("noted");
        assert_eq!(stands(200).await, (false, true));
        assert!(take("two", 200).await);
        assert_eq!(stands(210).await, (true, true));
        node_leases::release(&db, LEASE, "two")
            .await
            .expect("given back");
        done(&db).await.expect("noted");
        assert_eq!(stands(210).await, (false, false));
        let house = node_leases::take(&db, "housekeeping", "node", 300, 200, 0).await;
        assert_eq!(house, Ok(true));
        assert_eq!(at_work(&db, 299).await, Ok(Some("housekeeping".to_owned())));
        assert_eq!(at_work(&db, 300).await, Ok(None));
    }

    /// A person, a job that started from its own picture, words of several scripts,
    /// pictures that started from each other, rows that are alike.
    async fn fill_in(db: &Db) {
        for sql in [
            "INSERT INTO users (id, issuer, subject, email, name, created_at, last_sign_in_at)
                VALUES ('u', 'i', 's', 'a@example.com', 'Ada \"the first\"', 1, 9007199254740991)",
            "INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings,
                reserved_micros, created_at)
                VALUES ('j', 'u', 'k', 'ready', 'm', 'ship', '{\"count\":2}', 0, 1)",
            "INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes,
                sha256, placeholder, widths, model, prompt, settings, cost_micros, created_at)
                VALUES ('b', 'u', 'j', 0, 1, 1, 'png', 1, 'x', '#000', '[]', 'm', 'a walrus', '{}', 0, 1),
                    ('a', 'u', 'j', 1, 1, 1, 'png', 1, 'x', '#000', '[]', 'm', 'ภาพ 夕暮れ 🐱', '{}', 0, 1)",
            "UPDATE images SET parent_id = CASE id WHEN 'a' THEN 'b' ELSE 'a' END",
            "UPDATE jobs SET parent_id = 'a'",
            "INSERT INTO erased_usage (person, day, pictures, micros)
                VALUES ('p', 1, 2, 3), ('p', 1, 2, 3)",
            "INSERT INTO object_deletions (object_key, requested_at) VALUES ('originals/z.png', 1)",
        ] {
            db.write(Statement::new(sql)).await.expect(sql);
        }
    }

    async fn found(db: &Db, word: &str) -> Vec<String> {
        let sql = "SELECT i.id FROM image_search_terms s JOIN images i ON i.search_id = s.rowid
            WHERE image_search_terms MATCH ?1";
        let rows = db.fetch_all(Statement::new(sql).bind(word)).await;
        let ids = rows.expect("searched").into_iter();
        ids.map(|row| row.text("id").expect("an id")).collect()
    }

    #[tokio::test]
    async fn all_rows_move_and_are_found_again() {
        let (here, there) = (
            tempfile::tempdir().expect("a folder"),
            tempfile::tempdir().expect("a folder"),
        );
        let (from, to) = (database(&here).await, database(&there).await);
        fill_in(&from).await;
        for part in &PARTS {
            let rows = read(&from, part, 0).await.expect("read");
            if !rows.texts.is_empty() {
                fill(&to, part, &rows.texts).await.expect(part.name);
            }
        }
        for part in &PARTS {
            let (sent, kept) = (read(&from, part, 0).await, read(&to, part, 0).await);
            let (sent, kept) = (sent.expect("read"), kept.expect("read"));
            assert_eq!(sent.texts, kept.texts, "{}", part.name);
            let rows = count(&to, part).await.expect("counted");
            assert_eq!(rows, kept.texts.len() as u64, "{}", part.name);
        }
        assert_eq!(first_filled(&to).await, Ok(Some("users")));
        assert_eq!(found(&to, "puwalrus").await, ["b"]);
        for index in ["image_search", "image_search_terms", "image_search_public"] {
            let check =
                format!("INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)");
            let check: &'static str = check.leak();
            to.write(Statement::new(check)).await.expect("in step");
        }
        for part in PARTS.iter().rev() {
            while empty_some(&to, part).await.expect("emptied") {}
        }
        assert_eq!(first_filled(&to).await, Ok(None));
        assert!(found(&to, "puwalrus").await.is_empty());
    }
}
