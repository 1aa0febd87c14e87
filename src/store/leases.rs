//! Leases: whose job an unfinished one is.
//!
//! A lease's end is a time of the wall clock, and no two clocks agree, so nobody
//! judges by it: a node that sees another's lease stand still for its whole
//! length, by a clock of its own that only goes forward, takes the job over.
//!
//! Each claim, and each taking over, has an owner of its own, `{node}/{uuid}`.
//! The claim under which the image API was asked stays in the row whoever has the
//! lease: where nobody found its answer in time, whoever made it may still bring it.

use super::{Db, DbError, Row, Statement, engine::json, jobs::Job};

statements! {
    RENEW = "UPDATE jobs SET lease_until = ?3
        WHERE id = ?1 AND lease_owner = ?2 AND state IN ('dispatching', 'received', 'stored')
        RETURNING id";
    UNFINISHED = "SELECT id, lease_owner, lease_until FROM jobs WHERE state IN ('dispatching', 'received', 'stored')
        ORDER BY created_at, id";
    /// Only as it was seen, or as this very taking over left it: whoever was faster has it.
    TAKE_OVER = "UPDATE jobs SET lease_owner = ?2, lease_until = ?3
        WHERE id = ?1 AND state IN ('dispatching', 'received', 'stored')
          AND (lease_owner = ?2 OR (lease_owner IS ?4 AND lease_until IS ?5))
        RETURNING *";
    BY_ID = "SELECT * FROM jobs WHERE id = ?1";
    /// The answer came after all: to its claim, where the job was given up for lost,
    /// or where nobody has it. Not once its owner is leaving: what is to be erased
    /// must not begin to be made.
    REGAIN = "UPDATE jobs SET state = 'dispatching', lease_owner = ?2, lease_until = ?3,
            failure = NULL, failure_categories = NULL, incident = NULL, finished_at = NULL, changed_at = ?4
        WHERE id = ?1 AND claim = ?2
          AND ((state = 'unknown' AND failure = 'answer_lost')
               OR (state = 'dispatching' AND (lease_owner IS NULL OR lease_owner = ?2)))
          AND EXISTS (SELECT 1 FROM users u WHERE u.id = jobs.user_id AND u.erasure_id IS NULL)
        RETURNING *";
    /// The same for an answer that somebody found who has no claim on it: whoever
    /// looks for jobs that nobody works on takes it up.
    REVIVE = "UPDATE jobs SET state = 'dispatching', lease_owner = NULL, lease_until = NULL,
            failure = NULL, failure_categories = NULL, incident = NULL, finished_at = NULL, changed_at = ?2
        WHERE id = ?1 AND state = 'unknown' AND failure = 'answer_lost'
          AND EXISTS (SELECT 1 FROM users u WHERE u.id = jobs.user_id AND u.erasure_id IS NULL)
        RETURNING id";
    /// `?1` is a list of jobs.
    GIVEN_UP_SINCE = "SELECT id FROM jobs WHERE id IN (SELECT value FROM json_each(?1))
        AND state = 'unknown' AND failure = 'answer_lost' AND finished_at > ?2";
    OWNER_IS_DUE = "SELECT 1 AS yes FROM jobs j JOIN users u ON u.id = j.user_id
        JOIN erasures e ON e.id = u.erasure_id
        WHERE j.id = ?1 AND e.due_at <= ?2 AND e.withdrawn_at IS NULL";
}

/// An unfinished job's lease, as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The job's id.
    pub job: String,
    /// The claim or the taking over that has it.
    pub owner: Option<String>,
    /// Unix milliseconds, by that node's clock.
    pub until_ms: Option<i64>,
}

impl Lease {
    fn from_row(row: &Row) -> Result<Lease, DbError> {
        Ok(Lease {
            job: row.text("id")?,
            owner: row.opt_text("lease_owner")?,
            until_ms: row.opt_int("lease_until")?,
        })
    }
}

/// A new owner for a claim, or for taking a job over, that no other has.
pub fn new_owner(node: &str) -> String {
    format!("{node}/{}", uuid::Uuid::new_v4())
}

/// The node of an owner. Those of older versions are a node's name and no more.
pub fn node_of(owner: &str) -> &str {
    owner.split('/').next().unwrap_or(owner)
}

/// The leases of every unfinished job, oldest first.
pub async fn unfinished(db: &Db) -> Result<Vec<Lease>, DbError> {
    let rows = db.fetch_all(Statement::new(UNFINISHED)).await?;
    rows.iter().map(Lease::from_row).collect()
}

/// Prolongs a lease; false means that the job is no longer this owner's.
pub async fn renew(db: &Db, id: &str, owner: &str, lease_until_ms: i64) -> Result<bool, DbError> {
    let statement = Statement::new(RENEW)
        .bind(id)
        .bind(owner)
        .bind(lease_until_ms);
    Ok(!db.write_repeatable(statement).await?.is_empty())
}

/// Makes a job this owner's, if its lease still is as it was seen.
pub async fn take_over(
    db: &Db,
    seen: &Lease,
    owner: &str,
    lease_until_ms: i64,
) -> Result<Option<Job>, DbError> {
    let statement = Statement::new(TAKE_OVER)
        .bind(seen.job.as_str())
        .bind(owner)
        .bind(lease_until_ms)
        .bind(seen.owner.clone())
        .bind(seen.until_ms);
    let rows = db.write_repeatable(statement).await?;
    rows.first().map(Job::from_row).transpose()
}

/// A job as it is now, whoever's it is.
pub async fn by_id(db: &Db, id: &str) -> Result<Option<Job>, DbError> {
    let row = db.fetch_optional(Statement::new(BY_ID).bind(id)).await?;
    row.as_ref().map(Job::from_row).transpose()
}

/// Gives a job that was given up for lost back to the claim whose answer came
/// after all; `None` if somebody else has it, or it ended in another way.
pub async fn regain(
    db: &Db,
    id: &str,
    claim: &str,
    lease_until_ms: i64,
    now_ms: i64,
) -> Result<Option<Job>, DbError> {
    let statement = Statement::new(REGAIN)
        .bind(id)
        .bind(claim)
        .bind(lease_until_ms)
        .bind(now_ms);
    let rows = db.write_repeatable(statement).await?;
    rows.first().map(Job::from_row).transpose()
}

/// Makes a job that was given up for lost one that nobody works on, for whoever
/// looks for such; false if it is none, or its owner is leaving.
pub async fn revive(db: &Db, id: &str, now_ms: i64) -> Result<bool, DbError> {
    let statement = Statement::new(REVIVE).bind(id).bind(now_ms);
    Ok(!db.write(statement).await?.is_empty())
}

/// Those of these jobs that were given up for lost after this moment.
pub async fn given_up_since(
    db: &Db,
    ids: &[String],
    since_ms: i64,
) -> Result<Vec<String>, DbError> {
    let statement = Statement::new(GIVEN_UP_SINCE)
        .bind(json(ids)?)
        .bind(since_ms);
    let rows = db.fetch_all(statement).await?;
    rows.iter().map(|row| row.text("id")).collect()
}

/// True if the account that a job belongs to is to be erased by now: nothing of
/// it is worth waiting for.
pub async fn owner_is_due(db: &Db, id: &str, now_ms: i64) -> Result<bool, DbError> {
    let statement = Statement::new(OWNER_IS_DUE).bind(id).bind(now_ms);
    Ok(db.fetch_optional(statement).await?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_names_its_node_and_no_two_are_alike() {
        let (first, second) = (new_owner("n1"), new_owner("n1"));
        assert_ne!(first, second);
        assert_eq!((node_of(&first), node_of("n1")), ("n1", "n1"));
    }
}
