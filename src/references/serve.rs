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
    let found = async {
        let user = visitor.user(&state).await?.ok_or(AppError::NotFound)?;
        uploads::by_owner(&state.db, &id, &user.id)
            .await?
            .ok_or(AppError::NotFound)
    };
    let upload = match found.await {
        Ok(upload) => upload,
        Err(error) => return plain_page::error(&headers, &error),
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
