//! The data held about a person, and the corrections they make to it.

use super::closing::is_fresh;
use crate::{
    error::{AccountProblem, AppError, Problem},
    i18n,
    model::{
        folding::says_nothing,
        handle,
        limits::{HANDLE_RESTS_MS, PERSON_NAME_CHARS, PROFILE_CHARS},
        typed::{self, is_invisible},
    },
    routes::{self, Route},
    server::{AppState, Context, oidc::clean_name},
    store::{
        account_page,
        erasures::{self, Erasure},
        handles::{self, Wanted},
        invitations::Invitation,
        makers::{self, Entry},
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
    /// Whose pictures lists leave out for them.
    pub hidden: Vec<Entry>,
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
        hidden: rows.hidden,
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

/// Takes a handle if nobody has it or one that looks like it, and it does not rest since
/// somebody gave it up; an empty one gives one's own up.
pub async fn set_handle(state: &AppState, user_id: &str, typed: &str) -> Result<(), AppError> {
    let nothing = typed.trim_matches(is_invisible).trim_start_matches('@');
    let handle = match nothing.is_empty() {
        true => None,
        false => Some(handle::parse(typed).ok_or(AccountProblem::HandleInvalid)?),
    };
    // Once more where another tab was faster.
    for _ in 0..2 {
        let account = users::account(&state.db, user_id).await?;
        let before = account.ok_or(AppError::NotFound)?.handle;
        if before == handle {
            return Ok(());
        }
        if handle.as_deref().is_some_and(handle::is_reserved) {
            return Err(AccountProblem::HandleTaken.into());
        }
        if change_handle(state, user_id, before.as_deref(), handle.as_deref()).await? {
            return Ok(());
        }
    }
    Err(AccountProblem::HandleTaken.into())
}

async fn change_handle(
    state: &AppState,
    user_id: &str,
    before: Option<&str>,
    handle: Option<&str>,
) -> Result<bool, AppError> {
    let looks = handle.map(handle::skeleton);
    let hashed = looks
        .as_deref()
        .map(|looks| state.key.given_up(looks, user_id));
    let wanted = match (handle, &looks, &hashed) {
        (Some(handle), Some(skeleton), Some(hashed)) => Some(Wanted {
            handle,
            skeleton,
            hashed,
        }),
        _ => None,
    };
    // One that looks like the new one is not given up.
    let given_up = before
        .map(handle::skeleton)
        .filter(|before| looks.as_ref() != Some(before))
        .map(|before| state.key.given_up(&before, user_id));
    let now_ms = state.clock.now_ms();
    let times = (now_ms, now_ms + HANDLE_RESTS_MS);
    let done = handles::set(
        &state.db,
        user_id,
        before,
        wanted.as_ref(),
        given_up.as_ref(),
        times,
    );
    Ok(done.await?)
}

/// Decides whether the person has a page, and what stands there.
pub async fn set_profile(
    state: &AppState,
    user_id: &str,
    (wanted, pictured): (bool, bool),
    text: &str,
) -> Result<(), AppError> {
    let text = typed::lines(text);
    let text = if says_nothing(&text) { "" } else { text.trim() };
    if text.chars().count() > PROFILE_CHARS as usize {
        return Err(AccountProblem::NoticeTooLong.into());
    }
    Ok(makers::set_profile(&state.db, user_id, (wanted, pictured), text).await?)
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
