//! Copies for emergencies: made while the server runs, encrypted, kept for 14
//! days; and putting one back without bringing back who was erased.
//!
//! A backup is a tar, encrypted for an age key: the database as it was at one
//! moment, the instance's key, the spool, and the objects where they are in a
//! local folder (a bucket is its provider's to keep). The server needs only
//! the public half of the key; the secret half stays with the operator.

pub mod after_restore;
pub mod create;
pub mod restore;

use super::hold::HoldError;
use crate::{
    account::erasure::ErasureError,
    housekeeping::rules,
    model::retention::RetentionRule,
    server::{
        AppState, config::Config, data_lock::LockError, sharing::SharingError, state::StartError,
    },
    store::{DbError, OpenError},
};
use std::{
    fmt::Display,
    path::{Path, PathBuf},
};

/// Why a backup was not made, or not put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Another process makes one on the same data folder.
    #[error("{}: another backup is under way", .0.display())]
    UnderWay(PathBuf),
    /// A restore was killed while it changed places.
    #[error(
        "{}: a restore was cut off in the middle: run `imgc restore` again, with --replace",
        .0.display()
    )]
    RestoreCutOff(PathBuf),
    /// A move into the folder was killed, and its database is not there yet.
    #[error(
        "{}: a move into this folder was cut off, and parts are missing: run `imgc move --to \
         sqlite` again, with D1 configured, or remove this folder to begin with nothing",
        .0.display()
    )]
    MoveCutOff(PathBuf),
    /// The database is no file of this machine's.
    #[error(
        "the database is D1 (database.url), and no backup is made of that: its provider keeps a \
         history that it can be put back to (Time Travel), and `imgc move --to sqlite` copies \
         everything into a folder"
    )]
    Shared,
    /// There is no folder that a backup could be put back into.
    #[error(
        "the database is D1 (database.url), and a backup is put back into a folder: run this \
         without database.url, and bring the folder to an empty D1 with `imgc move --to d1`"
    )]
    SharedRestore,
    /// No key is set that backups are encrypted for.
    #[error(
        "backup.recipient (or IMGC_BACKUP_RECIPIENT) is missing: `imgc backup-key FILE` makes a \
         key and prints what to set"
    )]
    NoRecipient,
    /// The value set as recipient is no public key of age.
    #[error("backup.recipient (or IMGC_BACKUP_RECIPIENT): {0}")]
    Recipient(&'static str),
    /// A file or a folder, and what is wrong with it.
    #[error("{}: {why}", path.display())]
    File {
        /// The file or the folder.
        path: PathBuf,
        /// The error's text.
        why: String,
    },
    /// The backup's database is of a version that this one cannot read; nothing was changed.
    #[error("nothing was put back. The backup's database: {0}")]
    Schema(#[source] OpenError),
    /// The folder to restore into has a database; with its path.
    #[error("{}: there is a database already; with --replace it is given up for the backup", .0.display())]
    DatabaseThere(PathBuf),
    /// The thread that did the work panicked or was cancelled.
    #[error("the work was broken off: {0}")]
    BrokenOff(#[from] tokio::task::JoinError),
    /// The sessions in the restored database could not be deleted.
    #[error("everybody could not be signed out, so do not serve yet; restore once more: {0}")]
    Sessions(#[source] DbError),
    /// The invitations in the restored database could not be taken back.
    #[error("invitations could not be taken back, so do not serve yet; restore once more: {0}")]
    Invitations(#[source] DbError),
    /// The jobs that waited in the restored database could not be ended.
    #[error(
        "waiting jobs could not be ended, and would be paid a second time, so do not serve yet; \
         restore once more: {0}"
    )]
    Jobs(#[source] DbError),
    /// Erasures made since the backup could not be applied to it.
    #[error(
        "the erasure ledger could not be replayed, so do not serve yet; restore once more: {0}"
    )]
    Ledger(#[from] ErasureError),
    /// A round of erasures ended with one still due.
    #[error("an erasure could not be finished: do not serve before `imgc purge` has")]
    ErasureUnfinished,
    /// The lock of `data_dir` cannot be taken.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Somebody else has the database that nodes share.
    #[error(transparent)]
    Hold(#[from] HoldError),
    /// The nodes of the database work otherwise than this command would.
    #[error(transparent)]
    Sharing(#[from] SharingError),
    /// The state of the server cannot be built.
    #[error(transparent)]
    Start(#[from] StartError),
}

impl BackupError {
    /// Whether it would end the same again, until somebody changes something.
    pub fn is_lasting(&self) -> bool {
        match self {
            BackupError::NoRecipient
            | BackupError::Shared
            | BackupError::SharedRestore
            | BackupError::MoveCutOff(_)
            | BackupError::Recipient(_)
            | BackupError::RestoreCutOff(_) => true,
            BackupError::Start(error) => error.is_lasting(),
            BackupError::Sharing(error) => error.is_lasting(),
            BackupError::Schema(error) => error.is_lasting(),
            _ => false,
        }
    }
}

/// Names the file that an error is about.
fn at<E: Display>(path: &Path) -> impl Fn(E) -> BackupError + use<'_, E> {
    move |why| BackupError::File {
        path: path.to_owned(),
        why: why.to_string(),
    }
}

/// Makes a key pair: writes the secret half to a new file that only its owner
/// may read, and returns the public half.
pub fn make_key(path: &Path) -> Result<String, BackupError> {
    use age::secrecy::ExposeSecret;
    let identity = age::x25519::Identity::generate();
    let recipient = identity.to_public().to_string();
    let text = format!(
        "# public key: {recipient}\n{}\n",
        identity.to_string().expose_secret()
    );
    crate::server::secrets::write_private(path, text.as_bytes()).map_err(at(path))?;
    Ok(recipient)
}

/// Makes a backup, and removes those that are too old, and nothing else.
/// Returns its path.
pub async fn run(config: Config) -> Result<PathBuf, BackupError> {
    if config.is_shared() {
        return Err(BackupError::Shared);
    }
    create::recipient(&config)?;
    let state = AppState::open_current(config).await?;
    let made = create::create(&state).await?;
    tracing::info!(backup = %made.display(), "a backup was made");
    let pruned = rules::run_only(&state, RetentionRule::Backups).await;
    if pruned.is_empty() {
        tracing::warn!("the clock is doubted, so no backup was removed: see `imgc doctor`");
    }
    state.db.close().await;
    Ok(made)
}
