//! `GET /uploads/{id}/{file}`: a reference picture, to its owner and nobody else.

use crate::{
    error::AppError,
    server::{AppState, media, objects::ObjectKey, plain_page, session::Visitor},
    store::uploads,
};
use axum::{
    Extension,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};

/// Serves `picture.FORMAT` or `small.webp`.
pub async fn file(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Path((id, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    // Session and picture in one look-up, as for every thumbnail.
    let found = match visitor.session_id() {
        Some(session) => uploads::of_session(&state.db, &id, &session, state.clock.now_ms()).await,
        None => Ok(None),
    };
    let upload = match found {
        Ok(Some(upload)) => upload,
        Ok(None) => return plain_page::error(&headers, &AppError::NotFound),
        Err(error) => return plain_page::error(&headers, &error.into()),
    };
    let key = match file.split_once('.') {
        Some(("picture", format)) if format == upload.format => ObjectKey::Upload {
            upload: &upload.id,
            format: &upload.format,
        },
        Some(("small", "webp")) if upload.mask_of.is_none() => {
            ObjectKey::UploadThumbnail { upload: &upload.id }
        }
        _ => return plain_page::error(&headers, &AppError::NotFound),
    };
    media::stream(&state, key, &headers, media::Cache::Private).await
}
