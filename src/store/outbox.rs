//! The outbox: objects whose rows are gone and that must leave the object store.
//! They are ordered in the batch that deletes the rows, so that an unreachable
//! store delays a deletion and never loses it.

use super::{Db, DbError, Statement, engine::json};

/// Orders the deletion of the objects that a query names, each with the moment
/// of the order; what was ordered before keeps its own.
macro_rules! ordering_deletions {
    ($select:literal) => {
        concat!(
            "INSERT INTO object_deletions (object_key, requested_at) ",
            $select,
            " ON CONFLICT (object_key) DO NOTHING"
        )
    };
}

statements! {
    /// `?1` a list of object keys.
    ORDER = ordering_deletions!("SELECT value, ?2 FROM json_each(?1) WHERE true");
    PENDING = "SELECT object_key, requested_at FROM object_deletions
        WHERE (requested_at, object_key) > (?1, ?2) ORDER BY requested_at, object_key LIMIT 200";
    WAITING = "SELECT COUNT(*) AS number, MIN(requested_at) AS oldest FROM object_deletions";
    DONE = "DELETE FROM object_deletions WHERE object_key IN (SELECT value FROM json_each(?1))";
    /// Not for a job that another one has ended meanwhile: what it made may have
    /// been deleted since.
    WITHDRAW = "DELETE FROM object_deletions WHERE object_key IN (SELECT value FROM json_each(?1))
        AND EXISTS (SELECT 1 FROM jobs WHERE id = ?2 AND lease_owner = ?3 AND state = 'stored')";
}

/// The statement that orders objects' deletion, for the batch that deletes their rows.
pub(super) fn order_statement(keys: &[String], now_ms: i64) -> Result<Statement, DbError> {
    Ok(Statement::new(ORDER).bind(json(keys)?).bind(now_ms))
}

/// The statement that takes orders back, for the batch that gives the objects a
/// row: while the job is this owner's.
pub(super) fn withdraw_statement(
    keys: &[String],
    job_id: &str,
    owner: &str,
) -> Result<Statement, DbError> {
    let statement = Statement::new(WITHDRAW);
    Ok(statement.bind(json(keys)?).bind(job_id).bind(owner))
}

/// Orders the deletion of objects that no row refers to.
pub async fn order(db: &Db, keys: &[String], now_ms: i64) -> Result<(), DbError> {
    db.write(order_statement(keys, now_ms)?).await.map(|_| ())
}

/// An order in the outbox.
#[derive(Clone, Debug, Default)]
pub struct Pending {
    /// The object that is to go.
    pub key: String,
    /// Unix milliseconds of the order.
    pub requested_at_ms: i64,
}

/// Objects waiting to be deleted, oldest first, beginning after this one.
pub async fn pending(db: &Db, after: &Pending) -> Result<Vec<Pending>, DbError> {
    let statement = Statement::new(PENDING)
        .bind(after.requested_at_ms)
        .bind(after.key.as_str());
    let rows = db.fetch_all(statement).await?;
    rows.iter()
        .map(|row| {
            Ok(Pending {
                key: row.text("object_key")?,
                requested_at_ms: row.int("requested_at")?,
            })
        })
        .collect()
}

/// How many objects wait to be deleted, and since when the oldest does (Unix ms).
pub async fn waiting(db: &Db) -> Result<(i64, Option<i64>), DbError> {
    let row = db.fetch_optional(waiting_statement()).await?;
    match row {
        Some(row) => Ok((row.int("number")?, row.opt_int("oldest")?)),
        None => Ok((0, None)),
    }
}

/// Counts what waits to be deleted, and says since when the oldest does.
pub(super) fn waiting_statement() -> Statement {
    Statement::new(WAITING)
}

/// Records that objects are gone.
pub async fn done(db: &Db, keys: &[String]) -> Result<(), DbError> {
    db.write(Statement::new(DONE).bind(json(keys)?))
        .await
        .map(|_| ())
}
