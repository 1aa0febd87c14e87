//! From a file somebody sends to an upload that is kept: streamed to the disk,
//! judged, encoded anew, recorded, stored.

use crate::{
    error::{AccountProblem, AppError, UploadProblem},
    server::{AppState, incident, incoming::Received, objects::ObjectKey, outbox},
    store::{
        removed,
        retention::Owner,
        uploads::{self, Upload},
    },
};
use bytes::Bytes;
use imgc_pictures::{MaskError, PictureError, Reference};

/// A mask as the API takes it is smaller than this, in MiB.
const MASK_MAX_MB: u32 = 4;
/// When to come back after all decoders stayed busy, in seconds.
const AGAIN_S: u32 = 20;

/// Makes a reference of a received file, but not of a copy of a picture that a decision
/// removed. The inner error is the file's own.
pub async fn reference(
    state: &AppState,
    user_id: &str,
    file: &Received,
) -> Result<Result<Upload, UploadProblem>, AppError> {
    let turn = state.reading.wait(user_id).await;
    let made = imgc_pictures::reference(file.path.clone()).await;
    drop(turn);
    taken(state, user_id, made).await
}

/// Keeps what was made of a file.
async fn taken(
    state: &AppState,
    user_id: &str,
    made: Result<Reference, PictureError>,
) -> Result<Result<Upload, UploadProblem>, AppError> {
    let made = match made {
        Ok(made) => made,
        Err(error) => return refused(error).map(Err),
    };
    if removed::is_removed(&state.db, &made.sha256, &made.pixels).await? {
        return Err(AccountProblem::Suspended.into());
    }
    let upload = Upload {
        id: uuid::Uuid::now_v7().to_string(),
        mask_of: None,
        width: made.width,
        height: made.height,
        format: made.format.extension().to_owned(),
        bytes: made.bytes.len() as u64,
    };
    keep(state, user_id, &upload, made.bytes, Some(made.thumbnail)).await
}

/// Makes a reference of a picture of the service, by its original's bytes; `exact` with
/// every pixel of it.
pub async fn copy(
    state: &AppState,
    user_id: &str,
    original: &Bytes,
    exact: bool,
) -> Result<Result<Upload, UploadProblem>, AppError> {
    let file = state.incoming.keep(original).await?;
    if !exact {
        return reference(state, user_id, &file).await;
    }
    let turn = state.reading.wait(user_id).await;
    let made = imgc_pictures::source(file.path.clone()).await;
    drop(turn);
    taken(state, user_id, made).await
}

/// Makes a mask of a received file, for a reference of this person.
pub async fn mask(
    state: &AppState,
    user_id: &str,
    of: &Upload,
    file: &Received,
) -> Result<Result<Upload, UploadProblem>, AppError> {
    let size = (of.width, of.height);
    let turn = state.reading.wait(user_id).await;
    let made = imgc_pictures::mask(file.path.clone(), size).await;
    drop(turn);
    let bytes = match made {
        Ok(bytes) => bytes,
        Err(MaskError::Picture(error)) => return refused(error).map(Err),
        Err(MaskError::NotPng) => return Ok(Err(UploadProblem::MaskNotPng)),
        Err(MaskError::Opaque) => return Ok(Err(UploadProblem::MaskOpaque)),
        Err(MaskError::Empty) => return Ok(Err(UploadProblem::MaskEmpty)),
        Err(MaskError::Size) => {
            return Ok(Err(UploadProblem::MaskSize {
                width: of.width,
                height: of.height,
            }));
        }
    };
    if bytes.len() >= MASK_MAX_MB as usize * 1024 * 1024 {
        return Ok(Err(UploadProblem::TooLarge {
            limit_mb: MASK_MAX_MB,
        }));
    }
    let upload = Upload {
        id: uuid::Uuid::now_v7().to_string(),
        mask_of: Some(of.id.clone()),
        width: of.width,
        height: of.height,
        format: "png".into(),
        bytes: bytes.len() as u64,
    };
    keep(state, user_id, &upload, bytes, None).await
}

/// The row first, then the objects: what a crash leaves behind expires.
async fn keep(
    state: &AppState,
    user_id: &str,
    upload: &Upload,
    bytes: Vec<u8>,
    thumbnail: Option<Vec<u8>>,
) -> Result<Result<Upload, UploadProblem>, AppError> {
    let key = ObjectKey::Upload {
        upload: &upload.id,
        format: &upload.format,
    };
    let small = ObjectKey::UploadThumbnail { upload: &upload.id };
    let mut objects = vec![key.path()];
    objects.extend(thumbnail.is_some().then(|| small.path()));
    let now_ms = state.clock.now_ms();
    if !uploads::insert(&state.db, user_id, upload, &objects, now_ms).await? {
        return Ok(Err(UploadProblem::NoRoom));
    }
    let stored = async {
        state.objects.put(key, bytes.into()).await?;
        match thumbnail {
            Some(thumbnail) => state.objects.put(small, thumbnail.into()).await,
            None => Ok(()),
        }
    };
    if let Err(error) = stored.await {
        uploads::remove(&state.db, &upload.id, user_id, now_ms).await?;
        return Err(incident::internal("object store", &error));
    }
    outbox::order_if_unknown(state, Owner::Upload, &upload.id, &objects).await?;
    Ok(Ok(upload.clone()))
}

/// The problem to tell the sender of a picture; an error of ours is an incident.
fn refused(error: PictureError) -> Result<UploadProblem, AppError> {
    Ok(match error {
        PictureError::NotAPicture => UploadProblem::NotAPicture,
        PictureError::Unsupported => UploadProblem::Unsupported,
        PictureError::Animated => UploadProblem::Animated,
        PictureError::TooLarge { width, height } => UploadProblem::TooManyPixels { width, height },
        PictureError::Damaged => UploadProblem::Damaged,
        PictureError::TooSlow => UploadProblem::TooSlow,
        PictureError::Busy => {
            return Err(AppError::TooMany {
                retry_after_s: AGAIN_S,
            });
        }
        PictureError::Failed => return Err(incident::internal("a reference picture", &error)),
    })
}
