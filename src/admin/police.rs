//! Passing a case to the police: who did, what, when and why is noted, and where a law
//! demands it a sealed copy of picture and facts is kept for a time, which is opened for
//! an authority alone.

use super::{case_decisions, decisions::require_fresh_admin};
use crate::{
    error::{AccountProblem, AppError, Problem},
    model::{
        folding::says_nothing,
        limits::{NOTICE_CHARS, RULE_CHARS, SEALED_MS},
        offence::Offence,
        typed,
    },
    server::{
        AppState, Context, archive, incident, ledger, media::NO_STORE, objects::FileError,
        objects::ObjectKey, plain_page, sealing, session::Visitor,
    },
    store::{
        cases::Whole,
        reports::Act,
        sealed::{self, Report},
        users::{self, User},
    },
    ui::format,
};
use axum::{
    Extension,
    extract::{Form, Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use std::io::{Cursor, Write};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

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
/// the last minutes, and seals a copy where a law demands one.
pub async fn pass(context: &Context, admin: &User, form: &Passing) -> Result<(), AppError> {
    let state = &context.state;
    let whole = case_decisions::case(context, admin, &form.id).await?;
    let words = typed::lines(&form.words).trim().to_owned();
    if says_nothing(&words) {
        return Err(AccountProblem::ReasonEmpty.into());
    }
    if words.chars().count() > NOTICE_CHARS as usize {
        return Err(AccountProblem::NoticeTooLong.into());
    }
    let offence = Offence::parse(&form.offence).ok_or(Problem::Malformed)?;
    let now_ms = state.clock.now_ms();
    let report = Report {
        id: uuid::Uuid::now_v7().to_string(),
        at_ms: now_ms,
        admin: ledger::name_of(&admin.id),
        offence,
        authority: line(&form.authority)?,
        file_reference: line(&form.file_reference)?,
        words,
        sealed_until_ms: offence.sealed_ms().map(|kept_ms| now_ms + kept_ms),
    };
    if report.sealed_until_ms.is_some() {
        // First: a copy without a row is found by the daily comparison and goes.
        seal(state, &whole, &report).await?;
    }
    let reason = format!(
        "{}: {}, {}",
        offence.as_str(),
        report.authority,
        report.file_reference
    );
    let act = case_decisions::act(state, admin, PASSED, &whole.case.user_id, &reason);
    let act_id = uuid::Uuid::now_v7().to_string();
    match sealed::pass(&state.db, &form.id, &report, &act_id, &act).await? {
        true => Ok(()),
        false => Err(AppError::NotFound),
    }
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

async fn seal(state: &AppState, whole: &Whole, report: &Report) -> Result<(), AppError> {
    let image = sealed::picture(&state.db, &whole.case.id).await?;
    let original = match &image {
        Some(image) => match state.objects.read(archive::original(image)).await {
            Ok(bytes) => Some((format!("original.{}", image.format), bytes)),
            Err(FileError::Missing) => None,
            Err(error) => return Err(incident::internal("object store", &error)),
        },
        None => None,
    };
    let facts = facts(state, whole, report, image.as_ref()).await?;
    let packed = packed(
        original
            .as_ref()
            .map(|(name, bytes)| (name.as_str(), &bytes[..])),
        &facts,
    );
    let packed = packed.map_err(|error| incident::internal("a sealed copy", &error))?;
    let sealed = sealing::seal(&state.key, &report.id, &packed);
    let sealed = sealed.ok_or_else(|| incident::internal("a sealed copy", &"it is too large"))?;
    let key = ObjectKey::Sealed { copy: &report.id };
    let put = state.objects.put(key, sealed.into()).await;
    put.map_err(|error| incident::internal("object store", &error))
}

/// What is known of the picture, its owner and who told of it, as JSON.
async fn facts(
    state: &AppState,
    whole: &Whole,
    report: &Report,
    image: Option<&crate::store::images::Image>,
) -> Result<String, AppError> {
    let case = &whole.case;
    let account = users::account(&state.db, &case.user_id).await?;
    let notices: Vec<serde_json::Value> = whole
        .notices
        .iter()
        .map(|notice| {
            serde_json::json!({
                "number": notice.id,
                "reason": notice.reason.map(crate::model::notice::Reason::as_str),
                "explanation": notice.explanation,
                "name": notice.name,
                "email": notice.email,
                "received_at": format::iso(notice.created_at_ms),
            })
        })
        .collect();
    let facts = serde_json::json!({
        "sealed_at": format::iso(report.at_ms),
        "offence": report.offence.as_str(),
        "authority": report.authority,
        "file_reference": report.file_reference,
        "why": report.words,
        "case": case.id,
        "picture": {
            "id": case.about,
            "made_at": image.map(|image| format::iso(image.created_at_ms)),
            "published_at": image.and_then(|image| image.published_at_ms).map(format::iso),
            "sha256": image.map(|image| image.sha256.clone()),
            "words": image.map(|image| image.prompt.0.clone()),
            "model": image.map(|image| image.model.clone()),
        },
        "account": account.map(|account| serde_json::json!({
            "id": case.user_id,
            "name": account.name,
            "handle": account.handle,
            "email": account.email,
            "provider": account.issuer,
            "id_at_provider": account.subject,
            "since": format::iso(account.created_at_ms),
            "last_sign_in_at": format::iso(account.last_sign_in_at_ms),
        })),
        "notices": notices,
    });
    Ok(format!("{facts:#}\n"))
}

fn packed(original: Option<(&str, &[u8])>, facts: &str) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    archive.start_file("facts.json", options)?;
    archive.write_all(facts.as_bytes())?;
    if let Some((name, bytes)) = original {
        archive.start_file(name, options)?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
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
