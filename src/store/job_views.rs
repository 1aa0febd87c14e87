//! Jobs as pages show them: each with its pictures and its place in the queue.
//!
//! Open pages ask for them every few seconds, so that one statement answers,
//! however many jobs there are.

use super::{
    Db, DbError, Row, Statement,
    images::Image,
    jobs::{Job, together},
    reads::Reads,
    uploads::{self, Upload},
};
use crate::model::Prompt;

/// The jobs of a query, newest first. A job is a row without a picture, or as
/// many rows as it has pictures outside the trash, in their order; its own
/// columns begin with `j_`, because both tables have some of the same name. Pictures are
/// found by their job: `+` keeps the engine from looking through all of the person's.
macro_rules! shown {
    ($jobs:expr) => {
        concat!(
            "SELECT i.*, j.id AS j_id, j.user_id AS j_user_id, j.state AS j_state,
                j.prompt AS j_prompt, j.settings AS j_settings,
                j.reserved_micros AS j_reserved_micros, j.cost_micros AS j_cost_micros,
                j.cost_estimated AS j_cost_estimated, j.pictures AS j_pictures,
                j.attempts AS j_attempts, j.failure AS j_failure,
                j.failure_categories AS j_failure_categories, j.incident AS j_incident,
                j.created_at AS j_created_at, j.not_before AS j_not_before, j.dispatched_at AS j_dispatched_at,
                j.finished_at AS j_finished_at, j.parent_id AS j_parent_id,
                j.lease_owner AS j_lease_owner, j.claim AS j_claim, j.group_id AS j_group_id,
                j.keeps_outside AS j_keeps_outside,
                CASE WHEN j.state = 'queued' THEN (SELECT COUNT(*) FROM jobs q
                    WHERE q.state = 'queued' AND (q.created_at, q.id) < (j.created_at, j.id))
                END AS ahead
            FROM (",
            $jobs,
            ") j LEFT JOIN images i ON i.job_id = j.id AND +i.user_id = j.user_id
                AND i.trashed_at IS NULL AND j.state = 'ready'
            ORDER BY j.created_at DESC, j.id DESC, i.position"
        )
    };
}

statements! {
    BY_OWNER = shown!(concat!("SELECT * FROM jobs WHERE id IN (", together!(), ") AND +user_id = ?2"));
    /// Those under way, and of those that ended lately the newest: each by its index,
    /// with all that was asked for with it.
    RECENT = shown!("WITH asked AS (SELECT id FROM (
                SELECT COALESCE(group_id, id) AS id, created_at FROM jobs WHERE user_id = ?1
                    AND state IN ('queued', 'dispatching', 'received', 'stored')
                UNION ALL SELECT id, created_at FROM (
                    SELECT COALESCE(group_id, id) AS id, created_at FROM jobs
                    WHERE user_id = ?1 AND finished_at > MIN(?2, ?3)
                        AND (state = 'ready' AND finished_at > ?2 AND prompt <> ''
                            OR state IN ('failed', 'unknown') AND finished_at > ?3)
                    ORDER BY finished_at DESC LIMIT 200))
            GROUP BY id ORDER BY MAX(created_at) DESC, id DESC LIMIT 20)
        SELECT * FROM jobs WHERE id IN (SELECT id FROM asked
            UNION SELECT m.id FROM asked CROSS JOIN jobs m ON m.group_id = asked.id)");
    /// Of the newest jobs: who has had many repeats themselves rarely from long ago.
    RECENT_PROMPTS = "SELECT prompt, MAX(created_at) AS newest FROM
            (SELECT prompt, created_at FROM jobs WHERE user_id = ?1
                ORDER BY created_at DESC LIMIT 500)
        WHERE prompt <> '' GROUP BY prompt ORDER BY newest DESC LIMIT 30";
}

/// What was asked for at once: a job, or a group of them.
#[derive(Clone, Debug)]
pub struct ShownRequest {
    /// Its jobs in order, at least one.
    pub jobs: Vec<ShownJob>,
}

impl ShownRequest {
    /// The requests of a list, newest first.
    pub(super) fn list(rows: &[Row]) -> Result<Vec<ShownRequest>, DbError> {
        let mut requests: Vec<ShownRequest> = Vec::new();
        for shown in ShownJob::list(rows)? {
            let of = |other: &ShownRequest| {
                let group = shown.job.group_id.as_ref();
                group.is_some() && other.job().group_id.as_ref() == group
            };
            match requests.iter_mut().find(|other| of(other)) {
                // The list goes from the newest to the oldest.
                Some(request) => request.jobs.insert(0, shown),
                None => requests.push(ShownRequest { jobs: vec![shown] }),
            }
        }
        Ok(requests)
    }

    /// Its first job, whose id is its own.
    pub fn job(&self) -> &Job {
        &self.jobs[0].job
    }
}

/// A job with what a page shows beside it.
#[derive(Clone, Debug)]
pub struct ShownJob {
    /// The job's row.
    pub job: Job,
    /// Number of queued jobs ahead of it; `None` once it has left the queue.
    pub ahead: Option<u32>,
    /// Its pictures in order, once it is ready.
    pub images: Vec<Image>,
}

impl ShownJob {
    fn list(rows: &[Row]) -> Result<Vec<ShownJob>, DbError> {
        let mut shown: Vec<ShownJob> = Vec::new();
        for row in rows {
            let image = match row.opt_text("id")? {
                Some(_) => Some(Image::from_row(row)?),
                None => None,
            };
            let id = row.text("j_id")?;
            match shown.last_mut() {
                Some(last) if last.job.id == id => last.images.extend(image),
                _ => shown.push(ShownJob {
                    job: Job::from_row(&row.part("j_"))?,
                    ahead: row
                        .opt_int("ahead")?
                        .map(|ahead| u32::try_from(ahead).unwrap_or(u32::MAX)),
                    images: image.into_iter().collect(),
                }),
            }
        }
        Ok(shown)
    }
}

/// The request of this person that a job belongs to.
pub async fn by_owner(db: &Db, id: &str, user_id: &str) -> Result<Option<ShownRequest>, DbError> {
    let statement = Statement::new(BY_OWNER).bind(id).bind(user_id);
    let found = ShownRequest::list(&db.fetch_all(statement).await?)?;
    Ok(found.into_iter().next())
}

/// The same with the uploads the job works on: references in order, then the mask.
pub async fn with_inputs(
    db: &Db,
    id: &str,
    user_id: &str,
) -> Result<Option<(ShownRequest, Vec<Upload>)>, DbError> {
    let mut reads = Reads::default();
    let job = reads.add(Statement::new(BY_OWNER).bind(id).bind(user_id));
    let inputs = reads.add(uploads::of_job_statement(id, user_id));
    let answers = reads.answers(db).await?;
    let requests = ShownRequest::list(answers.rows(job))?;
    let Some(request) = requests.into_iter().next() else {
        return Ok(None);
    };
    Ok(Some((request, Upload::list(answers.rows(inputs))?)))
}

/// The moments since which a job that ended is shown with the unfinished ones.
#[derive(Clone, Copy, Debug)]
pub struct EndedSince {
    /// Unix milliseconds, for one that ended well.
    pub ready_ms: i64,
    /// Unix milliseconds, for one that failed.
    pub failed_ms: i64,
}

/// The person's unfinished requests, and those that ended lately; newest first.
pub async fn recent(
    db: &Db,
    user_id: &str,
    ended: EndedSince,
) -> Result<Vec<ShownRequest>, DbError> {
    ShownRequest::list(&db.fetch_all(recent_statement(user_id, ended)).await?)
}

/// Reads what [`recent`] does.
pub(super) fn recent_statement(user_id: &str, ended: EndedSince) -> Statement {
    Statement::new(RECENT)
        .bind(user_id)
        .bind(ended.ready_ms)
        .bind(ended.failed_ms)
}

/// The person's prompts, newest first, each once.
pub async fn recent_prompts(db: &Db, user_id: &str) -> Result<Vec<Prompt>, DbError> {
    let rows = db
        .fetch_all(Statement::new(RECENT_PROMPTS).bind(user_id))
        .await?;
    rows.iter()
        .map(|row| row.text("prompt").map(Prompt))
        .collect()
}
