//! `imgc restore`: a backup put back, and nobody with it who was erased since.

use super::{BackupError, after_restore, at};
use crate::{
    server::{
        AppState,
        config::Config,
        data_lock,
        leftovers::{self, REPLACED, UNPACKED},
        migration, private_files,
        spool::SET_ASIDE,
        state::DATABASE,
    },
    store::Db,
};
use std::{
    fs::{self, File},
    io::{self, BufReader},
    path::Path,
};

/// What is put back, and so replaced: each has its place in the data folder.
const PARTS: [&str; 5] = ["imgc.db", "instance.key", "spool", SET_ASIDE, "objects"];

/// Puts a backup back into the data folder. Without `replace` only where there
/// is no database yet. Returns a report.
pub async fn restore(
    config: Config,
    backup: &Path,
    key: &Path,
    replace: bool,
) -> Result<String, BackupError> {
    if config.is_shared() {
        return Err(BackupError::SharedRestore);
    }
    let data = config.imgc.data_dir.clone();
    let _lock = data_lock::lock(&data)?;
    if data.join(DATABASE).exists() && !replace {
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
    // One that this version cannot open is worth nothing in the place of one it can.
    let schema = Db::schema(&unpacked.join(DATABASE)).await;
    schema.map_err(BackupError::Schema)?;
    swap(&data, &unpacked, &old).map_err(at(&data))?;
    remove_folder(&old)?;

    // The archive has the rights of where it was made.
    private_files::close_below(&data);
    // An older version's backup is brought up to date: it is its own copy.
    migration::migrate_unpacked(&data.join(DATABASE)).await?;
    let state = AppState::open_current(config).await?;
    let done = after_restore::bring_up_to_now(&state).await;
    state.db.close().await;
    tracing::info!(backup = %backup.display(), "a backup was put back");
    done
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
    if !folder.join(DATABASE).exists() {
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
    leftovers::remove_folder(folder).map_err(at(folder))
}
