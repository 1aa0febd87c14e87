//! How a job's work stops: for now, or for good and with which words.

use super::patience::{Tries, patiently};
use crate::{
    model::{Failure, FailureKind},
    server::{
        AppState, abuse, budget_breaker,
        image_api::ImageApiError,
        incident,
        outbox::{self, Unordered},
    },
    store::{
        DbError,
        jobs::{self, Job},
    },
};

/// A retry waits at least this, doubling, and at most the next.
const BACKOFF_MIN_MS: i64 = 1_000;
const BACKOFF_MAX_MS: i64 = 60_000;

/// The reason a job's work stopped short of an end.
#[derive(Debug, thiserror::Error)]
pub(super) enum JobError {
    /// It ends without a picture.
    #[error("failed: {failure:?}")]
    Failed {
        /// What the person is told.
        failure: Failure,
        /// True if the image API had answered with success: that costs.
        paid: bool,
    },
    /// The job is no longer this node's.
    #[error("the lease was lost")]
    LeaseLost,
    /// Something of this machine did not work; the row and the bytes stay as they
    /// are, and are taken up again later.
    #[error("something did not work: {0}")]
    Later(&'static str),
    /// It waited for this machine while its owner's account came to its end.
    #[error("its owner's account is to be erased")]
    OwnerLeaves,
}

impl From<DbError> for JobError {
    fn from(error: DbError) -> Self {
        match error {
            // Every step does no harm when it is taken twice.
            DbError::Failed | DbError::Unknown => JobError::Later("database"),
            // Not a word about the bytes either.
            DbError::Constraint | DbError::Shape => JobError::Later("database's rows"),
        }
    }
}

/// Nothing was made.
pub(super) fn refused(kind: FailureKind) -> JobError {
    JobError::Failed {
        failure: failure(kind),
        paid: false,
    }
}

/// There is no picture, and it costs all the same: the image API answered with success,
/// or may bill what was stopped.
pub(super) fn paid_for(kind: FailureKind) -> JobError {
    JobError::Failed {
        failure: failure(kind),
        paid: true,
    }
}

/// Decides between a bounded retry and an end.
pub(super) async fn give_up_or_wait(
    state: &AppState,
    job: &Job,
    error: ImageApiError,
) -> Result<(), JobError> {
    match error {
        ImageApiError::Lost => Err(refused(FailureKind::AnswerLost)),
        ImageApiError::Refused { kind, categories } => {
            // The demo's painter has no money: the marker in a prompt plays this
            // for whoever wrote it, and for nobody else.
            if kind == FailureKind::OutOfBudget && !state.config.demo {
                tracing::error!(
                    "the image API says the operator's budget is used up; new jobs are paused"
                );
                budget_breaker::trip(state).await;
            }
            Err(JobError::Failed {
                failure: Failure {
                    categories,
                    ..failure(kind)
                },
                // It answered with success, and with nothing to see.
                paid: kind == FailureKind::BadAnswer,
            })
        }
        ImageApiError::Busy { kind, .. } if job.attempts >= state.config.imgc.jobs.attempts => {
            Err(refused(kind))
        }
        ImageApiError::Busy { after, .. } => {
            let doubling = BACKOFF_MIN_MS << job.attempts.saturating_sub(1).min(10);
            let asked = after.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
            let wait_ms = doubling.max(asked).min(BACKOFF_MAX_MS);
            let not_before = state.clock.now_ms() + wait_ms;
            let requeue = || requeue(state, job, not_before, job.attempts);
            patiently(state, job, Tries::Unlimited, requeue).await?;
            state.job_queued.notify_one();
            Ok(())
        }
    }
}

/// Puts a job back in the queue of which nothing was sent: this attempt was none.
pub(super) async fn back_in_the_queue(state: &AppState, job: &Job) -> Result<(), JobError> {
    let now_ms = state.clock.now_ms();
    requeue(state, job, now_ms, job.attempts.saturating_sub(1)).await
}

/// Where the job is another's by now, nothing happens to it.
async fn requeue(
    state: &AppState,
    job: &Job,
    not_before_ms: i64,
    attempts: u32,
) -> Result<(), JobError> {
    let (db, now_ms) = (&state.db, state.clock.now_ms());
    jobs::requeue(db, &job.id, job.owner(), not_before_ms, attempts, now_ms).await?;
    Ok(())
}

/// Records how a job's work stopped.
pub(super) async fn ended(state: &AppState, job: &Job, stopped: JobError) {
    match stopped {
        JobError::Failed { failure, paid } => fail(state, job, &failure, paid).await,
        JobError::OwnerLeaves => {
            // No row knows what it has stored: its spool does, so that is read first.
            let ordered = outbox::order_unfinished(state, &job.id).await;
            fail(state, job, &failure(FailureKind::StorageFailed), false).await;
            let erased = match ordered {
                Ok(()) => state.spool.erase(&job.id).await.map_err(Unordered::from),
                Err(error) => Err(error),
            };
            if let Err(error) = erased {
                tracing::warn!(job = job.id, %error, "a spool is left for the erasure");
            }
        }
        stopped @ (JobError::LeaseLost | JobError::Later(_)) => {
            tracing::warn!(job = job.id, %stopped, "a job stopped for now");
        }
    }
}

async fn fail(state: &AppState, job: &Job, failure: &Failure, paid: bool) {
    let now_ms = state.clock.now_ms();
    let record =
        || async { Ok(jobs::fail(&state.db, &job.id, job.owner(), failure, paid, now_ms).await?) };
    let recorded = patiently(state, job, Tries::Few, record).await;
    if !recorded.is_ok_and(|done| done) {
        // Another node has it, or whoever looks for jobs that nobody works on will.
        tracing::warn!(job = job.id, "how a job ended was not recorded here");
        return;
    }
    state.statistics.count("job without a picture");
    state.metrics.job_failed(failure.kind);
    if matches!(
        failure.kind,
        FailureKind::PromptRefused | FailureKind::ResultRefused
    ) {
        abuse::refused(state, &job.user_id);
    }
    tracing::warn!(
        job = job.id,
        kind = failure.kind.as_str(),
        incident = failure.incident,
        "a job ended without a picture"
    );
    // Another node may be bringing the answer at this moment.
    if failure.kind == FailureKind::AnswerLost && state.db.is_shared() {
        return;
    }
    // Whatever bytes there are nobody could read: they are kept for the operator.
    if let Err(error) = state.spool.set_aside(&job.id, None).await {
        tracing::warn!(job = job.id, %error, "a failed job's spool is set aside later");
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
            | K::Stopped
    );
    Failure {
        kind,
        categories: None,
        incident: (!theirs).then(incident::new_id),
    }
}
