//! The data held about a person, and the corrections they make to it.

use super::closing::is_fresh;
use crate::{
    error::{AccountProblem, AppError, Problem},
    i18n,
    model::{
        limits::{HANDLE_CHARS, PERSON_NAME_CHARS},
        typed::{self, is_invisible},
    },
    routes::{self, Route},
    server::{AppState, Context, oidc::clean_name},
    store::{
        account_page,
        erasures::{self, Erasure},
        invitations::Invitation,
        sessions::{self, Session, SignInRecord},
        users::{self, Account},
    },
};

/// Sign-ins the page lists; the export has all.
const SIGN_INS: u32 = 20;

/// The data of the account page.
#[derive(Clone, Debug)]
pub enum Page {
    /// An account in use, with everything the page lists.
    Live(Box<Overview>),
    /// The account is being closed, and may come back.
    Closing(Erasure),
}

/// Everything about a person that is not in their pictures.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The account's row: name, handle, e-mail address, choices.
    pub account: Account,
    /// The address of their picture.
    pub avatar: Option<String>,
    /// Newest visit first.
    pub sessions: Vec<Session>,
    /// The [`Session::id`] of the session that asks.
    pub here: Option<String>,
    /// Newest first.
    pub sign_ins: Vec<SignInRecord>,
    /// The invitation by which the account was opened.
    pub invited_by: Option<Invitation>,
    /// Invitations that the person made, the newest first.
    pub invitations: Vec<Invitation>,
    /// True if there are decisions about their pictures or account, or they are suspended.
    pub decisions: bool,
    /// True if the sign-in is of the last minutes, as closing and export need.
    pub fresh: bool,
    /// The server's clock when this was read, Unix milliseconds.
    pub now_ms: i64,
}

/// The data held about the visitor. A stranger is sent to sign in.
pub async fn overview(context: &Context, lang: &str) -> Result<Page, AppError> {
    let state = &context.state;
    let closing = context.visitor.user_or_closing(state).await?;
    if let Some(id) = closing.and_then(|user| user.erasure_id) {
        let erasure = erasures::find(&state.db, &id).await?;
        return Ok(Page::Closing(erasure.ok_or(AppError::NotFound)?));
    }
    let user = context
        .require_user_or_sign_in(lang, Route::Account)
        .await?;
    let now_ms = state.clock.now_ms();
    let rows = account_page::read(&state.db, &user.id, SIGN_INS, now_ms).await?;
    let rows = rows.ok_or(AppError::NotFound)?;
    Ok(Page::Live(Box::new(Overview {
        sign_ins: rows.sign_ins,
        invited_by: rows.invited_by,
        invitations: rows.invitations,
        decisions: rows.decisions || user.suspended_until(now_ms).is_some(),
        fresh: is_fresh(state, &context.visitor).await?,
        account: rows.account,
        avatar: user.avatar_key.map(|_| routes::avatar(&user.id)),
        sessions: rows.sessions,
        here: context.visitor.session_id(),
        now_ms,
    })))
}

/// Takes the name over as far as it can be shown to others.
pub async fn rename(state: &AppState, user_id: &str, name: &str) -> Result<(), AppError> {
    if typed::line(name).chars().count() > PERSON_NAME_CHARS as usize {
        return Err(Problem::NameTooLong.into());
    }
    let name = clean_name(name);
    if name.is_empty() {
        return Err(Problem::PersonNameEmpty.into());
    }
    Ok(users::set_name(&state.db, user_id, &name).await?)
}

/// Takes a handle if nobody else has it; an empty one gives it up.
pub async fn set_handle(state: &AppState, user_id: &str, typed: &str) -> Result<(), AppError> {
    let typed = typed.trim_matches(is_invisible);
    let typed = typed.trim_start_matches('@').to_ascii_lowercase();
    let handle = (!typed.is_empty()).then_some(typed.as_str());
    if handle.is_some_and(|handle| !is_handle(handle)) {
        return Err(AccountProblem::HandleInvalid.into());
    }
    match users::set_handle(&state.db, user_id, handle).await? {
        true => Ok(()),
        false => Err(AccountProblem::HandleTaken.into()),
    }
}

/// Letters, digits and single hyphens between them: what can be said aloud and
/// stand in an address, and what no look-alike letter can imitate.
fn is_handle(text: &str) -> bool {
    let (least, most) = HANDLE_CHARS;
    (least..=most).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}

/// Decides what others see of the person's pictures.
pub async fn set_choices(
    state: &AppState,
    user_id: &str,
    shows_prompts: bool,
    keeps_private: bool,
) -> Result<(), AppError> {
    Ok(users::set_choices(&state.db, user_id, shows_prompts, keeps_private).await?)
}

/// Decides whether sensitive pictures are shown to the person in lists as they are.
pub async fn set_sees_sensitive(
    state: &AppState,
    user_id: &str,
    sees: bool,
) -> Result<(), AppError> {
    let now_ms = state.clock.now_ms();
    Ok(users::set_sees_sensitive(&state.db, user_id, sees, now_ms).await?)
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
