//! The composer's form as a person left it.

use super::AppState;
use crate::{
    error::AppError,
    model::{Prompt, draft::Draft},
    store::users::{self, User},
};

/// The longest form kept as a draft, in bytes of JSON.
const DRAFT_MAX: usize = 256 * 1024;

/// The form as the person left it, or a fresh one.
pub fn of_person(state: &AppState, user: Option<&User>) -> Draft {
    let kept = user.and_then(|user| user.draft.as_deref());
    kept.and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_else(|| {
            let model = &state.offered()[0];
            Draft::from_settings(Prompt::default(), &model.defaults(), model)
        })
}

/// What a person's form is once they have signed in: the one that waited for them, or
/// theirs with the words, where only words waited.
pub fn after_sign_in(state: &AppState, user: &User, waited: String) -> String {
    let words = serde_json::from_str::<Draft>(&waited).ok();
    let words = words.and_then(|draft| draft.only_words().cloned());
    words
        .and_then(|words| to_json(&of_person(state, Some(user)).with_more_words(&words)))
        .unwrap_or(waited)
}

/// Keeps a form as the person's draft.
pub async fn keep(state: &AppState, user: &User, draft: &Draft) -> Result<(), AppError> {
    keep_with_age(state, user, draft, None).await
}

/// Keeps a form as the person's draft, and the age that they stated with it.
pub async fn keep_with_age(
    state: &AppState,
    user: &User,
    draft: &Draft,
    age_stated: Option<u32>,
) -> Result<(), AppError> {
    let (json, now_ms) = (to_json(draft), state.clock.now_ms());
    let kept = users::keep_form(&state.db, &user.id, json.as_deref(), age_stated, now_ms);
    Ok(kept.await?)
}

/// A form as it is kept; `None` for one of absurd length.
pub fn to_json(draft: &Draft) -> Option<String> {
    serde_json::to_string(draft)
        .ok()
        .filter(|json| json.len() <= DRAFT_MAX)
}
