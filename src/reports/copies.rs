//! Public copies of a picture that shows somebody against their will: they are withdrawn
//! with it, whosever they are. The batch that decides notes that they are to be searched
//! for; it is done at once, and again by housekeeping until none is left.

use crate::{
    model::limits::INTIMATE_DUE_MS,
    server::{AppState, ledger, mail},
    store::{
        DbError,
        removed::{self, PublicCopy, ToSearch},
        reports::Act,
    },
};

/// The record's word for a decision.
pub const DECIDED: &str = "case decided";
/// Copies of one picture are withdrawn in so many rounds at a time.
const ROUNDS: usize = 100;

/// Withdraws the public copies of what the decision `act_id` has just removed, if it is one
/// that concerns them.
pub async fn withdraw_of(state: &AppState, act_id: &str) {
    let found = removed::to_search_one(&state.db, act_id).await;
    match found {
        Ok(Some(search)) => withdraw_logging(state, &search).await,
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "copies of a removed picture are searched for later"),
    }
}

/// Withdraws what is still to be withdrawn: what a stop or a failure left, and what became
/// public or known since.
pub async fn withdraw_due(state: &AppState) {
    match removed::to_search(&state.db).await {
        Ok(searches) => {
            for search in &searches {
                withdraw_logging(state, search).await;
            }
        }
        Err(error) => tracing::warn!(%error, "copies of removed pictures were not searched for"),
    }
}

async fn withdraw_logging(state: &AppState, search: &ToSearch) {
    match withdraw(state, search).await {
        Ok(true) => {}
        Ok(false) => tracing::warn!(
            decision = search.id,
            "public copies of a removed picture are left: the search goes on"
        ),
        Err(error) => tracing::warn!(
            decision = search.id, %error,
            "public copies of a removed picture are withdrawn later"
        ),
    }
}

/// Withdraws every public copy of a removed picture; false if some are left. Each is a
/// decision of its own, which its owner reads and may object to. Where the decision has gone
/// with its account, a person looks at each.
async fn withdraw(state: &AppState, search: &ToSearch) -> Result<bool, DbError> {
    let (db, mut at_ms) = (&state.db, state.clock.now_ms());
    for _ in 0..ROUNDS {
        let found = removed::copies(db, &search.id).await?;
        let Some((case_id, decided_by)) = &search.decided else {
            let due_ms = at_ms + INTIMATE_DUE_MS;
            let copies = listed(found);
            removed::leave_to_a_person(db, &search.id, &copies, at_ms, due_ms).await?;
            return Ok(true);
        };
        if found.is_empty() {
            if removed::searched(db, &search.id).await? {
                return Ok(true);
            }
            continue;
        }
        let act = Act {
            at_ms,
            admin: decided_by.clone(),
            subject: String::new(),
            act: DECIDED.to_owned(),
            reason: String::new(),
        };
        let mails = mail::of_copies(state, case_id, at_ms);
        removed::withdraw_copies(db, case_id, &listed(found), &act, mails).await?;
        // A moment of its own for each round, by which its decisions are known.
        at_ms = state.clock.now_ms().max(at_ms + 1);
    }
    Ok(false)
}

fn listed(found: Vec<(String, String)>) -> Vec<PublicCopy> {
    let new_id = || uuid::Uuid::now_v7().to_string();
    let listed = found
        .into_iter()
        .map(|(image, owner)| (new_id(), new_id(), image, ledger::name_of(&owner)));
    listed.collect()
}
