//! Jobs: the state machine of a picture being made, one statement a step.
//!
//! Every step names the state it leaves (`WHERE state …`) and whose claim it is,
//! so that two workers, a cancellation and a restart can race and one of them
//! wins. It accepts the state it leads to as well, from the same owner: a step
//! whose answer was lost on the way from the database can be taken again.

use super::{Db, DbError, Row, Statement};
use crate::model::{Failure, FailureKind, JobState, Prompt, Settings, catalogue::Settled};

/// The oldest job that may run now, of a person who is below their share of
/// workers: `?1` is the time, `?2` the share. The plus sign keeps the count to the
/// jobs under way, which are few, instead of all that a person ever had.
macro_rules! claimable {
    () => {
        "SELECT j.id FROM jobs j
            WHERE j.state = 'queued' AND j.not_before <= ?1
              AND EXISTS (SELECT 1 FROM users u WHERE u.id = j.user_id AND u.erasure_id IS NULL
                     AND (u.suspended_until IS NULL OR u.suspended_until <= ?1))
              AND (SELECT COUNT(*) FROM jobs r WHERE +r.user_id = j.user_id
                     AND r.state IN ('dispatching', 'received', 'stored')) < ?2
            ORDER BY j.created_at, j.id LIMIT 1"
    };
}

/// The ids of the jobs that were asked for together with job `?1`, its own among them.
macro_rules! together {
    () => {
        "SELECT ?1 UNION SELECT m.id FROM jobs g JOIN jobs m ON m.group_id = g.group_id WHERE g.id = ?1"
    };
}
pub(super) use together;

statements! {
    /// A claim that is asked for again finds the job it got, if the answer was lost
    /// on its way here. One that arrives late, after its job went on, is refused by
    /// the index over claims.
    CLAIM = concat!("UPDATE jobs SET state = 'dispatching', lease_owner = ?3, claim = ?3, lease_until = ?4,
            attempts = attempts + (state = 'queued'), dispatched_at = ?1, changed_at = ?1
        WHERE id = COALESCE(
            (SELECT c.id FROM jobs c WHERE c.claim = ?3 AND c.lease_owner = ?3 AND c.state = 'dispatching'),
            (", claimable!(), "))
        RETURNING *");
    CLAIMABLE = claimable!();
    RECEIVED = "UPDATE jobs SET state = 'received', cost_micros = ?3, cost_estimated = ?4, pictures = ?5,
            changed_at = ?6
        WHERE id = ?1 AND lease_owner = ?2 AND state IN ('dispatching', 'received') RETURNING id";
    /// A picture came, so there is money again: new jobs are refused no longer.
    /// Where they were not, nothing is written.
    MONEY_AGAIN = "UPDATE service_state SET value = 0 WHERE name = 'budget_break_until' AND value > 0";
    STORED = "UPDATE jobs SET state = 'stored', changed_at = ?3
        WHERE id = ?1 AND lease_owner = ?2 AND state IN ('received', 'stored') RETURNING id";
    READY = "UPDATE jobs SET state = 'ready', lease_until = NULL, finished_at = ?3, changed_at = ?3
        WHERE id = ?1 AND lease_owner = ?2 AND state IN ('stored', 'ready') RETURNING id";
    /// Back to the queue before anything was made, but for somebody suspended meanwhile,
    /// or who stopped it: nothing is made. `?4` attempts are counted so far.
    REQUEUE = "UPDATE jobs SET lease_until = NULL, not_before = ?3, attempts = ?4, changed_at = ?5,
            (state, finished_at) = (SELECT
                iif(u.suspended_until > ?5 OR jobs.stop_at IS NOT NULL, 'cancelled', 'queued'),
                iif(u.suspended_until > ?5 OR jobs.stop_at IS NOT NULL, ?5, NULL)
                FROM users u WHERE u.id = jobs.user_id)
        WHERE id = ?1 AND lease_owner = ?2 AND state IN ('dispatching', 'queued') RETURNING id";
    /// A refusal is free. What was answered with success costs what it is known to
    /// have cost, or else what was set aside for it.
    FAIL = "UPDATE jobs SET state = ?3, lease_until = NULL, finished_at = ?4, changed_at = ?4,
            failure = ?5, failure_categories = ?6, incident = ?7,
            cost_estimated = CASE WHEN ?8 AND cost_micros IS NULL THEN 1 ELSE cost_estimated END,
            cost_micros = CASE WHEN ?8 THEN COALESCE(cost_micros, reserved_micros) ELSE cost_micros END
        WHERE id = ?1 AND lease_owner = ?2 AND state IN ('dispatching', 'received', 'stored', ?3)
        RETURNING id";
    CANCEL = concat!("UPDATE jobs SET state = 'cancelled', finished_at = ?3, changed_at = ?3
        WHERE id IN (", together!(), ") AND +user_id = ?2 AND +state = 'queued' RETURNING id");
    /// Once the image API is being asked, whoever awaits the answer is told.
    STOP = concat!("UPDATE jobs SET stop_at = COALESCE(stop_at, ?3)
        WHERE id IN (", together!(), ") AND +user_id = ?2 AND +state = 'dispatching' RETURNING id");
    TO_STOP = "SELECT id FROM jobs WHERE stop_at IS NOT NULL AND state = 'dispatching'";
    /// What came of them since is not known here.
    GIVE_UP_QUEUED = "UPDATE jobs SET state = 'unknown', failure = ?1, finished_at = ?2, changed_at = ?2
        WHERE state = 'queued' RETURNING id";
    BY_OWNER = "SELECT * FROM jobs WHERE id = ?1 AND user_id = ?2";
    /// Of those that may be claimed: what waits for somebody who leaves never is.
    NEXT_DUE = "SELECT MIN(j.not_before) AS due FROM jobs j WHERE j.state = 'queued'
        AND EXISTS (SELECT 1 FROM users u WHERE u.id = j.user_id AND u.erasure_id IS NULL)";
}

pub use super::job_queue::{Enqueued, Limits, NewJob, NewRequest, SentForm, Since, Used, enqueue};

/// A job's row.
#[derive(Clone, Debug)]
pub struct Job {
    /// UUIDv7 text.
    pub id: String,
    /// Its owner's id.
    pub user_id: String,
    /// The step it has reached.
    pub state: JobState,
    /// The words to make pictures from.
    pub prompt: Prompt,
    /// Model, count, size and the other choices of the form.
    pub settings: Settings,
    /// Micro-dollars set aside.
    pub reserved_micros: i64,
    /// Micro-dollars it truly cost, once known.
    pub cost_micros: Option<i64>,
    /// True if that cost is an estimate.
    pub cost_estimated: bool,
    /// Number of pictures that came, once an answer did.
    pub pictures: Option<u32>,
    /// Number of times the image API was asked, this one included.
    pub attempts: u32,
    /// The reason there is no picture: in `failed` and `unknown` only.
    pub failure: Option<Failure>,
    /// Unix milliseconds.
    pub created_at_ms: i64,
    /// Unix milliseconds before which it is not claimed.
    pub not_before_ms: i64,
    /// Unix milliseconds at which a worker last claimed it.
    pub dispatched_at_ms: Option<i64>,
    /// Unix milliseconds of its end, well or not.
    pub finished_at_ms: Option<i64>,
    /// Id of the picture it remixes.
    pub parent_id: Option<String>,
    /// Whether what comes back is put into the picture that was sent, outside of the mask.
    pub keeps_outside: bool,
    /// The claim, or the taking over, that has it or had it last.
    pub lease_owner: Option<String>,
    /// The claim under which the image API was asked last.
    pub claim: Option<String>,
    /// The id of the first of those that were asked for with it; `None` if it is alone.
    pub group_id: Option<String>,
}

impl Job {
    /// The owner that its steps name: the claim, or the taking over, it came with.
    pub fn owner(&self) -> &str {
        self.lease_owner.as_deref().unwrap_or_default()
    }

    /// When it is tried again, Unix milliseconds, if it waits after a try.
    pub fn retry_at_ms(&self) -> Option<i64> {
        let waits = self.state == JobState::Queued && self.attempts > 0;
        waits.then_some(self.not_before_ms)
    }

    pub(super) fn from_row(row: &Row) -> Result<Job, DbError> {
        let failure = match row.opt_text("failure")? {
            None => None,
            Some(word) => Some(Failure {
                // One that a later release knows ends no page while the two stand side by side.
                kind: FailureKind::parse(&word).unwrap_or(FailureKind::BadAnswer),
                categories: row.opt_text("failure_categories")?,
                incident: row.opt_text("incident")?,
            }),
        };
        Ok(Job {
            id: row.text("id")?,
            user_id: row.text("user_id")?,
            state: JobState::parse(&row.text("state")?).ok_or(DbError::Shape)?,
            prompt: Prompt(row.text("prompt")?),
            settings: row.json("settings")?,
            reserved_micros: row.int("reserved_micros")?,
            cost_micros: row.opt_int("cost_micros")?,
            cost_estimated: row.int("cost_estimated")? != 0,
            pictures: row
                .opt_int("pictures")?
                .map(|came| u32::try_from(came).unwrap_or(u32::MAX)),
            attempts: u32::try_from(row.int("attempts")?).unwrap_or(u32::MAX),
            failure,
            created_at_ms: row.int("created_at")?,
            not_before_ms: row.int("not_before")?,
            dispatched_at_ms: row.opt_int("dispatched_at")?,
            finished_at_ms: row.opt_int("finished_at")?,
            parent_id: row.opt_text("parent_id")?,
            keeps_outside: row.int("keeps_outside")? != 0,
            lease_owner: row.opt_text("lease_owner")?,
            claim: row.opt_text("claim")?,
            group_id: row.opt_text("group_id")?,
        })
    }
}

/// The outcome of a claim.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The job that is the claim's, if one could be had.
    pub job: Option<Job>,
    /// True if another one could be had at once.
    pub more: bool,
}

/// Takes the next job, if one may run, in the name of an owner that no other claim
/// has. The intent is on the disk when this returns: after a crash nobody wonders
/// whether a call could have been made. Without an answer the same owner claims
/// again, and is told of the job it may have got.
pub async fn claim(
    db: &Db,
    owner: &str,
    lease_until_ms: i64,
    now_ms: i64,
    per_person: u32,
) -> Result<Claimed, DbError> {
    let claim = Statement::new(CLAIM)
        .bind(now_ms)
        .bind(per_person)
        .bind(owner)
        .bind(lease_until_ms);
    let next = claimable_statement(now_ms, per_person);
    let results = db.batch_repeatable(vec![claim, next]).await?;
    let [claimed, next] = results.as_slice() else {
        return Err(DbError::Shape);
    };
    Ok(Claimed {
        job: claimed.first().map(Job::from_row).transpose()?,
        more: !next.is_empty(),
    })
}

/// Finds a job that a claim would take.
pub(super) fn claimable_statement(now_ms: i64, per_person: u32) -> Statement {
    Statement::new(CLAIMABLE).bind(now_ms).bind(per_person)
}

/// What came of a call, and what it cost.
#[derive(Clone, Copy, Debug)]
pub struct Booking {
    /// The cost.
    pub cost: Settled,
    /// Number of pictures, whatever becomes of them.
    pub pictures: usize,
}

/// Records that the bytes of what came are safe, and what it cost. On the disk when
/// it returns.
pub async fn received(
    db: &Db,
    id: &str,
    owner: &str,
    booking: Booking,
    now_ms: i64,
) -> Result<bool, DbError> {
    let batch = received_statements(id, owner, booking, now_ms)?;
    let results = db.batch_repeatable(batch).await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}

/// The statements of [`received`], the job's first.
pub(super) fn received_statements(
    id: &str,
    owner: &str,
    booking: Booking,
    now_ms: i64,
) -> Result<Vec<Statement>, DbError> {
    let Booking { cost, pictures } = booking;
    let received = Statement::new(RECEIVED)
        .bind(id)
        .bind(owner)
        .bind(cost.micros)
        .bind(i64::from(cost.estimated))
        .bind(i64::try_from(pictures).map_err(|_| DbError::Shape)?)
        .bind(now_ms);
    Ok(vec![received, Statement::new(MONEY_AGAIN)])
}

/// Records that the originals are in the object store.
pub async fn stored(db: &Db, id: &str, owner: &str, now_ms: i64) -> Result<bool, DbError> {
    let statement = stored_statement(id, owner, now_ms);
    Ok(!db.write_repeatable(statement).await?.is_empty())
}

/// The statement of [`stored`].
pub(super) fn stored_statement(id: &str, owner: &str, now_ms: i64) -> Statement {
    Statement::new(STORED).bind(id).bind(owner).bind(now_ms)
}

/// The statement that ends a job well, for a batch with its pictures' rows.
pub(super) fn ready_statement(id: &str, owner: &str, now_ms: i64) -> Statement {
    Statement::new(READY).bind(id).bind(owner).bind(now_ms)
}

/// Puts a job back in the queue, not to run before `not_before_ms`, with so many
/// attempts counted.
pub async fn requeue(
    db: &Db,
    id: &str,
    owner: &str,
    not_before_ms: i64,
    attempts: u32,
    now_ms: i64,
) -> Result<bool, DbError> {
    let statement = Statement::new(REQUEUE)
        .bind(id)
        .bind(owner)
        .bind(not_before_ms)
        .bind(attempts)
        .bind(now_ms);
    Ok(!db.write_repeatable(statement).await?.is_empty())
}

/// Ends a job without a picture; `AnswerLost` makes it `unknown`, the rest
/// `failed`. `paid` says that the image API had answered with success.
pub async fn fail(
    db: &Db,
    id: &str,
    owner: &str,
    failure: &Failure,
    paid: bool,
    now_ms: i64,
) -> Result<bool, DbError> {
    let state = if failure.kind == FailureKind::AnswerLost {
        JobState::Unknown
    } else {
        JobState::Failed
    };
    let statement = Statement::new(FAIL)
        .bind(id)
        .bind(owner)
        .bind(state.as_str())
        .bind(now_ms)
        .bind(failure.kind.as_str())
        .bind(failure.categories.clone())
        .bind(failure.incident.clone())
        .bind(i64::from(paid));
    Ok(!db.write_repeatable(statement).await?.is_empty())
}

/// The ids of what cancelling ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cancelled {
    /// They waited, and nothing was asked for them.
    pub in_queue: Vec<String>,
    /// Their answers are awaited; whoever does so is to stop.
    pub under_way: Vec<String>,
}

/// Cancels what waits of this person's job and of those asked for with it; where `stops`,
/// those whose answers are awaited are to be stopped, which may be billed all the same.
pub async fn cancel(
    db: &Db,
    id: &str,
    user_id: &str,
    stops: bool,
    now_ms: i64,
) -> Result<Cancelled, DbError> {
    let of_job = |sql| Statement::new(sql).bind(id).bind(user_id).bind(now_ms);
    let mut batch = vec![of_job(CANCEL)];
    batch.extend(stops.then(|| of_job(STOP)));
    let results = db.batch_repeatable(batch).await?;
    let ids = |at: usize| -> Result<Vec<String>, DbError> {
        let rows = results.get(at).map_or(&[][..], Vec::as_slice);
        rows.iter().map(|row| row.text("id")).collect()
    };
    Ok(Cancelled {
        in_queue: ids(0)?,
        under_way: ids(1)?,
    })
}

/// Reads which jobs are to be stopped whose answer is awaited.
pub(super) fn to_stop_statement() -> Statement {
    Statement::new(TO_STOP)
}

/// Ends every queued job as `unknown`; how many there were. For a database from
/// earlier: each of them may have been asked for and paid since.
pub async fn give_up_queued(db: &Db, now_ms: i64) -> Result<usize, DbError> {
    let statement = Statement::new(GIVE_UP_QUEUED)
        .bind(FailureKind::AnswerLost.as_str())
        .bind(now_ms);
    Ok(db.write(statement).await?.len())
}

/// A job of this person.
pub async fn by_owner(db: &Db, id: &str, user_id: &str) -> Result<Option<Job>, DbError> {
    let row = db
        .fetch_optional(Statement::new(BY_OWNER).bind(id).bind(user_id))
        .await?;
    row.as_ref().map(Job::from_row).transpose()
}

/// Unix milliseconds from which the next queued job may run, if one waits.
pub async fn next_due_ms(db: &Db) -> Result<Option<i64>, DbError> {
    let row = db.fetch_optional(Statement::new(NEXT_DUE)).await?;
    row.ok_or(DbError::Shape)?.opt_int("due")
}

#[cfg(test)]
mod tests;
