//! Pictures on their way in, and back to their owner.

use super::{ADDRESS, form, serve, share};
use crate::{model::limits::UPLOADS_BODY_MAX, server::AppState};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

/// Where the installed app's share target sends words and pictures.
pub const SHARE_ADDRESS: &str = "/share";

/// The forms that hold pictures, and how large each may be, in bytes.
pub const BODY_LIMITS: &[(&str, usize)] = &[
    (ADDRESS, UPLOADS_BODY_MAX),
    (SHARE_ADDRESS, UPLOADS_BODY_MAX),
];

/// Pictures on their way in, and back to their owner. The router's own limit is
/// off, because a form with pictures is streamed to the disk (see [`BODY_LIMITS`]).
pub fn router() -> Router<AppState> {
    Router::new()
        .route(ADDRESS, post(form::change))
        .route(SHARE_ADDRESS, post(share::share))
        .layer(DefaultBodyLimit::disable())
        .route("/uploads/{id}/{file}", get(serve::file))
}
