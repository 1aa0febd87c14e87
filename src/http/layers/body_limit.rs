//! How large a request's body may be. A feature whose forms may be larger than
//! a plain one says so beside its server functions.

use crate::{
    error::{AppError, Problem},
    generate, library,
    model::limits::FORM_BODY_MAX,
    references,
    server::{incoming, plain_page},
};
use axum::{
    body::Body,
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};
use http_body_util::Limited;

/// Refuses a body that says it is too large, and breaks off one that turns out to be.
pub async fn limit_body(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let most = largest_body(path);
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > most) {
        let mut response = plain_page::error(request.headers(), &too_large(path));
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return response;
    }
    next.run(request.map(|body| Body::new(Limited::new(body, most))))
        .await
}

/// The largest body a path takes, in bytes.
fn largest_body(path: &str) -> usize {
    [
        references::router::BODY_LIMITS,
        generate::router::BODY_LIMITS,
        library::router::BODY_LIMITS,
    ]
    .into_iter()
    .flatten()
    .find(|(larger, _)| *larger == path)
    .map_or(FORM_BODY_MAX, |(_, most)| *most)
}

/// What is said of a body that is too large: a form of files is full of files,
/// any other of words.
fn too_large(path: &str) -> AppError {
    if references::router::BODY_LIMITS
        .iter()
        .any(|(files, _)| *files == path)
    {
        return incoming::broken_off();
    }
    Problem::PromptTooLong { limit: 32_000 }.into()
}
