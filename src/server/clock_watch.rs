//! A watch on the machine's clock: one that was moved forward would make
//! everything look overdue, and what is erased does not come back.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The most the clock may run ahead of the time that has passed.
const TOLERATED: Duration = Duration::from_secs(3600);
/// The time a clock that jumped must run steadily before it is believed again.
const PROBATION: Duration = Duration::from_secs(24 * 3600);

/// Compares the clock with one that only counts the time that passes.
pub struct ClockWatch(Mutex<Seen>);

struct Seen {
    at: Instant,
    clock_ms: i64,
    /// Set while the clock is not believed.
    doubted_since: Option<Instant>,
}

impl ClockWatch {
    /// Begins with a clock that shows `clock_ms`.
    pub fn new(clock_ms: i64) -> ClockWatch {
        ClockWatch(Mutex::new(Seen {
            at: Instant::now(),
            clock_ms,
            doubted_since: None,
        }))
    }

    /// True if things may be erased by this clock's word. A clock set back
    /// erases nothing early, so only a jump ahead is doubted.
    pub fn trusts(&self, clock_ms: i64) -> bool {
        self.trusts_at(clock_ms, Instant::now())
    }

    fn trusts_at(&self, clock_ms: i64, at: Instant) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = at.saturating_duration_since(seen.at);
        let shown_ms = clock_ms.saturating_sub(seen.clock_ms);
        let shown = Duration::from_millis(u64::try_from(shown_ms).unwrap_or(0));
        if shown > passed + TOLERATED {
            tracing::error!(
                hours = shown.as_secs() / 3600,
                "the clock jumped ahead; nothing is erased until it has run steadily for a day"
            );
            seen.doubted_since = Some(at);
        }
        seen.at = at;
        seen.clock_ms = clock_ms;
        match seen.doubted_since {
            Some(since) if at.saturating_duration_since(since) < PROBATION => false,
            _ => {
                seen.doubted_since = None;
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_clock_that_jumps_ahead_is_believed_after_a_steady_day() {
        let start = Instant::now();
        let hours_ms = |n: i64| n * 3_600_000;
        let watch = ClockWatch::new(0);
        assert!(watch.trusts_at(hours_ms(1), start + HOUR));
        let jump = hours_ms(40 * 24);
        assert!(!watch.trusts_at(jump, start + 2 * HOUR));
        assert!(!watch.trusts_at(jump + hours_ms(20), start + 22 * HOUR));
        assert!(watch.trusts_at(jump + hours_ms(25), start + 27 * HOUR));
        // Back to where it was, and on.
        assert!(watch.trusts_at(hours_ms(28), start + 28 * HOUR));
    }
}
