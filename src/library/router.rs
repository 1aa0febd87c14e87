//! Downloads of many pictures, and the limits of forms that name many.

use super::zip;
use crate::{model::limits::COMPOSER_BODY_MAX, routes::LIBRARY_ZIP, server::AppState};
use axum::{Router, routing::get};

/// The forms that hold the ids of many pictures, and how large each may be, in bytes.
pub const BODY_LIMITS: &[(&str, usize)] = &[
    ("/api/change", COMPOSER_BODY_MAX),
    ("/api/collection", COMPOSER_BODY_MAX),
];

/// Downloads of many pictures.
pub fn router() -> Router<AppState> {
    Router::new().route(LIBRARY_ZIP, get(zip::of_query).post(zip::of_selection))
}
