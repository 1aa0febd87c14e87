//! The streams that tell of jobs, and the limits of the composer's forms.

use super::events;
use crate::{
    model::limits::{COMPOSER_BODY_MAX, MANY_BODY_MAX},
    routes::{self, JOBS_EVENTS},
    server::AppState,
};
use axum::{Router, routing::get};

/// The forms that hold a prompt, and how large each may be, in bytes.
pub const BODY_LIMITS: &[(&str, usize)] = &[
    ("/api/generate", COMPOSER_BODY_MAX),
    ("/api/draft", COMPOSER_BODY_MAX),
    ("/api/begin", COMPOSER_BODY_MAX),
    ("/api/styles", COMPOSER_BODY_MAX),
    ("/api/style_use", COMPOSER_BODY_MAX),
    (routes::MANY_FORM, MANY_BODY_MAX),
];

/// The streams that tell of jobs, and the pictures on their way.
pub fn router() -> Router<AppState> {
    Router::new()
        .route(JOBS_EVENTS, get(events::all))
        .route(&routes::job_events("{id}"), get(events::events))
        .route(
            &routes::job_partial("{id}", "{index}"),
            get(events::partial),
        )
}
