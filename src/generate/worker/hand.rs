//! Whose hands a job is in: this process knows its own by heart, and watches
//! the leases of others.

use crate::store::leases::Lease;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The jobs this process works on. However long it was stopped and wherever the
/// clock went, none of them is taken for abandoned.
#[derive(Clone, Default)]
pub(super) struct InHand(Arc<Mutex<HashSet<String>>>);

/// A job in hand; let go of when this is dropped, however its work ended.
pub(super) struct Held {
    hand: InHand,
    job: String,
}

impl InHand {
    /// Takes a job in hand; `None` if it is already.
    pub(super) fn hold(&self, job: &str) -> Option<Held> {
        self.jobs().insert(job.to_owned()).then(|| Held {
            hand: self.clone(),
            job: job.to_owned(),
        })
    }

    fn jobs(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.hand.jobs().remove(&self.job);
    }
}

/// The leases of other nodes, with the moment each was first seen as it is.
#[derive(Default)]
pub(super) struct Foreign(HashMap<String, (Lease, Instant)>);

impl Foreign {
    /// Those that have not moved for so long, by a clock that only goes forward.
    pub(super) fn still_since(
        &mut self,
        seen: Vec<Lease>,
        long: Duration,
        now: Instant,
    ) -> Vec<Lease> {
        let mut before = std::mem::take(&mut self.0);
        let mut still = Vec::new();
        for lease in seen {
            let first_seen = match before.remove(&lease.job) {
                Some((known, at)) if known == lease => at,
                _ => now,
            };
            if now.duration_since(first_seen) >= long {
                still.push(lease.clone());
            }
            self.0.insert(lease.job.clone(), (lease, first_seen));
        }
        still
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_in_one_hand_until_that_lets_go() {
        let hand = InHand::default();
        let held = hand.hold("a");
        assert!(held.is_some() && hand.hold("a").is_none() && hand.hold("b").is_some());
        drop(held);
        assert!(hand.hold("a").is_some());
    }

    #[test]
    fn a_lease_is_judged_by_standing_still_and_by_nothing_it_says() {
        let lease = |until_ms| {
            vec![Lease {
                job: "a".into(),
                owner: Some("other".into()),
                until_ms: Some(until_ms),
            }]
        };
        let long = Duration::from_secs(60);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut foreign = Foreign::default();
        // Long over by our clock, but seen for the first time.
        assert_eq!(foreign.still_since(lease(0), long, at(0)), []);
        assert_eq!(foreign.still_since(lease(0), long, at(59)), []);
        // Renewed, if only by a clock far behind.
        assert_eq!(foreign.still_since(lease(1), long, at(59)), []);
        assert_eq!(foreign.still_since(lease(1), long, at(119)), lease(1));
        // One that was gone meanwhile is seen for the first time again.
        assert_eq!(foreign.still_since(Vec::new(), long, at(120)), []);
        assert_eq!(foreign.still_since(lease(1), long, at(300)), []);
    }
}
