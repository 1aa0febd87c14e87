//! Uploaded files on their way: streamed to the disk, and gone once they were
//! looked at.

use super::{incident, multipart::Part};
use crate::{
    error::{AppError, UploadProblem},
    model::limits::UPLOAD_MAX_MB,
};
use std::{
    io,
    path::{Path, PathBuf},
};
use tokio::{fs, io::AsyncWriteExt};

/// The largest file taken, in bytes.
const FILE_MAX: usize = UPLOAD_MAX_MB as usize * 1024 * 1024;

/// The folder where files wait while they are looked at.
#[derive(Clone)]
pub struct Incoming {
    folder: PathBuf,
}

/// A file that was received whole; it is gone when this is dropped.
pub struct Received {
    /// Its path in the folder of incoming files.
    pub path: PathBuf,
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
        part: &mut Part<'_>,
    ) -> Result<Option<Result<Received, UploadProblem>>, AppError> {
        let received = self.place();
        let mut file = fs::File::create(&received.path).await.map_err(unwritable)?;
        let mut length = 0;
        while let Some(chunk) = part.chunk().await? {
            length += chunk.len();
            if length <= FILE_MAX {
                file.write_all(&chunk).await.map_err(unwritable)?;
            }
        }
        file.flush().await.map_err(unwritable)?;
        if length == 0 && part.file_name().is_empty() {
            return Ok(None);
        }
        Ok(Some(if length > FILE_MAX {
            Err(UploadProblem::TooLarge {
                limit_mb: UPLOAD_MAX_MB,
            })
        } else {
            Ok(received)
        }))
    }

    /// Writes bytes of our own (a picture of the library) as if they were sent.
    pub async fn keep(&self, bytes: &[u8]) -> Result<Received, AppError> {
        let received = self.place();
        fs::write(&received.path, bytes).await.map_err(unwritable)?;
        Ok(received)
    }
}

/// The request ended in the middle of a file, or was larger than any may be.
pub fn broken_off() -> AppError {
    UploadProblem::TooLarge {
        limit_mb: UPLOAD_MAX_MB,
    }
    .into()
}

fn unwritable(error: io::Error) -> AppError {
    incident::internal("incoming files", &error)
}
