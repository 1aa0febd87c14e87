//! What administrators fetch that is no page.

use super::{case_picture, costs, police};
use crate::{
    routes::{self, ADMIN_COSTS},
    server::AppState,
};
use axum::{
    Router,
    routing::{get, post},
};

/// What administrators fetch that is no page.
pub fn router() -> Router<AppState> {
    Router::new()
        .route(ADMIN_COSTS, get(costs::download))
        .route(&routes::case_picture("{id}"), get(case_picture::show))
        .route(&routes::sealed_copy("{id}"), post(police::open))
}
