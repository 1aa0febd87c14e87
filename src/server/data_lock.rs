//! One process a data folder: leases and the spool belong to whoever holds it.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
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
    _file: File,
}

/// Takes the data folder, which is made if need be.
pub fn lock(data_dir: &Path) -> Result<DataLock, LockError> {
    let path = data_dir.join("lock");
    let opened = std::fs::create_dir_all(data_dir).and_then(|()| File::create(&path));
    let file = match opened {
        Ok(file) => file,
        Err(source) => return Err(LockError::File { path, source }),
    };
    match file.try_lock() {
        Ok(()) => Ok(DataLock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(LockError::Taken(data_dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(LockError::File { path, source }),
    }
}
