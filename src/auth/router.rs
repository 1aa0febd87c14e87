//! The addresses of signing in that are no pages.

use super::{events, sign_in};
use crate::{routes, server::AppState};
use axum::{
    Router,
    routing::{get, post},
};

/// The addresses of signing in that are no pages.
pub fn router() -> Router<AppState> {
    Router::new()
        .route(routes::SIGN_IN_START, get(sign_in::start))
        .route(routes::SIGN_IN_CALLBACK, get(sign_in::callback))
        .route(routes::SECURITY_EVENTS, post(events::receive))
}
