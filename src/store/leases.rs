//! Leases: whose job an unfinished one is.
//!
//! A lease's end is a time of the wall clock, and no two clocks agree, so nobody
//! judges by it: a node that sees another's lease stand still for its whole
//! length, by a clock of its own that only goes forward, takes the job over.

use super::{Db, DbError, Row, Statement, jobs::Job};

statements! {
    RENEW = "UPDATE jobs SET lease_until = ?3
        WHERE id = ?1 AND lease_owner = ?2 AND state IN ('dispatching', 'received', 'stored')
        RETURNING id";
    UNFINISHED = "SELECT id, lease_owner, lease_until FROM jobs WHERE state IN ('dispatching', 'received', 'stored')
        ORDER BY created_at, id";
    /// Only as it was seen: whoever was faster has it.
    TAKE_OVER = "UPDATE jobs SET lease_owner = ?2, lease_until = ?3
        WHERE id = ?1 AND lease_owner IS ?4 AND lease_until IS ?5
          AND state IN ('dispatching', 'received', 'stored')
        RETURNING *";
    IN_HAND = "SELECT * FROM jobs WHERE id = ?1 AND lease_owner = ?2
        AND state IN ('dispatching', 'received', 'stored')";
    OWNER_IS_DUE = "SELECT 1 AS yes FROM jobs j JOIN users u ON u.id = j.user_id
        JOIN erasures e ON e.id = u.erasure_id
        WHERE j.id = ?1 AND e.due_at <= ?2 AND e.withdrawn_at IS NULL";
}

/// An unfinished job's lease, as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The job's id.
    pub job: String,
    /// The node that has it.
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

/// The leases of every unfinished job, oldest first.
pub async fn unfinished(db: &Db) -> Result<Vec<Lease>, DbError> {
    let rows = db.fetch_all(Statement::new(UNFINISHED)).await?;
    rows.iter().map(Lease::from_row).collect()
}

/// Prolongs a lease; false means that the job is no longer this node's.
pub async fn renew(db: &Db, id: &str, node: &str, lease_until_ms: i64) -> Result<bool, DbError> {
    let statement = Statement::new(RENEW)
        .bind(id)
        .bind(node)
        .bind(lease_until_ms);
    Ok(!db.write(statement).await?.is_empty())
}

/// Makes a job this node's, if its lease still is as it was seen.
pub async fn take_over(
    db: &Db,
    seen: &Lease,
    node: &str,
    lease_until_ms: i64,
) -> Result<Option<Job>, DbError> {
    let statement = Statement::new(TAKE_OVER)
        .bind(seen.job.as_str())
        .bind(node)
        .bind(lease_until_ms)
        .bind(seen.owner.clone())
        .bind(seen.until_ms);
    let rows = db.write(statement).await?;
    rows.first().map(Job::from_row).transpose()
}

/// An unfinished job of this node, as it is now.
pub async fn in_hand(db: &Db, id: &str, node: &str) -> Result<Option<Job>, DbError> {
    let row = db
        .fetch_optional(Statement::new(IN_HAND).bind(id).bind(node))
        .await?;
    row.as_ref().map(Job::from_row).transpose()
}

/// True if the account that a job belongs to is to be erased by now: nothing of
/// it is worth waiting for.
pub async fn owner_is_due(db: &Db, id: &str, now_ms: i64) -> Result<bool, DbError> {
    let statement = Statement::new(OWNER_IS_DUE).bind(id).bind(now_ms);
    Ok(db.fetch_optional(statement).await?.is_some())
}
