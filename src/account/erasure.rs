//! Erasing an account: everything that `store::erasures::PERSONAL` names, its
//! objects, its spool. Each step can be repeated, so that a kill in the middle
//! costs nothing but time.

use crate::{
    model::limits::CLOSING_GRACE_MS,
    server::{
        AppState,
        ledger::{self, Event},
        leftovers,
        objects::ObjectKey,
        outbox::{self, Unordered, object_keys},
    },
    store::{DbError, erasures},
};
use fail::fail_point;

/// Pictures deleted in one batch.
const BATCH: u32 = 100;

/// The reason an erasure stopped; it goes on with the next round.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    /// A statement failed.
    #[error("the database: {0}")]
    Db(#[from] DbError),
    /// A job's folder in the spool could not be removed, or the ledger not read or written.
    #[error("the disk: {0}")]
    Disk(#[from] std::io::Error),
}

impl From<Unordered> for ErasureError {
    fn from(unordered: Unordered) -> ErasureError {
        match unordered {
            Unordered::Db(error) => error.into(),
            Unordered::Disk(error) => error.into(),
        }
    }
}

/// The result of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Accounts erased.
    pub people: u64,
    /// True if somebody's erasure is due and was interrupted.
    pub interrupted: bool,
}

/// Erases everybody whose grace is over, and notes which erasures are complete.
/// Rounds take turns: the second finds nothing left of what the first does.
pub async fn erase_due(state: &AppState) -> Erased {
    erase_those(state, Whose::Everybodys).await
}

/// As [`erase_due`], while the clock is doubted: only accounts that somebody
/// wanted erased at once, or that were erased before.
pub async fn erase_wished(state: &AppState) -> Erased {
    erase_those(state, Whose::Wished).await
}

/// As [`erase_due`], for this person alone: what somebody wants now is no
/// reason to believe that others' time has come.
pub async fn erase_person(state: &AppState, user_id: &str) -> Erased {
    erase_those(state, Whose::Persons(user_id)).await
}

/// Which of the accounts that are due.
#[derive(Clone, Copy)]
enum Whose<'a> {
    Everybodys,
    Wished,
    Persons(&'a str),
}

async fn erase_those(state: &AppState, whose: Whose<'_>) -> Erased {
    let _turn = state.erasing.lock().await;
    let mut done = Erased::default();
    let now_ms = state.clock.now_ms();
    let due = match whose {
        Whose::Wished => erasures::due_by_wish(&state.db, now_ms).await,
        Whose::Everybodys | Whose::Persons(_) => erasures::due(&state.db, now_ms).await,
    };
    let due = match due {
        Ok(due) => due,
        Err(_) => {
            done.interrupted = true;
            return done;
        }
    };
    for (user_id, receipt) in due {
        if matches!(whose, Whose::Persons(only) if only != user_id) {
            continue;
        }
        match erase(state, &user_id).await {
            Ok(()) => {
                done.people += 1;
                tracing::info!(receipt, "an account was erased");
            }
            Err(error) => {
                done.interrupted = true;
                tracing::error!(receipt, %error, "an erasure was interrupted and goes on later");
            }
        }
    }
    if done.people > 0 {
        outbox::delete_objects(state).await;
    }
    if let Err(error) = finish(state).await {
        tracing::error!(%error, "an erasure is not complete yet and goes on later");
        done.interrupted = true;
    }
    done
}

/// Notes which erasures are complete, once no copy outlives them.
async fn finish(state: &AppState) -> Result<(), ErasureError> {
    // A plain copy of the database that a killed command has left knows everybody.
    leftovers::sweep_backup(&state.config).await?;
    if !erasures::is_one_finished(&state.db).await? {
        return Ok(());
    }
    // What was deleted must not outlive it in the write-ahead log, nor in the
    // file below it: the last order for an object was deleted just now.
    state.db.checkpoint_wal().await?;
    for receipt in erasures::mark_done(&state.db, state.clock.now_ms()).await? {
        tracing::info!(receipt, "an erasure is complete");
    }
    Ok(())
}

/// Erases one person: pictures and uploads with orders for their objects, the
/// spool, then the person's row and all that goes with it.
async fn erase(state: &AppState, user_id: &str) -> Result<(), ErasureError> {
    loop {
        let images = erasures::images(&state.db, user_id, BATCH).await?;
        if images.is_empty() {
            break;
        }
        let ids: Vec<&str> = images.iter().map(|image| image.id.as_str()).collect();
        let objects: Vec<String> = images.iter().flat_map(object_keys).collect();
        let now_ms = state.clock.now_ms();
        erasures::delete_images(&state.db, user_id, &ids, &objects, now_ms).await?;
        fail_point!("erasing-images");
    }
    erasures::delete_uploads(&state.db, user_id, state.clock.now_ms()).await?;
    fail_point!("erasing-uploads");
    let mut after = String::new();
    loop {
        let jobs = erasures::jobs(&state.db, user_id, &after).await?;
        let Some(last) = jobs.last() else { break };
        after.clone_from(last);
        for job in &jobs {
            outbox::order_unfinished(state, job).await?;
            state.spool.erase(job).await?;
        }
    }
    // Before the row: afterwards nobody knows whom to note.
    let now_ms = state.clock.now_ms();
    state.ledger.append(user_id, Event::Erased, now_ms).await?;
    fail_point!("erasing-noted");
    let avatar = ObjectKey::Avatar { user: user_id }.path();
    let person = fingerprint(state, user_id).await?;
    erasures::delete_person(
        &state.db,
        user_id,
        &[avatar],
        &person,
        state.clock.day_start_ms(),
        now_ms,
    )
    .await?;
    fail_point!("erasing-rows-gone");
    Ok(())
}

/// The fingerprint under which this person's use of today is noted.
async fn fingerprint(state: &AppState, user_id: &str) -> Result<String, DbError> {
    let account = crate::store::users::account(&state.db, user_id).await?;
    Ok(account.map_or_else(String::new, |account| {
        state.key.fingerprint(&account.issuer, &account.subject)
    }))
}

/// Does again what the ledger says was done, to rows of an older backup: who
/// was erased is erased, who was closing is closing. Returns how many there were.
pub async fn replay_ledger(state: &AppState) -> Result<u64, ErasureError> {
    let last = state.ledger.read().await?;
    if last.is_empty() {
        return Ok(0);
    }
    let mut replayed = 0;
    let mut after = String::new();
    loop {
        let people = erasures::people(&state.db, &after).await?;
        let Some(newest) = people.last() else { break };
        after.clone_from(newest);
        for user_id in &people {
            let now_ms = state.clock.now_ms();
            let (due_at_ms, closed_at_ms) = match last.get(&ledger::name_of(user_id)) {
                None | Some(Event::Reopened) => continue,
                // When it was closed is not noted; this makes nothing look hurried.
                Some(Event::Closed { due_at_ms }) => {
                    (*due_at_ms, now_ms.min(due_at_ms - CLOSING_GRACE_MS))
                }
                Some(Event::Erased) => (now_ms, now_ms),
            };
            let receipt = crate::server::secrets::random_slug();
            if erasures::close(&state.db, user_id, &receipt, due_at_ms, closed_at_ms).await? {
                replayed += 1;
            }
            if due_at_ms <= now_ms {
                erasures::end_grace_period(&state.db, user_id, now_ms).await?;
            }
        }
    }
    if replayed > 0 {
        tracing::warn!(replayed, "accounts of an older backup were closed again");
    }
    Ok(replayed)
}
