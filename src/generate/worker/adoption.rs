//! Taking up unfinished jobs that nobody works on, and carrying each on from where
//! it was.

use super::{
    go_on,
    hand::{Foreign, InHand},
    later, lease, lease_until, manifest,
    outcome::{JobError, refused},
    patience::{Tries, patiently},
    renditions::Ahead,
    with_lease,
};
use crate::{
    model::{FailureKind, JobState},
    server::{AppState, spool::Found},
    store::{
        jobs::Job,
        leases::{self, Lease},
    },
};
use std::time::{Duration, Instant};
use tokio_util::task::TaskTracker;

/// The longest interval at which a node that is alone looks for such jobs: there are
/// some only where something went wrong with it.
const ALONE: Duration = Duration::from_secs(15);
/// The same where other nodes may die: whoever waits for their jobs waits for the
/// length of a lease and little more.
const AMONG_OTHERS: Duration = Duration::from_secs(5);
/// Looks that may be missed before what was seen counts for nothing.
const MISSED: u32 = 3;

/// How often such jobs are looked for.
pub(super) fn every(state: &AppState) -> Duration {
    match state.db.is_shared() {
        true => AMONG_OTHERS.min(lease(state) / 12),
        false => ALONE.min(lease(state) / 2),
    }
}

/// Who takes jobs up.
pub(super) struct Adoption {
    state: AppState,
    hand: InHand,
    foreign: Foreign,
}

impl Adoption {
    pub(super) fn new(state: AppState, hand: InHand) -> Adoption {
        // Short enough that whoever has a job renews its lease in time afterwards.
        let gap = (every(&state) * MISSED).max(lease(&state) / 2);
        Adoption {
            state,
            hand,
            foreign: Foreign::new(gap),
        }
    }

    /// Takes up what nobody works on: a lone node's own that are not in hand (a
    /// former life's, or one that had to be let go), and those whose leases stand
    /// still.
    pub(super) async fn round(&mut self, tasks: &TaskTracker) {
        let Ok(unfinished) = leases::unfinished(&self.state.db).await else {
            return;
        };
        let (free, others): (Vec<_>, Vec<_>) = unfinished
            .into_iter()
            .partition(|lease| self.is_free(lease));
        let long = lease(&self.state);
        let abandoned = self.foreign.still_since(others, long, Instant::now());
        for seen in free.into_iter().chain(abandoned) {
            self.take_over(&seen, tasks).await;
        }
    }

    /// Whether a job is nobody's at once. Among other nodes no owner tells that: only
    /// standing still does.
    fn is_free(&self, lease: &Lease) -> bool {
        let Some(owner) = lease.owner.as_deref() else {
            return true;
        };
        !self.state.db.is_shared() && leases::node_of(owner) == self.state.node
    }

    async fn take_over(&self, seen: &Lease, tasks: &TaskTracker) {
        let state = self.state.clone();
        let Some(held) = self.hand.hold(&seen.job) else {
            return;
        };
        let owner = leases::new_owner(&state.node);
        let taken = leases::take_over(&state.db, seen, &owner, lease_until(&state)).await;
        let Ok(Some(job)) = taken else { return };
        tracing::info!(job = job.id, state = job.state.as_str(), "resuming a job");
        tasks.spawn(async move {
            let _held = held;
            with_lease(&state, &job, resume(&state, &job)).await;
            state.job_queued.notify_one();
        });
    }
}

/// Carries an adopted job on from its state.
async fn resume(state: &AppState, job: &Job) -> Result<(), JobError> {
    if job.state == JobState::Dispatching
        && !patiently(state, job, Tries::Few, || is_answered(state, job)).await?
    {
        // The call may have been made; nobody makes it again without being asked.
        return Err(refused(FailureKind::AnswerLost));
    }
    go_on(state, job, &Ahead::default()).await
}

/// Whether a job's answer is in the spool. Among other nodes only with its list:
/// whoever asked for it may be stopped in the middle of writing its pictures, and a
/// list of those that are there already would shut out the rest. Housekeeping lists
/// what nobody brought to an end.
async fn is_answered(state: &AppState, job: &Job) -> Result<bool, JobError> {
    if !state.db.is_shared() {
        return Ok(manifest(state, job).await?.is_some());
    }
    let found = state.spool.find(&job.id).await;
    let found = found.map_err(|error| later(job, "spool", &error))?;
    Ok(matches!(found, Found::Whole(_)))
}
