//! The picture of a case: an administrator sees one that is not public only there, and
//! that they did is noted first.

use super::{case_decisions, decisions::require_fresh_admin};
use crate::{
    error::AppError,
    server::{AppState, archive, media, plain_page, session::Visitor},
    store::{case_acts, cases},
};
use axum::{
    Extension,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};

/// Shows it.
pub(super) async fn show(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
) -> Response {
    match open(&state, &visitor, &headers, &id).await {
        Ok(response) => response,
        Err(error) => plain_page::error(&headers, &error).into_response(),
    }
}

async fn open(
    state: &AppState,
    visitor: &Visitor,
    headers: &HeaderMap,
    id: &str,
) -> Result<Response, AppError> {
    let admin = visitor.user(state).await?.ok_or(AppError::NotFound)?;
    require_fresh_admin(state, visitor, &admin).await?;
    let image = cases::image(&state.db, id).await?;
    let image = image.ok_or(AppError::NotFound)?;
    if image.user_id == admin.id && case_decisions::has_others(state, &admin) {
        return Err(AppError::NotFound);
    }
    let opened = case_decisions::OPENED;
    let act = case_decisions::act(state, &admin, opened, &image.user_id, id);
    let act_id = uuid::Uuid::now_v7().to_string();
    case_acts::opened(&state.db, &act_id, &act).await?;
    let key = archive::original(&image);
    Ok(media::stream(state, key, headers, media::Cache::Private).await)
}
