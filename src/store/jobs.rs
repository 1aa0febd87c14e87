//! Jobs: the state machine of a picture being made, one statement a step.
//!
//! Every step names the state it leaves (`WHERE state = …`), so that two
//! workers, a cancellation and a restart can race and one of them wins.

use super::{Db, DbError, Row, Statement, engine::json, uploads};
use crate::model::{Failure, FailureKind, JobState, Prompt, Settings};

statements! {
    /// Reserves and queues in one statement: the sums are read in the same
    /// snapshot as the row is written, so two submissions cannot share the last dollar.
    /// `?9` person's pictures a day, `?10` service's micro-dollars a day, `?11` start of the day,
    /// `?12` this request's pictures, `?13` the most unfinished jobs a person may have,
    /// `?14` the picture it remixes, kept only if the person may see it.
    ENQUEUE = concat!("INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings,
            reserved_micros, created_at, parent_id)
        SELECT ?1, ?2, ?3, 'queued', ?4, ?5, ?6, ?7, ?8,
            (SELECT id FROM images WHERE id = ?14 AND (user_id = ?2 OR public_key IS NOT NULL))
        WHERE (SELECT COALESCE(SUM(json_extract(settings, '$.count')), 0) FROM jobs
               WHERE user_id = ?2 AND created_at >= ?11
                 AND state NOT IN ('failed', 'unknown', 'cancelled')) + ?12 <= ?9
          AND (SELECT COALESCE(SUM(", billable_micros!(), "), 0) FROM jobs
               WHERE created_at >= ?11)
            + (SELECT COALESCE(SUM(micros), 0) FROM erased_usage WHERE day = ?11) + ?7 <= ?10
          AND EXISTS (SELECT 1 FROM users WHERE id = ?2 AND erasure_id IS NULL)
          AND (SELECT COUNT(*) FROM jobs WHERE user_id = ?2
                 AND state IN ('queued', 'dispatching', 'received', 'stored')) < ?13
        ON CONFLICT (user_id, request_key) DO NOTHING
        RETURNING id");
    BY_REQUEST_KEY = "SELECT id FROM jobs WHERE user_id = ?1 AND request_key = ?2";
    /// The sums behind each limit, to tell which one an enqueue met.
    USED = concat!("SELECT
            (SELECT COALESCE(SUM(json_extract(settings, '$.count')), 0) FROM jobs
             WHERE user_id = ?1 AND created_at >= ?2
               AND state NOT IN ('failed', 'unknown', 'cancelled')) AS pictures,
            (SELECT COUNT(*) FROM jobs WHERE user_id = ?1
               AND state IN ('queued', 'dispatching', 'received', 'stored')) AS active,
            (SELECT COALESCE(SUM(", billable_micros!(), "), 0) FROM jobs
             WHERE created_at >= ?2)
            + (SELECT COALESCE(SUM(micros), 0) FROM erased_usage WHERE day = ?2) AS service_micros");
    /// The oldest claimable job of a person who is below their share of workers.
    CLAIM = "UPDATE jobs SET state = 'dispatching', lease_owner = ?1, lease_until = ?2,
            attempts = attempts + 1, dispatched_at = ?3
        WHERE state = 'queued' AND id = (
            SELECT j.id FROM jobs j
            WHERE j.state = 'queued' AND j.not_before <= ?3
              AND EXISTS (SELECT 1 FROM users u WHERE u.id = j.user_id AND u.erasure_id IS NULL)
              AND (SELECT COUNT(*) FROM jobs r WHERE r.user_id = j.user_id
                     AND r.state IN ('dispatching', 'received', 'stored')) < ?4
            ORDER BY j.created_at, j.id LIMIT 1)
        RETURNING *";
    RECEIVED = "UPDATE jobs SET state = 'received', cost_micros = ?3
        WHERE id = ?1 AND lease_owner = ?2 AND state = 'dispatching' RETURNING id";
    STORED = "UPDATE jobs SET state = 'stored'
        WHERE id = ?1 AND lease_owner = ?2 AND state = 'received' RETURNING id";
    READY = "UPDATE jobs SET state = 'ready', lease_owner = NULL, lease_until = NULL, finished_at = ?3
        WHERE id = ?1 AND lease_owner = ?2 AND state = 'stored' RETURNING id";
    /// Back to the queue before anything was made: a bounded retry.
    REQUEUE = "UPDATE jobs SET state = 'queued', lease_owner = NULL, lease_until = NULL, not_before = ?3
        WHERE id = ?1 AND lease_owner = ?2 AND state = 'dispatching' RETURNING id";
    /// A refusal is free. What was answered with success costs what it is known to
    /// have cost, or else what was set aside for it.
    FAIL = "UPDATE jobs SET state = ?3, lease_owner = NULL, lease_until = NULL, finished_at = ?4,
            failure = ?5, failure_categories = ?6, incident = ?7,
            cost_micros = CASE WHEN ?8 THEN COALESCE(cost_micros, reserved_micros) ELSE cost_micros END
        WHERE id = ?1 AND lease_owner = ?2 AND state IN ('dispatching', 'received', 'stored')
        RETURNING id";
    CANCEL = "UPDATE jobs SET state = 'cancelled', finished_at = ?3
        WHERE id = ?1 AND user_id = ?2 AND state = 'queued' RETURNING id";
    BY_OWNER = "SELECT * FROM jobs WHERE id = ?1 AND user_id = ?2";
    ACTIVE = "SELECT COUNT(*) AS active FROM jobs WHERE user_id = ?1
        AND state IN ('queued', 'dispatching', 'received', 'stored')";
    NEXT_DUE = "SELECT MIN(not_before) AS due FROM jobs WHERE state = 'queued'";
}

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
    /// Number of times the image API was asked, this one included.
    pub attempts: u32,
    /// The reason there is no picture: in `failed` and `unknown` only.
    pub failure: Option<Failure>,
    /// Unix milliseconds.
    pub created_at_ms: i64,
    /// Unix milliseconds at which a worker last claimed it.
    pub dispatched_at_ms: Option<i64>,
    /// Unix milliseconds of its end, well or not.
    pub finished_at_ms: Option<i64>,
    /// Id of the picture it remixes.
    pub parent_id: Option<String>,
}

impl Job {
    pub(super) fn from_row(row: &Row) -> Result<Job, DbError> {
        let failure = match row.opt_text("failure")? {
            None => None,
            Some(word) => Some(Failure {
                kind: FailureKind::parse(&word).ok_or(DbError::Shape)?,
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
            attempts: u32::try_from(row.int("attempts")?).unwrap_or(u32::MAX),
            failure,
            created_at_ms: row.int("created_at")?,
            dispatched_at_ms: row.opt_int("dispatched_at")?,
            finished_at_ms: row.opt_int("finished_at")?,
            parent_id: row.opt_text("parent_id")?,
        })
    }
}

/// A job to be.
pub struct NewJob<'a> {
    /// UUIDv7 text.
    pub id: &'a str,
    /// Its owner's id.
    pub user_id: &'a str,
    /// The form's key: unique per person.
    pub request_key: &'a str,
    /// The words to make pictures from.
    pub prompt: &'a Prompt,
    /// Model, count, size and the other choices of the form.
    pub settings: &'a Settings,
    /// Micro-dollars to set aside.
    pub reserved_micros: i64,
    /// Unix milliseconds of the submission.
    pub now_ms: i64,
    /// The uploads it works on: references in order, then the mask.
    pub inputs: &'a [String],
    /// Id of the picture it remixes.
    pub parent_id: Option<&'a str>,
}

/// The limits an enqueue is held to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Pictures a person may make a day.
    pub pictures_per_day: u32,
    /// Micro-dollars the whole service may spend a day.
    pub service_micros_per_day: i64,
    /// Unfinished jobs a person may have at once.
    pub active_per_person: u32,
    /// Unix milliseconds of the day's beginning (UTC).
    pub day_start_ms: i64,
}

/// The outcome of an enqueue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// A new job.
    New(String),
    /// The same submission came before: this is its job.
    Known(String),
    /// The person's pictures of the day are used up.
    QuotaReached,
    /// The person has too many unfinished jobs.
    TooManyActive,
    /// The service's money of the day is used up.
    ServiceBudgetReached,
}

/// Queues a job within the limits, once per request key.
pub async fn enqueue(db: &Db, job: &NewJob<'_>, limits: Limits) -> Result<Enqueued, DbError> {
    let known = Statement::new(BY_REQUEST_KEY)
        .bind(job.user_id)
        .bind(job.request_key);
    if let Some(row) = db.fetch_optional(known.clone()).await? {
        return Ok(Enqueued::Known(row.text("id")?));
    }
    let settings = json(job.settings)?;
    let insert = Statement::new(ENQUEUE)
        .bind(job.id)
        .bind(job.user_id)
        .bind(job.request_key)
        .bind(job.settings.model.as_str())
        .bind(job.prompt.0.as_str())
        .bind(settings)
        .bind(job.reserved_micros)
        .bind(job.now_ms)
        .bind(limits.pictures_per_day)
        .bind(limits.service_micros_per_day)
        .bind(limits.day_start_ms)
        .bind(u32::from(job.settings.count))
        .bind(limits.active_per_person)
        .bind(job.parent_id);
    // The job and what it works on are one step: no worker sees one without the other.
    let mut batch = vec![insert];
    batch.extend(uploads::attach_statements(
        job.id,
        job.inputs,
        job.user_id,
        job.now_ms,
    )?);
    let results = db.batch(batch).await?;
    if let Some(row) = results.first().and_then(|rows| rows.first()) {
        return Ok(Enqueued::New(row.text("id")?));
    }
    // Nothing was inserted: a twin came in between, or a limit was met.
    if let Some(row) = db.fetch_optional(known).await? {
        return Ok(Enqueued::Known(row.text("id")?));
    }
    let used = used(db, job.user_id, limits.day_start_ms).await?;
    if used.active >= limits.active_per_person {
        return Ok(Enqueued::TooManyActive);
    }
    if used.pictures + u32::from(job.settings.count) > limits.pictures_per_day {
        return Ok(Enqueued::QuotaReached);
    }
    Ok(Enqueued::ServiceBudgetReached)
}

/// Sums to hold against the limits.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// The person's pictures since the day began, made and under way.
    pub pictures: u32,
    /// The person's unfinished jobs.
    pub active: u32,
    /// The service's micro-dollars since the day began, spent and set aside.
    pub service_micros: i64,
}

/// Sums up a person's and the service's use since the day began.
pub async fn used(db: &Db, user_id: &str, day_start_ms: i64) -> Result<Used, DbError> {
    let statement = Statement::new(USED).bind(user_id).bind(day_start_ms);
    let row = db.fetch_optional(statement).await?.ok_or(DbError::Shape)?;
    let small = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(Used {
        pictures: small(row.int("pictures")?),
        active: small(row.int("active")?),
        service_micros: row.int("service_micros")?,
    })
}

/// Takes the next job, if one may run. The intent is on the disk when this
/// returns: after a crash nobody wonders whether a call could have been made.
pub async fn claim(
    db: &Db,
    node: &str,
    lease_until_ms: i64,
    now_ms: i64,
    per_person: u32,
) -> Result<Option<Job>, DbError> {
    let statement = Statement::new(CLAIM)
        .bind(node)
        .bind(lease_until_ms)
        .bind(now_ms)
        .bind(per_person);
    let results = db.batch_durable(vec![statement]).await?;
    results
        .first()
        .and_then(|rows| rows.first())
        .map(Job::from_row)
        .transpose()
}

/// Records that the bytes are safe, and what they cost. On the disk when it returns.
pub async fn received(db: &Db, id: &str, node: &str, cost_micros: i64) -> Result<bool, DbError> {
    let statement = Statement::new(RECEIVED)
        .bind(id)
        .bind(node)
        .bind(cost_micros);
    let results = db.batch_durable(vec![statement]).await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}

/// Records that the originals are in the object store.
pub async fn stored(db: &Db, id: &str, node: &str) -> Result<bool, DbError> {
    let results = db
        .batch_durable(vec![Statement::new(STORED).bind(id).bind(node)])
        .await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}

/// The statement that ends a job well, for a batch with its pictures' rows.
pub(super) fn ready_statement(id: &str, node: &str, now_ms: i64) -> Statement {
    Statement::new(READY).bind(id).bind(node).bind(now_ms)
}

/// Puts a job back in the queue, not to run before `not_before_ms`.
pub async fn requeue(db: &Db, id: &str, node: &str, not_before_ms: i64) -> Result<bool, DbError> {
    let statement = Statement::new(REQUEUE)
        .bind(id)
        .bind(node)
        .bind(not_before_ms);
    Ok(!db.write(statement).await?.is_empty())
}

/// Ends a job without a picture; `AnswerLost` makes it `unknown`, the rest
/// `failed`. `paid` says that the image API had answered with success.
pub async fn fail(
    db: &Db,
    id: &str,
    node: &str,
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
        .bind(node)
        .bind(state.as_str())
        .bind(now_ms)
        .bind(failure.kind.as_str())
        .bind(failure.categories.clone())
        .bind(failure.incident.clone())
        .bind(i64::from(paid));
    Ok(!db.write(statement).await?.is_empty())
}

/// Cancels a queued job of this person; false if it is not theirs or no longer queued.
pub async fn cancel(db: &Db, id: &str, user_id: &str, now_ms: i64) -> Result<bool, DbError> {
    let statement = Statement::new(CANCEL).bind(id).bind(user_id).bind(now_ms);
    Ok(!db.write(statement).await?.is_empty())
}

/// A job of this person.
pub async fn by_owner(db: &Db, id: &str, user_id: &str) -> Result<Option<Job>, DbError> {
    let row = db
        .fetch_optional(Statement::new(BY_OWNER).bind(id).bind(user_id))
        .await?;
    row.as_ref().map(Job::from_row).transpose()
}

/// Number of the person's unfinished jobs.
pub async fn active(db: &Db, user_id: &str) -> Result<u32, DbError> {
    let statement = Statement::new(ACTIVE).bind(user_id);
    let row = db.fetch_optional(statement).await?.ok_or(DbError::Shape)?;
    Ok(u32::try_from(row.int("active")?).unwrap_or(u32::MAX))
}

/// Unix milliseconds from which the next queued job may run, if one waits.
pub async fn next_due_ms(db: &Db) -> Result<Option<i64>, DbError> {
    let row = db.fetch_optional(Statement::new(NEXT_DUE)).await?;
    row.ok_or(DbError::Shape)?.opt_int("due")
}
