//! Whose hands a job is in: this process knows its own by heart, and watches
//! the leases of others.

use crate::store::leases::Lease;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The jobs this process works on, and how often. However long it was stopped and
/// wherever the clock went, none of them is taken for abandoned.
#[derive(Clone, Default)]
pub(super) struct InHand(Arc<Mutex<HashMap<String, usize>>>);

/// A job in hand; let go of when this is dropped, however its work ended.
pub(super) struct Held {
    hand: InHand,
    job: String,
}

impl InHand {
    /// Takes a job in hand that was just claimed. It may still be in hand from
    /// before, when it was put back in the queue a moment ago.
    pub(super) fn claimed(&self, job: &str) -> Held {
        *self.jobs().entry(job.to_owned()).or_default() += 1;
        Held {
            hand: self.clone(),
            job: job.to_owned(),
        }
    }

    /// Takes a job in hand; `None` if it is already.
    pub(super) fn hold(&self, job: &str) -> Option<Held> {
        let mut jobs = self.jobs();
        if jobs.contains_key(job) {
            return None;
        }
        jobs.insert(job.to_owned(), 1);
        Some(Held {
            hand: self.clone(),
            job: job.to_owned(),
        })
    }

    fn jobs(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut jobs = self.hand.jobs();
        if let Some(times) = jobs.get_mut(&self.job) {
            *times -= 1;
            if *times == 0 {
                jobs.remove(&self.job);
            }
        }
    }
}

/// The leases of others, with the moment each was first seen as it is.
pub(super) struct Foreign {
    seen: HashMap<String, (Lease, Instant)>,
    looked: Option<Instant>,
    /// The longest time between two looks.
    gap: Duration,
}

impl Foreign {
    /// Watches leases by looks that are no further apart than this.
    pub(super) fn new(gap: Duration) -> Foreign {
        Foreign {
            seen: HashMap::new(),
            looked: None,
            gap,
        }
    }

    /// Those that have not moved for so long, by a clock that only goes forward.
    /// What was not looked at for a while, because this process was stopped or the
    /// database did not answer, may have been unable to move as well, and counts
    /// from now.
    pub(super) fn still_since(
        &mut self,
        leases: Vec<Lease>,
        long: Duration,
        now: Instant,
    ) -> Vec<Lease> {
        let looked = self.looked.replace(now);
        let mut before = std::mem::take(&mut self.seen);
        if looked.is_some_and(|looked| now.duration_since(looked) > self.gap) {
            before.clear();
        }
        let mut still = Vec::new();
        for lease in leases {
            let first_seen = match before.remove(&lease.job) {
                Some((known, at)) if known == lease => at,
                _ => now,
            };
            if now.duration_since(first_seen) >= long {
                still.push(lease.clone());
            }
            self.seen.insert(lease.job.clone(), (lease, first_seen));
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
    fn a_job_that_is_claimed_again_stays_in_hand_when_the_first_lets_go() {
        let hand = InHand::default();
        let (first, second) = (hand.claimed("a"), hand.claimed("a"));
        drop(first);
        assert!(hand.hold("a").is_none());
        drop(second);
        assert!(hand.hold("a").is_some());
    }

    fn lease(until_ms: i64) -> Vec<Lease> {
        vec![Lease {
            job: "a".into(),
            owner: Some("other".into()),
            until_ms: Some(until_ms),
        }]
    }

    #[test]
    fn a_lease_is_judged_by_standing_still_and_by_nothing_it_says() {
        let long = Duration::from_secs(60);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut foreign = Foreign::new(Duration::from_secs(200));
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

    #[test]
    fn while_nobody_looked_nothing_stood_still() {
        let long = Duration::from_secs(60);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut foreign = Foreign::new(Duration::from_secs(15));
        assert_eq!(foreign.still_since(lease(0), long, at(0)), []);
        // The database was away, and whoever has the job could not renew either.
        assert_eq!(foreign.still_since(lease(0), long, at(100)), []);
        for seconds in [115, 130, 145] {
            assert_eq!(foreign.still_since(lease(0), long, at(seconds)), []);
        }
        assert_eq!(foreign.still_since(lease(0), long, at(160)), lease(0));
    }
}
