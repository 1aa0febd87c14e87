//! Files of published and of unlisted pictures, of which small ones are kept in memory.

use super::{Cache, NO_STORE, etag, is_known, serve};
use crate::{
    error::AppError,
    routes,
    server::{
        AppState, cards, incident, kept::Picture, objects::ObjectKey, plain_page, renditions,
    },
    store::images::{self, Image},
};
use axum::{
    body::{Body, to_bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use sha2::{Digest, Sha256};

/// Whether other sites may show an answer.
const ELSEWHERE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// `/media/{slug}/{file}`: a published picture, or an unlisted one, until its address ends.
pub async fn public(
    State(state): State<AppState>,
    Path((slug, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    // A part of a small file is rare, and read where the whole is.
    let whole = !headers.contains_key(header::RANGE);
    // Read before the picture is looked up: it is public in this version, or later.
    let version = state.db.public().current();
    let address = format!("{slug}/{file}");
    let kept = state.kept.pictures.get(&address);
    if let (Some(kept), Some(version)) = (&kept, version)
        && kept.is_public_in(version, state.clock.now_ms())
        && whole
    {
        state.kept.pictures.given();
        return answer_kept(kept, &headers);
    }
    let now_ms = state.clock.now_ms();
    let found = images::by_slug(&state.db, &slug, now_ms).await;
    let image = match found {
        Ok(Some(image)) => image,
        Ok(None) => {
            state.kept.pictures.forget(&address);
            return plain_page::error(&headers, &AppError::NotFound);
        }
        Err(error) => return plain_page::error(&headers, &error.into()),
    };
    let again = images::by_slug(&state.db, &slug, now_ms);
    let image = match renditions::awaited(&state, image, &file, again).await {
        Ok(Some(image)) => image,
        Ok(None) => return plain_page::error(&headers, &AppError::NotFound),
        Err(error) => return plain_page::error(&headers, &error.into()),
    };
    let etag = etag(&image, &file, Cache::Public);
    let as_kept = |kept: &Picture| {
        kept.headers.get(header::ETAG) == etag.as_ref()
            && kept.headers.contains_key(ELSEWHERE) == is_for_elsewhere(&image)
            && kept.until_ms == image.unlisted_until_ms
    };
    if let Some(kept) = kept.filter(|kept| whole && as_kept(kept)) {
        if let Some(version) = version {
            kept.is_still_public(version);
        }
        state.kept.pictures.given();
        return answer_kept(&kept, &headers);
    }
    let mut response = serve(&state, &image, &file, &headers, Cache::Public).await;
    if is_for_elsewhere(&image) && !response.status().is_client_error() {
        let elsewhere = HeaderValue::from_static("cross-origin");
        response.headers_mut().insert(ELSEWHERE, elsewhere);
    }
    let until_ms = image.unlisted_until_ms;
    match version {
        Some(version) => keep(&state, &address, (version, until_ms), response).await,
        None => response,
    }
}

/// `/veil/{id}`: what stands for a sensitive public picture in lists.
pub async fn veil(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let version = state.db.public().current();
    let address = routes::veil(&id);
    let kept = state.kept.pictures.get(&address);
    if let (Some(kept), Some(version)) = (&kept, version)
        && kept.is_public_in(version, state.clock.now_ms())
    {
        state.kept.pictures.given();
        return answer_kept(kept, &headers);
    }
    let image = match images::public_sensitive(&state.db, &id).await {
        Ok(Some(image)) => image,
        Ok(None) => {
            state.kept.pictures.forget(&address);
            return plain_page::error(&headers, &AppError::NotFound);
        }
        Err(error) => return plain_page::error(&headers, &error.into()),
    };
    // Not the picture's own tag, by which somebody who has it would know it.
    let tag = Sha256::digest(format!("veil {}", image.sha256));
    let tag: String = tag.iter().take(16).map(|b| format!("{b:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let key = ObjectKey::Veil { image: &image.id };
    let mut whole = headers.clone();
    whole.remove(header::RANGE);
    let mut response = cards::stream(&state, &image, key, &whole).await;
    if !response.status().is_success() {
        return response;
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    let response = match version {
        Some(version) => keep(&state, &address, (version, None), response).await,
        None => response,
    };
    if is_known(&headers, &tag) {
        let (mut parts, _) = response.into_parts();
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    response
}

/// Whether other sites may show a picture's files: what is public, and no surprise.
fn is_for_elsewhere(image: &Image) -> bool {
    image.public_slug.is_some() && !image.sensitive
}

/// Keeps what a small file was answered with, but for the original, which is asked
/// for to be kept elsewhere.
async fn keep(
    state: &AppState,
    address: &str,
    (version, until_ms): (u64, Option<i64>),
    response: Response,
) -> Response {
    let headers = response.headers();
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    let is_whole = response.status() == StatusCode::OK && headers.contains_key(header::ETAG);
    let is_download = headers.contains_key(header::CONTENT_DISPOSITION);
    let stands_in = headers.get(header::CACHE_CONTROL) == Some(&NO_STORE);
    let is_small = length.is_some_and(|length| state.kept.pictures.takes(length));
    if !is_whole || is_download || stands_in || !is_small {
        return response;
    }
    let (parts, body) = response.into_parts();
    // No longer than it said; a file that breaks off is the client's to notice.
    match to_bytes(body, usize::MAX).await {
        Ok(bytes) => {
            // A copy: what was read may be a part of something larger.
            let own = Bytes::copy_from_slice(&bytes);
            let picture = Picture::new(parts.headers.clone(), own, version).until(until_ms);
            state.kept.pictures.keep(address, picture);
            Response::from_parts(parts, Body::from(bytes))
        }
        Err(error) => incident::internal("object store", &error).into_response(),
    }
}

/// Answers with what is kept, or says that the client has it.
fn answer_kept(kept: &Picture, headers: &HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    *response.headers_mut() = kept.headers.clone();
    let etag = kept.headers.get(header::ETAG);
    let etag = etag.and_then(|etag| etag.to_str().ok());
    if etag.is_some_and(|etag| is_known(headers, etag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().remove(header::CONTENT_LENGTH);
    } else {
        *response.body_mut() = Body::from(kept.bytes.clone());
    }
    response
}
