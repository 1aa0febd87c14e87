//! The look at the service's money of the day: the log warns when half of it, most of it
//! and all of it is used, once each, whichever node sees it first and however often one
//! is started again. `/admin` shows the same.

use super::AppState;
use crate::{
    model::limits::BUDGET_WARNINGS,
    store::day_budget::{self, DaySpent},
};
use std::sync::atomic::{AtomicI64, Ordering};

/// The last warning that this node knows of, so that it asks nobody about it again.
#[derive(Default)]
pub struct BudgetWatch(AtomicI64);

/// The part of the money of a day that is used, in percent. What does not suffice for a
/// job that was refused is as good as used.
pub fn percent(micros: i64, budget: i64, refused: bool) -> u32 {
    let used = micros.max(0).saturating_mul(100).checked_div(budget);
    match u32::try_from(used.unwrap_or(100)).unwrap_or(u32::MAX) {
        used if refused => used.max(100),
        used => used,
    }
}

/// The warning that is due when so much is used.
pub fn warning(percent: u32) -> Option<u32> {
    let mut reached = BUDGET_WARNINGS.into_iter().rev();
    reached.find(|at| percent >= *at)
}

/// Looks at what is spent once a job was sent, and warns if a warning is due that nobody
/// gave. Nobody waits for it.
pub fn look(state: &AppState, spent: DaySpent, refused: bool) {
    let budget = state.config.imgc.limits.service_micros_per_day();
    let due = warning(percent(spent.micros, budget, refused));
    let Some(due) = due.filter(|due| *due > spent.warned) else {
        return;
    };
    let day_ms = state.clock.day_start_ms();
    let noted = day_ms + i64::from(due);
    if state.budget_watch.0.swap(noted, Ordering::Relaxed) == noted {
        return;
    }
    let state = state.clone();
    tokio::spawn(async move {
        match day_budget::warn(&state.db, day_ms, due).await {
            Ok(true) => tracing::warn!(
                percent = due,
                spent_micro_dollars = spent.micros,
                budget_micro_dollars = budget,
                refused,
                "the service's money of the day (limits.spend_per_day_usd) is used to this part"
            ),
            Ok(false) => {}
            // The next job tries again.
            Err(error) => {
                state.budget_watch.0.store(0, Ordering::Relaxed);
                tracing::warn!(%error, "the warning of the day's budget was not noted");
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_due_at_half_at_most_and_at_all_of_it() {
        let due = |micros, budget| warning(percent(micros, budget, false));
        assert_eq!(due(0, 1_000), None);
        assert_eq!(due(499, 1_000), None);
        assert_eq!(due(500, 1_000), Some(50));
        assert_eq!(due(799, 1_000), Some(50));
        assert_eq!(due(800, 1_000), Some(80));
        assert_eq!(due(1_000, 1_000), Some(100));
        assert_eq!(due(i64::MAX, 1), Some(100));
        assert_eq!(due(0, 0), Some(100));
        assert_eq!(warning(percent(10, 1_000, true)), Some(100));
    }
}
