//! What the watch remembers from one look to the next, so that it rings once for
//! each change and misses none.
//!
//! A change bears the time of the node that made it, and is seen when its write is
//! done: later, by a clock that may differ. So every look reaches back beyond the
//! last one, and what was rung for is known by heart.

use crate::{
    model::limits::MINUTE_MS,
    store::watch::{Changed, Queue},
};
use std::collections::{HashMap, HashSet};

/// How far a look reaches back beyond the one before: as far as the clocks of
/// nodes that work may differ (five seconds), and a write may take that is not in
/// trouble.
const BACK_MS: i64 = 15 * 1000;
/// How far the wide ones do: a write whose answer was awaited as long as it may,
/// and the clock of a node that claims nothing any more for it.
const FAR_BACK_MS: i64 = 10 * MINUTE_MS;
/// One look in so many is a wide one.
const WIDE: u32 = 30;
/// One look in so many asks for the queue, where somebody is shown a place in it.
const QUEUE: u32 = 5;

/// The watch's memory.
#[derive(Default)]
pub(super) struct Memory {
    looks: u32,
    /// When the last look began that was answered.
    looked_ms: Option<i64>,
    /// The jobs that were rung for, as each was: its state, and the time it bore.
    rung: HashMap<String, (String, i64)>,
    /// The queue as it was; `None` while nobody waits in it.
    queue: Option<Queue>,
}

/// How a look is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Changes since then are asked for.
    pub(super) since_ms: i64,
    /// The queue is asked for, if somebody waits in it.
    pub(super) queue: bool,
    wide: bool,
    now_ms: i64,
}

impl Memory {
    /// Plans the next look. It is answered or not; only what is answered is remembered.
    pub(super) fn plan(&mut self, now_ms: i64) -> Plan {
        let number = self.looks;
        self.looks = number.wrapping_add(1);
        let wide = number.is_multiple_of(WIDE);
        let back_ms = if wide { FAR_BACK_MS } else { BACK_MS };
        // Without an answer for a while, everything since the last one is new. A
        // clock that was set back leaves nothing out.
        let from_ms = self.looked_ms.map_or(now_ms, |looked| looked.min(now_ms));
        Plan {
            since_ms: from_ms - back_ms,
            queue: number.is_multiple_of(QUEUE),
            wide,
            now_ms,
        }
    }

    /// What of an answered look is news.
    pub(super) fn news(&mut self, plan: Plan, changed: Vec<Changed>) -> Vec<Changed> {
        self.looked_ms = Some(plan.now_ms);
        if plan.wide {
            // What even a wide look does not find will not be found again. What bears
            // a time to come is found by each, and stays known.
            let found: HashSet<&str> = changed.iter().map(|job| job.job.as_str()).collect();
            self.rung.retain(|job, _| found.contains(job.as_str()));
        }
        let mut news = changed;
        news.retain(|job| {
            let seen = (job.state.clone(), job.at_ms);
            let before = self.rung.insert(job.job.clone(), seen.clone());
            before != Some(seen)
        });
        news
    }

    /// Whether the queue is another one than when it was asked for last; the first
    /// one is, for whoever began to wait before.
    pub(super) fn is_another(&mut self, queue: Queue) -> bool {
        self.queue.replace(queue) != Some(queue)
    }

    /// Nobody waits in the queue any more.
    pub(super) fn forget_queue(&mut self) {
        self.queue = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn job(id: &str, state: &str, at_ms: i64) -> Changed {
        Changed {
            job: id.into(),
            person: "ada".into(),
            state: state.into(),
            at_ms,
        }
    }

    /// A look of a second later, answered with these.
    fn look(memory: &mut Memory, now_ms: &mut i64, changed: &[Changed]) -> Vec<Changed> {
        *now_ms += 1000;
        let plan = memory.plan(*now_ms);
        let found = changed.iter().filter(|job| job.at_ms > plan.since_ms);
        let found = found.cloned().collect();
        memory.news(plan, found)
    }

    #[test]
    fn a_change_rings_once_however_often_it_is_found() {
        let (mut memory, mut now_ms) = (Memory::default(), NOW);
        // One of now, one by a clock that is behind, one by a clock far ahead.
        let changed = [
            job("a", "queued", NOW),
            job("b", "queued", NOW - 9_000),
            job("c", "queued", NOW + 3_600_000),
        ];
        assert_eq!(look(&mut memory, &mut now_ms, &changed), changed);
        for _ in 0..3 * WIDE {
            assert_eq!(look(&mut memory, &mut now_ms, &changed), []);
        }
    }

    #[test]
    fn every_change_of_a_job_rings_whatever_the_clocks_say() {
        let (mut memory, mut now_ms) = (Memory::default(), NOW);
        let mut rings = |changed: Changed| look(&mut memory, &mut now_ms, &[changed]).len();
        assert_eq!(rings(job("a", "queued", NOW)), 1);
        assert_eq!(rings(job("a", "dispatching", NOW + 3_000)), 1);
        // Another node's clock is behind.
        assert_eq!(rings(job("a", "received", NOW + 1_000)), 1);
        // Two steps within a millisecond.
        assert_eq!(rings(job("a", "stored", NOW + 1_000)), 1);
        assert_eq!(rings(job("a", "stored", NOW + 1_000)), 0);
    }

    #[test]
    fn what_was_done_while_nobody_answered_is_found() {
        let (mut memory, mut now_ms) = (Memory::default(), NOW);
        look(&mut memory, &mut now_ms, &[]);
        for _ in 0..300 {
            now_ms += 1000;
            // Planned, and not answered.
            memory.plan(now_ms);
        }
        let changed = [job("a", "ready", NOW + 2_000)];
        assert_eq!(look(&mut memory, &mut now_ms, &changed), changed);
    }

    #[test]
    fn a_change_that_took_long_to_be_seen_is_found_by_a_wide_look() {
        let (mut memory, mut now_ms) = (Memory::default(), NOW);
        let late = [job("a", "ready", NOW - 120_000)];
        let mut looks = 0;
        // The first look is a wide one, and is not this one.
        look(&mut memory, &mut now_ms, &[]);
        while look(&mut memory, &mut now_ms, &late).is_empty() {
            looks += 1;
            assert!(looks <= WIDE);
        }
        for _ in 0..3 * WIDE {
            assert_eq!(look(&mut memory, &mut now_ms, &late), []);
        }
    }

    #[test]
    fn what_no_look_can_find_again_is_forgotten() {
        let (mut memory, mut now_ms) = (Memory::default(), NOW);
        let changed = [job("a", "ready", NOW)];
        look(&mut memory, &mut now_ms, &changed);
        let looks = u32::try_from(FAR_BACK_MS / 1000).expect("few") + 2 * WIDE;
        for _ in 0..looks {
            assert_eq!(look(&mut memory, &mut now_ms, &changed), []);
        }
        assert!(memory.rung.is_empty());
    }

    #[test]
    fn a_clock_that_is_set_back_leaves_nothing_out() {
        let (mut memory, mut now_ms) = (Memory::default(), NOW);
        look(&mut memory, &mut now_ms, &[]);
        let mut earlier_ms = NOW - 3_600_000;
        let changed = [job("a", "ready", earlier_ms)];
        assert_eq!(look(&mut memory, &mut earlier_ms, &changed), changed);
    }

    #[test]
    fn a_queue_rings_when_it_moved() {
        let mut memory = Memory::default();
        let queue = |jobs, times| Queue { jobs, times };
        assert!(memory.is_another(queue(2, 30)));
        assert!(!memory.is_another(queue(2, 30)));
        // One went and another came.
        assert!(memory.is_another(queue(2, 50)));
        assert!(memory.is_another(queue(1, 30)));
        memory.forget_queue();
        assert!(memory.is_another(queue(1, 30)));
    }

    #[test]
    fn the_queue_is_asked_for_every_few_looks() {
        let mut memory = Memory::default();
        let asked: Vec<bool> = (0..10).map(|_| memory.plan(NOW).queue).collect();
        assert_eq!(asked.iter().filter(|asked| **asked).count(), 2);
    }
}
