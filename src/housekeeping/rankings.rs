//! The orders by likes and by remixes, made ahead; and once a day the numbers that they go
//! by, counted anew.

use crate::{
    gallery::asked::Period,
    model::limits::{DAY_MS, RANKINGS_MS},
    server::AppState,
    store::{
        DbError,
        rankings::{self, Span},
        service_state,
    },
};
use std::time::{Duration, Instant};

/// When the rankings were made, Unix milliseconds.
const MADE: &str = "rankings_made";
/// When the numbers were counted, Unix milliseconds.
const COUNTED: &str = "public_counted";
/// Before the rankings are as old as they may be, so that a long round is no matter.
const AGAIN_MS: i64 = RANKINGS_MS / 2;
/// Pictures whose likes and remixes are counted at once: nobody else writes meanwhile.
const COUNTED_AT_ONCE: u32 = 500;
/// A rest after these is so many times as long as they took, up to a limit.
const REST: u32 = 3;
const REST_MOST: Duration = Duration::from_secs(1);

/// Makes the rankings where they are due, and counts where that is.
pub async fn keep(state: &AppState) {
    match make_due(state).await {
        Ok(false) => return,
        Ok(true) => {}
        Err(error) => tracing::warn!(%error, "the rankings were not made"),
    }
    // Looked for as seldom: each look is a trip.
    if let Err(error) = count_due(state).await {
        tracing::warn!(%error, "likes and remixes were not counted anew");
    }
}

/// A time that has not come by the clock was written by one that was wrong.
async fn is_due(state: &AppState, name: &str, every_ms: i64, now_ms: i64) -> Result<bool, DbError> {
    let last = service_state::get(&state.db, name).await?;
    Ok(last.is_none_or(|last| last > now_ms || now_ms - last >= every_ms))
}

async fn make_due(state: &AppState) -> Result<bool, DbError> {
    let now_ms = state.clock.now_ms();
    if !is_due(state, MADE, AGAIN_MS, now_ms).await? {
        return Ok(false);
    }
    make(state).await?;
    service_state::set(&state.db, MADE, now_ms).await?;
    Ok(true)
}

/// Makes the rankings of every period.
pub async fn make(state: &AppState) -> Result<(), DbError> {
    let now_ms = state.clock.now_ms();
    for period in Period::ALL {
        // That of all time is read as it is.
        if period == Period::All {
            continue;
        }
        let span = Span {
            period: period.word(),
            since_ms: period.since_ms(now_ms),
            is_long: period == Period::Year,
        };
        rankings::make(&state.db, span, now_ms).await?;
    }
    Ok(())
}

async fn count_due(state: &AppState) -> Result<(), DbError> {
    let now_ms = state.clock.now_ms();
    if is_due(state, COUNTED, DAY_MS, now_ms).await? {
        let wrong = count(state).await?;
        if wrong > 0 {
            tracing::warn!(wrong, "likes and remixes were repaired");
        }
        service_state::set(&state.db, COUNTED, now_ms).await?;
    }
    Ok(())
}

/// Counts the likes and remixes of every public picture anew, some at a time; how many
/// were wrong, which they are no more.
pub async fn count(state: &AppState) -> Result<usize, DbError> {
    let (mut after, mut wrong) = (-1, 0);
    loop {
        let begun = Instant::now();
        let counted = rankings::count_anew(&state.db, after, COUNTED_AT_ONCE).await?;
        let Some((last, repaired)) = counted else {
            return Ok(wrong);
        };
        (after, wrong) = (last, wrong + repaired);
        tokio::time::sleep((begun.elapsed() * REST).min(REST_MOST)).await;
    }
}
