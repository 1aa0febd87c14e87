//! What makes a database from an earlier time fit to be served: nobody is signed
//! in by what ended since, nothing is paid twice, nobody is back who was erased.
//!
//! `imgc restore` does it with what it has put back. `imgc after-restore` does it to
//! a database that was put back in another way: by D1's Time Travel, or by hand.

use super::BackupError;
use crate::{
    account::erasure,
    ops::{hold::Hold, words::doubt},
    server::{AppState, config::Config, data_lock, outbox, sharing},
    store::{invitations, jobs, sessions},
};

/// Does it to the configured database, while nobody serves it. Returns a report.
pub async fn run(config: Config) -> Result<String, BackupError> {
    let _lock = data_lock::lock(&config.imgc.data_dir)?;
    let state = AppState::open_current(config).await?;
    if !state.db.is_shared() {
        let done = bring_up_to_now(&state).await;
        state.db.close().await;
        return done;
    }
    sharing::check(&state).await?;
    let mut hold = Hold::take(&state.db).await?;
    // Erasing may take longer than the hold lasts by itself.
    let done = tokio::select! {
        done = bring_up_to_now(&state) => done,
        lost = hold.lost() => Err(lost.into()),
    };
    hold.give_back().await;
    state.db.close().await;
    done
}

/// Brings a database from earlier up to what has happened since. Returns a report.
pub(super) async fn bring_up_to_now(state: &AppState) -> Result<String, BackupError> {
    // A cookie that was worthless since must not open anything again.
    let ended = sessions::end_everybodys(&state.db).await;
    ended.map_err(BackupError::Sessions)?;
    // What was taken back or used up since would open accounts again.
    let revoked = invitations::revoke_all(&state.db, state.clock.now_ms()).await;
    let revoked = revoked.map_err(BackupError::Invitations)?;
    // What waited then may have been made and paid since: its owner is asked.
    let given_up = jobs::give_up_queued(&state.db, state.clock.now_ms()).await;
    let given_up = given_up.map_err(BackupError::Jobs)?;
    let replayed = erasure::replay_ledger(state).await;
    let replayed = replayed.map_err(BackupError::Ledger)?;
    // The backup's last look at the clock may be long ago: who was erased is
    // erased again, and whatever else looks overdue waits.
    let shown_ms = state.clock.system_ms();
    let trusted = state.clock_watch.trusts(&state.db, shown_ms).await;
    let erased = if trusted {
        erasure::erase_due(state).await
    } else {
        erasure::erase_wished(state).await
    };
    outbox::delete_objects(state).await;
    let standing = state.clock_watch.standing(&state.db, shown_ms).await;
    if erased.interrupted {
        return Err(BackupError::ErasureUnfinished);
    }
    let erased = erased.people;
    tracing::info!(
        replayed,
        erased,
        given_up,
        "a database from earlier was brought up to now"
    );
    let doubt = standing.ok().and_then(doubt).unwrap_or_default();
    Ok(format!(
        "Restored. Everybody is signed out. Invitations that held, and hold no more: {revoked}. \
         Accounts closed or erased since the backup: \
         {replayed}; erased again: {erased}.\nJobs that waited when it was made, and may have been \
         paid since: {given_up}; whoever asked for them decides whether to ask again.\n{doubt}{}",
        if doubt.is_empty() { "" } else { "\n" }
    ))
}
