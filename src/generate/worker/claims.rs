//! Claiming queued jobs: when it is worth asking for one, and in whose name.
//!
//! A claim is a write, and on a database that nodes share each of them costs all.
//! So a node claims when the bell rings, which its own requests do at once and its
//! watch for what other nodes queued. A node that is alone knows when the next job
//! is due, and looks then.

use super::{lease, lease_until};
use crate::{
    model::limits::CLOCKS_APART_MAX_MS,
    server::AppState,
    store::{
        DbError,
        jobs::{self, Job},
        leases,
    },
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant as Until, sleep_until},
};

/// The shortest and the longest rest of a node that is alone.
const REST_MS: (i64, i64) = (200, 5_000);
/// How long a node among others rests where no bell rings at all.
const SILENCE: Duration = Duration::from_secs(30);
/// When to ask again that was not answered.
const AGAIN: Duration = Duration::from_secs(1);
/// How often the operator is told of it.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// A job that was claimed.
pub(super) struct Claim {
    /// As it is in the claim's hands.
    pub(super) job: Job,
    /// When the claim was asked for, before anything of it was known.
    pub(super) asked: Instant,
}

/// When the next look is due.
enum Look {
    /// There may be a job.
    Now,
    /// None could be had just now.
    Unknown,
    /// Then, or when the bell rings.
    At(Until),
}

/// The claims of this node, one after the other.
pub(super) struct Claims {
    state: AppState,
    /// The owner of the next claim. One that was not answered keeps its owner, and
    /// is told of the job that it may have got.
    owner: String,
    look: Look,
    told: Option<Instant>,
}

impl Claims {
    pub(super) fn new(state: AppState) -> Claims {
        Claims {
            owner: leases::new_owner(&state.node),
            state,
            look: Look::Now,
            told: None,
        }
    }

    /// Waits until there may be a job to claim and a slot for it; `None` if there
    /// are no slots any more. Can be dropped while it waits.
    pub(super) async fn turn(&mut self, slots: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        if let Look::Unknown = self.look {
            self.look = Look::At(self.rest().await);
        }
        if let Look::At(until) = self.look {
            tokio::select! {
                () = self.state.job_queued.notified() => {}
                () = sleep_until(until) => {}
            }
            self.look = Look::Now;
        }
        slots.clone().acquire_owned().await.ok()
    }

    /// Claims a job, if one can be had.
    pub(super) async fn claim(&mut self) -> Option<Claim> {
        if self.is_clock_off() {
            self.look = Look::At(Until::now() + AGAIN);
            return None;
        }
        let state = &self.state;
        let asked = Instant::now();
        let now_ms = state.clock.now_ms();
        let per_person = state.config.imgc.jobs.per_person;
        let claimed = jobs::claim(
            &state.db,
            &self.owner,
            lease_until(state),
            now_ms,
            per_person,
        );
        match claimed.await {
            Ok(claimed) => {
                self.look = if claimed.more {
                    Look::Now
                } else {
                    Look::Unknown
                };
                let job = claimed.job?;
                self.owner = leases::new_owner(&state.node);
                Some(Claim { job, asked })
            }
            Err(error) => {
                // A claim that came twice, and whose job is in other hands by now.
                if error == DbError::Constraint {
                    self.owner = leases::new_owner(&state.node);
                }
                self.look = match state.db.is_shared() {
                    true => Look::At(Until::now() + AGAIN),
                    false => Look::Unknown,
                };
                None
            }
        }
    }

    /// Until when there is nothing to look for.
    async fn rest(&self) -> Until {
        if self.state.db.is_shared() {
            return Until::now() + SILENCE;
        }
        let due_ms = jobs::next_due_ms(&self.state.db).await.ok().flatten();
        let now_ms = self.state.clock.now_ms();
        let (shortest, longest) = REST_MS;
        let rest_ms = due_ms.map_or(longest, |due| (due - now_ms).clamp(shortest, longest));
        Until::now() + Duration::from_millis(rest_ms.unsigned_abs())
    }

    /// Whether this node's clock is too far from the database's, which the operator
    /// is told: other nodes' times mean something else here.
    fn is_clock_off(&mut self) -> bool {
        let offset_ms = self.state.db.clock_offset_ms().unwrap_or_default();
        if offset_ms.abs() < CLOCKS_APART_MAX_MS {
            self.told = None;
            return false;
        }
        if self.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
            tracing::error!(
                offset_ms,
                "this node's clock and the database's are too far apart: it takes no jobs until \
                 its clock is set right"
            );
            self.told = Some(Instant::now());
        }
        true
    }
}

/// Whether a call may go out that was claimed then. Another node takes the job over
/// when its lease has stood still for its whole length; a process that was stopped
/// in between and goes on must not pay for what was given up.
pub(super) fn may_send(state: &AppState, asked: Instant) -> bool {
    asked.elapsed() < lease(state) / 2
}
