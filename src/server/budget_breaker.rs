//! The breaker that opens when the image API says that the operator's money is
//! used up: asking again at once would be refused again. It closes by itself
//! after a while, so that the next job asks anew, and as soon as a picture
//! arrives: then there is money again.
//!
//! It is a row, so that every node knows of it. The statement that queues a job
//! looks at it, and the one that notes a picture closes it: nobody asks for it by
//! itself.

use super::AppState;
use crate::{
    model::limits::{BUDGET_BREAK_MAX_MS, BUDGET_BREAK_MS},
    store::service_state::{self, BUDGET_BREAK_UNTIL},
};

/// Opens the breaker from now on for a few minutes. One that cannot be opened is
/// tried again with the next job that is refused.
pub async fn trip(state: &AppState) {
    let until_ms = state.clock.now_ms() + BUDGET_BREAK_MS;
    note(state, until_ms).await;
}

/// Closes the breaker of a node that is alone and starts: whoever has paid and
/// starts the server again wants to see it work.
pub async fn close_at_start(state: &AppState) {
    if state.db.is_shared() {
        return;
    }
    if let Ok(Some(1..)) = service_state::get(&state.db, BUDGET_BREAK_UNTIL).await {
        note(state, 0).await;
    }
}

async fn note(state: &AppState, until_ms: i64) {
    if let Err(error) = service_state::set(&state.db, BUDGET_BREAK_UNTIL, until_ms).await {
        tracing::warn!(%error, "the pause for an empty account was not noted");
    }
}

/// Seconds from `now_ms` until a breaker that is open until then is closed, rounded
/// up: one at least, and no more than a breaker is ever open.
pub fn closes_in_s(until_ms: i64, now_ms: i64) -> u32 {
    let left_ms = until_ms.saturating_sub(now_ms);
    let left_ms = left_ms.clamp(1, BUDGET_BREAK_MAX_MS);
    u32::try_from(left_ms.unsigned_abs().div_ceil(1000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_long_it_is_open() {
        assert_eq!(closes_in_s(BUDGET_BREAK_MS + 1_000, 1_000), 300);
        assert_eq!(closes_in_s(10_000, 8_999), 2);
        assert_eq!(closes_in_s(10_000, 9_999), 1);
        assert_eq!(closes_in_s(10_000, 20_000), 1);
        assert_eq!(closes_in_s(i64::MAX, -1_000), 360);
    }
}
