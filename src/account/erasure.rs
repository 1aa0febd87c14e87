//! Erasing an account: everything that `store::erasures::PERSONAL` names, its
//! objects, its spool. Each step can be repeated, so that a kill in the middle
//! costs nothing but time.

use super::replay;
use crate::{
    model::handle,
    server::{
        AppState,
        ledger::{self, Event},
        leftovers, node_lease,
        objects::ObjectKey,
        outbox::{self, Unordered, object_keys},
    },
    store::{
        DbError,
        erasures::{self, GivenUp},
        search_index, users,
    },
};
use fail::fail_point;

pub use super::replay::replay_ledger;

/// Pictures deleted in one batch.
const BATCH: u32 = 100;

/// The reason an erasure stopped; it goes on with the next round.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    /// A statement failed.
    #[error("the database: {0}")]
    Db(#[from] DbError),
    /// A job's folder in the spool could not be removed, or the ledger not read or written.
    #[error("the spool or the ledger: {0}")]
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
    /// True if another node is erasing somebody who is due.
    pub elsewhere: bool,
}

/// What became of one person's erasure.
enum Ended {
    /// Nothing is left of them.
    Erased,
    /// Nothing was left of them: another node was faster.
    Gone,
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
        Whose::Wished => {
            // Where there is no grace, whoever closes an account has it erased at once.
            let grace_ms = state.config.closing_grace_ms().max(1);
            erasures::due_by_wish(&state.db, now_ms, grace_ms).await
        }
        Whose::Everybodys => erasures::due(&state.db, now_ms).await,
        Whose::Persons(only) => erasures::due_person(&state.db, only, now_ms).await,
    };
    let due = match due {
        Ok(due) => due,
        Err(_) => {
            done.interrupted = true;
            return done;
        }
    };
    for (user_id, receipt) in due {
        // What this node would write after its deletion is not begun any more; what was
        // begun before comes to its end.
        if !state.renditions.until_none_of(&user_id).await {
            done.interrupted = true;
            continue;
        }
        // A lease that outlives its work must not tell who it was about.
        let lease = format!("erasing:{}", ledger::name_of(&user_id));
        match node_lease::for_once(state, &lease, erase_if_there(state, &user_id)).await {
            None => done.elsewhere = true,
            Some(Ok(Ended::Gone)) => {}
            Some(Ok(Ended::Erased)) => {
                done.people += 1;
                tracing::info!(receipt, "an account was erased");
            }
            Some(Err(error)) => {
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
    // Nor are words of theirs left between the search's pages, as far as that can be
    // had now: what is left goes with the daily round.
    if !matches!(search_index::forget_deleted(&state.db).await, Ok(true)) {
        tracing::warn!("the search's index was not merged: it is tried again within a day");
    }
    // What was deleted must not outlive it in the write-ahead log, nor in the
    // file below it: the last order for an object was deleted just now.
    state.db.checkpoint_wal().await?;
    for receipt in erasures::mark_done(&state.db, state.clock.now_ms()).await? {
        tracing::info!(receipt, "an erasure is complete");
    }
    Ok(())
}

/// Erases a person, unless another node has done so since they were found due.
async fn erase_if_there(state: &AppState, user_id: &str) -> Result<Ended, ErasureError> {
    if state.db.is_shared() && users::account(&state.db, user_id).await?.is_none() {
        return Ok(Ended::Gone);
    }
    erase(state, user_id).await?;
    Ok(Ended::Erased)
}

/// Erases one person: pictures and uploads with orders for their objects, the
/// spool, then the person's row and all that goes with it.
async fn erase(state: &AppState, user_id: &str) -> Result<(), ErasureError> {
    fail_point!("erasing-begun");
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
        for job in &state.spool.jobs_among(jobs).await? {
            outbox::order_unfinished(state, job).await?;
            state.spool.erase(job).await?;
        }
    }
    // Before the row: afterwards nobody knows whom to note.
    let now_ms = state.clock.now_ms();
    replay::note(state, user_id, Event::Erased).await?;
    fail_point!("erasing-noted");
    let avatar = ObjectKey::Avatar { user: user_id }.path();
    let (person, given_up) = remembered(state, user_id).await?;
    erasures::delete_person(
        &state.db,
        user_id,
        &[avatar],
        (&person, given_up.as_ref()),
        state.clock.day_start_ms(),
        now_ms,
    )
    .await?;
    fail_point!("erasing-rows-gone");
    Ok(())
}

/// What outlives this person: the fingerprint under which their use of today is noted,
/// and that their handle rests.
async fn remembered(state: &AppState, user_id: &str) -> Result<(String, Option<GivenUp>), DbError> {
    let Some(account) = users::account(&state.db, user_id).await? else {
        return Ok((String::new(), None));
    };
    let person = state.key.fingerprint(&account.issuer, &account.subject);
    let given_up = account.handle.map(|handle| GivenUp {
        hashed: state.key.given_up(&handle::skeleton(&handle), user_id),
        handle,
    });
    Ok((person, given_up))
}
