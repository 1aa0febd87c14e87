//! Waiting out what is wrong with this machine: nothing that was paid for ends
//! because a disk, a database or a store did not answer.

use super::outcome::JobError;
use crate::{
    server::{AppState, image_api::Answer, spool::Manifest},
    store::{jobs::Job, leases},
};
use std::{sync::Arc, time::Duration};

/// The first wait, which doubles.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(60);
/// The longest wait while bytes are in memory and nowhere else.
const LONGEST_IN_MEMORY: Duration = Duration::from_secs(5);
/// Tries until a job is let go of, so that others get its turn; whoever looks
/// for jobs that nobody works on takes it up again.
const FEW: u32 = 8;

/// How often something is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tries {
    /// As often as it takes.
    Unlimited,
    /// A few times, then later again.
    Few,
}

/// Does a step of a job's work again and again while it says [`JobError::Later`],
/// until shutdown, or until the job's owner is to be erased.
pub(super) async fn patiently<T, Step>(
    state: &AppState,
    job: &Job,
    tries: Tries,
    step: impl Fn() -> Step,
) -> Result<T, JobError>
where
    Step: Future<Output = Result<T, JobError>>,
{
    let (mut wait, mut tried) = (FIRST, 0);
    loop {
        let what = match step().await {
            Err(JobError::Later(what)) => what,
            done => return done,
        };
        tried += 1;
        if state.shutdown.is_cancelled() || (tries == Tries::Few && tried == FEW) {
            return Err(JobError::Later(what));
        }
        tracing::warn!(job = job.id, what, tried, "a job waits for this machine");
        let now_ms = state.clock.now_ms();
        if leases::owner_is_due(&state.db, &job.id, now_ms)
            .await
            .unwrap_or(false)
        {
            return Err(JobError::OwnerLeaves);
        }
        tokio::select! {
            () = state.shutdown.cancelled() => return Err(JobError::Later(what)),
            () = tokio::time::sleep(wait) => {}
        }
        wait = (wait * 2).min(LONGEST);
    }
}

/// Brings an answer from memory to the spool, however long that takes: it was
/// paid for and is nowhere else. At shutdown it is tried all the more.
pub(super) async fn keep_safe(state: &AppState, job: &Job, answer: Arc<Answer>) -> Manifest {
    let mut wait = FIRST;
    loop {
        let error = match state.spool.save(&job.id, answer.clone()).await {
            Ok(manifest) => return manifest,
            Err(error) => error,
        };
        tracing::error!(job = job.id, %error, "an answer could not be spooled; it is held in memory");
        if state.shutdown.is_cancelled() {
            tokio::time::sleep(FIRST).await;
            continue;
        }
        tokio::select! {
            () = state.shutdown.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
        wait = (wait * 2).min(LONGEST_IN_MEMORY);
    }
}
