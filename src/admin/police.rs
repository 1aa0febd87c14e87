//! Passing a case to the police: who did, what, when and why is noted, and where a law
//! demands it a sealed copy of picture and facts is kept for a time, which is opened for
//! an authority alone.

use super::{
    case_decisions,
    decisions::{require_admin, require_fresh_admin},
    sealed_copy,
};
use crate::{
    error::{AccountProblem, AppError, Problem},
    model::{
        folding::says_nothing,
        limits::{NOTICE_CHARS, RULE_CHARS, SEALED_MS},
        offence::Offence,
        typed,
    },
    server::{
        AppState, Context, incident,
        kept_forms::{self, Typed},
        ledger,
        media::NO_STORE,
        objects::ObjectKey,
        plain_page, sealing,
        session::Visitor,
    },
    store::{
        reports::Act,
        sealed::{self, Report},
        users::User,
    },
};
use axum::{
    Extension,
    extract::{Form, Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

/// The record's words for what was done.
pub(super) const PASSED: &str = "passed to the police";
pub(super) const UNSEALED: &str = "sealed copy opened";
pub(super) const EXTENDED: &str = "sealed copy kept longer";

/// The form by which a case is passed on.
pub struct Passing {
    /// The case.
    pub id: String,
    /// The word of what it is passed on for.
    pub offence: String,
    /// To whom.
    pub authority: String,
    /// Their reference, or ours.
    pub file_reference: String,
    /// Why.
    pub words: String,
}

/// Notes that a case was passed to the police, by an administrator who signed in during
/// the last minutes, and seals a copy where a law demands one. Sent twice it is one; until
/// it is noted the form is kept, so that a refusal loses nothing of it.
pub async fn pass(context: &Context, admin: &User, form: &Passing) -> Result<(), AppError> {
    let state = &context.state;
    require_admin(state, admin).await?;
    let key = kept_key(admin, &form.id);
    let typed = Typed::new([
        ("offence", &form.offence),
        ("authority", &form.authority),
        ("file_reference", &form.file_reference),
        ("words", &form.words),
    ]);
    kept_forms::keep(&key, typed, state.clock.now_ms());
    let whole = case_decisions::case(context, admin, &form.id).await?;
    let mut report = read(state, admin, form)?;
    if sealed::is_passed(&state.db, &report.id).await? {
        kept_forms::forget(&key);
        return Ok(());
    }
    if report.sealed_until_ms.is_some() {
        // First: a copy without a row is found by the daily comparison and goes.
        let hidden = whole.case.user_id == admin.id;
        report.inside = Some(sealed_copy::seal(state, &whole, hidden, &report).await?);
    }
    let reason = format!(
        "{}: {}, {}",
        report.offence.as_str(),
        report.authority,
        report.file_reference
    );
    let act = case_decisions::act(state, admin, PASSED, &whole.case.user_id, &reason);
    let act = Act {
        at_ms: report.at_ms,
        ..act
    };
    let act_id = uuid::Uuid::now_v7().to_string();
    let noted = sealed::pass(&state.db, &form.id, &report, &act_id, &act).await?;
    // Somebody who pressed twice was faster with the other.
    if !noted && !sealed::is_passed(&state.db, &report.id).await? {
        return Err(AppError::NotFound);
    }
    kept_forms::forget(&key);
    Ok(())
}

/// Reads the form, which says nothing of a sealed copy's inside.
fn read(state: &AppState, admin: &User, form: &Passing) -> Result<Report, AppError> {
    let words = typed::lines(&form.words).trim().to_owned();
    if says_nothing(&words) {
        return Err(AccountProblem::ReasonEmpty.into());
    }
    if words.chars().count() > NOTICE_CHARS as usize {
        return Err(AccountProblem::NoticeTooLong.into());
    }
    let offence = Offence::parse(&form.offence).ok_or(Problem::Malformed)?;
    let authority = line(&form.authority)?;
    let file_reference = line(&form.file_reference)?;
    let now_ms = state.clock.now_ms();
    let texts = [
        PASSED,
        form.id.as_str(),
        offence.as_str(),
        authority.as_str(),
        file_reference.as_str(),
        words.as_str(),
    ];
    Ok(Report {
        id: state.key.id_of(&texts),
        at_ms: now_ms,
        admin: ledger::name_of(&admin.id),
        offence,
        sealed_until_ms: offence.sealed_ms().map(|kept_ms| now_ms + kept_ms),
        authority,
        file_reference,
        words,
        inside: None,
    })
}

/// What this administrator typed into the form of this case.
pub(super) fn kept(context: &Context, admin: &User, case_id: &str) -> Typed {
    kept_forms::about(&kept_key(admin, case_id), context.state.clock.now_ms())
}

fn kept_key(admin: &User, case_id: &str) -> String {
    format!("police:{}:{case_id}", admin.id)
}

/// A line that must say something.
fn line(text: &str) -> Result<String, AppError> {
    let text = typed::line(text);
    if says_nothing(&text) {
        return Err(AccountProblem::ReasonEmpty.into());
    }
    match text.chars().count() > RULE_CHARS as usize {
        true => Err(AccountProblem::NoticeTooLong.into()),
        false => Ok(text),
    }
}

/// Keeps a sealed copy for longer, once, by an authority's order, which is noted.
pub async fn extend(
    context: &Context,
    admin: &User,
    id: &str,
    authority: &str,
    file_reference: &str,
) -> Result<(), AppError> {
    let state = &context.state;
    require_fresh_admin(state, &context.visitor, admin).await?;
    let act = sealed_act(state, admin, EXTENDED, &[authority, file_reference])?;
    let act_id = uuid::Uuid::now_v7().to_string();
    match sealed::extend(&state.db, id, SEALED_MS, &act_id, &act).await? {
        true => Ok(()),
        false => Err(AppError::TooLate),
    }
}

/// An act about a sealed copy, whose reason is made of these lines.
fn sealed_act(
    state: &AppState,
    admin: &User,
    word: &str,
    reasons: &[&str],
) -> Result<Act, AppError> {
    let reasons: Result<Vec<String>, AppError> = reasons.iter().map(|text| line(text)).collect();
    Ok(Act {
        at_ms: state.clock.now_ms(),
        admin: ledger::name_of(&admin.id),
        subject: String::new(),
        act: word.to_owned(),
        reason: reasons?.join(", "),
    })
}

/// The form by which a sealed copy is opened.
#[derive(serde::Deserialize)]
pub(super) struct Opening {
    /// For whom.
    #[serde(default)]
    authority: String,
    /// Their reference.
    #[serde(default)]
    file_reference: String,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Opens a sealed copy for an authority, by an administrator who signed in during the
/// last minutes; that it is opened, for whom and why is noted first.
pub(super) async fn open(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    Form(form): Form<Opening>,
) -> Response {
    match opened(&state, &visitor, &id, &form).await {
        Ok(packed) => {
            let mut response = packed.into_response();
            let name = format!("attachment; filename=\"imgc-sealed-{id}.zip\"");
            let kind = HeaderValue::from_static("application/zip");
            let answer = response.headers_mut();
            answer.insert(header::CONTENT_TYPE, kind);
            answer.insert(header::CACHE_CONTROL, NO_STORE);
            if let Ok(name) = HeaderValue::from_str(&name) {
                answer.insert(header::CONTENT_DISPOSITION, name);
            }
            response
        }
        Err(error) => plain_page::error(&headers, &error).into_response(),
    }
}

async fn opened(
    state: &AppState,
    visitor: &Visitor,
    id: &str,
    form: &Opening,
) -> Result<Vec<u8>, AppError> {
    let admin = visitor.user(state).await?.ok_or(AppError::NotFound)?;
    require_fresh_admin(state, visitor, &admin).await?;
    // As with their own case: nobody learns who told of them.
    if case_decisions::has_others(state, &admin)
        && sealed::is_about(&state.db, id, &admin.id).await?
    {
        return Err(AppError::NotFound);
    }
    let reasons = [
        form.authority.as_str(),
        form.file_reference.as_str(),
        form.reason.as_str(),
    ];
    let act = sealed_act(state, &admin, UNSEALED, &reasons)?;
    let act_id = uuid::Uuid::now_v7().to_string();
    if !sealed::opened(&state.db, id, &act_id, &act).await? {
        return Err(AppError::NotFound);
    }
    let read = state.objects.read(ObjectKey::Sealed { copy: id }).await;
    let sealed = read.map_err(|error| incident::internal("object store", &error))?;
    sealing::open(&state.key, id, &sealed)
        .ok_or_else(|| incident::internal("a sealed copy", &"another key sealed it"))
}
