//! The figures of the usage page, from the jobs' rows.

use super::own_limits::OwnLimits;
use crate::{
    error::AppError,
    model::{allowance::LimitsInForce, limits::DAY_MS},
    routes::Route,
    server::{Context, clock},
    store::{jobs::Since, usage as spent},
};

/// The periods on offer, in days.
pub const PERIODS: [u32; 3] = [7, 30, 90];

/// What a person made and spent in a period.
#[derive(Clone, Debug)]
pub struct Usage {
    /// Every day of the period, oldest first.
    pub days: Vec<UsageDay>,
    /// Dearest first.
    pub models: Vec<UsageModel>,
    /// Pictures the person may still make today.
    pub left_today: u32,
    /// What they spent this month, with what is set aside, in micro-dollars.
    pub month_micros: i64,
    /// Their limits.
    pub in_force: LimitsInForce,
    /// Unix milliseconds of the next month's beginning (UTC).
    pub next_month_ms: i64,
    /// The form of the limits they set for themselves.
    pub own: OwnLimits,
}

/// A day of it.
#[derive(Clone, Debug)]
pub struct UsageDay {
    /// Its midnight in UTC, Unix milliseconds.
    pub day_ms: i64,
    /// Pictures made on it.
    pub pictures: u32,
    /// Their cost, in micro-dollars.
    pub cost_micros: i64,
    /// Whether an estimate is part of it.
    pub estimated: bool,
}

/// A model's part in it.
#[derive(Clone, Debug)]
pub struct UsageModel {
    /// The model's name for people.
    pub name: String,
    /// Pictures made with it.
    pub pictures: u32,
    /// Their cost, in micro-dollars.
    pub cost_micros: i64,
    /// Whether an estimate is part of it.
    pub estimated: bool,
}

/// What the visitor made and spent, today included. A stranger is sent to sign in.
pub async fn usage(context: &Context, days: u32, lang: &str) -> Result<Usage, AppError> {
    let user = context.require_user_or_sign_in(lang, Route::Usage).await?;
    let state = &context.state;
    let days = if PERIODS.contains(&days) { days } else { 30 };
    let today_ms = state.clock.day_start_ms();
    let since_ms = today_ms - i64::from(days - 1) * DAY_MS;
    let since = Since {
        day_ms: today_ms,
        month_ms: state.clock.month_start_ms(),
    };
    let spent::Use {
        by_day,
        by_model,
        used,
    } = spent::since(&state.db, &user.id, since_ms, since).await?;
    let service = state.config.imgc.limits.per_person();
    let every_day = (0..i64::from(days)).map(|n| since_ms + n * DAY_MS);
    Ok(Usage {
        days: every_day
            .map(|day_ms| {
                let found = by_day.iter().find(|u| u.key == day_ms.to_string());
                UsageDay {
                    day_ms,
                    pictures: found.map_or(0, |u| u.pictures),
                    cost_micros: found.map_or(0, |u| u.cost_micros),
                    estimated: found.is_some_and(|u| u.estimated),
                }
            })
            .collect(),
        models: by_model
            .into_iter()
            .map(|used| UsageModel {
                name: state
                    .config
                    .model(&used.key)
                    .map_or_else(|| used.key.clone(), |model| model.name.clone()),
                pictures: used.pictures,
                cost_micros: used.cost_micros,
                estimated: used.estimated,
            })
            .collect(),
        left_today: used.pictures_left(&service),
        month_micros: used.month_micros,
        in_force: used.personal.in_force(&service),
        next_month_ms: clock::next_month_ms(state.clock.now_ms()),
        own: OwnLimits::of(state, &user, &used.personal.own),
    })
}
