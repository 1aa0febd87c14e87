//! What is noted in the ledger of erasures, and its replay: what it says was done
//! is done again, to a database that was put back to an earlier time and knows
//! nothing of it.

use super::erasure::{self, ErasureError};
use crate::{
    model::limits::MINUTE_MS,
    server::{
        AppState,
        ledger::{self, Event},
        secrets,
    },
    store::{
        erasures,
        service_state::{self, LEDGER_REPLAYED_UNTIL},
        users,
    },
};
use std::{collections::HashMap, io, time::Duration};

/// Clocks differ by something, and an event is noted some time before it arrives.
const MARGIN_MS: i64 = 10 * MINUTE_MS;

/// How long another node is left to its work before it is looked for again.
const AGAIN: Duration = Duration::from_secs(1);

/// What came of replaying.
#[derive(Default)]
struct Replayed {
    /// Number of accounts that were open, and were closed again.
    closed: u64,
    /// True if somebody is there who was to be gone by now.
    is_due: bool,
    /// Those who were erased before, and are there again.
    back: Vec<String>,
}

/// Notes an event of an account's closing; when this returns it is safe.
pub(super) async fn note(state: &AppState, user_id: &str, event: Event) -> io::Result<()> {
    let at_ms = shared_now_ms(state);
    state.ledger.append(user_id, event, at_ms).await
}

/// Now in Unix milliseconds. Where several nodes write the ledger, by the clock of
/// the database they share: the order of an account's events depends on it.
fn shared_now_ms(state: &AppState) -> i64 {
    let offset_ms = state.db.clock_offset_ms().unwrap_or_default();
    state.clock.now_ms().saturating_add(offset_ms)
}

/// Does again what the ledger says was done, to rows of an older database: who
/// was erased is erased, who was closing is closing. Returns how many there were.
pub async fn replay_ledger(state: &AppState) -> Result<u64, ErasureError> {
    if state.db.is_shared() {
        return replay_new(state).await;
    }
    let last = state.ledger.read().await?;
    Ok(replay(state, &last).await?.closed)
}

/// Replays what this database has not had replayed. It says itself what that is:
/// one that was put back to an earlier time has forgotten as much of the one as
/// of the other. Whoever was erased is erased again when this returns.
async fn replay_new(state: &AppState) -> Result<u64, ErasureError> {
    let until_ms = service_state::get(&state.db, LEDGER_REPLAYED_UNTIL).await?;
    let since_ms = until_ms.map_or(i64::MIN, |until_ms| until_ms.saturating_sub(MARGIN_MS));
    let events = state.ledger.read_since(since_ms).await?;
    let replayed = replay(state, &events.by_person).await?;
    for user_id in &replayed.back {
        // Whom another node erases is waited for.
        while users::by_id(&state.db, user_id).await?.is_some() {
            if erasure::erase_person(state, user_id).await.interrupted {
                let unfinished = "an erasure was interrupted: nothing is served before it is done";
                return Err(io::Error::other(unfinished).into());
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
    // Who was closing, and whose time has come meanwhile.
    if replayed.is_due {
        erasure::erase_wished(state).await;
    }
    // A clock that was ahead must not hide what comes before it is reached.
    let newest_ms = events
        .newest_ms
        .map(|at_ms| at_ms.min(shared_now_ms(state)));
    if let Some(newest_ms) = newest_ms
        && until_ms.is_none_or(|until_ms| until_ms < newest_ms)
    {
        service_state::set_forward(&state.db, LEDGER_REPLAYED_UNTIL, newest_ms).await?;
    }
    Ok(replayed.closed)
}

/// Closes whoever the last event of each person says is closing or gone.
async fn replay(state: &AppState, last: &HashMap<String, Event>) -> Result<Replayed, ErasureError> {
    let mut replayed = Replayed::default();
    if last.values().all(|event| *event == Event::Reopened) {
        return Ok(replayed);
    }
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
                    let grace_ms = state.config.closing_grace_ms();
                    (*due_at_ms, now_ms.min(due_at_ms - grace_ms))
                }
                Some(Event::Erased) => (now_ms, now_ms),
            };
            let receipt = secrets::random_slug();
            if erasures::close(&state.db, user_id, &receipt, due_at_ms, closed_at_ms).await? {
                replayed.closed += 1;
            }
            if last.get(&ledger::name_of(user_id)) == Some(&Event::Erased) {
                erasures::give_up_jobs(&state.db, user_id, now_ms).await?;
                replayed.back.push(user_id.clone());
            }
            if due_at_ms <= now_ms {
                erasures::end_grace_period(&state.db, user_id, now_ms).await?;
                replayed.is_due = true;
            }
        }
    }
    if replayed.closed > 0 {
        let replayed = replayed.closed;
        tracing::warn!(replayed, "accounts of an older backup were closed again");
    }
    Ok(replayed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        server::config::Config,
        store::users::{self, IdentityClaims},
    };

    /// A server's state in a folder of its own.
    async fn open(data: &std::path::Path) -> AppState {
        let env = |name: &str| {
            let is_data = name == "IMGC_DATA_DIR";
            is_data.then(|| data.display().to_string())
        };
        let config = Config::from_parts("", &env).expect("the demo");
        AppState::open(config).await.expect("opens")
    }

    async fn sign_in(state: &AppState, id: &str) {
        let identity = IdentityClaims {
            issuer: "https://provider.example",
            subject: id,
            email: "somebody@example.com",
            email_assumed: false,
            name: "Somebody",
        };
        let made = users::sign_in(&state.db, id, &identity, "en", 1).await;
        made.expect("an account");
    }

    async fn is_open(state: &AppState, id: &str) -> Option<bool> {
        let user = users::by_id(&state.db, id).await.expect("read");
        user.map(|user| user.erasure_id.is_none())
    }

    #[tokio::test]
    async fn a_database_put_back_forgets_nobody_who_was_erased_since() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = open(folder.path()).await;
        let now_ms = state.clock.now_ms();
        for id in ["erased", "closing", "back", "stays"] {
            sign_in(&state, id).await;
        }
        let closed = Event::Closed {
            due_at_ms: now_ms + 1_000_000,
        };
        for (id, event, ago_ms) in [
            ("erased", closed, 5_000),
            ("erased", Event::Erased, 4_000),
            ("back", closed, 3_000),
            ("back", Event::Reopened, 2_000),
            ("closing", closed, 1_000),
        ] {
            let noted = state.ledger.append(id, event, now_ms - ago_ms).await;
            noted.expect("noted");
        }
        assert_eq!(replay_new(&state).await.expect("replayed"), 2);
        assert_eq!(is_open(&state, "erased").await, None);
        assert_eq!(is_open(&state, "closing").await, Some(false));
        for id in ["back", "stays"] {
            assert_eq!(is_open(&state, id).await, Some(true), "{id}");
        }
        let until = service_state::get(&state.db, LEDGER_REPLAYED_UNTIL).await;
        assert_eq!(until, Ok(Some(now_ms - 1_000)));
        assert_eq!(replay_new(&state).await.expect("replayed"), 0);
    }

    #[tokio::test]
    async fn what_was_replayed_long_before_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = open(folder.path()).await;
        let now_ms = state.clock.now_ms();
        let name = LEDGER_REPLAYED_UNTIL;
        service_state::set(&state.db, name, now_ms)
            .await
            .expect("set");
        for (id, ago_ms) in [("before", 2 * MARGIN_MS), ("lately", MARGIN_MS / 2)] {
            sign_in(&state, id).await;
            let noted = state
                .ledger
                .append(id, Event::Erased, now_ms - ago_ms)
                .await;
            noted.expect("noted");
        }
        // Of a clock that was ahead.
        let noted = state.ledger.append("x", Event::Reopened, now_ms * 2).await;
        noted.expect("noted");
        assert_eq!(replay_new(&state).await.expect("replayed"), 1);
        assert_eq!(is_open(&state, "before").await, Some(true));
        assert_eq!(is_open(&state, "lately").await, None);
        let until = service_state::get(&state.db, name).await;
        let until_ms = until.expect("read").expect("set");
        assert!((now_ms..=state.clock.now_ms()).contains(&until_ms));
        // Put back to an earlier time, it says so itself.
        service_state::set(&state.db, name, now_ms - 2 * MARGIN_MS)
            .await
            .expect("set");
        assert_eq!(replay_new(&state).await.expect("replayed"), 1);
        assert_eq!(is_open(&state, "before").await, None);
    }
}
