//! Queueing a job within the limits, and the sums behind them.

use super::{Db, DbError, Statement, engine::json, uploads};
use crate::model::{Prompt, Settings};

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
        WHERE (SELECT COALESCE(SUM(", booked_pictures!(), "), 0) FROM jobs
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
            (SELECT COALESCE(SUM(", booked_pictures!(), "), 0) FROM jobs
             WHERE user_id = ?1 AND created_at >= ?2
               AND state NOT IN ('failed', 'unknown', 'cancelled')) AS pictures,
            (SELECT COUNT(*) FROM jobs WHERE user_id = ?1
               AND state IN ('queued', 'dispatching', 'received', 'stored')) AS active,
            (SELECT COALESCE(SUM(", billable_micros!(), "), 0) FROM jobs
             WHERE created_at >= ?2)
            + (SELECT COALESCE(SUM(micros), 0) FROM erased_usage WHERE day = ?2) AS service_micros");
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
