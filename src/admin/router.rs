//! What administrators fetch that is no page.

use super::costs;
use crate::{routes::ADMIN_COSTS, server::AppState};
use axum::{Router, routing::get};

/// What administrators fetch that is no page.
pub fn router() -> Router<AppState> {
    Router::new().route(ADMIN_COSTS, get(costs::download))
}
