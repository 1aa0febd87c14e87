//! Pictures on their way in, and back to their owner.

use super::{form, serve, share};
use crate::{model::limits::UPLOADS_BODY_MAX, routes, server::AppState};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

/// The forms that hold pictures, and how large each may be, in bytes.
pub const BODY_LIMITS: &[(&str, usize)] = &[
    (routes::UPLOADS, UPLOADS_BODY_MAX),
    (routes::SHARE, UPLOADS_BODY_MAX),
];

/// Pictures on their way in, and back to their owner. The router's own limit is
/// off, because a form with pictures is streamed to the disk (see [`BODY_LIMITS`]).
pub fn router() -> Router<AppState> {
    Router::new()
        .route(routes::UPLOADS, post(form::change))
        .route(routes::SHARE, post(share::share))
        .layer(DefaultBodyLimit::disable())
        .route(&routes::uploaded("{id}", "{file}"), get(serve::file))
}
