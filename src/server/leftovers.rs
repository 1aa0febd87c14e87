//! What commands that were killed leave in the data folder: plain copies of the
//! database, backups half written, a restore half done. They hold what people
//! have erased since, so they go at the next start and with every erasure.

use super::config::Config;
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// The copy of the database that a backup is made of, in the data folder.
pub const SNAPSHOT: &str = "backup.db";
/// A backup that is not whole yet, in the folder of the backups.
pub const UNFINISHED: &str = "backup.part";
/// Where a backup is unpacked, and what it replaces, in the data folder.
pub const UNPACKED: &str = "restore.part";
/// See [`UNPACKED`].
pub const REPLACED: &str = "restore.old";

/// Where `imgc move` makes a database, in the data folder: it comes last, and until
/// then the folder is none to serve.
pub const MOVED: &str = "move.part";

/// What the end of a name says of a file that was not finished.
const PART: &str = ".part";

/// Whether a file of this name may be half of something: the object store's
/// (`….png#1`) or our own (`….part`). No backup needs it.
pub fn is_unfinished(name: &str) -> bool {
    name.ends_with(PART) || is_stage(name)
}

/// Whether this is the name under which a local object is written before it
/// bears its own: that and `#`, with a number.
pub fn is_stage(name: &str) -> bool {
    name.rsplit_once('#').is_some_and(|(_, number)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Held while a backup is made: what it has on the disk is under way, not left.
#[derive(Debug)]
pub struct BackupTurn {
    _part: File,
}

impl BackupTurn {
    /// Takes the turn, with the backup's own file; `None` while another process
    /// has it.
    pub fn take(part: &Path) -> io::Result<Option<BackupTurn>> {
        let mut options = fs::OpenOptions::new();
        let part = options
            .write(true)
            .create(true)
            .truncate(false)
            .open(part)?;
        match part.try_lock() {
            Ok(()) => Ok(Some(BackupTurn { _part: part })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// Removes what a backup that was killed has left behind. One that is under way
/// keeps its files.
pub async fn sweep_backup(config: &Config) -> io::Result<()> {
    let config = config.clone();
    tokio::task::spawn_blocking(move || sweep_backup_now(&config)).await?
}

/// As [`sweep_backup`], on this thread.
pub fn sweep_backup_now(config: &Config) -> io::Result<()> {
    let data = &config.imgc.data_dir;
    let part = config.backup_dir().join(UNFINISHED);
    // A file that cannot be opened is nobody's who could hold it.
    let file = File::open(&part).ok();
    let held = file.as_ref().map(File::try_lock);
    if matches!(held, Some(Err(TryLockError::WouldBlock))) {
        return Ok(());
    }
    for path in [
        data.join(SNAPSHOT),
        data.join([SNAPSHOT, "-journal"].concat()),
        data.join([SNAPSHOT, "-wal"].concat()),
        part,
    ] {
        remove_file(&path)?;
    }
    Ok(())
}

/// Removes what a restore that was killed has left behind. `false` where it
/// was killed between taking the old away and putting the new in its place:
/// then nothing is touched, and only another restore makes it whole.
pub fn sweep_restore(data_dir: &Path) -> io::Result<bool> {
    let (unpacked, replaced) = (data_dir.join(UNPACKED), data_dir.join(REPLACED));
    if unpacked.exists() && replaced.exists() {
        return Ok(false);
    }
    remove_folder(&unpacked)?;
    remove_folder(&replaced)?;
    Ok(true)
}

/// Removes the stages beside an object that is deleted: writes of it that were
/// killed. They are numbered from 1, the lowest free number first, so that a few
/// numbers in a row without one are the end.
pub fn remove_stages(object: &Path) -> io::Result<()> {
    const MISSES: u32 = 3;
    let (mut number, mut misses) = (0_u32, 0);
    while misses < MISSES {
        number += 1;
        let mut name = object.as_os_str().to_owned();
        name.push(format!("#{number}"));
        match fs::remove_file(PathBuf::from(name)) {
            Ok(()) => misses = 0,
            Err(error) if error.kind() == io::ErrorKind::NotFound => misses += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Removes a file; one that is gone is no error.
pub fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes a folder with all that is in it; one that is gone is no error.
pub fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_told_from_wholes() {
        for name in ["a.png#1", "a.png#23", "small.webp#1", "manifest.part"] {
            assert!(is_unfinished(name), "{name}");
        }
        for name in ["a.png", "a#.png", "a#b", "#", "a#1b", "part", "0"] {
            assert!(!is_unfinished(name), "{name}");
        }
    }

    #[test]
    fn a_restore_cut_in_the_middle_is_left_for_another_restore() {
        let folder = tempfile::tempdir().expect("a folder");
        let (part, old) = (folder.path().join(UNPACKED), folder.path().join(REPLACED));
        fs::create_dir_all(&part).expect("made");
        assert!(sweep_restore(folder.path()).expect("swept") && !part.exists());
        fs::create_dir_all(&old).expect("made");
        assert!(sweep_restore(folder.path()).expect("swept") && !old.exists());
        fs::create_dir_all(&part).expect("made");
        fs::create_dir_all(&old).expect("made");
        assert!(!sweep_restore(folder.path()).expect("looked at") && old.exists());
    }
}
