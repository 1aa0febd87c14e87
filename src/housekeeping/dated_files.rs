//! Dated files: logs, backups and copies of the database, which go by their age.

use crate::server::{
    AppState,
    disk::{named, written_ms},
    migration,
};
use std::{io, path::PathBuf};

pub use crate::server::disk::backups;

/// What the log's files begin with.
pub const LOG_PREFIX: &str = "imgc.log";

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
