//! Objections to decisions: a person of the site looks again, for six months and for free.

use crate::{
    error::{AccountProblem, AppError},
    model::{folding::says_nothing, limits::NOTICE_CHARS, typed},
    server::{
        Context,
        kept_forms::{self, Typed},
    },
    store::case_acts::{self, Party},
};

/// Keeps an appeal; what is refused stays in the form.
pub async fn take(
    context: &Context,
    case_id: &str,
    party: Party<'_>,
    words: &str,
) -> Result<(), AppError> {
    let state = &context.state;
    let now_ms = state.clock.now_ms();
    if let (Party::Notice(_), Some(address)) = (party, context.client()) {
        let waited = state.limits.report(state, address).await;
        waited.map_err(|retry_after_s| AppError::TooMany { retry_after_s })?;
    }
    let (key, typed) = (key(case_id, party), Typed::new([("words", words)]));
    match party {
        Party::Owner(_) => kept_forms::keep(&key, typed, now_ms),
        Party::Notice(_) => kept_forms::keep_of_stranger(&key, typed, now_ms),
    }
    let words = typed::lines(words).trim().to_owned();
    if says_nothing(&words) {
        return Err(AccountProblem::NoticeEmpty.into());
    }
    if words.chars().count() > NOTICE_CHARS as usize {
        return Err(AccountProblem::NoticeTooLong.into());
    }
    let id = uuid::Uuid::now_v7().to_string();
    let kept = case_acts::appeal(&state.db, &id, case_id, party, &words, now_ms).await?;
    if !kept {
        return Err(AppError::TooLate);
    }
    kept_forms::forget(&key);
    tracing::warn!(case = case_id, "a decision is objected to");
    Ok(())
}

/// What was typed into the form of this party.
pub(super) fn kept(context: &Context, case_id: &str, party: Party<'_>) -> Typed {
    kept_forms::about(&key(case_id, party), context.state.clock.now_ms())
}

/// Each party has a form of its own: an owner as the person they are, whoever sent a
/// notice by its number, which nobody else knows.
fn key(case_id: &str, party: Party<'_>) -> String {
    match party {
        Party::Owner(user_id) => format!("appeal:owner:{user_id}:{case_id}"),
        Party::Notice(id) => format!("appeal:notice:{id}"),
    }
}
