//! What goes with the legal pages and is no page.

use super::transparency;
use crate::{routes::TRANSPARENCY_CSV, server::AppState};
use axum::{Router, routing::get};

/// What goes with the legal pages and is no page.
pub fn router() -> Router<AppState> {
    Router::new().route(TRANSPARENCY_CSV, get(transparency::download))
}
