//! What is held about a person, and the corrections they make to it.

use super::api::NAME_CHARS;
use crate::{
    auth::oidc::clean_name,
    error::{AppError, Problem},
    i18n,
    server::{AppState, Context, files},
    store::{
        sessions::{self, Session},
        users::{self, Account},
    },
};

/// Everything about a person that is not in their pictures.
#[derive(Clone, Debug)]
pub struct Held {
    pub account: Account,
    /// Where their picture is served.
    pub avatar: Option<String>,
    /// Newest visit first.
    pub sessions: Vec<Session>,
    /// Which of the sessions asks: its [`Session::id`].
    pub here: Option<String>,
}

/// What is held about the visitor. A stranger is sent to sign in.
pub async fn held(context: &Context, lang: &str) -> Result<Held, AppError> {
    let user = context.require_user_or_sign_in(lang, "/account").await?;
    let state = &context.state;
    let account = users::account(&state.db, &user.id).await?;
    let sessions = sessions::of_user(&state.db, &user.id, state.clock.now_ms()).await?;
    Ok(Held {
        account: account.ok_or(AppError::NotFound)?,
        avatar: user.avatar_key.map(|_| files::avatar_address(&user.id)),
        sessions,
        here: context.visitor.session_id(),
    })
}

/// Takes the name over as far as it can be shown to others.
pub async fn rename(state: &AppState, user_id: &str, name: &str) -> Result<(), AppError> {
    if name.trim().chars().count() > NAME_CHARS as usize {
        return Err(Problem::NameTooLong.into());
    }
    let name = clean_name(name);
    if name.is_empty() {
        return Err(Problem::PersonNameEmpty.into());
    }
    Ok(users::set_name(&state.db, user_id, &name).await?)
}

/// Remembers one of the site's languages.
pub async fn set_language(state: &AppState, user_id: &str, code: &str) -> Result<(), AppError> {
    if i18n::known(code).is_none() {
        return Err(Problem::Malformed.into());
    }
    Ok(users::set_language(&state.db, user_id, code).await?)
}

/// Ends a session of this person; somebody else's is as good as none.
pub async fn end_session(state: &AppState, user_id: &str, id: &str) -> Result<(), AppError> {
    if sessions::end_of_user(&state.db, user_id, id).await? {
        Ok(())
    } else {
        Err(AppError::NotFound)
    }
}
