//! The clock, injected so that tests can move it.

use crate::model::limits::DAY_MS;
use fail::fail_point;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

/// Tells Unix milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Now, in Unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.system_ms()
            .saturating_add(self.offset_ms.load(Ordering::Relaxed))
    }

    /// The machine's own clock in Unix milliseconds, whatever a test moved.
    pub fn system_ms(&self) -> i64 {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let shown_ms = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
        fail_point!("clock-stepped", |by_ms| {
            let by_ms = by_ms.and_then(|by_ms| by_ms.parse::<i64>().ok());
            shown_ms.saturating_add(by_ms.unwrap_or_default())
        });
        shown_ms
    }

    /// The beginning of today (UTC), in Unix milliseconds.
    pub fn day_start_ms(&self) -> i64 {
        let now = self.now_ms();
        now - now.rem_euclid(DAY_MS)
    }

    /// Moves the clock by so many milliseconds, for tests.
    pub fn advance_ms(&self, by_ms: i64) {
        self.offset_ms.fetch_add(by_ms, Ordering::Relaxed);
    }
}
