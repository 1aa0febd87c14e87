//! Dated files: logs, backups and copies of the database, which go by their age.

use crate::server::{AppState, migration};
use std::{
    io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// What the log's files begin with.
pub const LOG_PREFIX: &str = "imgc.log";

/// What a backup's name begins and ends with.
pub const BACKUP_PREFIX: &str = "imgc-";
/// See [`BACKUP_PREFIX`].
pub const BACKUP_SUFFIX: &str = ".tar.age";

/// The backups in a folder, the oldest first.
pub fn backups(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = named(folder, BACKUP_PREFIX, BACKUP_SUFFIX)?;
    found.sort();
    Ok(found)
}

/// Log files last written before this.
pub async fn old_logs(state: &AppState, before_ms: i64) -> io::Result<Vec<PathBuf>> {
    let Some(folder) = state.config.imgc.log_dir.clone() else {
        return Ok(Vec::new());
    };
    old(before_ms, move || named(&folder, LOG_PREFIX, "")).await
}

/// Backups made before this.
pub async fn old_backups(state: &AppState, before_ms: i64) -> io::Result<Vec<PathBuf>> {
    let folder = state.config.backup_dir();
    old(before_ms, move || backups(&folder)).await
}

/// Copies of the database from before a migration, made before this.
pub async fn old_migration_copies(state: &AppState, before_ms: i64) -> io::Result<Vec<PathBuf>> {
    let data = state.config.imgc.data_dir.clone();
    old(before_ms, move || migration::copies(&data)).await
}

/// The files of a folder with this beginning and end; none where there is no folder.
pub fn named(folder: &Path, prefix: &str, suffix: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| name.starts_with(prefix) && name.ends_with(suffix)) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Removes files; how many there were.
pub async fn remove(files: Vec<PathBuf>) -> io::Result<u64> {
    let removed = files.len() as u64;
    let done = tokio::task::spawn_blocking(move || {
        for file in &files {
            std::fs::remove_file(file)?;
        }
        Ok(removed)
    });
    done.await.map_err(io::Error::other)?
}

async fn old(
    before_ms: i64,
    list: impl FnOnce() -> io::Result<Vec<PathBuf>> + Send + 'static,
) -> io::Result<Vec<PathBuf>> {
    let found = tokio::task::spawn_blocking(move || {
        let mut old = Vec::new();
        for path in list()? {
            if written_ms(&path)? < before_ms {
                old.push(path);
            }
        }
        Ok(old)
    });
    found.await.map_err(io::Error::other)?
}

fn written_ms(path: &Path) -> io::Result<i64> {
    let written = std::fs::metadata(path)?.modified()?;
    let since = written.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
