//! The clock, injected so that tests can move it.

use crate::{
    model::{catalogue::midnight_ms, limits::DAY_MS},
    ui::format,
};
use fail::fail_point;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

/// The beginning of the calendar month (UTC) of a moment, both in Unix milliseconds.
pub fn month_start_ms(at_ms: i64) -> i64 {
    let day = format::iso_day(at_ms);
    // The date ends with its day.
    let first = format!("{}01", &day[..day.len() - 2]);
    midnight_ms(&first).unwrap_or(at_ms - at_ms.rem_euclid(DAY_MS))
}

/// The beginning of the calendar month after that of a moment.
pub fn next_month_ms(at_ms: i64) -> i64 {
    month_start_ms(month_start_ms(at_ms) + 32 * DAY_MS)
}

/// The beginning of the calendar month before that of a moment.
pub fn last_month_ms(at_ms: i64) -> i64 {
    month_start_ms(month_start_ms(at_ms) - 1)
}

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

    /// The beginning of this calendar month (UTC), in Unix milliseconds.
    pub fn month_start_ms(&self) -> i64 {
        month_start_ms(self.now_ms())
    }

    /// Moves the clock by so many milliseconds, for tests.
    pub fn advance_ms(&self, by_ms: i64) {
        self.offset_ms.fetch_add(by_ms, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_the_calendar() {
        let at = |day: &str| midnight_ms(day).expect("a date");
        for (day, last, this, next) in [
            ("2026-11-30", "2026-10-01", "2026-11-01", "2026-12-01"),
            ("2026-12-31", "2026-11-01", "2026-12-01", "2027-01-01"),
            ("2028-02-29", "2028-01-01", "2028-02-01", "2028-03-01"),
            ("2027-01-01", "2026-12-01", "2027-01-01", "2027-02-01"),
        ] {
            let late = at(day) + DAY_MS - 1;
            assert_eq!(last_month_ms(late), at(last), "{day}");
            assert_eq!(month_start_ms(late), at(this), "{day}");
            assert_eq!(next_month_ms(late), at(next), "{day}");
        }
    }
}
