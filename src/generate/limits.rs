//! The limits that a job is held to, and what its person is told where one was met.

use crate::{
    error::{AccountProblem, AppError, Limit},
    model::allowance,
    server::{AppState, budget_breaker},
    store::jobs::{Enqueued, Limits},
};

/// The limits of this moment.
pub fn limits(state: &AppState) -> Limits {
    let limits = &state.config.imgc.limits;
    Limits {
        per_person: limits.per_person(),
        service_micros_per_day: limits.service_micros_per_day(),
        active_per_person: limits.active_jobs,
        day_start_ms: state.clock.day_start_ms(),
        month_start_ms: state.clock.month_start_ms(),
    }
}

/// The job's id, or what its person is told instead.
pub fn job_of(state: &AppState, enqueued: Enqueued) -> Result<String, AppError> {
    match enqueued {
        Enqueued::New(id) | Enqueued::Known(id) => Ok(id),
        Enqueued::QuotaReached { per_day } => Err(AppError::QuotaReached(Limit {
            limit: per_day,
            words: String::new(),
        })),
        Enqueued::MonthSpent { per_month } => Err(AppError::MonthSpent(Limit {
            limit: allowance::cents(per_month),
            words: String::new(),
        })),
        Enqueued::Suspended => Err(AccountProblem::Suspended.into()),
        Enqueued::TooManyActive => Err(AppError::TooMany { retry_after_s: 30 }),
        Enqueued::ServiceBudgetReached => Err(AppError::ServiceBudgetReached),
        Enqueued::Paused { until_ms } => Err(AppError::ServicePaused {
            retry_after_s: budget_breaker::closes_in_s(until_ms, state.clock.now_ms()),
        }),
    }
}
