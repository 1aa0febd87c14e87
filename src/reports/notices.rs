//! From what somebody wrote about a published picture to a case.

use super::{
    api::Notice,
    cases::{FULL_RETRY_AFTER_S, check_email},
};
use crate::{
    error::{AccountProblem, AppError},
    model::{
        folding::says_nothing,
        limits::{NOTICE_CHARS, NOTICES_PER_CASE, PERSON_NAME_CHARS},
        notice::Reason,
        typed,
    },
    server::{
        Context,
        kept_forms::{self, Typed},
        mail, secrets,
    },
    store::{
        notices::{self, Kept},
        unfounded,
    },
};

/// Keeps a notice and returns its number.
/// `lang` is the code of the page's language.
pub async fn take(context: &Context, notice: &Notice, lang: &str) -> Result<String, AppError> {
    let state = &context.state;
    let about = notices::reported(&state.db, &notice.image, state.clock.now_ms()).await?;
    let about = about.ok_or(AppError::NotFound)?;
    // Whoever does not want a picture of their own to be public takes it back.
    if context
        .user()
        .await?
        .is_some_and(|user| user.id == about.user_id)
    {
        return Err(AppError::NotFound);
    }
    // Before anything of it is kept.
    if let Some(address) = context.client() {
        let waited = state.limits.report(state, address).await;
        waited.map_err(|retry_after_s| AppError::TooMany { retry_after_s })?;
    }
    let checked = check(notice)?;
    let (id, case_id) = (secrets::random_slug(), uuid::Uuid::now_v7().to_string());
    let now_ms = state.clock.now_ms();
    let written = notices::Written {
        id: &id,
        case_id: &case_id,
        image_id: &about.id,
        reason: checked.reason,
        explanation: &checked.explanation,
        name: &checked.name,
        email: &checked.email,
        signature: &checked.signature,
        due_at_ms: now_ms + checked.reason.due_ms(),
        order_id: None,
        most: NOTICES_PER_CASE,
    };
    if !checked.reason.is_always_read()
        && unfounded::is_unread(&state.db, &state.key.reporter(&checked.email), now_ms).await?
    {
        notices::insert_unread(&state.db, &written, now_ms).await?;
        return Ok(id);
    }
    let mails = mail::of_notice(state, &written, lang);
    match notices::insert(&state.db, &written, mails, now_ms).await? {
        Kept::Kept => {}
        Kept::NoSuchPicture => return Err(AppError::NotFound),
        Kept::Full => {
            let retry_after_s = FULL_RETRY_AFTER_S;
            return Err(AppError::TooMany { retry_after_s });
        }
    }
    state.statistics.count("notice");
    tracing::warn!(
        reason = checked.reason.as_str(),
        "a notice about a public picture has come"
    );
    Ok(id)
}

/// A notice that can be kept.
struct Checked {
    reason: Reason,
    explanation: String,
    name: String,
    email: String,
    signature: String,
}

fn check(notice: &Notice) -> Result<Checked, AppError> {
    let reason = Reason::parse(&notice.reason).ok_or(AccountProblem::NoticeEmpty)?;
    let explanation = typed::lines(&notice.explanation).trim().to_owned();
    if says_nothing(&explanation) {
        return Err(AccountProblem::NoticeEmpty.into());
    }
    let is_longer = |text: &str, limit: u32| text.chars().count() > limit as usize;
    let (name, signature) = (typed::line(&notice.name), typed::line(&notice.signature));
    if is_longer(&explanation, NOTICE_CHARS)
        || is_longer(&name, PERSON_NAME_CHARS)
        || is_longer(&signature, PERSON_NAME_CHARS)
    {
        return Err(AccountProblem::NoticeTooLong.into());
    }
    let email = notice.email.trim().to_owned();
    check_email(&email)?;
    if reason.asks_who() && (says_nothing(&name) || email.is_empty()) {
        return Err(AccountProblem::ContactMissing.into());
    }
    if reason.asks_signature() && says_nothing(&signature) {
        return Err(AccountProblem::SignatureMissing.into());
    }
    if notice.good_faith != "on" {
        return Err(AccountProblem::NotConfirmed.into());
    }
    Ok(Checked {
        reason,
        explanation,
        name,
        email,
        // Asked of nobody else, and so kept of nobody else.
        signature: match reason.asks_signature() {
            true => signature,
            false => String::new(),
        },
    })
}

/// Keeps what was typed into a form that is refused; the key by which its page finds it.
pub fn keep(context: &Context, notice: &Notice) -> String {
    let key = secrets::random_slug();
    let typed = Typed::new([
        ("reason", &notice.reason),
        ("explanation", &notice.explanation),
        ("name", &notice.name),
        ("email", &notice.email),
        ("signature", &notice.signature),
    ]);
    kept_forms::keep_of_stranger(&kept_key(&key), typed, context.state.clock.now_ms());
    key
}

/// What was typed into the form of this key.
pub(super) fn kept(context: &Context, key: &str) -> Typed {
    kept_forms::about(&kept_key(key), context.state.clock.now_ms())
}

fn kept_key(key: &str) -> String {
    format!("notice:{key}")
}
