//! The addresses of makers that are no pages: the picture of somebody who shows it.

use crate::{
    error::AppError,
    model::handle::is_handle,
    routes::profile_picture,
    server::{
        AppState,
        media::{self, Cache},
        objects::ObjectKey,
        plain_page,
    },
    store::makers,
};
use axum::{
    Router,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
    routing::get,
};

/// The picture of somebody who shows it.
pub fn router() -> Router<AppState> {
    Router::new().route(&profile_picture("{id}"), get(picture))
}

async fn picture(
    State(state): State<AppState>,
    Path(handle): Path<String>,
    headers: HeaderMap,
) -> Response {
    let missing = || plain_page::error(&headers, &AppError::NotFound);
    if !is_handle(&handle) {
        return missing();
    }
    match makers::pictured(&state.db, &handle, state.clock.now_ms()).await {
        Ok(Some(user)) => {
            let key = ObjectKey::Avatar { user: &user };
            media::stream(&state, key, &headers, Cache::Public).await
        }
        Ok(None) => missing(),
        Err(error) => plain_page::error(&headers, &error.into()),
    }
}
