//! Who may read what lies on this machine's disk: this user, and nobody else.
//!
//! New files are made so by the process's mask, those of libraries too. What an
//! older version left open is closed at the next start.

use super::spool::SET_ASIDE;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Files of the data folder itself.
const FILES: [&str; 8] = [
    "imgc.db",
    "imgc.db-wal",
    "imgc.db-shm",
    "imgc.db-journal",
    "instance.key",
    "erasures.ledger",
    "demo-identity.pem",
    "lock",
];

/// Folders of the data folder, with everything below them.
const FOLDERS: [&str; 5] = ["objects", "spool", SET_ASIDE, "incoming", "backups"];

/// Makes the data folder, and closes it and the files in it to others.
pub fn prepare(data_dir: &Path) -> io::Result<()> {
    close_new_ones();
    fs::create_dir_all(data_dir)?;
    let files = FILES.iter().map(|name| data_dir.join(name));
    let closed = close_each(std::iter::once(data_dir.to_owned()).chain(files));
    told(data_dir, closed);
    Ok(())
}

/// Closes a file outside the data folder, where it is there.
pub fn close_file(path: &Path) {
    told(path, close_each(std::iter::once(path.to_owned())));
}

/// Closes the pictures, answers and backups below the data folder to others.
/// There may be very many; the folder around them is closed already.
pub fn close_below(data_dir: &Path) {
    let mut closed = 0;
    let mut waiting: Vec<PathBuf> = FOLDERS.iter().map(|name| data_dir.join(name)).collect();
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        closed += close_each(std::iter::once(folder));
        for entry in entries.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => waiting.push(entry.path()),
                Ok(kind) if kind.is_file() => closed += close_each(std::iter::once(entry.path())),
                // A link's target is somebody else's to close.
                _ => {}
            }
        }
    }
    told(data_dir, closed);
}

fn told(path: &Path, closed: u64) {
    if closed > 0 {
        tracing::info!(
            path = %path.display(),
            closed,
            "files and folders that others of this machine could read are closed to them"
        );
    }
}

/// From here on, whatever this process writes is its user's alone, the log too.
#[cfg(unix)]
pub fn close_new_ones() {
    use rustix::fs::Mode;
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
}

/// Takes the rights of everybody else from each; how many had some.
#[cfg(unix)]
fn close_each(paths: impl Iterator<Item = PathBuf>) -> u64 {
    use std::os::unix::fs::PermissionsExt;
    const OTHERS: u32 = 0o077;
    let mut closed = 0;
    for path in paths {
        // What is gone meanwhile needs nothing.
        let Ok(found) = fs::metadata(&path) else {
            continue;
        };
        let mode = found.permissions().mode() & 0o7777;
        if mode & OTHERS == 0 {
            continue;
        }
        let ours = fs::Permissions::from_mode(mode & !OTHERS);
        match fs::set_permissions(&path, ours) {
            Ok(()) => closed += 1,
            Err(error) => tracing::warn!(
                path = %path.display(),
                %error,
                "others of this machine may read this, and it cannot be closed to them"
            ),
        }
    }
    closed
}

/// Rights are the folder's to give here.
#[cfg(not(unix))]
pub fn close_new_ones() {}

/// Rights are the folder's to give here.
#[cfg(not(unix))]
fn close_each(_paths: impl Iterator<Item = PathBuf>) -> u64 {
    0
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        let found = fs::metadata(path).expect("there");
        found.permissions().mode() & 0o777
    }

    #[test]
    fn what_others_could_read_is_closed_and_new_files_are_ours_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let below = data.join("objects/originals");
        fs::create_dir_all(&below).expect("folders");
        let (database, picture, other) = (
            data.join("imgc.db"),
            below.join("a.png"),
            data.join("notes.txt"),
        );
        for path in [&database, &picture, &other] {
            fs::write(path, "x").expect("written");
            fs::set_permissions(path, fs::Permissions::from_mode(0o644)).expect("opened");
        }
        for path in [&data, &below] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("opened");
        }
        prepare(&data).expect("prepared");
        assert_eq!((mode(&data), mode(&database)), (0o700, 0o600));
        close_below(&data);
        assert_eq!((mode(&below), mode(&picture)), (0o700, 0o600));
        // What is none of ours stays as its owner wants it.
        assert_eq!(mode(&other), 0o644);
        let new = data.join("new");
        fs::write(&new, "x").expect("written");
        assert_eq!(mode(&new), 0o600);
    }
}
