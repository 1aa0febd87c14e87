//! The download of everything held about a person.

use super::export;
use crate::{routes::ACCOUNT_EXPORT, server::AppState};
use axum::{Router, routing::post};

/// The download of everything held about a person.
pub fn router() -> Router<AppState> {
    Router::new().route(ACCOUNT_EXPORT, post(export::export))
}
