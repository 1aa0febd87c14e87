//! One address a page and one name a site: others are sent there.

use super::is_safe;
use crate::server::{AppState, config::Config};
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Sends a page's address with a slash at the end to the one without, and (in
/// the demo, which trusts whoever reaches it) other names of this machine to its own.
pub async fn canonical(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if state.config.demo
        && let Some(response) = wrong_host(&state.config, &request)
    {
        return response;
    }
    if is_safe(request.method())
        && let Some(response) = without_trailing_slash(&request)
    {
        return response;
    }
    next.run(request).await
}

/// `/fr/` and the like are the pages without the slash: one address a page.
fn without_trailing_slash(request: &Request) -> Option<Response> {
    let path = request.uri().path();
    let trimmed = path.trim_end_matches('/');
    if trimmed.len() == path.len() || trimmed.is_empty() {
        return None;
    }
    // To a browser these begin with another site's name.
    if trimmed.starts_with("//") || trimmed.starts_with("/\\") {
        return None;
    }
    let query = request.uri().query();
    let query = query.map(|q| format!("?{q}")).unwrap_or_default();
    let location = HeaderValue::from_str(&format!("{trimmed}{query}")).ok()?;
    Some(
        (
            StatusCode::PERMANENT_REDIRECT,
            [(header::LOCATION, location)],
        )
            .into_response(),
    )
}

/// Another name for this machine (`localhost`, or a hostile one that resolves
/// to it) is sent to the address the demo's sign-in knows.
fn wrong_host(config: &Config, request: &Request) -> Option<Response> {
    let origin = config.public_origin();
    let ours = origin.split_once("://").map_or("", |(_, host)| host);
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    if host == ours {
        return None;
    }
    if !is_safe(request.method()) {
        return Some(StatusCode::MISDIRECTED_REQUEST.into_response());
    }
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str());
    // `OPTIONS *` asks about the server, not about a page.
    if !path.starts_with('/') {
        return None;
    }
    let location = HeaderValue::from_str(&format!("{origin}{path}")).ok()?;
    Some(
        (
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, location)],
        )
            .into_response(),
    )
}
