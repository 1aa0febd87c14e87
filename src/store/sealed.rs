//! What was passed to the police, and the sealed copies that are kept of it.

use super::{Db, DbError, Row, Statement, images::Image, reports::Act};
use crate::model::offence::Offence;

statements! {
    /// Sent twice it is one: the id is made of what was typed.
    REPORT = "INSERT INTO police_reports (id, case_id, at, admin, offence, authority, file_reference, words, picture)
        SELECT ?1, c.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM cases c WHERE c.id = ?2
        ON CONFLICT (id) DO NOTHING RETURNING id";
    IS_PASSED = "SELECT 1 AS yes FROM police_reports WHERE id = ?1";
    SEAL = "INSERT INTO sealed_copies (id, sealed_at, until)
        SELECT r.id, r.at, ?2 FROM police_reports r WHERE r.id = ?1 AND r.at = ?3
        ON CONFLICT (id) DO NOTHING";
    NOTE_REPORT = "INSERT INTO admin_acts (id, at, admin, act, subject, reason)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM police_reports WHERE id = ?7 AND at = ?2)";
    OF_CASE = "SELECT r.*, s.until FROM police_reports r LEFT JOIN sealed_copies s ON s.id = r.id
        WHERE r.case_id = ?1 ORDER BY r.at";
    IS_ABOUT = "SELECT 1 AS yes FROM police_reports r JOIN cases c ON c.id = r.case_id
        WHERE r.id = ?1 AND c.user_id = ?2";
    PICTURE = "SELECT i.* FROM cases c JOIN images i ON i.id = c.image_id WHERE c.id = ?1";
    LIST = "SELECT * FROM sealed_copies ORDER BY sealed_at DESC LIMIT 200";
    /// Before anything is opened; not after its period, although it may still be there.
    NOTE_OPENED = "INSERT INTO admin_acts (id, at, admin, act, subject, reason)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM sealed_copies WHERE id = ?7 AND until > ?2)
        RETURNING id";
    EXTEND = "UPDATE sealed_copies SET until = until + ?3, extended_at = ?2
        WHERE id = ?1 AND extended_at IS NULL AND until > ?2 RETURNING id";
    /// Of the extension that this moment made.
    NOTE_EXTENDED = "INSERT INTO admin_acts (id, at, admin, act, subject, reason)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM sealed_copies WHERE id = ?7 AND extended_at = ?2)";
    DUE = "SELECT COUNT(*) AS due FROM sealed_copies WHERE until <= ?1";
    /// Some at a time, the same in both.
    EXPIRE_OBJECTS = ordering_deletions!("SELECT 'sealed/' || s.id, ?1 FROM sealed_copies s
        WHERE s.id IN (SELECT id FROM sealed_copies WHERE until <= ?1 ORDER BY until, id LIMIT 200)");
    EXPIRE = "DELETE FROM sealed_copies
        WHERE id IN (SELECT id FROM sealed_copies WHERE until <= ?1 ORDER BY until, id LIMIT 200) RETURNING 1";
}

/// What of the picture is in a sealed copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// All of it.
    Sealed,
    /// Nothing: its owner deleted it before.
    Deleted,
    /// Nothing: the object store lacks it.
    Missing,
}

impl Inside {
    /// Every one.
    pub const ALL: [Inside; 3] = [Inside::Sealed, Inside::Deleted, Inside::Missing];

    /// The word of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Inside::Sealed => "sealed",
            Inside::Deleted => "deleted",
            Inside::Missing => "missing",
        }
    }

    fn parse(word: &str) -> Option<Inside> {
        Inside::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

/// A case that is passed to the police.
#[derive(Clone, Debug)]
pub struct Report {
    /// UUID text, made of what was typed; a sealed copy of it has the same.
    pub id: String,
    /// Unix milliseconds.
    pub at_ms: i64,
    /// Hex SHA-256 of the administrator's id.
    pub admin: String,
    /// What it is passed on for.
    pub offence: Offence,
    /// To whom.
    pub authority: String,
    /// Their reference, or ours.
    pub file_reference: String,
    /// Why, in the administrator's words.
    pub words: String,
    /// Until when a sealed copy is kept, Unix milliseconds; `None` where there is none.
    pub sealed_until_ms: Option<i64>,
    /// What of the picture is in it; `None` where there is none, or nobody noted it.
    pub inside: Option<Inside>,
}

/// Whether this was passed on already.
pub async fn is_passed(db: &Db, id: &str) -> Result<bool, DbError> {
    let statement = Statement::new(IS_PASSED).bind(id);
    Ok(db.fetch_optional(statement).await?.is_some())
}

/// Notes that a case was passed on, with the sealed copy that was made of it; false if
/// the case is gone, or it was noted before. `act_id` is new.
pub async fn pass(
    db: &Db,
    case_id: &str,
    report: &Report,
    act_id: &str,
    act: &Act,
) -> Result<bool, DbError> {
    let insert = Statement::new(REPORT)
        .bind(report.id.as_str())
        .bind(case_id)
        .bind(report.at_ms)
        .bind(report.admin.as_str())
        .bind(report.offence.as_str())
        .bind(report.authority.as_str())
        .bind(report.file_reference.as_str())
        .bind(report.words.as_str())
        .bind(report.inside.map(|inside| inside.as_str().to_owned()));
    let mut batch = vec![insert];
    if let Some(until_ms) = report.sealed_until_ms {
        let seal = Statement::new(SEAL).bind(report.id.as_str()).bind(until_ms);
        batch.push(seal.bind(report.at_ms));
    }
    batch.push(noting(NOTE_REPORT, act_id, act).bind(report.id.as_str()));
    let results = db.batch_durable(batch).await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}

fn noting(sql: &'static str, act_id: &str, act: &Act) -> Statement {
    act.note(sql, act_id)
}

/// Reads what was passed on of a case, the oldest first.
pub(super) fn of_case_statement(case_id: &str) -> Statement {
    Statement::new(OF_CASE).bind(case_id)
}

impl Report {
    pub(super) fn list(rows: &[Row]) -> Result<Vec<Report>, DbError> {
        let report = |row: &Row| {
            Ok(Report {
                id: row.text("id")?,
                at_ms: row.int("at")?,
                admin: row.text("admin")?,
                offence: Offence::parse(&row.text("offence")?).ok_or(DbError::Shape)?,
                authority: row.text("authority")?,
                file_reference: row.text("file_reference")?,
                words: row.text("words")?,
                sealed_until_ms: row.opt_int("until")?,
                inside: row.opt_text("picture")?.as_deref().and_then(Inside::parse),
            })
        };
        rows.iter().map(report).collect()
    }
}

/// Whether a copy is about this person, as long as their account is there.
pub async fn is_about(db: &Db, id: &str, user_id: &str) -> Result<bool, DbError> {
    let statement = Statement::new(IS_ABOUT).bind(id).bind(user_id);
    Ok(db.fetch_optional(statement).await?.is_some())
}

/// The picture of a case, whoever may see it; `None` once it is deleted.
pub async fn picture(db: &Db, case_id: &str) -> Result<Option<Image>, DbError> {
    let row = db
        .fetch_optional(Statement::new(PICTURE).bind(case_id))
        .await?;
    row.as_ref().map(Image::from_row).transpose()
}

/// A sealed copy. It says nothing of whom it is about.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// UUIDv7 text.
    pub id: String,
    /// Unix milliseconds.
    pub sealed_at_ms: i64,
    /// When it goes, Unix milliseconds.
    pub until_ms: i64,
    /// True if an order made it longer.
    pub extended: bool,
}

impl Sealed {
    pub(super) fn list(rows: &[Row]) -> Result<Vec<Sealed>, DbError> {
        let sealed = |row: &Row| {
            Ok(Sealed {
                id: row.text("id")?,
                sealed_at_ms: row.int("sealed_at")?,
                until_ms: row.int("until")?,
                extended: row.opt_int("extended_at")?.is_some(),
            })
        };
        rows.iter().map(sealed).collect()
    }
}

/// Reads the sealed copies, the newest first.
pub(super) fn list_statement() -> Statement {
    Statement::new(LIST)
}

/// Notes that a sealed copy is opened, before it is; false if there is none any more.
pub async fn opened(db: &Db, id: &str, act_id: &str, act: &Act) -> Result<bool, DbError> {
    let statement = noting(NOTE_OPENED, act_id, act).bind(id);
    let results = db.batch_durable(vec![statement]).await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}

/// Keeps a sealed copy for longer, once, and notes it; false if that was done, or there
/// is none any more.
pub async fn extend(
    db: &Db,
    id: &str,
    by_ms: i64,
    act_id: &str,
    act: &Act,
) -> Result<bool, DbError> {
    let extend = Statement::new(EXTEND).bind(id).bind(act.at_ms).bind(by_ms);
    let note = noting(NOTE_EXTENDED, act_id, act).bind(id);
    let results = db.batch_durable(vec![extend, note]).await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}

/// Number of sealed copies whose period is over.
pub async fn due(db: &Db, now_ms: i64) -> Result<u64, DbError> {
    let row = db.fetch_optional(Statement::new(DUE).bind(now_ms)).await?;
    Ok(row.ok_or(DbError::Shape)?.int("due")?.unsigned_abs())
}

/// Forgets some sealed copies whose period is over and orders their objects' deletion;
/// how many. The others go in the next round.
pub async fn expire(db: &Db, now_ms: i64) -> Result<u64, DbError> {
    if due(db, now_ms).await? == 0 {
        return Ok(0);
    }
    let statements = [EXPIRE_OBJECTS, EXPIRE].map(|sql| Statement::new(sql).bind(now_ms));
    let results = db.batch(statements.into()).await?;
    Ok(results.get(1).map_or(0, Vec::len) as u64)
}
