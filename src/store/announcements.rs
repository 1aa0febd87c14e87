//! What administrators tell everybody for a time.

use super::{Db, DbError, Row, Statement, reports::Act};
use std::collections::BTreeMap;

statements! {
    /// Those that are shown now or will be.
    LIST = "SELECT id, words, starts_at, ends_at FROM announcements ORDER BY starts_at, id LIMIT 50";
    ADD = "INSERT INTO announcements (id, words, starts_at, ends_at)
        SELECT ?1, ?2, ?3, ?4 WHERE (SELECT COUNT(*) FROM announcements) < ?5 RETURNING id";
    REMOVE = "DELETE FROM announcements WHERE id = ?1 RETURNING id";
    /// Nobody has to tidy up after those that are over.
    FORGET = "DELETE FROM announcements WHERE ends_at <= ?1";
    /// Only where there is the announcement `?7`.
    NOTE = "INSERT INTO admin_acts (id, at, admin, act, subject, reason)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6
        WHERE EXISTS (SELECT 1 FROM announcements WHERE id = ?7)";
}

/// An announcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// UUIDv7 text.
    pub id: String,
    /// Its words by the code of their language.
    pub words: BTreeMap<String, String>,
    /// Unix milliseconds: shown from then on,
    pub starts_ms: i64,
    /// and no longer from then on.
    pub ends_ms: i64,
}

impl Announcement {
    fn from_row(row: &Row) -> Result<Announcement, DbError> {
        Ok(Announcement {
            id: row.text("id")?,
            words: serde_json::from_str(&row.text("words")?).map_err(|_| DbError::Shape)?,
            starts_ms: row.int("starts_at")?,
            ends_ms: row.int("ends_at")?,
        })
    }
}

/// Reads all there are.
pub(super) fn list_statement() -> Statement {
    Statement::new(LIST)
}

/// Those that [`list_statement`] reads.
pub(super) fn of_rows(rows: &[Row]) -> Result<Vec<Announcement>, DbError> {
    rows.iter().map(Announcement::from_row).collect()
}

/// All there are, those first that begin first.
pub async fn list(db: &Db) -> Result<Vec<Announcement>, DbError> {
    of_rows(&db.fetch_all(list_statement()).await?)
}

/// Adds one unless there are `most` already, and notes who did. What is over is
/// forgotten. Gives those there are then, and whether this is one of them.
pub async fn add(
    db: &Db,
    one: &Announcement,
    most: u32,
    (act_id, act): (&str, &Act),
) -> Result<(bool, Vec<Announcement>), DbError> {
    let words = serde_json::to_string(&one.words).map_err(|_| DbError::Shape)?;
    let add = Statement::new(ADD)
        .bind(one.id.as_str())
        .bind(words)
        .bind(one.starts_ms)
        .bind(one.ends_ms)
        .bind(most);
    let forget = Statement::new(FORGET).bind(act.at_ms);
    let batch = vec![forget, add, note(act_id, act, &one.id), list_statement()];
    let results = db.batch(batch).await?;
    let added = results.get(1).is_some_and(|rows| !rows.is_empty());
    Ok((added, of_rows(results.last().ok_or(DbError::Shape)?)?))
}

/// Takes one back and notes who did; gives those there are then, and whether there was it.
pub async fn remove(
    db: &Db,
    id: &str,
    (act_id, act): (&str, &Act),
) -> Result<(bool, Vec<Announcement>), DbError> {
    // First, while it is there.
    let note = note(act_id, act, id);
    let batch = vec![note, Statement::new(REMOVE).bind(id), list_statement()];
    let results = db.batch(batch).await?;
    let removed = results.get(1).is_some_and(|rows| !rows.is_empty());
    Ok((removed, of_rows(results.last().ok_or(DbError::Shape)?)?))
}

fn note(act_id: &str, act: &Act, id: &str) -> Statement {
    act.note(NOTE, act_id).bind(id)
}
