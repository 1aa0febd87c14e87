//! Handles: one person's at a time, together with all that look like it; what was given
//! up rests before somebody else may have it.

use super::{Db, DbError, Statement};

/// What a handle looks like, as `model::handle::skeleton` folds it.
macro_rules! skeleton {
    ($handle:literal) => {
        concat!(
            "REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(",
            $handle,
            ", '-', ''), '0', 'o'), '1', 'l'), 'i', 'l'), 'rn', 'm'), 'vv', 'w')"
        )
    };
}

statements! {
    /// While it is still the one that was read, `?3`.
    GIVE_UP = "UPDATE users SET handle = NULL WHERE id = ?1 AND handle IS ?2 RETURNING id";
    TAKE = concat!("UPDATE users SET handle = ?2 WHERE id = ?1 AND handle IS ?3
        AND NOT EXISTS (SELECT 1 FROM users o WHERE o.handle IS NOT NULL AND ", skeleton!("o.handle"), " = ?4
            AND o.id <> ?1)
        AND NOT EXISTS (SELECT 1 FROM given_up_handles g WHERE g.handle = ?5 AND g.former <> ?6 AND g.until > ?7)
        RETURNING id");
    /// It rests no more: it is somebody's.
    TAKEN = "DELETE FROM given_up_handles WHERE handle = ?1
        AND EXISTS (SELECT 1 FROM users WHERE id = ?2 AND handle IS ?3)";
    DUE = "SELECT COUNT(*) AS due FROM given_up_handles WHERE until <= ?1";
    FORGET = "DELETE FROM given_up_handles WHERE rowid IN
        (SELECT rowid FROM given_up_handles WHERE until <= ?1 LIMIT 5000) RETURNING 1";
    /// If the person has the handle `?5` by now, which may be none.
    RESTS = "INSERT INTO given_up_handles (handle, former, until)
        SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM users WHERE id = ?4 AND handle IS ?5)
        ON CONFLICT (handle) DO UPDATE SET former = excluded.former, until = excluded.until";
}

/// A handle under its keyed hashes.
#[derive(Clone, Debug)]
pub struct Hashed {
    /// Of what it looks like.
    pub handle: String,
    /// Of that and of the person who has it or had it.
    pub former: String,
}

/// A handle that a person is to have.
pub struct Wanted<'a> {
    /// As it is kept.
    pub handle: &'a str,
    /// What it looks like.
    pub skeleton: &'a str,
    /// Under its hashes.
    pub hashed: &'a Hashed,
}

/// Takes a handle in place of the one that was read, or gives that up; false where
/// somebody else has it or it rests, and where the person's is another one meanwhile.
/// `given_up` is what rests from now on, until `until_ms`.
pub async fn set(
    db: &Db,
    user_id: &str,
    before: Option<&str>,
    wanted: Option<&Wanted<'_>>,
    given_up: Option<&Hashed>,
    (now_ms, until_ms): (i64, i64),
) -> Result<bool, DbError> {
    let mut batch = Vec::new();
    match wanted {
        None => batch.push(Statement::new(GIVE_UP).bind(user_id).bind(before)),
        Some(wanted) => {
            let take = Statement::new(TAKE)
                .bind(user_id)
                .bind(wanted.handle)
                .bind(before)
                .bind(wanted.skeleton)
                .bind(wanted.hashed.handle.as_str())
                .bind(wanted.hashed.former.as_str())
                .bind(now_ms);
            let taken = Statement::new(TAKEN)
                .bind(wanted.hashed.handle.as_str())
                .bind(user_id)
                .bind(wanted.handle);
            batch.extend([take, taken]);
        }
    }
    if let Some(given_up) = given_up {
        let rests = rests_statement(given_up, until_ms);
        batch.push(rests.bind(user_id).bind(wanted.map(|wanted| wanted.handle)));
    }
    match db.batch(batch).await {
        Ok(results) => Ok(results.first().is_some_and(|rows| !rows.is_empty())),
        Err(DbError::Constraint) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Number of handles that have rested.
pub async fn due(db: &Db, now_ms: i64) -> Result<u64, DbError> {
    let row = db.fetch_optional(Statement::new(DUE).bind(now_ms)).await?;
    Ok(row.ok_or(DbError::Shape)?.int("due")?.unsigned_abs())
}

/// Forgets those that have rested; how many.
pub async fn forget_rested(db: &Db, now_ms: i64) -> Result<u64, DbError> {
    let rows = db.write(Statement::new(FORGET).bind(now_ms)).await?;
    Ok(rows.len() as u64)
}

fn rests_statement(given_up: &Hashed, until_ms: i64) -> Statement {
    Statement::new(RESTS)
        .bind(given_up.handle.as_str())
        .bind(given_up.former.as_str())
        .bind(until_ms)
}

/// Lets the handle rest that a person has who is being erased: to be run before their row
/// goes.
pub(super) fn erased_statement(
    given_up: &Hashed,
    until_ms: i64,
    (user_id, handle): (&str, &str),
) -> Statement {
    rests_statement(given_up, until_ms)
        .bind(user_id)
        .bind(handle)
}
