//! Refusals in our own words and with the status that fits: the one place where
//! an error of a server function gets its status, and where what a library
//! refuses by itself (a path that cannot be read, a method that is not taken)
//! becomes an answer of ours.

use crate::{
    error::{AppError, Problem},
    server::{incident, plain_page},
    wire,
};
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::Response,
};
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;

/// More than any error of ours is long, in bytes.
const ERROR_MAX: usize = 64 * 1024;

/// Gives every refusal its status and its words.
pub async fn explain(request: Request, next: Next) -> Response {
    // What decides how an error is told.
    let mut asked = HeaderMap::new();
    for name in [header::ACCEPT, header::ACCEPT_LANGUAGE] {
        if let Some(value) = request.headers().get(&name) {
            asked.insert(name, value.clone());
        }
    }
    if !request.uri().path().starts_with('/') {
        // `OPTIONS *` and `CONNECT host:443` name no page of ours, and what
        // renders pages reads addresses.
        let mut response = plain_page::error(&asked, &Problem::Malformed.into());
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return response;
    }
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    if response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return of_function(&asked, response).await;
    }
    match of_library(&response) {
        Some(error) => in_our_words(&asked, response, status, &error),
        None => response,
    }
}

/// A server function's error. Leptos answers 500 to each unless the function
/// chose a status: ours follows from the error itself.
async fn of_function(asked: &HeaderMap, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let error = to_bytes(body, ERROR_MAX)
        .await
        .ok()
        .and_then(|bytes| wire::from_bytes::<AppError>(bytes.into()))
        // Nothing a browser could do wrong: what failed is our own answer.
        .filter(|error| *error != AppError::Connection)
        .unwrap_or_else(|| incident::internal("server function", &"an answer that is none"));
    let chosen = Some(parts.status).filter(|status| *status != StatusCode::INTERNAL_SERVER_ERROR);
    let status = chosen
        .or_else(|| StatusCode::from_u16(error.status()).ok())
        .unwrap_or(parts.status);
    let response = Response::from_parts(parts, Body::empty());
    in_our_words(asked, response, status, &error)
}

/// What a library's refusal means; `None` for an answer that is ours already: it
/// says of what kind it is, and libraries answer with plain text or nothing.
fn of_library(response: &Response) -> Option<AppError> {
    let kind = response.headers().get(header::CONTENT_TYPE);
    if !kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain")) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(AppError::NotFound),
        StatusCode::BAD_REQUEST
        | StatusCode::METHOD_NOT_ALLOWED
        | StatusCode::LENGTH_REQUIRED
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY => Some(Problem::Malformed.into()),
        StatusCode::INTERNAL_SERVER_ERROR => {
            Some(incident::internal("an answer", &"a library answered 500"))
        }
        _ => None,
    }
}

/// The error as the client asks for it, with what else the answer says of itself.
fn in_our_words(
    asked: &HeaderMap,
    response: Response,
    status: StatusCode,
    error: &AppError,
) -> Response {
    let mut told = plain_page::error(asked, error);
    *told.status_mut() = status;
    let of_the_body = [
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
        header::TRANSFER_ENCODING,
    ];
    for (name, value) in response.headers() {
        if !of_the_body.contains(name) {
            told.headers_mut().append(name, value.clone());
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{
        Router,
        extract::Path,
        http::Request,
        middleware::from_fn,
        response::IntoResponse,
        routing::{get, post},
    };
    use tower::ServiceExt;

    async fn refused(error: AppError) -> Response {
        let mut response = Response::new(Body::from(wire::to_bytes(&error)));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
            .headers_mut()
            .insert(SERVER_FN_ERROR_HEADER, "/x".parse().expect("a header"));
        response
    }

    async fn ask(method: &str, path: &str, accept: &str) -> (StatusCode, String, String) {
        let app = Router::new()
            .route("/malformed", get(|| refused(Problem::Malformed.into())))
            .route("/nobody", get(|| refused(AppError::SignInNeeded)))
            .route("/nonsense", get(|| refused(AppError::Connection)))
            .route(
                "/number/{n}",
                get(|Path(n): Path<u32>| async move { n.to_string() }),
            )
            .route("/post", post(|| async {}))
            .route(
                "/broken",
                get(|| async { StatusCode::INTERNAL_SERVER_ERROR.into_response() }),
            )
            .layer(from_fn(explain));
        let request = Request::builder().method(method).uri(path);
        let request = request.header("accept", accept).body(Body::empty());
        let (parts, body) = app
            .oneshot(request.expect("a request"))
            .await
            .expect("an answer")
            .into_parts();
        let kind = parts.headers.get(header::CONTENT_TYPE);
        let kind = kind
            .map_or("", |kind| kind.to_str().expect("text"))
            .to_owned();
        let bytes = to_bytes(body, ERROR_MAX).await.expect("a body");
        (
            parts.status,
            kind,
            String::from_utf8_lossy(&bytes).into_owned(),
        )
    }

    #[tokio::test]
    async fn errors_have_the_status_that_fits() {
        let (status, kind, text) = ask("GET", "/malformed", "*/*").await;
        assert_eq!((status.as_u16(), kind.as_str()), (422, "application/json"));
        assert!(text.contains("malformed"), "{text}");
        let (status, kind, _) = ask("GET", "/malformed", wire::CONTENT_TYPE).await;
        assert_eq!((status.as_u16(), kind.as_str()), (422, wire::CONTENT_TYPE));
        assert_eq!(ask("GET", "/nobody", "*/*").await.0, 401);
        assert_eq!(ask("OPTIONS", "*", "*/*").await.0, 400);
        assert_eq!(ask("CONNECT", "a.example:443", "*/*").await.0, 400);
        let (status, _, text) = ask("GET", "/nonsense", "*/*").await;
        assert_eq!(status, 500);
        assert!(text.contains("incident"), "{text}");
    }

    #[tokio::test]
    async fn a_librarys_refusal_is_told_in_our_words() {
        for (method, path, wanted) in [
            ("GET", "/number/x", 400),
            ("GET", "/number/%ff", 400),
            ("GET", "/post", 405),
            ("GET", "/none", 404),
            ("GET", "/broken", 500),
        ] {
            let (status, kind, text) = ask(method, path, "text/html").await;
            assert_eq!(status.as_u16(), wanted, "{path}");
            assert!(kind.starts_with("text/html"), "{path}: {kind}");
            assert!(!text.contains("u32") && text.contains("<main>"), "{path}");
        }
        assert_eq!(ask("GET", "/number/7", "text/html").await.2, "7");
    }
}
