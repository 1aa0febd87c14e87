//! The breaker that opens when the image API says that the operator's money is
//! used up: asking again at once would be refused again. It closes by itself
//! after a while, so that the next job asks anew, and as soon as a picture
//! arrives: then there is money again.

use crate::model::limits::BUDGET_BREAK_MS;
use std::sync::atomic::{AtomicI64, Ordering};

/// Open while new jobs are refused because the API said the operator's budget is used up.
#[derive(Default)]
pub struct BudgetBreaker {
    until_ms: AtomicI64,
}

impl BudgetBreaker {
    /// Opens the breaker from now on for a few minutes.
    pub fn trip(&self, now_ms: i64) {
        self.until_ms
            .store(now_ms + BUDGET_BREAK_MS, Ordering::Relaxed);
    }

    /// Closes it: the API has made a picture.
    pub fn close(&self) {
        self.until_ms.store(0, Ordering::Relaxed);
    }

    /// Seconds until new jobs are taken again, rounded up; `None` while they are taken.
    pub fn open_for_s(&self, now_ms: i64) -> Option<u32> {
        let left_ms = self.until_ms.load(Ordering::Relaxed) - now_ms;
        // A clock that was set back must not make the pause longer.
        let left_ms = left_ms.min(BUDGET_BREAK_MS);
        let seconds = u32::try_from((left_ms + 999).div_euclid(1000)).ok()?;
        (left_ms > 0).then_some(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_long_it_is_open_and_a_picture_closes_it() {
        let breaker = BudgetBreaker::default();
        assert_eq!(breaker.open_for_s(1_000), None);
        breaker.trip(1_000);
        assert_eq!(breaker.open_for_s(1_000), Some(300));
        assert_eq!(breaker.open_for_s(BUDGET_BREAK_MS - 1), Some(2));
        assert_eq!(breaker.open_for_s(BUDGET_BREAK_MS + 1_000), None);
        assert_eq!(breaker.open_for_s(-1_000_000), Some(300));
        breaker.close();
        assert_eq!(breaker.open_for_s(1_000), None);
    }
}
