//! The breaker that opens when the image API says that the operator's money is
//! used up: asking again at once would be refused again.

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

    /// True if new jobs are refused.
    pub fn is_open(&self, now_ms: i64) -> bool {
        self.until_ms.load(Ordering::Relaxed) > now_ms
    }
}
