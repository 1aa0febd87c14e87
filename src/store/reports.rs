//! Reports of children's accounts, and what administrators did.

use super::{Db, DbError, Row, Statement, notice_sums};

statements! {
    OPEN = "SELECT r.id, r.user_id, r.about, r.details, r.email, r.created_at, u.name, u.handle,
            u.created_at AS member_since
        FROM reports r LEFT JOIN users u ON u.id = r.user_id
        WHERE r.decided_at IS NULL ORDER BY r.created_at LIMIT 200";
    FIND = "SELECT user_id FROM reports WHERE id = ?1 AND decided_at IS NULL";
    DECIDE = "UPDATE reports SET decided_at = ?3, decision = ?2
        WHERE id = ?1 AND decided_at IS NULL RETURNING id";
    /// Before the decision: of a report that waits.
    ACT = "INSERT INTO admin_acts (id, at, admin, act, subject, reason) SELECT ?1, ?2, ?3, ?4, ?5, ?6
        WHERE EXISTS (SELECT 1 FROM reports WHERE id = ?7 AND decided_at IS NULL AND (erasing_act IS NULL OR ?4 <> 'erased'))";
    /// Once, however often the erasure has to be tried.
    ERASING = "UPDATE reports SET erasing_act = ?2
        WHERE id = ?1 AND decided_at IS NULL AND erasing_act IS NULL";
    NOTE_ERASING = "INSERT INTO admin_acts (id, at, admin, act, subject, reason) SELECT ?1, ?2, ?3, ?4, ?5, ?6
        WHERE EXISTS (SELECT 1 FROM reports WHERE id = ?7 AND erasing_act = ?1)";
    ACTS = "SELECT at, admin, act, subject, reason FROM admin_acts ORDER BY at DESC, id DESC LIMIT 50";
    OWNER_OF = "SELECT user_id FROM images WHERE id = ?1";
    WITH_HANDLE = "SELECT id AS user_id FROM users WHERE handle = ?1";
    WITH_EMAIL = "SELECT id AS user_id FROM users WHERE lower(email) = lower(?1) LIMIT 1";
}

/// The two ways to decide a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The account ends at once.
    Erase,
    /// It stays.
    Dismiss,
}

impl Decision {
    /// The database's word for what was done.
    pub fn as_str(self) -> &'static str {
        match self {
            Decision::Erase => "erased",
            Decision::Dismiss => "dismissed",
        }
    }
}

/// A report that waits for its decision.
#[derive(Clone, Debug)]
pub struct Case {
    /// The report's number, UUIDv7 text.
    pub id: String,
    /// The account it is about, where that is known: name, handle, Unix ms of its beginning.
    pub account: Option<(String, Option<String>, i64)>,
    /// The thing reported: a picture's address, a handle or a name.
    pub about: String,
    /// The reporter's own words.
    pub details: String,
    /// The e-mail address to answer to; empty if nobody wants an answer.
    pub email: String,
    /// Unix milliseconds.
    pub created_at_ms: i64,
}

impl Case {
    fn from_row(row: &Row) -> Result<Case, DbError> {
        let account = match row.opt_text("name")? {
            None => None,
            Some(name) => Some((name, row.opt_text("handle")?, row.int("member_since")?)),
        };
        Ok(Case {
            id: row.text("id")?,
            account,
            about: row.text("about")?,
            details: row.text("details")?,
            email: row.text("email")?,
            created_at_ms: row.int("created_at")?,
        })
    }

    pub(super) fn list(rows: &[Row]) -> Result<Vec<Case>, DbError> {
        rows.iter().map(Case::from_row).collect()
    }
}

/// Something an administrator did.
#[derive(Clone, Debug)]
pub struct Act {
    /// Unix milliseconds.
    pub at_ms: i64,
    /// Hex SHA-256 of the administrator's id.
    pub admin: String,
    /// Hex SHA-256 of the id of the account it was about; empty where none is known.
    pub subject: String,
    /// The database's word for the decision: `erased` or `dismissed`.
    pub act: String,
    /// The administrator's reason, free text.
    pub reason: String,
}

impl Act {
    /// The statement that notes it under this id, with its six columns as `?1` to `?6`.
    pub(super) fn note(&self, sql: &'static str, act_id: &str) -> Statement {
        Statement::new(sql)
            .bind(act_id)
            .bind(self.at_ms)
            .bind(self.admin.as_str())
            .bind(self.act.as_str())
            .bind(self.subject.as_str())
            .bind(self.reason.as_str())
    }
}

/// Reads the reports that wait, the oldest first.
pub(super) fn open_statement() -> Statement {
    Statement::new(OPEN)
}

/// The account of an open report; `None` if there is no such report.
pub async fn account(db: &Db, id: &str) -> Result<Option<Option<String>>, DbError> {
    let row = db.fetch_optional(Statement::new(FIND).bind(id)).await?;
    row.map(|row| row.opt_text("user_id")).transpose()
}

/// Notes and counts, before it is done, that the account of an open report is erased: once,
/// however often it has to be tried.
pub async fn note_erasure(db: &Db, id: &str, (act_id, act): (&str, &Act)) -> Result<(), DbError> {
    let erasing = Statement::new(ERASING).bind(id).bind(act_id);
    let note = act.note(NOTE_ERASING, act_id).bind(id);
    let sum = notice_sums::erased_by_report(id, act_id, act.at_ms);
    db.batch_durable(vec![erasing, note, sum]).await.map(|_| ())
}

/// Decides an open report and notes who did, as one step, unless that is noted; `mails`
/// queues what is told of it.
pub async fn decide(
    db: &Db,
    id: &str,
    decision: Decision,
    (act_id, act): (&str, &Act),
    mails: Vec<Statement>,
) -> Result<(), DbError> {
    let mut batch = vec![
        act.note(ACT, act_id).bind(id),
        Statement::new(DECIDE)
            .bind(id)
            .bind(decision.as_str())
            .bind(act.at_ms),
    ];
    batch.extend(mails);
    db.batch(batch).await.map(|_| ())
}

/// Reads the last 50 acts of administrators, the newest first.
pub(super) fn acts_statement() -> Statement {
    Statement::new(ACTS)
}

impl Act {
    pub(super) fn list(rows: &[Row]) -> Result<Vec<Act>, DbError> {
        rows.iter()
            .map(|row| {
                Ok(Act {
                    at_ms: row.int("at")?,
                    admin: row.text("admin")?,
                    subject: row.text("subject")?,
                    act: row.text("act")?,
                    reason: row.text("reason")?,
                })
            })
            .collect()
    }
}

/// The id of the picture's owner.
pub async fn owner_of(db: &Db, image_id: &str) -> Result<Option<String>, DbError> {
    one(db, OWNER_OF, image_id).await
}

/// The id of the person with this handle.
pub async fn with_handle(db: &Db, handle: &str) -> Result<Option<String>, DbError> {
    one(db, WITH_HANDLE, handle).await
}

/// The id of a person with this e-mail address, whatever its letters' case.
pub async fn with_email(db: &Db, email: &str) -> Result<Option<String>, DbError> {
    one(db, WITH_EMAIL, email).await
}

async fn one(db: &Db, sql: &'static str, key: &str) -> Result<Option<String>, DbError> {
    let row = db.fetch_optional(Statement::new(sql).bind(key)).await?;
    row.map(|row| row.text("user_id")).transpose()
}
