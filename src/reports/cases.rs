//! From what somebody wrote about a child's account to a case for the administrator.

use crate::{
    error::{AccountProblem, AppError},
    model::{
        folding::says_nothing,
        limits::{NOTICES_PER_CASE, REPORT_ABOUT_CHARS, REPORT_DETAILS_CHARS},
        notice::Reason,
        typed,
    },
    server::{AppState, Context, mail, secrets},
    store::{
        account_notices, images,
        notices::{Kept, Written},
        reports,
    },
};

/// The most characters of an e-mail address (RFC 5321).
pub(super) const EMAIL_CHARS: usize = 320;

/// Refuses what should be an e-mail address and is none; nothing is none either, and is
/// taken.
pub(super) fn check_email(email: &str) -> Result<(), AppError> {
    let is_one_word = !email.contains(|c: char| c.is_whitespace() || c.is_control());
    let is_short = email.chars().count() <= EMAIL_CHARS;
    match email.is_empty() || (email.contains('@') && is_one_word && is_short) {
        true => Ok(()),
        false => Err(AccountProblem::EmailInvalid.into()),
    }
}

/// When to try again while too many reports wait, in seconds.
pub(super) const FULL_RETRY_AFTER_S: u32 = 3600;

/// What somebody wrote.
pub struct Report {
    /// The account: a picture's address, a handle, a name.
    pub about: String,
    /// The reasons, in the reporter's words.
    pub details: String,
    /// Where to answer; empty if nobody wants an answer.
    pub email: String,
}

/// Keeps a report and returns its number.
pub async fn take(context: &Context, report: &Report, lang: &str) -> Result<String, AppError> {
    let state = &context.state;
    if let Some(address) = context.client() {
        let waited = state.limits.report(state, address).await;
        waited.map_err(|retry_after_s| AppError::TooMany { retry_after_s })?;
    }
    let about = typed::line(&report.about);
    let details = typed::lines(&report.details);
    let details = details.trim();
    let email = report.email.trim();
    if says_nothing(&about) {
        return Err(AccountProblem::ReportEmpty.into());
    }
    let is_longer = |text: &str, limit: u32| text.chars().count() > limit as usize;
    if is_longer(&about, REPORT_ABOUT_CHARS) || is_longer(details, REPORT_DETAILS_CHARS) {
        return Err(AccountProblem::ReportTooLong.into());
    }
    check_email(email)?;
    let account = public_account(state, &about).await?;
    let now_ms = state.clock.now_ms();
    let (id, case_id) = (secrets::random_slug(), uuid::Uuid::now_v7().to_string());
    let written = Written {
        id: &id,
        case_id: &case_id,
        image_id: "",
        reason: Reason::ChildAccount,
        explanation: details,
        name: "",
        email,
        signature: "",
        due_at_ms: now_ms + Reason::ChildAccount.due_ms(),
        order_id: None,
        most: NOTICES_PER_CASE,
    };
    let mails = mail::of_notice(state, &written, lang);
    // Whoever wrote it cannot tell the one from the other: that somebody has an account
    // is not for everybody to find out.
    let kept = match &account {
        Some(user_id) => {
            account_notices::insert(&state.db, user_id, &written, mails, now_ms).await?
        }
        None => account_notices::insert_unknown(&state.db, &about, &written, mails, now_ms).await?,
    };
    if kept != Kept::Kept {
        tracing::error!("a report was refused: too many wait for a decision");
        let retry_after_s = FULL_RETRY_AFTER_S;
        return Err(AppError::TooMany { retry_after_s });
    }
    state.statistics.count("notice");
    tracing::warn!("an account was reported as a child's");
    Ok(id)
}

/// The account of a public picture, or of a handle. An e-mail address is looked up by a
/// person: no answer of ours tells whether somebody has an account.
async fn public_account(state: &AppState, text: &str) -> Result<Option<String>, AppError> {
    let text = text.trim();
    if let Some(id) = picture_in(text) {
        let image = images::visible(&state.db, &id, None).await?;
        return Ok(image.map(|(image, _)| image.user_id));
    }
    match text.starts_with('@') {
        true => account_of(state, text).await,
        false => Ok(None),
    }
}

/// The id of the picture whose address this is.
fn picture_in(text: &str) -> Option<String> {
    let last = text.rsplit('/').next().unwrap_or_default();
    let last = last.split(['?', '#']).next().unwrap_or_default();
    uuid::Uuid::parse_str(last).ok().map(|id| id.to_string())
}

/// The account that a picture's address, a handle or an e-mail address names.
pub async fn account_of(state: &AppState, text: &str) -> Result<Option<String>, AppError> {
    let text = text.trim();
    if let Some(id) = picture_in(text) {
        return Ok(reports::owner_of(&state.db, &id).await?);
    }
    if let Some(handle) = text.strip_prefix('@') {
        return Ok(reports::with_handle(&state.db, &handle.to_ascii_lowercase()).await?);
    }
    if text.contains('@') {
        return Ok(reports::with_email(&state.db, text).await?);
    }
    Ok(None)
}
