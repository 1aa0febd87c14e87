//! The workers: they claim queued jobs, call the image API, and bring each
//! answer safely to the library.
//!
//! A job is a row with a lease. The intent is on the disk before the call, the
//! bytes are in the spool before anything else happens to them, and a restart
//! resumes from what is there. Nothing here calls the API twice for one claim.

mod keep;

use crate::{
    model::{Failure, FailureKind},
    references::inputs,
    server::{
        AppState,
        image_api::{ImageApiError, Request},
        incident,
        spool::Manifest,
    },
    store::{
        DbError,
        jobs::{self, Job},
    },
};
use fail::fail_point;
use imgc_pictures::PictureFormat;
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

/// A retry waits at least this, doubling, and at most the next.
const BACKOFF_MIN_MS: i64 = 1_000;
const BACKOFF_MAX_MS: i64 = 60_000;
/// The interval at which jobs whose node is dead are looked for.
const ADOPTION: Duration = Duration::from_secs(15);
/// The time a shutdown waits for jobs under way.
const DRAIN: Duration = Duration::from_secs(30);

/// The reason a job's work stopped short of an end.
#[derive(Debug, thiserror::Error)]
enum JobError {
    /// It ends without a picture.
    #[error("failed: {0:?}")]
    Failed(Failure),
    /// The job is no longer this node's.
    #[error("the lease was lost")]
    LeaseLost,
    /// A store did not answer; the row stays as it is and is adopted again later.
    #[error("a store did not answer: {0}")]
    Later(&'static str),
}

impl From<DbError> for JobError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Failed => JobError::Later("database"),
            // Trying again would be refused again.
            DbError::Constraint | DbError::Shape => failed(FailureKind::StorageFailed),
        }
    }
}

/// Runs until shutdown: resumes what a former life left, then takes queued jobs.
pub async fn run(state: AppState) {
    let slots = Arc::new(Semaphore::new(state.config.imgc.jobs.concurrency));
    let tasks = TaskTracker::new();
    adopt(&state, &tasks, true).await;
    let mut adoption = tokio::time::interval(ADOPTION);
    loop {
        tokio::select! {
            () = state.shutdown.cancelled() => break,
            _ = adoption.tick() => adopt(&state, &tasks, false).await,
            permit = slots.clone().acquire_owned() => {
                let Ok(permit) = permit else { break };
                take_one(&state, &tasks, permit).await;
            }
        }
    }
    tasks.close();
    if tokio::time::timeout(DRAIN, tasks.wait()).await.is_err() {
        tracing::warn!("jobs under way at shutdown resume at the next start");
    }
}

/// Claims a job and starts it, or waits until there may be one.
async fn take_one(state: &AppState, tasks: &TaskTracker, permit: OwnedSemaphorePermit) {
    let now_ms = state.clock.now_ms();
    let per_person = state.config.imgc.jobs.per_person;
    match jobs::claim(
        &state.db,
        &state.node,
        lease_until(state),
        now_ms,
        per_person,
    )
    .await
    {
        Ok(Some(job)) => {
            fail_point!("job-dispatching");
            let state = state.clone();
            tasks.spawn(async move {
                let _permit = permit;
                with_lease(&state, &job, dispatch(&state, &job)).await;
                // A slot of this person is free again.
                state.job_queued.notify_one();
            });
        }
        Ok(None) | Err(_) => {
            drop(permit);
            let due_ms = jobs::next_due_ms(&state.db).await.ok().flatten();
            let wait_ms = due_ms.map_or(5_000, |due| (due - now_ms).clamp(200, 5_000));
            let wait = Duration::from_millis(wait_ms.unsigned_abs());
            tokio::select! {
                () = state.shutdown.cancelled() => {}
                () = state.job_queued.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

/// Takes over jobs whose node is dead and carries each on from where it was.
async fn adopt(state: &AppState, tasks: &TaskTracker, restarting: bool) {
    let now_ms = state.clock.now_ms();
    let adopted = jobs::adopt(
        &state.db,
        &state.node,
        lease_until(state),
        now_ms,
        restarting,
    )
    .await;
    for job in adopted.unwrap_or_default() {
        tracing::info!(job = job.id, state = job.state.as_str(), "resuming a job");
        let state = state.clone();
        tasks.spawn(async move { with_lease(&state, &job, resume(&state, &job)).await });
    }
}

fn lease_until(state: &AppState) -> i64 {
    let lease_ms = i64::try_from(state.config.imgc.jobs.lease_s * 1000).unwrap_or(60_000);
    state.clock.now_ms() + lease_ms
}

/// Does a job's work while its lease is renewed, and records how it stopped.
async fn with_lease(state: &AppState, job: &Job, work: impl Future<Output = Result<(), JobError>>) {
    let every = Duration::from_secs(state.config.imgc.jobs.lease_s) / 3;
    let renewing = async {
        loop {
            tokio::time::sleep(every).await;
            let renewed = jobs::renew(&state.db, &job.id, &state.node, lease_until(state)).await;
            // A database that fails now and then may still be this node's.
            if let Ok(false) = renewed {
                return JobError::LeaseLost;
            }
        }
    };
    let stopped = tokio::select! {
        done = work => done.err(),
        lost = renewing => Some(lost),
    };
    match stopped {
        None => {}
        Some(JobError::Failed(failure)) => fail(state, job, &failure).await,
        Some(stopped) => tracing::warn!(job = job.id, %stopped, "a job stopped for now"),
    }
    state.progress.finished(&job.id);
}

/// The call, from the recorded intent to the bytes in the spool, and on.
async fn dispatch(state: &AppState, job: &Job) -> Result<(), JobError> {
    let Some(model) = state.config.model(&job.settings.model) else {
        return Err(failed(FailureKind::ModelUnavailable));
    };
    let Some(sent) = inputs::to_send(state, job).await? else {
        return Err(failed(FailureKind::ReferencesGone));
    };
    state.progress.changed(&job.id);
    let request = Request {
        model,
        prompt: &job.prompt,
        settings: &job.settings,
        safety_identifier: state.key.safety_identifier(&job.user_id),
        inputs: &sent,
    };
    let answered = state
        .image_api
        .generate(&request, &state.objects, |index, bytes| {
            if PictureFormat::from_magic(&bytes).is_ok() {
                state.progress.partial(&job.id, index, bytes);
            }
        })
        .await;
    let answer = match answered {
        Ok(answer) => answer,
        Err(error) => return give_up_or_wait(state, job, error).await,
    };
    fail_point!("job-answered");
    let manifest = state.spool.save(&job.id, answer).await.map_err(|error| {
        tracing::error!(job = job.id, %error, "an answer could not be spooled");
        failed(FailureKind::StorageFailed)
    })?;
    fail_point!("job-spooled");
    receive(state, job, &manifest).await
}

/// Carries an adopted job on from its state.
async fn resume(state: &AppState, job: &Job) -> Result<(), JobError> {
    use crate::model::JobState as S;
    let manifest = state.spool.manifest(&job.id).await.map_err(|error| {
        tracing::error!(job = job.id, %error, "a spooled manifest could not be read");
        failed(FailureKind::StorageFailed)
    })?;
    match (job.state, manifest) {
        (S::Dispatching, Some(manifest)) => receive(state, job, &manifest).await,
        // The call may have been made; nobody makes it again without being asked.
        (S::Dispatching, None) => Err(failed(FailureKind::AnswerLost)),
        (S::Received, Some(manifest)) => keep::keep_originals(state, job, &manifest).await,
        (S::Stored, Some(manifest)) => keep::finish(state, job, &manifest).await,
        (_, _) => Err(failed(FailureKind::StorageFailed)),
    }
}

/// Records that the bytes are safe and what they cost.
async fn receive(state: &AppState, job: &Job, manifest: &Manifest) -> Result<(), JobError> {
    let cost_micros = match state.config.model(&job.settings.model) {
        Some(model) => model.settle(&job.settings, job.prompt.chars().count(), manifest.usage),
        None => job.reserved_micros,
    };
    if !jobs::received(&state.db, &job.id, &state.node, cost_micros).await? {
        return Err(JobError::LeaseLost);
    }
    state.progress.changed(&job.id);
    // It was paid: there is money again, if there was none.
    state.budget_breaker.close();
    fail_point!("job-received");
    keep::keep_originals(state, job, manifest).await
}

/// Decides between a bounded retry and an end.
async fn give_up_or_wait(
    state: &AppState,
    job: &Job,
    error: ImageApiError,
) -> Result<(), JobError> {
    match error {
        ImageApiError::Lost => Err(failed(FailureKind::AnswerLost)),
        ImageApiError::Refused { kind, categories } => {
            // The demo's painter has no money: the marker in a prompt plays this
            // for whoever wrote it, and for nobody else.
            if kind == FailureKind::OutOfBudget && !state.config.demo {
                tracing::error!(
                    "the image API says the operator's budget is used up; new jobs are paused"
                );
                state.budget_breaker.trip(state.clock.now_ms());
            }
            Err(JobError::Failed(Failure {
                categories,
                ..failure(kind)
            }))
        }
        ImageApiError::Busy { kind, .. } if job.attempts >= state.config.imgc.jobs.attempts => {
            Err(failed(kind))
        }
        ImageApiError::Busy { after, .. } => {
            let doubling = BACKOFF_MIN_MS << job.attempts.saturating_sub(1).min(10);
            let asked = after.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
            let wait_ms = doubling.max(asked).min(BACKOFF_MAX_MS);
            let not_before = state.clock.now_ms() + wait_ms;
            jobs::requeue(&state.db, &job.id, &state.node, not_before).await?;
            state.job_queued.notify_one();
            Ok(())
        }
    }
}

async fn fail(state: &AppState, job: &Job, failure: &Failure) {
    let now_ms = state.clock.now_ms();
    state.statistics.count("job without a picture");
    tracing::warn!(
        job = job.id,
        kind = failure.kind.as_str(),
        incident = failure.incident,
        "a job ended without a picture"
    );
    if jobs::fail(&state.db, &job.id, &state.node, failure, now_ms)
        .await
        .is_ok_and(|done| done)
        && let Err(error) = state.spool.remove(&job.id).await
    {
        tracing::warn!(job = job.id, %error, "a failed job's spool was not removed");
    }
}

/// A failure; those that are ours to explain get an incident to quote.
fn failure(kind: FailureKind) -> Failure {
    use FailureKind as K;
    let theirs = matches!(
        kind,
        K::PromptRefused
            | K::ResultRefused
            | K::RateLimited
            | K::Overloaded
            | K::AnswerLost
            | K::ReferencesGone
    );
    Failure {
        kind,
        categories: None,
        incident: (!theirs).then(incident::new_id),
    }
}

fn failed(kind: FailureKind) -> JobError {
    JobError::Failed(failure(kind))
}
