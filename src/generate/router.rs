//! The streams that tell of jobs, and the limits of the composer's forms.

use super::events;
use crate::{model::limits::COMPOSER_BODY_MAX, server::AppState};
use axum::{Router, routing::get};

/// The forms that hold a prompt, and how large each may be, in bytes.
pub const BODY_LIMITS: &[(&str, usize)] = &[
    ("/api/generate", COMPOSER_BODY_MAX),
    ("/api/draft", COMPOSER_BODY_MAX),
];

/// The streams that tell of jobs, and the pictures on their way.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/jobs/events", get(events::all))
        .route("/jobs/{id}/events", get(events::events))
        .route("/jobs/{id}/partial/{index}", get(events::partial))
}
