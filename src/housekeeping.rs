//! Housekeeping: what is due to go goes, while the server runs.
//!
//! It is a task of its own, so that a slow object store or a large erasure holds
//! up no job, and it ends the moment the server is asked to stop: every step
//! can be repeated, so that one cut short costs nothing but time.

pub mod dated_files;
pub mod orphans;
pub mod rules;

use crate::server::AppState;
use std::time::Duration;

/// How often a round begins.
const EVERY: Duration = Duration::from_secs(15);

/// Runs a round every few seconds until shutdown.
pub async fn run(state: AppState) {
    let mut rounds = tokio::time::interval(EVERY);
    // After a long round the next one waits its turn, instead of making up for lost ones.
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let forever = async {
        loop {
            rounds.tick().await;
            round(&state).await;
        }
    };
    tokio::select! {
        () = state.shutdown.cancelled() => {}
        () = forever => {}
    }
    write_statistics(&state).await;
}

/// One round: forgets what nobody looks at any more, and carries out the rules
/// of retention.
pub async fn round(state: &AppState) {
    state.progress.sweep();
    state.limits.sweep();
    write_statistics(state).await;
    rules::run(state).await;
}

async fn write_statistics(state: &AppState) {
    if let Err(error) = state.statistics.write(state).await {
        tracing::warn!(%error, "statistics were not written");
    }
}
