//! Answers that came after their job was given up for lost, on a database that
//! several nodes share: another node took the job over, found nothing of an answer,
//! and the one that had asked brought it all the same. It leads its job on by
//! itself; where it died before it could, the answer lies in the spool, and what
//! was paid is shown.

use super::orphans::Unfinished;
use crate::{
    model::limits::{DAY_MS, MINUTE_MS},
    server::{AppState, spool::Found},
    store::leases,
};

/// How long an answer is waited for. Afterwards it is set aside like any other
/// that nobody has seen.
const AWAITED_MS: i64 = DAY_MS;
/// Pictures without a list are listed once nobody has written any for so long.
const SETTLED_MS: i64 = 15 * MINUTE_MS;
/// Ids looked up in one statement.
const BATCH: usize = 500;

/// Whoever asked for the pictures of a job that was given up for lost after this
/// moment may still bring them.
pub(super) fn awaited_since_ms(state: &AppState) -> i64 {
    let now_ms = state.clock.now_ms();
    match state.db.is_shared() {
        true => now_ms - AWAITED_MS,
        // A node that is alone has nobody to wait for.
        false => now_ms,
    }
}

/// Whether nobody has written to a job's answer for so long that nobody is at it.
pub(super) async fn is_settled(state: &AppState, id: &str) -> std::io::Result<bool> {
    let since_ms = state.clock.now_ms() - SETTLED_MS;
    state.spool.is_settled(id, since_ms).await
}

/// Gives jobs whose answer is there to whoever looks for jobs that nobody works on.
pub(super) async fn take_up(state: &AppState) -> Result<(), Unfinished> {
    if !state.db.is_shared() {
        return Ok(());
    }
    let jobs = state.spool.jobs().await.map_err(|_| Unfinished::Files)?;
    for ids in jobs.chunks(BATCH) {
        let since_ms = awaited_since_ms(state);
        for id in leases::given_up_since(&state.db, ids, since_ms).await? {
            if is_there(state, &id).await.map_err(|_| Unfinished::Files)?
                && leases::revive(&state.db, &id, state.clock.now_ms()).await?
            {
                tracing::info!(job = id, "an answer came late, and its job goes on");
            }
        }
    }
    Ok(())
}

/// Whether a job's answer is in the spool, with a list or with pictures that can
/// be listed.
async fn is_there(state: &AppState, id: &str) -> std::io::Result<bool> {
    if let Found::Whole(_) = state.spool.find(id).await? {
        return Ok(true);
    }
    Ok(is_settled(state, id).await? && state.spool.list_again(id).await?.is_some())
}
