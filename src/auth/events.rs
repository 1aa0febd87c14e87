//! `POST /auth/events`: what the identity provider tells of an account's safety
//! (OpenID RISC, at Google "Cross-Account Protection"): a hijacked or disabled
//! account, revoked sessions. The person's sessions here end.
//!
//! A security event token (RFC 8417) comes by push (RFC 8935): it is not a
//! browser's write, so what proves it is its signature by the provider's keys.

use crate::{
    server::{AppState, incident, oidc::EventProblem},
    store::sessions,
};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

/// Events after which nobody may stay signed in.
const ENDING: [&str; 7] = [
    "https://schemas.openid.net/secevent/risc/event-type/sessions-revoked",
    "https://schemas.openid.net/secevent/risc/event-type/account-disabled",
    "https://schemas.openid.net/secevent/risc/event-type/account-purged",
    "https://schemas.openid.net/secevent/risc/event-type/account-credential-change-required",
    "https://schemas.openid.net/secevent/oauth/event-type/tokens-revoked",
    "https://schemas.openid.net/secevent/oauth/event-type/token-revoked",
    "https://schemas.openid.net/secevent/caep/event-type/session-revoked",
];

/// Takes a token. Answered 202 when it was understood, whether or not the
/// person has an account here, so that nobody learns who has.
pub async fn receive(State(state): State<AppState>, token: String) -> Response {
    let claims = match state.oidc.verify_event(token.trim()).await {
        Ok(claims) => claims,
        Err(problem) => return refused(problem),
    };
    let now_ms = state.clock.now_ms();
    // A session begun after the event is not what it was about: so the same
    // token, sent once more by whoever, ends nothing new.
    let before_ms = claims.iat.saturating_mul(1000).min(now_ms);
    for (kind, event) in &claims.events {
        if !ENDING.contains(&kind.as_str()) || !state.oidc.is_issuer(&event.subject.iss) {
            continue;
        }
        let ended = sessions::end_of_subject(&state.db, &claims.iss, &event.subject.sub, before_ms);
        match ended.await {
            Ok(0) => {}
            Ok(sessions) => tracing::warn!(kind, sessions, "the provider ended sessions"),
            Err(error) => {
                incident::internal("a security event", &error);
                return StatusCode::SERVICE_UNAVAILABLE.into_response();
            }
        }
    }
    StatusCode::ACCEPTED.into_response()
}

/// The answer of RFC 8935, section 2.3.
fn refused(problem: EventProblem) -> Response {
    let (status, code) = match problem {
        EventProblem::Malformed => (StatusCode::BAD_REQUEST, "invalid_request"),
        EventProblem::Key => (StatusCode::BAD_REQUEST, "invalid_key"),
        EventProblem::Issuer => (StatusCode::BAD_REQUEST, "invalid_issuer"),
        EventProblem::Audience => (StatusCode::BAD_REQUEST, "invalid_audience"),
        EventProblem::ProviderUnavailable => {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let body = format!("{{\"err\":\"{code}\",\"description\":\"The token was refused.\"}}");
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
