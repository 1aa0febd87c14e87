//! What is on this machine's disks: files by their names, and how much room is left.

use std::{
    io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

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

/// When a file was last written, in Unix milliseconds.
pub fn written_ms(path: &Path) -> io::Result<i64> {
    let written = std::fs::metadata(path)?.modified()?;
    let since = written.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The room of a disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// What may still be written.
    pub free: u64,
    /// What the disk holds in all.
    pub size: u64,
}

/// The room of the disk that a folder is on.
#[cfg(unix)]
pub fn room(folder: &Path) -> io::Result<Room> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(Room {
        free: disk.f_bavail.saturating_mul(disk.f_frsize),
        size: disk.f_blocks.saturating_mul(disk.f_frsize),
    })
}

/// Other systems are not asked.
#[cfg(not(unix))]
pub fn room(_folder: &Path) -> io::Result<Room> {
    Err(io::ErrorKind::Unsupported.into())
}
