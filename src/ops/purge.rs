//! `imgc purge`: the rules of retention, carried out once or only counted.

use crate::{
    housekeeping::rules,
    server::{AppState, config::Config, state::StartError},
    store::DbError,
};

/// Why nothing was purged.
#[derive(Debug, thiserror::Error)]
pub enum PurgeError {
    /// The state of the server cannot be built.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The rows that are due cannot be counted.
    #[error("what is due cannot be counted: {0}")]
    Count(#[from] DbError),
}

/// Carries out the rules once, or tells what they would do. Returns a report.
pub async fn purge(config: Config, dry_run: bool) -> Result<String, PurgeError> {
    let state = AppState::open(config).await?;
    let report = if dry_run {
        rules::report(&rules::due(&state).await?, "would go")
    } else {
        rules::report(&rules::run_all(&state).await, "removed")
    };
    state.db.close().await;
    Ok(report)
}
