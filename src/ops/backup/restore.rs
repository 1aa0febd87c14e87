//! `imgc restore`: a backup put back, and nobody with it who was erased since.

use super::{BackupError, at};
use crate::{
    account::erasure,
    ops::words::doubt,
    server::{
        AppState,
        config::Config,
        data_lock,
        leftovers::{self, REPLACED, UNPACKED},
        migration, outbox, private_files,
        spool::SET_ASIDE,
        state::DATABASE,
    },
    store::{Db, jobs, sessions},
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
    // A cookie that was worthless since must not open anything again.
    let ended = sessions::end_everybodys(&state.db).await;
    ended.map_err(BackupError::Sessions)?;
    // What waited then may have been made and paid since: its owner is asked.
    let given_up = jobs::give_up_queued(&state.db, state.clock.now_ms()).await;
    let given_up = given_up.map_err(BackupError::Jobs)?;
    let replayed = erasure::replay_ledger(&state).await;
    let replayed = replayed.map_err(BackupError::Ledger)?;
    // The backup's last look at the clock may be long ago: who was erased is
    // erased again, and whatever else looks overdue waits.
    let shown_ms = state.clock.system_ms();
    let trusted = state.clock_watch.trusts(&state.db, shown_ms).await;
    let erased = if trusted {
        erasure::erase_due(&state).await
    } else {
        erasure::erase_wished(&state).await
    };
    outbox::delete_objects(&state).await;
    let standing = state.clock_watch.standing(&state.db, shown_ms).await;
    state.db.close().await;
    if erased.interrupted {
        return Err(BackupError::ErasureUnfinished);
    }
    tracing::info!(backup = %backup.display(), replayed, erased = erased.people, given_up, "a backup was put back");
    let doubt = standing.ok().and_then(doubt).unwrap_or_default();
    Ok(format!(
        "Restored. Everybody is signed out. Accounts closed or erased since the backup: \
         {replayed}; erased again: {}.\nJobs that waited when it was made, and may have been \
         paid since: {given_up}; whoever asked for them decides whether to ask again.\n{doubt}{}",
        erased.people,
        if doubt.is_empty() { "" } else { "\n" }
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
