//! Where the edit's form is sent to.

use super::form;
use crate::{
    model::limits::{COMPOSER_BODY_MAX, UPLOAD_MAX_MB},
    routes,
    server::AppState,
};
use axum::{Router, extract::DefaultBodyLimit, routing::post};

/// The form that holds words and a mask, and how large it may be, in bytes.
pub const BODY_LIMITS: &[(&str, usize)] = &[(
    routes::EDITS,
    UPLOAD_MAX_MB as usize * 1024 * 1024 + COMPOSER_BODY_MAX,
)];

/// Where the form is sent to. The router's own limit is off, because the mask is streamed
/// to the disk (see [`BODY_LIMITS`]).
pub fn router() -> Router<AppState> {
    Router::new()
        .route(routes::EDITS, post(form::send))
        .layer(DefaultBodyLimit::disable())
}
