//! `imgc backup`: a copy of everything, while the server runs.

use super::{BackupError, at};
use crate::{
    server::{
        AppState,
        config::Config,
        disk::{BACKUP_PREFIX, BACKUP_SUFFIX},
        leftovers::{self, BackupTurn, MOVED, SNAPSHOT, UNFINISHED},
        secrets,
        spool::SET_ASIDE,
    },
    ui::format,
};
use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// Makes a backup in the configured folder and returns its path.
pub async fn create(state: &AppState) -> Result<PathBuf, BackupError> {
    let recipient = recipient(&state.config)?;
    let folder = state.config.backup_dir();
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let data = state.config.imgc.data_dir.clone();
    let part = folder.join(UNFINISHED);
    let turn = BackupTurn::take(&part).map_err(at(&part))?;
    let _turn = turn.ok_or_else(|| BackupError::UnderWay(part.clone()))?;
    let snapshot = data.join(SNAPSHOT);
    remove(&snapshot)?;
    // It is in plain for a moment, and nobody else's to read even then.
    secrets::write_private(&snapshot, b"").map_err(at(&snapshot))?;
    // One moment of the database, whatever is written meanwhile.
    let copied = state.db.copy_to(&snapshot).await;
    copied.map_err(|_| at(&snapshot)("the database could not be copied"))?;
    let stamp = format::iso(state.clock.now_ms()).replace([':', '-'], "");
    let whole = folder.join(format!("{BACKUP_PREFIX}{stamp}{BACKUP_SUFFIX}"));
    let objects = state.config.imgc.objects.url.is_none();
    let packed = {
        let (part, snapshot) = (part.clone(), snapshot.clone());
        tokio::task::spawn_blocking(move || pack(&part, &recipient, &data, &snapshot, objects))
    };
    let packed = packed.await;
    remove(&snapshot)?;
    if let Err(error) = packed? {
        remove(&part)?;
        return Err(at(&part)(error));
    }
    // Only whole backups bear a backup's name.
    fs::rename(&part, &whole).map_err(at(&whole))?;
    Ok(whole)
}

/// The key that backups are encrypted for.
pub fn recipient(config: &Config) -> Result<age::x25519::Recipient, BackupError> {
    let recipient = config.imgc.backup.recipient.as_deref();
    let recipient = recipient.ok_or(BackupError::NoRecipient)?;
    recipient.parse().map_err(BackupError::Recipient)
}

fn pack(
    path: &Path,
    recipient: &age::x25519::Recipient,
    data: &Path,
    snapshot: &Path,
    objects: bool,
) -> io::Result<()> {
    let recipients = std::iter::once(recipient as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
    let file = BufWriter::new(private_file(path)?);
    let mut archive = tar::Builder::new(encryptor.wrap_output(file)?);
    archive.follow_symlinks(false);
    archive.append_path_with_name(snapshot, "imgc.db")?;
    archive.append_path_with_name(data.join("instance.key"), "instance.key")?;
    append_folder(&mut archive, data, "spool")?;
    append_folder(&mut archive, data, SET_ASIDE)?;
    if objects {
        append_folder(&mut archive, data, "objects")?;
    }
    let mut file = archive.into_inner()?.finish()?;
    file.flush()?;
    file.into_inner().map_err(io::Error::from)?.sync_all()
}

/// Adds a folder of the data folder. A file that is deleted meanwhile is left out.
fn append_folder<W: Write>(
    archive: &mut tar::Builder<W>,
    data: &Path,
    name: &str,
) -> io::Result<()> {
    let mut folders = vec![PathBuf::from(name)];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(data.join(&folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                if leftovers::is_unfinished(&entry.file_name().to_string_lossy()) {
                    continue;
                }
                match File::open(entry.path()) {
                    Ok(mut file) => archive.append_file(&path, &mut file)?,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
    Ok(())
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn remove(path: &Path) -> Result<(), BackupError> {
    leftovers::remove_file(path).map_err(at(path))
}

/// Removes what a backup or a restore that was killed has left behind: a plain
/// copy of the database must not outlive it. A folder that a move has filled in
/// part is none to serve.
pub fn sweep(config: &Config) -> Result<(), BackupError> {
    let data = &config.imgc.data_dir;
    if !config.is_shared() && data.join(MOVED).exists() {
        return Err(BackupError::MoveCutOff(data.join(MOVED)));
    }
    leftovers::sweep_backup_now(config).map_err(at(data))?;
    match leftovers::sweep_restore(data).map_err(at(data))? {
        true => Ok(()),
        false => Err(BackupError::RestoreCutOff(data.clone())),
    }
}
