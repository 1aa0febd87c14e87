//! Closing an account: the wish, the grace in which the person may come back,
//! and the receipt they keep.

use super::{erasure, replay};
use crate::{
    error::{AccountProblem, AppError},
    model::limits::FRESH_SIGN_IN_MS,
    server::{AppState, Context, incident, ledger::Event, secrets, session::Visitor},
    store::{
        erasures::{self, Erasure},
        users::User,
    },
};

/// The time at which a closed account is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// After some days in which the person may come back, if the configuration
    /// leaves any.
    AfterGrace,
    /// At once, without the days of grace.
    Now,
}

/// True if the visitor signed in during the last minutes.
pub async fn is_fresh(state: &AppState, visitor: &Visitor) -> Result<bool, AppError> {
    let since_ms = visitor.since_ms(state).await?;
    let now_ms = state.clock.now_ms();
    Ok(since_ms.is_some_and(|since| now_ms - since <= FRESH_SIGN_IN_MS))
}

/// Refuses what needs a fresh sign-in (closing, export) to an older session.
pub async fn require_fresh(state: &AppState, visitor: &Visitor) -> Result<(), AppError> {
    match is_fresh(state, visitor).await? {
        true => Ok(()),
        false => Err(AccountProblem::FreshSignInNeeded.into()),
    }
}

/// Does what the account page's form asks for: closes the account, or ends the
/// grace of one that is closing. Returns the receipt's id.
pub async fn close_account(
    context: &Context,
    user: &User,
    sure: bool,
    when: When,
) -> Result<String, AppError> {
    require_fresh(&context.state, &context.visitor).await?;
    if !sure {
        return Err(AccountProblem::NotConfirmed.into());
    }
    match user.erasure_id {
        Some(_) => end_grace_period(&context.state, user).await,
        None => close(&context.state, user, when).await,
    }
}

/// Erases an account without a grace, by an administrator's decision.
pub async fn erase(state: &AppState, user: &User) -> Result<(), AppError> {
    close(state, user, When::Now).await.map(|_| ())
}

/// Closes a live account and returns its receipt's id. Closing it twice answers with the first receipt.
async fn close(state: &AppState, user: &User, when: When) -> Result<String, AppError> {
    let now_ms = state.clock.now_ms();
    let grace_ms = match when {
        When::Now => 0,
        When::AfterGrace => state.config.closing_grace_ms(),
    };
    let due_at_ms = now_ms + grace_ms;
    // Before the rows: a wish that was noted is carried out, at the next start
    // if need be.
    note(state, &user.id, Event::Closed { due_at_ms }).await?;
    let id = secrets::random_slug();
    let closed = erasures::close(&state.db, &user.id, &id, due_at_ms, now_ms).await;
    let closed = match closed {
        Ok(closed) => closed,
        Err(error) => {
            // The person reads that it failed, and a later start must not do it unasked.
            // If it was done all the same, the rows say so.
            note(state, &user.id, Event::Reopened).await?;
            return Err(error.into());
        }
    };
    let id = if closed {
        state.statistics.count("account closed");
        id
    } else {
        receipt_of(state, &user.id).await?
    };
    // Where the configuration leaves no grace, closing is erasing.
    if grace_ms == 0 {
        erase_now(state, &user.id).await?;
    }
    Ok(id)
}

/// Ends the grace of an account being closed.
async fn end_grace_period(state: &AppState, user: &User) -> Result<String, AppError> {
    // Another tab may have opened the account again: then nothing is noted.
    let id = receipt_of(state, &user.id).await?;
    let now_ms = state.clock.now_ms();
    note(state, &user.id, Event::Closed { due_at_ms: now_ms }).await?;
    erase_now(state, &user.id).await?;
    Ok(id)
}

/// Opens an account again while its grace lasts.
pub async fn reopen(state: &AppState, user: &User) -> Result<(), AppError> {
    // Before the rows: should the server die in between, the account is still
    // closing and may be asked for again. The other way round, the next start
    // would close it once more, and perhaps erase it.
    note(state, &user.id, Event::Reopened).await?;
    let now_ms = state.clock.now_ms();
    if erasures::withdraw(&state.db, &user.id, now_ms).await? {
        return Ok(());
    }
    // It is open already: asked twice, or the first answer was lost.
    let account = crate::store::users::by_id(&state.db, &user.id).await?;
    if account.is_some_and(|account| account.erasure_id.is_none()) {
        return Ok(());
    }
    note(state, &user.id, Event::Closed { due_at_ms: now_ms }).await?;
    Err(AppError::TooLate)
}

/// The receipt with this id; anything but an id of ours is not found.
pub async fn receipt(state: &AppState, id: &str) -> Result<Erasure, AppError> {
    erasures::find(&state.db, id)
        .await?
        .ok_or(AppError::NotFound)
}

async fn receipt_of(state: &AppState, user_id: &str) -> Result<String, AppError> {
    let user = crate::store::users::by_id(&state.db, user_id).await?;
    user.and_then(|user| user.erasure_id)
        .ok_or(AppError::NotFound)
}

/// Begins at once beside the request; housekeeping goes on where it stops.
async fn erase_now(state: &AppState, user_id: &str) -> Result<(), AppError> {
    erasures::end_grace_period(&state.db, user_id, state.clock.now_ms()).await?;
    let (state, user_id) = (state.clone(), user_id.to_owned());
    tokio::spawn(async move { erasure::erase_person(&state, &user_id).await });
    Ok(())
}

async fn note(state: &AppState, user_id: &str, event: Event) -> Result<(), AppError> {
    let written = replay::note(state, user_id, event).await;
    written.map_err(|error| incident::internal("the erasure ledger", &error))
}
