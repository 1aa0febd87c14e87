//! How the service stands as a whole: sums that say nothing of whom.

use super::{Db, DbError, Row, Statement, mail, outbox, reads::Reads};
use crate::model::FailureKind;

statements! {
    /// Each by an index of states, of which few rows are unfinished.
    QUEUE = "SELECT COUNT(*) AS queued, MIN(created_at) AS oldest,
            (SELECT COUNT(*) FROM jobs WHERE state IN ('dispatching', 'received', 'stored')) AS running
        FROM jobs WHERE state = 'queued'";
    /// What weighs against the service's day, whose midnight is `?1`.
    SPENT = "SELECT (SELECT COALESCE(SUM(billable_micros), 0) FROM day_sums WHERE day >= ?1)
            + (SELECT COALESCE(SUM(micros), 0) FROM erased_usage WHERE day = ?1) AS micros";
    /// Jobs that ended without a picture since `?1`. Of those begun before `?2` none is
    /// looked for, so that it does not take longer each year.
    FAILURES = "SELECT failure AS kind, COUNT(*) AS number FROM jobs
        WHERE state IN ('failed', 'unknown') AND created_at >= ?2 AND finished_at >= ?1
            AND failure IS NOT NULL
        GROUP BY failure ORDER BY number DESC, kind";
}

/// What is under way, and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Jobs that wait for their turn.
    pub queued: u64,
    /// Jobs that a worker has.
    pub running: u64,
    /// Unix milliseconds at which the oldest of those that wait was sent.
    pub oldest_ms: Option<i64>,
    /// Micro-dollars of the day, as they weigh against its limit.
    pub spent_micros: i64,
}

/// What the administrators' page says of how the service stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What is under way.
    pub work: Work,
    /// Jobs that ended without a picture, by kind, the most frequent first.
    pub failures: Vec<(FailureKind, u64)>,
    /// Objects that wait to be deleted, and since when the oldest does (Unix ms).
    pub deletions: (u64, Option<i64>),
    /// How mail stands.
    pub mail: mail::Standing,
}

/// Reads what is under way, and what the day that began then has cost.
pub async fn work(db: &Db, day_start_ms: i64) -> Result<Work, DbError> {
    let mut reads = Reads::default();
    let queue = reads.add(Statement::new(QUEUE));
    let spent = reads.add(spent_statement(day_start_ms));
    let answers = reads.answers(db).await?;
    work_of(answers.first(queue), answers.first(spent))
}

/// The reads of [`Standing`], for a trip that others go on, too.
pub(super) fn statements(
    day_start_ms: i64,
    failed_since_ms: i64,
    begun_since_ms: i64,
) -> [Statement; 5] {
    let failures = Statement::new(FAILURES).bind(failed_since_ms);
    [
        Statement::new(QUEUE),
        spent_statement(day_start_ms),
        failures.bind(begun_since_ms),
        outbox::waiting_statement(),
        mail::standing_statement(day_start_ms),
    ]
}

impl Standing {
    /// What [`statements`] read, in their order.
    pub(super) fn from_rows(rows: [&[Row]; 5]) -> Result<Standing, DbError> {
        let [queue, spent, failures, deletions, mail] = rows;
        let deletions = deletions.first().ok_or(DbError::Shape)?;
        Ok(Standing {
            work: work_of(queue.first(), spent.first())?,
            failures: failures.iter().map(failure).collect::<Result<_, _>>()?,
            deletions: (number(deletions)?, deletions.opt_int("oldest")?),
            mail: mail::Standing::from_rows(mail)?,
        })
    }
}

fn spent_statement(day_start_ms: i64) -> Statement {
    Statement::new(SPENT).bind(day_start_ms)
}

fn work_of(queue: Option<&Row>, spent: Option<&Row>) -> Result<Work, DbError> {
    let (queue, spent) = queue.zip(spent).ok_or(DbError::Shape)?;
    Ok(Work {
        queued: queue.int("queued")?.unsigned_abs(),
        running: queue.int("running")?.unsigned_abs(),
        oldest_ms: queue.opt_int("oldest")?,
        spent_micros: spent.int("micros")?,
    })
}

fn failure(row: &Row) -> Result<(FailureKind, u64), DbError> {
    let kind = FailureKind::parse(&row.text("kind")?).ok_or(DbError::Shape)?;
    Ok((kind, number(row)?))
}

fn number(row: &Row) -> Result<u64, DbError> {
    Ok(row.int("number")?.unsigned_abs())
}
