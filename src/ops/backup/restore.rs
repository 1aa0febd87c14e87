//! `imgc restore`: a backup put back, and nobody with it who was erased since.

use super::{BackupError, at};
use crate::{
    account::erasure,
    server::{
        AppState,
        config::Config,
        data_lock,
        leftovers::{REPLACED, UNPACKED},
        outbox, private_files,
    },
    store::sessions,
};
use std::{
    fs::{self, File},
    io::{self, BufReader},
    path::Path,
};

/// What is put back, and so replaced: each has its place in the data folder.
const PARTS: [&str; 4] = ["imgc.db", "instance.key", "spool", "objects"];

/// Puts a backup back into the data folder. Without `replace` only where there
/// is no database yet. Returns a report.
pub async fn restore(
    config: Config,
    backup: &Path,
    key: &Path,
    replace: bool,
) -> Result<String, BackupError> {
    let data = config.imgc.data_dir.clone();
    let _lock = data_lock::lock(&data)?;
    if data.join("imgc.db").exists() && !replace {
        return Err(BackupError::DatabaseThere(data));
    }
    let (unpacked, old) = (data.join(UNPACKED), data.join(REPLACED));
    for folder in [&unpacked, &old] {
        remove_folder(folder)?;
    }
    let done = {
        let (backup, key) = (backup.to_owned(), key.to_owned());
        let unpacked = unpacked.clone();
        tokio::task::spawn_blocking(move || unpack(&backup, &key, &unpacked))
    };
    done.await??;
    swap(&data, &unpacked, &old).map_err(at(&data))?;
    remove_folder(&old)?;

    // The archive has the rights of where it was made.
    private_files::close_below(&data);
    let state = AppState::open(config).await?;
    // A cookie that was worthless since must not open anything again.
    let ended = sessions::end_everybodys(&state.db).await;
    ended.map_err(BackupError::Sessions)?;
    let replayed = erasure::replay_ledger(&state).await;
    let replayed = replayed.map_err(BackupError::Ledger)?;
    let erased = erasure::erase_due(&state).await;
    outbox::delete_objects(&state).await;
    state.db.close().await;
    if erased.interrupted {
        return Err(BackupError::ErasureUnfinished);
    }
    Ok(format!(
        "Restored. Everybody is signed out. Accounts closed or erased since the backup: \
         {replayed}; erased again: {}.\n",
        erased.people
    ))
}

/// Decrypts and unpacks beside the data, so that a damaged backup changes nothing.
fn unpack(backup: &Path, key: &Path, folder: &Path) -> Result<(), BackupError> {
    let key_file = key.to_string_lossy().into_owned();
    let identities = age::IdentityFile::from_file(key_file).map_err(at(key))?;
    let identities = identities.into_identities().map_err(at(key))?;
    let file = BufReader::new(File::open(backup).map_err(at(backup))?);
    let decryptor = age::Decryptor::new(file).map_err(at(backup))?;
    let reader = decryptor
        .decrypt(
            identities
                .iter()
                .map(|identity| &**identity as &dyn age::Identity),
        )
        .map_err(at(backup))?;
    fs::create_dir_all(folder).map_err(at(folder))?;
    let mut archive = tar::Archive::new(reader);
    // `unpack` refuses paths that lead out of the folder.
    archive.unpack(folder).map_err(at(backup))?;
    if !folder.join("imgc.db").exists() {
        return Err(at(backup)("it holds no database"));
    }
    Ok(())
}

/// Moves what is there out of the way, and what was unpacked into its place.
fn swap(data: &Path, unpacked: &Path, old: &Path) -> io::Result<()> {
    fs::create_dir_all(old)?;
    // The log of writes belongs to the database that goes.
    for name in PARTS.into_iter().chain(["imgc.db-wal", "imgc.db-shm"]) {
        let here = data.join(name);
        // A bucket's objects are not in the backup, and stay.
        let replaced = !PARTS.contains(&name) || unpacked.join(name).exists();
        if here.exists() && replaced {
            fs::rename(&here, old.join(name))?;
        }
    }
    for name in PARTS {
        let from = unpacked.join(name);
        if from.exists() {
            fs::rename(&from, data.join(name))?;
        }
    }
    fs::remove_dir_all(unpacked)
}

fn remove_folder(folder: &Path) -> Result<(), BackupError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(folder)(error)),
        _ => Ok(()),
    }
}
