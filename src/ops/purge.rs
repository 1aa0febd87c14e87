//! `imgc purge`: the rules of retention, carried out once or only counted.

use super::words::doubt;
use crate::{
    housekeeping::rules,
    server::{
        AppState,
        clock_watch::Standing,
        config::Config,
        sharing::{self, SharingError},
        state::StartError,
    },
    store::DbError,
};

/// Why nothing was purged.
#[derive(Debug, thiserror::Error)]
pub enum PurgeError {
    /// The state of the server cannot be built.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The nodes of the database work otherwise than this command would.
    #[error(transparent)]
    Sharing(#[from] SharingError),
    /// The rows that are due cannot be counted.
    #[error("what is due cannot be counted: {0}")]
    Count(#[source] DbError),
    /// What is believed of the clock cannot be read or noted.
    #[error("what is believed of the clock cannot be read or noted: {0}")]
    Clock(#[source] DbError),
    /// The clock is doubted; with what was done all the same.
    #[error("{report}Nothing was removed by its age. {doubt}")]
    Doubted {
        /// What went without a look at the clock.
        report: String,
        /// How the clock stands, and what can be done.
        doubt: String,
    },
}

/// What of the command line bears on a purge.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish {
    /// Count only.
    pub dry_run: bool,
    /// Believe the clock, whatever was seen of it.
    pub trust_clock: bool,
}

/// Carries out the rules once, or tells what they would do. Returns a report.
pub async fn purge(config: Config, wish: Wish) -> Result<String, PurgeError> {
    if wish.dry_run {
        return count(config).await;
    }
    let state = AppState::open_current(config).await?;
    sharing::check(&state).await?;
    let shown_ms = state.clock.system_ms();
    if wish.trust_clock {
        let trusted = state.clock_watch.trust(&state.db, shown_ms).await;
        trusted.map_err(PurgeError::Clock)?;
    }
    let done = rules::run_all(&state).await;
    tracing::info!(
        removed = done.iter().map(|outcome| outcome.removed).sum::<u64>(),
        "a purge by hand is done"
    );
    let report = rules::report(&done, "removed");
    let standing = state.clock_watch.standing(&state.db, shown_ms).await;
    state.db.close().await;
    match standing.map_err(PurgeError::Clock)? {
        Standing::Believed => Ok(report),
        doubted => Err(PurgeError::Doubted {
            report,
            doubt: doubt(doubted).unwrap_or_default(),
        }),
    }
}

/// What a purge would do, without a write.
async fn count(config: Config) -> Result<String, PurgeError> {
    let state = AppState::open_read_only(config).await?;
    let due = rules::due(&state).await.map_err(PurgeError::Count)?;
    let mut report = rules::report(&due, "would go");
    let shown_ms = state.clock.system_ms();
    let standing = state.clock_watch.standing(&state.db, shown_ms).await;
    state.db.close().await;
    if let Some(doubt) = doubt(standing.map_err(PurgeError::Clock)?) {
        report.push_str(&format!("\n! {doubt}\n"));
    }
    Ok(report)
}
