//! From a file somebody sends to an upload that is kept: streamed to the disk,
//! judged, encoded anew, recorded, stored.

use crate::{
    error::{AppError, UploadProblem},
    server::{
        AppState,
        files::FileKey,
        incident,
        pictures::{self, MaskError, PictureError},
    },
    store::uploads::{self, Upload},
};
use axum::extract::multipart::Field;
use bytes::Bytes;
use std::{
    io,
    path::{Path, PathBuf},
};
use tokio::{fs, io::AsyncWriteExt};

/// The largest file taken, in MiB.
pub const FILE_MAX_MB: u32 = 25;
/// The same in bytes.
const FILE_MAX: usize = FILE_MAX_MB as usize * 1024 * 1024;
/// A mask as the API takes it is smaller than this, in MiB.
const MASK_MAX_MB: u32 = 4;

/// Where files wait while they are looked at.
#[derive(Clone)]
pub struct Incoming {
    folder: PathBuf,
}

/// A file that was received whole; it is gone when this is dropped.
pub struct Received {
    path: PathBuf,
}

impl Drop for Received {
    fn drop(&mut self) {
        // A file that stays is swept at the next start.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Incoming {
    /// Opens the folder, making it.
    pub fn open(folder: &Path) -> io::Result<Incoming> {
        std::fs::create_dir_all(folder)?;
        Ok(Incoming {
            folder: folder.to_owned(),
        })
    }

    /// Removes what a former life left behind. Only the server that holds the
    /// data folder's lock may: to others, a file here may be on its way.
    pub fn sweep(&self) -> io::Result<()> {
        std::fs::remove_dir_all(&self.folder)?;
        std::fs::create_dir_all(&self.folder)
    }

    fn place(&self) -> Received {
        Received {
            path: self.folder.join(uuid::Uuid::new_v4().to_string()),
        }
    }

    /// Writes a form's file to the disk as it comes. What is beyond the limit
    /// is read and dropped, so that the files after it still arrive. `None`
    /// for a file field nobody filled.
    pub async fn receive(
        &self,
        field: &mut Field<'_>,
    ) -> Result<Option<Result<Received, UploadProblem>>, AppError> {
        let received = self.place();
        let mut file = fs::File::create(&received.path).await.map_err(unwritable)?;
        let mut length = 0;
        while let Some(chunk) = field.chunk().await.map_err(|_| broken_off())? {
            length += chunk.len();
            if length <= FILE_MAX {
                file.write_all(&chunk).await.map_err(unwritable)?;
            }
        }
        file.flush().await.map_err(unwritable)?;
        let named = field.file_name().is_some_and(|name| !name.is_empty());
        if length == 0 && !named {
            return Ok(None);
        }
        Ok(Some(if length > FILE_MAX {
            Err(UploadProblem::TooLarge {
                limit_mb: FILE_MAX_MB,
            })
        } else {
            Ok(received)
        }))
    }

    /// Writes bytes of our own (a picture of the library) as if they were sent.
    async fn keep(&self, bytes: &[u8]) -> Result<Received, AppError> {
        let received = self.place();
        fs::write(&received.path, bytes).await.map_err(unwritable)?;
        Ok(received)
    }
}

/// The request ended in the middle of a file, or was larger than any may be.
pub fn broken_off() -> AppError {
    UploadProblem::TooLarge {
        limit_mb: FILE_MAX_MB,
    }
    .into()
}

fn unwritable(error: io::Error) -> AppError {
    incident::internal("incoming files", &error)
}

/// Makes a reference of a received file. The inner error is the file's own.
pub async fn reference(
    state: &AppState,
    user_id: &str,
    file: &Received,
) -> Result<Result<Upload, UploadProblem>, AppError> {
    let made = match pictures::reference(file.path.clone()).await {
        Ok(made) => made,
        Err(error) => return refused(error).map(Err),
    };
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

/// Makes a reference of a picture of the service, by its original's bytes.
pub async fn copy(
    state: &AppState,
    user_id: &str,
    original: &Bytes,
) -> Result<Result<Upload, UploadProblem>, AppError> {
    let file = state.incoming.keep(original).await?;
    reference(state, user_id, &file).await
}

/// Makes a mask of a received file, for a reference of this person.
pub async fn mask(
    state: &AppState,
    user_id: &str,
    of: &Upload,
    file: &Received,
) -> Result<Result<Upload, UploadProblem>, AppError> {
    let size = (of.width, of.height);
    let bytes = match pictures::mask(file.path.clone(), size).await {
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
    let key = FileKey::Upload {
        upload: &upload.id,
        format: &upload.format,
    };
    let small = FileKey::UploadThumbnail { upload: &upload.id };
    let mut objects = vec![key.path()];
    objects.extend(thumbnail.is_some().then(|| small.path()));
    let now_ms = state.clock.now_ms();
    if !uploads::insert(&state.db, user_id, upload, &objects, now_ms).await? {
        return Ok(Err(UploadProblem::NoRoom));
    }
    let stored = async {
        state.files.put(key, bytes.into()).await?;
        match thumbnail {
            Some(thumbnail) => state.files.put(small, thumbnail.into()).await,
            None => Ok(()),
        }
    };
    if let Err(error) = stored.await {
        uploads::remove(&state.db, &upload.id, user_id, now_ms).await?;
        return Err(incident::internal("object store", &error));
    }
    Ok(Ok(upload.clone()))
}

/// What a picture's error means to the person who sent it; ours is an incident.
fn refused(error: PictureError) -> Result<UploadProblem, AppError> {
    Ok(match error {
        PictureError::NotAPicture => UploadProblem::NotAPicture,
        PictureError::Unsupported => UploadProblem::Unsupported,
        PictureError::Animated => UploadProblem::Animated,
        PictureError::TooLarge { width, height } => UploadProblem::TooManyPixels { width, height },
        PictureError::Damaged => UploadProblem::Damaged,
        PictureError::TooSlow => UploadProblem::TooSlow,
        PictureError::Failed => return Err(incident::internal("a reference picture", &error)),
    })
}
