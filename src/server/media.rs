//! Pictures over HTTP: private ones to their owner alone, published ones at
//! random addresses that end when they are unpublished.

mod public;

pub use public::{public, veil};

use super::{
    AppState, archive, cards, incident,
    objects::{FileError, ObjectKey, Stream},
    plain_page,
    ranges::{self, Asked},
    renditions,
};
use crate::{
    error::AppError,
    routes,
    server::session::Visitor,
    store::images::{self, Image},
};
use axum::{
    Extension,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::borrow::Cow;

/// For what only its owner may see: it leaves no copy on a shared computer.
pub const NO_STORE: HeaderValue = HeaderValue::from_static("private, no-store");
/// Published pictures may be unpublished: a cache that many share asks again
/// after seconds, and a reader's own browser after minutes.
const MINUTES: HeaderValue = HeaderValue::from_static("public, max-age=300, s-maxage=2");

/// What the name of an image API's own answer begins with.
const ANSWER: &str = "answer.";

/// The circle of those who may keep a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// Anybody, for minutes.
    Public,
    /// Nobody.
    Private,
}

/// The address of a rendition: the private one for its owner, else the public one.
pub fn rendition_address(image: &Image, owner: bool, width: u32) -> String {
    file_address(image, owner, &format!("{width}.webp"))
}

/// The address of the original, private or public as a rendition's.
pub fn original_address(image: &Image, owner: bool) -> String {
    file_address(image, owner, &format!("original.{}", image.format))
}

/// The address of what the image API itself sent for a picture that was put together with
/// it: for its owner alone, because the rest of it is nothing they have shown to anybody.
pub fn answer_address(image: &Image) -> Option<String> {
    let format = &image.answer.as_ref()?.format;
    Some(routes::file(&image.id, &format!("{ANSWER}{format}")))
}

fn file_address(image: &Image, owner: bool, file: &str) -> String {
    let slug = image.public_slug.as_ref().or(image.unlisted_slug.as_ref());
    match (slug, owner) {
        (Some(key), false) => routes::media(key, file),
        _ => routes::file(&image.id, file),
    }
}

/// The tag of a picture's file; `None` for a name that it has not.
fn etag(image: &Image, file: &str, cache: Cache) -> Option<HeaderValue> {
    use ObjectKey::{Composite, Original};
    let whole = matches!(
        key_of(image, file, cache)?,
        Original { .. } | Composite { .. }
    );
    let answer = image.answer.as_ref().filter(|_| file.starts_with(ANSWER));
    // Where the original stands in for a rendition, it is another answer.
    let shown = if whole { "original" } else { file };
    let sha256 = answer.map_or(&image.sha256, |answer| &answer.sha256);
    let sha256 = &sha256[..sha256.len().min(32)];
    HeaderValue::from_str(&format!("\"{sha256}-{shown}\"")).ok()
}

/// `/files/{id}/{file}`: a picture of the signed-in person.
pub async fn private(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Path((id, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    // Session and picture in one look-up: a page shows dozens of these.
    let look = async || match visitor.session_id() {
        Some(session) => images::of_session(&state.db, &id, &session, state.clock.now_ms()).await,
        None => Ok(None),
    };
    let found = match look().await {
        Ok(Some(image)) => renditions::awaited(&state, image, &file, look()).await,
        found => found,
    };
    match found {
        Ok(Some(image)) => serve(&state, &image, &file, &headers, Cache::Private).await,
        Ok(None) => plain_page::error(&headers, &AppError::NotFound),
        Err(error) => plain_page::error(&headers, &error.into()),
    }
}

/// `/avatar/{user}`: the signed-in person's own picture.
pub async fn avatar(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Path(user_id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match visitor.user(&state).await {
        Ok(Some(user)) if user.id == user_id => {
            let key = ObjectKey::Avatar { user: &user.id };
            stream(&state, key, &headers, Cache::Private).await
        }
        Ok(_) => plain_page::error(&headers, &AppError::NotFound),
        Err(error) => plain_page::error(&headers, &error),
    }
}

/// Whether the browser says that it has the answer of this tag.
pub fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let own = bare(etag);
    let said = headers.get_all(header::IF_NONE_MATCH).into_iter();
    said.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim() == "*" || bare(tag) == own)
}

async fn serve(
    state: &AppState,
    image: &Image,
    file: &str,
    headers: &HeaderMap,
    cache: Cache,
) -> Response {
    let (Some(key), Some(etag)) = (key_of(image, file, cache), etag(image, file, cache)) else {
        return plain_page::error(headers, &AppError::NotFound);
    };
    let download = file.starts_with("original.") || file.starts_with(ANSWER);
    if etag.to_str().is_ok_and(|etag| is_known(headers, etag)) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        picture_headers(&mut response, key.content_type(), cache);
        response.headers_mut().insert(header::ETAG, etag);
        return response;
    }
    let headers = &with_range_of(headers, &etag);
    let mut response = match key {
        ObjectKey::Card { .. } => cards::stream(state, image, key, headers).await,
        _ => stream(state, key, headers, cache).await,
    };
    if response.status().is_success() {
        response.headers_mut().insert(header::ETAG, etag);
        if image.widths.is_empty() && image.renditions_coming && !download {
            // It stands in for what will be there within moments.
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, NO_STORE);
        }
        if download {
            let ending = match file.strip_prefix(ANSWER) {
                Some(format) => format!("-answer.{format}"),
                None => format!(".{}", image.format),
            };
            let name = format!("attachment; filename=\"imgc-{}{ending}\"", image.id);
            if let Ok(name) = HeaderValue::from_str(&name) {
                response
                    .headers_mut()
                    .insert(header::CONTENT_DISPOSITION, name);
            }
        }
    }
    response
}

/// The object a file name stands for: only names the picture has. While it has no
/// renditions, each of their names stands for the original. A card is for other
/// sites alone, so that there is none while the picture is not public, or sensitive.
fn key_of<'a>(image: &'a Image, file: &str, cache: Cache) -> Option<ObjectKey<'a>> {
    if file == cards::FILE && cache == Cache::Public {
        let is_there = !image.sensitive && image.public_slug.is_some();
        return is_there.then_some(ObjectKey::Card { image: &image.id });
    }
    let (stem, extension) = file.split_once('.')?;
    if stem == "original" && extension == image.format {
        return Some(archive::original(image));
    }
    if let (Some(format), Cache::Private) = (file.strip_prefix(ANSWER), cache) {
        let sent = image.answer.as_ref();
        let sent = sent.filter(|sent| sent.format == format);
        return sent.and_then(|_| archive::answer_of(image));
    }
    let width: u32 = stem.parse().ok()?;
    if extension != "webp" {
        return None;
    }
    if image.widths.is_empty() {
        return Some(archive::original(image));
    }
    let known = image.widths.contains(&width);
    known.then_some(ObjectKey::Rendition {
        image: &image.id,
        width,
    })
}

/// Streams an object, with the headers that keep it a picture.
pub async fn stream(
    state: &AppState,
    key: ObjectKey<'_>,
    headers: &HeaderMap,
    cache: Cache,
) -> Response {
    // Under a condition that nobody has answered, the whole is sent.
    let range = headers
        .get(header::RANGE)
        .filter(|_| !headers.contains_key(header::IF_RANGE));
    let streamed = match range {
        None => state.objects.stream(key).await.map(whole),
        Some(range) => in_part(state, key, range).await,
    };
    match streamed {
        Err(FileError::Missing) => plain_page::error(headers, &AppError::NotFound),
        Err(error) => plain_page::error(headers, &incident::internal("object store", &error)),
        Ok(mut response) => {
            if response.status().is_success() {
                picture_headers(&mut response, key.content_type(), cache);
            } else {
                // It says nothing of the picture, and is nobody's to keep.
                response
                    .headers_mut()
                    .insert(header::CACHE_CONTROL, NO_STORE);
            }
            response
                .headers_mut()
                .insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
            response
        }
    }
}

fn whole((length, body): (u64, Stream)) -> Response {
    let mut response = Response::new(Body::from_stream(body));
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}

/// The part of an object that this header asks for; the whole of it where it asks
/// for nothing that is sent in part.
async fn in_part(
    state: &AppState,
    key: ObjectKey<'_>,
    range: &HeaderValue,
) -> Result<Response, FileError> {
    let size = state.objects.size(key).await?;
    let (status, part) = match ranges::asked(range, size) {
        Asked::Whole => return state.objects.stream(key).await.map(whole),
        Asked::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Asked::Nothing => (StatusCode::RANGE_NOT_SATISFIABLE, 0..0),
    };
    let said = ranges::header(&part, size);
    let mut response = if part.is_empty() {
        Response::new(Body::empty())
    } else {
        let length = part.end - part.start;
        whole((length, state.objects.stream_part(key, part).await?))
    };
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_RANGE, said);
    Ok(response)
}

/// The headers as they are to be read for a file of this tag: a part is wanted only
/// of the very bytes that the client has a part of (RFC 9110, 13.1.5).
fn with_range_of<'a>(headers: &'a HeaderMap, etag: &HeaderValue) -> Cow<'a, HeaderMap> {
    match headers.get(header::IF_RANGE) {
        Some(condition) if condition == etag => {
            let mut answered = headers.clone();
            answered.remove(header::IF_RANGE);
            Cow::Owned(answered)
        }
        _ => Cow::Borrowed(headers),
    }
}

/// Headers that keep picture bytes from being anything but a picture.
pub fn picture_headers(response: &mut Response, content_type: &'static str, cache: Cache) {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'; frame-ancestors 'none'"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        match cache {
            Cache::Public => MINUTES,
            Cache::Private => NO_STORE,
        },
    );
}
