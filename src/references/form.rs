//! `POST /uploads`: the composer's form, sent for its pictures.
//!
//! Adding, removing, reordering and masking are buttons of the composer's own
//! form (`formaction`), so that whatever is typed comes along and is kept as
//! the draft: without a script the answer is the composer again, nothing lost.
//! Scripts post the very same form and ask for the list alone, so that both roads
//! have one set of rules. Of theirs only the pictures are kept, because the rest of the
//! form is kept as it is filled in.

mod apply;

use super::{
    door, intake,
    tray::{Refusal, Tray, to_query},
};
use crate::{
    error::{AppError, UploadProblem},
    i18n,
    model::{draft::Draft, limits::TEXT_OF_FORM_MAX},
    routes::{PagePath, Route},
    server::{
        AppState,
        client_addr::ClientAddr,
        context::{accepts_html, localised},
        drafts,
        incoming::Received,
        multipart::{Form, Part},
        plain_page,
        session::{Visitor, keep_draft},
    },
    store::{uploads::Upload, users::User},
};
pub(super) use apply::apply_and_keep;
use apply::apply_to_kept;
use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use serde_json::{Map, Value};
use std::net::IpAddr;

/// More fields than the composer has.
const FIELDS_MAX: usize = 100;

/// The form as it was read.
#[derive(Default)]
pub(super) struct Sent {
    draft: Map<String, Value>,
    /// The fields of the share target: title, text, address.
    shared: Vec<String>,
    /// The bytes of all text fields so far.
    text: usize,
    /// The pressed button's value: `remove:ID`, `earlier:ID`, `picture:ID`, `unmask`, `unparent`.
    change: String,
    lang: String,
    age: bool,
    /// The uploads added, in order.
    added: Vec<Upload>,
    refused: Vec<Refusal>,
    files: u32,
    mask: Option<Result<Received, UploadProblem>>,
}

impl Sent {
    /// A form that adds to a draft there is.
    pub(super) fn upon(draft: &Draft) -> Sent {
        let references = Value::String(draft.references.clone());
        Sent {
            draft: Map::from_iter([("references".to_owned(), references)]),
            ..Sent::default()
        }
    }

    /// The earlier prompt followed by the shared words; nothing is replaced.
    pub(super) fn with_shared_words(&self, before: &str) -> String {
        let shared = self.shared.iter().map(|text| text.trim());
        let parts: Vec<&str> = std::iter::once(before.trim())
            .chain(shared)
            .filter(|text| !text.is_empty())
            .collect();
        parts.join("\n")
    }
}

/// Answers the form.
pub async fn change(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Extension(ClientAddr(client)): Extension<ClientAddr>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let html = accepts_html(&headers);
    let door = match door::open(&state, &visitor, request, html).await {
        Ok(door) => door,
        Err(error) => return plain_page::error(&headers, &error),
    };
    let Some(form) = door.form else {
        let lang = i18n::code(plain_page::locale(&headers));
        return sign_in_first(&state, client, &headers, lang, None).await;
    };
    let mut sent = Sent::default();
    let read = read(&state, door.user.as_ref(), form, &mut sent).await;
    let mut draft = draft(std::mem::take(&mut sent.draft));
    let Some(user) = door.user else {
        return sign_in_first(&state, client, &headers, &sent.lang, Some(&draft)).await;
    };
    let done = async {
        read?;
        // The statement asked for once is part of the same form.
        let age = (sent.age && html).then_some(state.config.imgc.minimum_age);
        if html {
            apply_and_keep(&state, &user, &mut sent, &mut draft, age).await
        } else {
            apply_to_kept(&state, &user, &mut sent, draft).await
        }
    };
    let done = done.await;
    answer(&headers, html, &sent.lang, done)
}

/// Reads the form to its end; files become uploads as they come.
pub(super) async fn read(
    state: &AppState,
    user: Option<&User>,
    mut form: Form,
    sent: &mut Sent,
) -> Result<(), AppError> {
    let mut fields = 0;
    while let Some(mut part) = form.next_part().await? {
        fields += 1;
        if fields > FIELDS_MAX {
            return Err(crate::error::Problem::Malformed.into());
        }
        let name = part.name().to_owned();
        match (name.as_str(), user) {
            ("files[]", Some(user)) => take_file(state, user, part, sent).await?,
            ("mask_file", Some(_)) => {
                if let Some(received) = state.incoming.receive(&mut part).await? {
                    sent.mask = Some(received);
                }
            }
            ("files[]" | "mask_file", None) => part.skip().await?,
            _ => take_text(&name, part, sent).await?,
        }
    }
    Ok(())
}

async fn take_text(name: &str, mut part: Part<'_>, sent: &mut Sent) -> Result<(), AppError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await? {
        sent.text += chunk.len();
        if sent.text > TEXT_OF_FORM_MAX {
            return Err(crate::error::Problem::Malformed.into());
        }
        bytes.extend_from_slice(&chunk);
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    // Browsers end lines in multipart forms as mail does.
    let text = text.replace("\r\n", "\n");
    let of_draft = name
        .strip_prefix("draft[")
        .and_then(|n| n.strip_suffix(']'));
    match (name, of_draft) {
        (_, Some(field)) => {
            sent.draft.insert(field.to_owned(), Value::String(text));
        }
        ("title" | "text" | "url", _) => sent.shared.push(text),
        ("change", _) => sent.change = text,
        ("lang", _) => sent.lang = text,
        ("age", _) => sent.age = text == "on",
        _ => {}
    }
    Ok(())
}

async fn take_file(
    state: &AppState,
    user: &User,
    mut part: Part<'_>,
    sent: &mut Sent,
) -> Result<(), AppError> {
    let Some(received) = state.incoming.receive(&mut part).await? else {
        return Ok(());
    };
    sent.files += 1;
    let limit = references_max(state);
    let before = draft(sent.draft.clone()).reference_ids().len();
    let taken = if before + sent.added.len() >= usize::from(limit) {
        Err(UploadProblem::TooMany { limit })
    } else {
        match received {
            Ok(file) => intake::reference(state, &user.id, &file).await?,
            Err(problem) => Err(problem),
        }
    };
    match taken {
        Ok(upload) => sent.added.push(upload),
        Err(problem) => sent.refused.push(Refusal {
            file: sent.files,
            problem: problem.into(),
        }),
    }
    Ok(())
}

/// The most references any model takes; the chosen one's limit is the form's rule.
pub(super) fn references_max(state: &AppState) -> u8 {
    let models = state.config.models.iter();
    models
        .filter_map(|m| m.edits.as_ref())
        .map(|e| e.references_max)
        .max()
        .unwrap_or(0)
}

fn draft(fields: Map<String, Value>) -> Draft {
    serde_json::from_value(Value::Object(fields)).unwrap_or_default()
}

/// A stranger's words wait under the sign-in's cookie, if the address has not
/// left too many there; files are chosen again.
pub(super) async fn sign_in_first(
    state: &AppState,
    client: IpAddr,
    headers: &HeaderMap,
    lang: &str,
    draft: Option<&Draft>,
) -> Response {
    let sign_in = Route::sign_in_to(&localised(lang, Route::Create));
    let mut response = plain_page::see_other(&localised(lang, sign_in));
    if let Some(json) = draft.and_then(drafts::to_json)
        && state.limits.sign_in(state, client).await.is_ok()
        && let Ok(cookie) = keep_draft(state, headers, json).await
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The list for scripts; for a plain form the composer, with what was refused in
/// the address as codes.
pub(super) fn answer(
    headers: &HeaderMap,
    html: bool,
    lang: &str,
    done: Result<Tray, AppError>,
) -> Response {
    let back = |page: PagePath| plain_page::see_other(&localised(lang, page.part("references")));
    let query = |name: &str, codes: &str| {
        let codes: String = url::form_urlencoded::byte_serialize(codes.as_bytes()).collect();
        back(Route::Create.with(name, &codes))
    };
    match done {
        Err(error) if html => query("error", &error.to_query()),
        Err(error) => plain_page::error(headers, &error),
        Ok(tray) if !html => plain_page::value(headers, StatusCode::OK, &tray),
        Ok(tray) if tray.refused.is_empty() => back(Route::Create.path()),
        Ok(tray) => query("refused", &to_query(&tray.refused)),
    }
}
