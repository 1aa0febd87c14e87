//! How long things took, sorted into lengths: numbers that no lock guards.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How many took how long.
pub(super) struct Histogram {
    /// The longest of each length but the last, in seconds, ascending.
    bounds: &'static [f64],
    /// One more than bounds: the last is for what took longer.
    counts: Box<[AtomicU64]>,
    /// All of them together.
    micros: AtomicU64,
}

/// What a [`Histogram`] says at one moment.
pub(super) struct Lengths {
    /// Seconds of all of them together.
    pub(super) sum: f64,
    /// How many there were.
    pub(super) count: u64,
    /// How many were no longer than each bound and longer than the one before.
    pub(super) buckets: Vec<(f64, u64)>,
}

impl Histogram {
    pub(super) fn new(bounds: &'static [f64]) -> Histogram {
        Histogram {
            bounds,
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            micros: AtomicU64::new(0),
        }
    }

    pub(super) fn observe(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let place = self.bounds.iter().position(|bound| seconds <= *bound);
        let place = place.unwrap_or(self.bounds.len());
        if let Some(count) = self.counts.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Lengths {
        let bounds = self.bounds.iter().copied().chain([f64::INFINITY]);
        let counts = self.counts.iter().map(|n| n.load(Ordering::Relaxed));
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        Lengths {
            sum: self.micros.load(Ordering::Relaxed) as f64 / 1e6,
            count: buckets.iter().map(|(_, count)| count).sum(),
            buckets,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_as_long_as_a_bound_is_within_it() {
        let histogram = Histogram::new(&[0.1, 1.0]);
        for ms in [0, 100, 101, 1_000, 60_000] {
            histogram.observe(Duration::from_millis(ms));
        }
        let read = histogram.read();
        assert_eq!((read.count, read.sum), (5, 61.201));
        let counts: Vec<u64> = read.buckets.iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, [2, 2, 1]);
    }
}
