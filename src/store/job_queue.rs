//! Queueing a job within the limits, and the sums behind them.

use super::{
    Db, DbError, INTEGER_MAX, Row, Statement, composites,
    day_budget::{self, DaySpent},
    engine::json,
    personal_limits, uploads, users,
};
use crate::model::{
    Prompt, Settings,
    allowance::{Allowance, PersonalLimits},
    limits::BUDGET_BREAK_MAX_MS,
};
use serde::Serialize;

/// What a person used since the day and the month began, and the limits that were set
/// for them. `?1` the person, `?2` the start of the day, `?3` that of the month.
macro_rules! used {
    ($more:literal, $condition:literal) => {
        concat!(
            "SELECT (SELECT COALESCE(SUM(booked), 0) FROM job_sums
                WHERE user_id = ?1 AND day >= ?2) AS pictures,
            (SELECT COALESCE(SUM(billable_micros), 0) FROM month_sums
                WHERE user_id = ?1 AND month >= ?3) AS month_micros,
            (SELECT COUNT(DISTINCT COALESCE(group_id, id)) FROM jobs WHERE user_id = ?1
                AND state IN ('queued', 'dispatching', 'received', 'stored')) AS active,
            l.pictures_per_day, l.micros_per_month, l.own_pictures_per_day, l.own_micros_per_month",
            $more,
            " FROM (SELECT 1) LEFT JOIN personal_limits l ON l.user_id = ?1",
            $condition
        )
    };
}

/// A person's limit as it is in force, where the service's is a parameter: what
/// [`PersonalLimits::in_force`] says, for the statement that holds to it.
macro_rules! in_force {
    ($column:literal, $service:literal) => {
        concat!(
            "COALESCE((SELECT MIN(COALESCE(l.",
            $column,
            ", ",
            $service,
            "),
                COALESCE(l.own_",
            $column,
            ", l.",
            $column,
            ", ",
            $service,
            "))
                FROM personal_limits l WHERE l.user_id = ?2), ",
            $service,
            ")"
        )
    };
}

statements! {
    /// Reserves and queues in one statement: the sums are read in the same
    /// snapshot as the rows are written, so two submissions cannot share the last dollar,
    /// and of several jobs all are queued or none: what is selected is whole before the
    /// first is inserted.
    /// `?1` the jobs, `?5` their group, `?7` their micro-dollars in all,
    /// `?9` person's pictures a day, `?10` service's micro-dollars a day, `?11` start of the day,
    /// `?12` this request's pictures, `?13` the most unfinished requests a person may have,
    /// `?14` the picture it remixes, kept only if the person may see it, `?15` the latest
    /// end of a pause that is believed, `?16` person's micro-dollars a month, `?17` start of
    /// the month.
    ENQUEUE = concat!("INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings,
            reserved_micros, created_at, changed_at, parent_id, group_id)
        SELECT json_extract(p.value, '$.id'), ?2, iif(p.key = 0, ?3, json_extract(p.value, '$.request_key')), 'queued', ?4,
            json_extract(p.value, '$.prompt'), ?6, json_extract(p.value, '$.reserved_micros'), ?8, ?8,
            (SELECT id FROM images WHERE id = ?14 AND (user_id = ?2 OR public_key IS NOT NULL)), ?5
        FROM json_each(?1) AS p
        WHERE (SELECT COALESCE(SUM(booked), 0) FROM job_sums
               WHERE user_id = ?2 AND day >= ?11) + ?12 <= ", in_force!("pictures_per_day", "?9"), "
          AND (SELECT COALESCE(SUM(billable_micros), 0) FROM month_sums
               WHERE user_id = ?2 AND month >= ?17) + ?7 <= ", in_force!("micros_per_month", "?16"), "
          AND (SELECT COALESCE(SUM(billable_micros), 0) FROM day_sums WHERE day >= ?11)
            + (SELECT COALESCE(SUM(micros), 0) FROM erased_usage WHERE day = ?11) + ?7 <= ?10
          AND EXISTS (SELECT 1 FROM users WHERE id = ?2 AND erasure_id IS NULL
                 AND (suspended_until IS NULL OR suspended_until <= ?8))
          AND (SELECT COUNT(DISTINCT COALESCE(group_id, id)) FROM jobs WHERE user_id = ?2
                 AND state IN ('queued', 'dispatching', 'received', 'stored')) < ?13
          AND NOT EXISTS (SELECT 1 FROM service_state
                 WHERE name = 'budget_break_until' AND value > ?8 AND value <= ?15)
        ON CONFLICT (user_id, request_key) DO NOTHING
        RETURNING id");
    BY_REQUEST_KEY = "SELECT id FROM jobs WHERE user_id = ?1 AND request_key = ?2";
    USED = used!("", "");
    /// To tell which limit an enqueue met; nothing, and no summing up, where there
    /// is a job of the key `?4`.
    MET = used!(", (SELECT value FROM service_state WHERE name = 'budget_break_until') AS break_until,
            (SELECT u.suspended_until FROM users u WHERE u.id = ?1) AS suspended_until",
        " WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE user_id = ?1 AND request_key = ?4)");
    /// Once a form is a job, its settings alone are the draft; one that was refused is
    /// the draft as a whole.
    SETTLE_DRAFT = "UPDATE users SET draft = CASE
            WHEN EXISTS (SELECT 1 FROM jobs WHERE user_id = ?1 AND request_key = ?2) THEN ?4
            ELSE COALESCE(?3, draft) END
        WHERE id = ?1";
}

/// A job of a request.
#[derive(Clone, Debug, Serialize)]
pub struct NewJob {
    /// UUIDv7 text, later than those before it.
    pub id: String,
    /// The words to make pictures from.
    pub prompt: Prompt,
    /// Micro-dollars to set aside.
    pub reserved_micros: i64,
}

/// A job of a request as the statement reads it. The key is that of the others; the first
/// one has the form's.
#[derive(Serialize)]
struct NewRow<'a> {
    #[serde(flatten)]
    job: &'a NewJob,
    request_key: String,
}

/// What is asked for at once: one job, or a group of them.
pub struct NewRequest<'a> {
    /// Its jobs in order, at least one. The first one's id is the request's.
    pub jobs: &'a [NewJob],
    /// Its owner's id.
    pub user_id: &'a str,
    /// The form's key: unique per person.
    pub request_key: &'a str,
    /// Model, count, size and the other choices of the form, for each job.
    pub settings: &'a Settings,
    /// Unix milliseconds of the submission.
    pub now_ms: i64,
    /// The uploads its first job works on: references in order, then the mask.
    pub inputs: &'a [String],
    /// Whether what comes back is put into the first of them, outside of the mask.
    pub keeps_outside: bool,
    /// Id of the picture it remixes.
    pub parent_id: Option<&'a str>,
    /// The composer's form it was sent with; `None` where there was none.
    pub form: Option<SentForm<'a>>,
}

impl NewRequest<'_> {
    /// Its id.
    fn id(&self) -> &str {
        self.jobs.first().map_or("", |job| &job.id)
    }

    /// Micro-dollars to set aside in all.
    fn micros(&self) -> i64 {
        let each = self.jobs.iter().map(|job| job.reserved_micros);
        each.fold(0, i64::saturating_add)
    }

    /// Pictures it asks for in all.
    fn pictures(&self) -> u32 {
        let jobs = u32::try_from(self.jobs.len()).unwrap_or(u32::MAX);
        jobs.saturating_mul(self.settings.count.into())
    }
}

/// The composer's form as it was sent.
#[derive(Clone, Copy, Debug)]
pub struct SentForm<'a> {
    /// The form as JSON, to be kept should the job be refused; `None` for one that
    /// is too long for a draft.
    pub draft: Option<&'a str>,
    /// The form that follows, as JSON: its settings without its words. `None` for a fresh one.
    pub next: Option<&'a str>,
    /// The age in years that the person stated with it to have reached.
    pub age_stated: Option<u32>,
}

/// The limits an enqueue is held to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// What a person may use where nothing else was set for them.
    pub per_person: Allowance,
    /// Micro-dollars the whole service may spend a day.
    pub service_micros_per_day: i64,
    /// Unfinished requests a person may have at once.
    pub active_per_person: u32,
    /// Unix milliseconds of the day's beginning (UTC).
    pub day_start_ms: i64,
    /// Unix milliseconds of the month's beginning (UTC).
    pub month_start_ms: i64,
}

/// The outcome of an enqueue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// A new request.
    New(String),
    /// The same submission came before: this is its request.
    Known(String),
    /// The person is suspended.
    Suspended,
    /// The person's pictures of the day do not suffice.
    QuotaReached {
        /// Pictures they may make a day.
        per_day: u32,
    },
    /// The person's money of the month does not suffice.
    MonthSpent {
        /// Micro-dollars they may spend a month.
        per_month: i64,
    },
    /// The person has too many unfinished requests.
    TooManyActive,
    /// The service's money of the day is used up.
    ServiceBudgetReached,
    /// The image API said that the operator's money is used up.
    Paused {
        /// Unix milliseconds from which new jobs are taken again.
        until_ms: i64,
    },
}

/// Queues a request within the limits, once per request key. The form it was sent with
/// is settled in the same step: its settings stay as the draft, or all of it does.
/// With the outcome comes what the service has spent of the day by then.
pub async fn enqueue(
    db: &Db,
    request: &NewRequest<'_>,
    limits: Limits,
) -> Result<(Enqueued, DaySpent), DbError> {
    let mut batch = vec![insert(request, limits)?];
    // The job and what it works on are one step: no worker sees one without the other.
    batch.extend(uploads::attach_statements(
        request.id(),
        request.inputs,
        request.user_id,
        request.now_ms,
    )?);
    batch.extend(
        request
            .keeps_outside
            .then(|| composites::keep_outside_statement(request.id())),
    );
    if let Some(form) = request.form {
        let settle = Statement::new(SETTLE_DRAFT).bind(request.user_id);
        batch.push(
            settle
                .bind(request.request_key)
                .bind(form.draft)
                .bind(form.next),
        );
        let age = form.age_stated;
        batch.extend(
            age.map(|age| users::state_age_statement(request.user_id, age, request.now_ms)),
        );
    }
    // Whose key it is by now, and where nobody's is there, what was met.
    let known = Statement::new(BY_REQUEST_KEY).bind(request.user_id);
    batch.push(known.bind(request.request_key));
    let met = Statement::new(MET)
        .bind(request.user_id)
        .bind(limits.day_start_ms)
        .bind(limits.month_start_ms);
    batch.push(met.bind(request.request_key));
    batch.push(day_budget::spent_statement(limits.day_start_ms));
    // Run twice, it finds the job that the first run has queued.
    let mut results = db.batch_repeatable(batch).await?;
    let mut first = || results.pop().and_then(|rows| rows.into_iter().next());
    let (spent, met, known) = (first(), first(), first());
    let spent = spent.ok_or(DbError::Shape)?;
    let spent = DaySpent::from_row(&spent, limits.day_start_ms)?;
    if let Some(row) = known {
        let id = row.text("id")?;
        let enqueued = match id == request.id() {
            true => Enqueued::New(id),
            false => Enqueued::Known(id),
        };
        return Ok((enqueued, spent));
    }
    Ok((
        limit_met(&met.ok_or(DbError::Shape)?, request, limits)?,
        spent,
    ))
}

/// Which limit kept a job from being queued, by the row that [`MET`] reads.
fn limit_met(met: &Row, request: &NewRequest<'_>, limits: Limits) -> Result<Enqueued, DbError> {
    let suspended_ms = met.opt_int("suspended_until")?;
    if suspended_ms.is_some_and(|until_ms| until_ms > request.now_ms) {
        return Ok(Enqueued::Suspended);
    }
    let latest_ms = request.now_ms + BUDGET_BREAK_MAX_MS;
    let until_ms = met.opt_int("break_until")?;
    if let Some(until_ms) = until_ms.filter(|ms| (request.now_ms + 1..=latest_ms).contains(ms)) {
        return Ok(Enqueued::Paused { until_ms });
    }
    let used = Used::from_row(met)?;
    if used.active >= limits.active_per_person {
        return Ok(Enqueued::TooManyActive);
    }
    let in_force = used.personal.in_force(&limits.per_person);
    let pictures = used.pictures.saturating_add(request.pictures());
    if let Some(limit) = in_force.pictures_per_day.filter(|l| pictures > l.most) {
        return Ok(Enqueued::QuotaReached {
            per_day: limit.most,
        });
    }
    let micros = used.month_micros.saturating_add(request.micros());
    if let Some(limit) = in_force.micros_per_month.filter(|l| micros > l.most) {
        return Ok(Enqueued::MonthSpent {
            per_month: limit.most,
        });
    }
    Ok(Enqueued::ServiceBudgetReached)
}

/// The statement that queues a request if it is within the limits.
fn insert(request: &NewRequest<'_>, limits: Limits) -> Result<Statement, DbError> {
    let settings = json(request.settings)?;
    let rows = request.jobs.iter().enumerate().map(|(n, job)| NewRow {
        job,
        request_key: format!("{}/{n}", request.request_key),
    });
    let insert = Statement::new(ENQUEUE)
        .bind(json(&rows.collect::<Vec<_>>())?)
        .bind(request.user_id)
        .bind(request.request_key)
        .bind(request.settings.model.as_str())
        .bind((request.jobs.len() > 1).then(|| request.id()))
        .bind(settings)
        .bind(request.micros())
        .bind(request.now_ms)
        .bind(limits.per_person.pictures_per_day.unwrap_or(u32::MAX))
        .bind(limits.service_micros_per_day)
        .bind(limits.day_start_ms)
        .bind(request.pictures())
        .bind(limits.active_per_person)
        .bind(request.parent_id)
        .bind(request.now_ms + BUDGET_BREAK_MAX_MS)
        .bind(limits.per_person.micros_per_month.unwrap_or(INTEGER_MAX))
        .bind(limits.month_start_ms);
    Ok(insert)
}

/// Sums to hold against the limits, and the limits that were set for the person.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// The person's pictures since the day began, made and under way.
    pub pictures: u32,
    /// Their micro-dollars since the month began, with what is set aside.
    pub month_micros: i64,
    /// The person's unfinished requests.
    pub active: u32,
    /// What an administrator and the person themselves set.
    pub personal: PersonalLimits,
}

impl Used {
    /// Pictures the person may still make today where everybody may make so many.
    pub fn pictures_left(&self, service: &Allowance) -> u32 {
        let limit = self.personal.in_force(service).pictures_per_day;
        limit.map_or(u32::MAX, |limit| limit.most.saturating_sub(self.pictures))
    }

    /// The sums that [`used_statement`] reads.
    pub(super) fn from_row(row: &Row) -> Result<Used, DbError> {
        let small = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(Used {
            pictures: small(row.int("pictures")?),
            month_micros: row.int("month_micros")?,
            active: small(row.int("active")?),
            personal: personal_limits::from_row(row)?,
        })
    }
}

/// Reads what a person used since the day and the month began.
pub(super) fn used_statement(user_id: &str, since: Since) -> Statement {
    Statement::new(USED)
        .bind(user_id)
        .bind(since.day_ms)
        .bind(since.month_ms)
}

/// The beginnings of the day and of the month (UTC), Unix milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    /// The day's.
    pub day_ms: i64,
    /// The month's.
    pub month_ms: i64,
}
