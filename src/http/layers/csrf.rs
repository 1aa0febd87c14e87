//! Writes from other sites are refused.

use super::is_safe;
use crate::{
    error::{AppError, Problem},
    routes::{SECURITY_EVENTS, SHARE},
    server::{AppState, config::Config, plain_page},
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::Response,
};

/// Lets a write in only with proof that a page of ours sent it.
pub async fn same_origin(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if !is_safe(request.method())
        && !is_same_origin(&state.config, request.headers())
        && !is_shared_by_the_person(&request)
        // Signed by the identity provider, and of no browser's session.
        && request.uri().path() != SECURITY_EVENTS
    {
        tracing::warn!("a write from another site was refused");
        let mut response =
            plain_page::error(request.headers(), &AppError::from(Problem::Malformed));
        *response.status_mut() = StatusCode::FORBIDDEN;
        return response;
    }
    next.run(request).await
}

/// `Sec-Fetch-Site: same-origin`; where a browser is too old to send it, an
/// exact `Origin`; nothing at all is refused.
fn is_same_origin(config: &Config, headers: &HeaderMap) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => headers
            .get(header::ORIGIN)
            .is_some_and(|origin| origin.as_bytes() == config.public_origin().as_bytes()),
    }
}

/// What an app shares with the installed imgc is sent by the browser itself:
/// `none` is a value no site can make it send.
fn is_shared_by_the_person(request: &Request) -> bool {
    request.uri().path() == SHARE
        && request
            .headers()
            .get("sec-fetch-site")
            .is_some_and(|site| site == "none")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn writes_need_proof_of_their_origin() {
        let config = Config::from_parts("", &|_| None).expect("the demo");
        let check = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            is_same_origin(&config, &headers)
        };
        let ours = "http://127.0.0.1:3000";
        assert!(check(&[("sec-fetch-site", "same-origin")]));
        assert!(check(&[("origin", ours)]));
        assert!(!check(&[]));
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(
                !check(&[("sec-fetch-site", site), ("origin", ours)]),
                "{site}"
            );
        }
        for origin in [
            "null",
            "http://127.0.0.1:3000.evil.example",
            "https://127.0.0.1:3000",
        ] {
            assert!(!check(&[("origin", origin)]), "{origin}");
        }
    }
}
