//! The download of everything held about a person.

use super::export;
use crate::server::AppState;
use axum::{Router, routing::post};

/// The download of everything held about a person.
pub fn router() -> Router<AppState> {
    Router::new().route("/account/export", post(export::export))
}
