//! One process a data folder: leases and the spool belong to whoever holds it.

use super::private_files;
use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// The reason the data folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The folder or the lock's file cannot be made.
    #[error("{}: {source}", path.display())]
    File {
        /// The lock's file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Another process has it.
    #[error("{}: another imgc runs on this data folder (data_dir or IMGC_DATA_DIR)", .0.display())]
    Taken(PathBuf),
}

/// The data folder, held until this is dropped.
#[derive(Debug)]
pub struct DataLock {
    file: File,
}

impl DataLock {
    /// When it was taken by the clock that dates files (Unix ms); 0 where the
    /// system does not tell.
    pub fn taken_ms(&self) -> i64 {
        let taken = self.file.metadata().and_then(|found| found.modified());
        let since = taken.ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0))
    }
}

/// Takes the data folder, which is made if need be and closed to others.
pub fn lock(data_dir: &Path) -> Result<DataLock, LockError> {
    let path = data_dir.join("lock");
    let opened = private_files::prepare(data_dir).and_then(|()| File::create(&path));
    let file = match opened {
        Ok(file) => file,
        Err(source) => return Err(LockError::File { path, source }),
    };
    match file.try_lock() {
        Ok(()) => Ok(DataLock { file }),
        Err(TryLockError::WouldBlock) => Err(LockError::Taken(data_dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(LockError::File { path, source }),
    }
}
