//! The addresses of signing in that are no pages.

use super::{events, sign_in};
use crate::server::AppState;
use axum::{
    Router,
    routing::{get, post},
};

/// The addresses of signing in that are no pages.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/auth/start", get(sign_in::start))
        .route("/auth/callback", get(sign_in::callback))
        .route(events::PATH, post(events::receive))
}
