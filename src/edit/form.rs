//! `POST /edits`: the edit's form as it comes, and its answer. What is refused leads back
//! to the page, which has the words again; a stranger's wait until they have signed in.

use super::send::{self, Sent};
use crate::{
    error::{AppError, Problem},
    i18n,
    model::limits::TEXT_OF_FORM_MAX,
    references::door,
    routes::{self, PagePath, Route},
    server::{
        AppState,
        client_addr::ClientAddr,
        context::{accepts_html, localised},
        kept_forms::{self, Typed},
        multipart::{Form, Part},
        plain_page, secrets,
        session::Visitor,
    },
};
use axum::{
    Extension,
    extract::{Request, State},
    response::Response,
};
use std::net::IpAddr;

/// More fields than the form has.
const FIELDS_MAX: usize = 40;
/// The longest id or number, in characters.
const WORD_MAX: usize = 64;

/// The name in the query of the key under which a stranger's words wait.
pub(super) const KEPT: &str = "kept";
/// The name in the query of the edit that was sent.
pub(super) const JOB: &str = "job";

/// Takes the form and goes to where the edit can be followed.
pub async fn send(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Extension(ClientAddr(client)): Extension<ClientAddr>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let door = match door::open(&state, &visitor, request, accepts_html(&headers)).await {
        Ok(door) => door,
        Err(error) => return plain_page::error(&headers, &error),
    };
    let Some(form) = door.form else {
        let lang = i18n::code(plain_page::locale(&headers));
        let next = localised(lang, Route::Create);
        return plain_page::see_other(&localised(lang, Route::sign_in_to(&next)));
    };
    let mut sent = Sent::default();
    let read = read(&state, door.user.is_some(), form, &mut sent).await;
    let Some(user) = door.user else {
        return sign_in_first(&state, client, &sent).await;
    };
    let key = kept_key(&user.id, &sent.image);
    let done = match read {
        Ok(()) => send::take(&state, &user, &sent).await,
        Err(error) => Err(error),
    };
    let page = routes::edit(&sent.image);
    match done {
        Ok(job) => {
            kept_forms::forget(&key);
            back(&sent, page.with(JOB, &job))
        }
        Err(error) => {
            kept_forms::keep(&key, sent.typed(), state.clock.now_ms());
            let codes = error.to_query();
            let codes: String = url::form_urlencoded::byte_serialize(codes.as_bytes()).collect();
            back(&sent, page.with("error", &codes))
        }
    }
}

/// The words of somebody whose session has ended wait for some minutes, under a key that
/// only the way back to the page has.
async fn sign_in_first(state: &AppState, client: IpAddr, sent: &Sent) -> Response {
    let mut page = routes::edit(&sent.image);
    if state.limits.sign_in(state, client).await.is_ok() {
        let key = secrets::random_slug();
        let now_ms = state.clock.now_ms();
        kept_forms::keep_of_stranger(&stranger_key(&key), sent.typed(), now_ms);
        page = page.with(KEPT, &key);
    }
    let next = localised(&sent.lang, page);
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    back(sent, Route::sign_in_to(&next))
}

/// What was typed into the form and not sent: by this person, or before they signed in.
pub(super) fn typed(state: &AppState, user_id: &str, image: &str, kept: &str) -> Typed {
    let now_ms = state.clock.now_ms();
    let waited = match kept {
        "" => None,
        key => kept_forms::find(&stranger_key(key), now_ms),
    };
    waited.unwrap_or_else(|| kept_forms::about(&kept_key(user_id, image), now_ms))
}

fn kept_key(user_id: &str, image: &str) -> String {
    format!("edit:{user_id}:{image}")
}

fn stranger_key(key: &str) -> String {
    format!("edit:{key}")
}

fn back(sent: &Sent, page: PagePath) -> Response {
    // What no header can carry is no address of ours.
    let page = match page.as_str().bytes().all(|byte| byte.is_ascii_graphic()) {
        true => page,
        false => Route::Home.path(),
    };
    plain_page::see_other(&localised(&sent.lang, page))
}

/// Reads the form to its end. Of a stranger's, a mask is of no use.
async fn read(
    state: &AppState,
    known: bool,
    mut form: Form,
    sent: &mut Sent,
) -> Result<(), AppError> {
    let (mut fields, mut text) = (0, 0);
    while let Some(mut part) = form.next_part().await? {
        fields += 1;
        if fields > FIELDS_MAX {
            return Err(Problem::Malformed.into());
        }
        let name = part.name().to_owned();
        match (name.as_str(), known) {
            ("mask_file", true) => {
                if let Some(received) = state.incoming.receive(&mut part).await? {
                    sent.mask = Some(received);
                }
            }
            ("mask_file", false) => part.skip().await?,
            _ => take_text(&name, part, sent, &mut text).await?,
        }
    }
    Ok(())
}

async fn take_text(
    name: &str,
    mut part: Part<'_>,
    sent: &mut Sent,
    read: &mut usize,
) -> Result<(), AppError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await? {
        *read += chunk.len();
        if *read > TEXT_OF_FORM_MAX {
            return Err(Problem::Malformed.into());
        }
        bytes.extend_from_slice(&chunk);
    }
    // Browsers end lines in multipart forms as mail does.
    let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
    if name == "words" {
        sent.words = text;
        return Ok(());
    }
    let word: String = text.chars().take(WORD_MAX).collect();
    match name {
        "image" => sent.image = word,
        "request_key" => sent.request_key = word,
        "lang" => sent.lang = word,
        "keep" => sent.keep = word == "on",
        "age" => sent.age = word == "on",
        "shape" => sent.ellipse = word == "ellipse",
        "left" => sent.rectangle[0] = word,
        "top" => sent.rectangle[1] = word,
        "width" => sent.rectangle[2] = word,
        "height" => sent.rectangle[3] = word,
        _ => {}
    }
    Ok(())
}
