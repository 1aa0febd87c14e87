//! `imgc move`: everything that an instance keeps, from the embedded database and
//! its folder to Cloudflare D1 and its bucket, or back. Back is the way out, and
//! the copy for emergencies.
//!
//! What is moved from is only read. Into D1 it goes under a mark that keeps nodes
//! out until all of it is there; into a folder the database comes last. So a move
//! that breaks off is begun anew by the same command: rows from the first, and of
//! objects those that are missing.

mod files;
mod objects;
mod rows;

use super::hold::{Hold, HoldError};
use crate::{
    server::{
        config::{Config, LedgerPlace},
        data_lock::{self, LockError},
        ledger::ErasureLedger,
        leftovers::{self, MOVED},
        objects::{FileError, Objects, ObjectsError},
        secrets::InstanceKey,
        sharing::SharingError,
        state::{self, DATABASE, StartError},
    },
    store::{Access, Db, DbError, OpenError, mover, node_leases},
};
use clap::ValueEnum;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Where everything goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// From data_dir to the D1 and the bucket that are configured.
    D1,
    /// From the D1 and the bucket that are configured to data_dir.
    Sqlite,
}

/// Why not everything was moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// No D1 is configured.
    #[error(
        "database.url (or IMGC_DATABASE_URL) is missing: with the other settings of D1 and its \
         bucket it says where to move to, or from"
    )]
    NoShared,
    /// The lock of `data_dir` cannot be taken.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The D1 database cannot be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The embedded database cannot be opened.
    #[error("{}: {source} (it is the file that this is about: do that without database.url)", path.display())]
    Folder {
        /// Its file.
        path: PathBuf,
        /// The reason it does not open.
        source: OpenError,
    },
    /// The folder's key is not the one that is configured.
    #[error(
        "instance_key (or IMGC_INSTANCE_KEY) is not the key in {path}, and both sides need the \
         same: `od -An -v -tx1 {path} | tr -d ' \\n'` prints what to set",
        path = .0.display()
    )]
    OtherKey(PathBuf),
    /// The nodes' key is not the one that is configured, or a move never ended.
    #[error(transparent)]
    Sharing(#[from] SharingError),
    /// The folder's ledger is somewhere else.
    #[error("{}: the ledger of erasures is not there: name it with --ledger FILE", .0.display())]
    NoLedger(PathBuf),
    /// The folder has a database.
    #[error("{}: there is a database already: name another data_dir (or IMGC_DATA_DIR)", .0.display())]
    DatabaseThere(PathBuf),
    /// The D1 database has rows.
    #[error(
        "the D1 database holds rows already ({0}): move into a new one, that has had `imgc \
         migrate` and has not been served"
    )]
    NotEmpty(&'static str),
    /// Somebody else has the D1 database.
    #[error(transparent)]
    Hold(#[from] HoldError),
    /// Rows could not be read or written.
    #[error("{part}: {source}. The move ended in the middle: begin again")]
    Rows {
        /// Which ones.
        part: &'static str,
        /// The database's reason.
        source: DbError,
    },
    /// The two sides are not alike.
    #[error("{0}: the two sides are not alike, so the move is not complete: begin again")]
    Differs(String),
    /// What was moved from did not hold still.
    #[error("{0}: they changed while they were moved: is a node running? Begin again")]
    Changed(&'static str),
    /// Objects could not be read or written.
    #[error("objects: {0}. The move ended in the middle: begin again")]
    Objects(#[from] FileError),
    /// An object store cannot be opened.
    #[error(transparent)]
    Store(#[from] ObjectsError),
    /// There are objects that do not belong to what is moved.
    #[error(
        "{place} holds {key}, which is not among what is moved: it belongs to somebody else, or \
         was deleted since an earlier try. Give an empty place"
    )]
    Stranger {
        /// The folder, or the bucket.
        place: String,
        /// The first of the objects.
        key: String,
    },
    /// A file or a folder, and what is wrong with it.
    #[error("{}: {source}", path.display())]
    File {
        /// The file or the folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The ledger of erasures could not be moved.
    #[error("the ledger of erasures: {0}")]
    Ledger(#[source] io::Error),
}

impl MoveError {
    /// Whether it would end the same again, until somebody changes something.
    pub fn is_lasting(&self) -> bool {
        match self {
            MoveError::NoShared
            | MoveError::OtherKey(_)
            | MoveError::NoLedger(_)
            | MoveError::DatabaseThere(_)
            | MoveError::NotEmpty(_)
            | MoveError::Stranger { .. } => true,
            MoveError::Start(error) => error.is_lasting(),
            MoveError::Folder { source, .. } => source.is_lasting(),
            MoveError::Sharing(error) => error.is_lasting(),
            _ => false,
        }
    }
}

/// Names the file that an error is about.
fn at(path: &Path) -> impl FnOnce(io::Error) -> MoveError + use<'_> {
    move |source| MoveError::File {
        path: path.to_owned(),
        source,
    }
}

/// The two sides of a move.
struct Sides {
    data: PathBuf,
    shared: Db,
    key: InstanceKey,
    bucket: Objects,
    /// What the folder's objects are opened by.
    folder: Config,
    /// The ledgers: the folder's file, the nodes' bucket.
    ledger_file: PathBuf,
    ledger: ErasureLedger,
}

/// What was moved.
#[derive(Default)]
struct Moved {
    rows: u64,
    objects: u64,
    spooled: u64,
    events: u64,
}

/// Moves everything. `ledger` is the file of the folder's ledger, where that is
/// not in the folder. Returns a report.
pub async fn run(config: Config, to: Target, ledger: Option<PathBuf>) -> Result<String, MoveError> {
    let Some((url, settings)) = state::shared_database(&config)? else {
        return Err(MoveError::NoShared);
    };
    let key = config.instance_key().ok_or(MoveError::NoShared)?;
    let data = config.imgc.data_dir.clone();
    let _lock = data_lock::lock(&data)?;
    let opened = Db::open_d1(settings, Access::Current).await;
    let shared = opened.map_err(|source| StartError::SharedDatabase { url, source })?;
    let mut folder = config.clone();
    folder.imgc.objects.url = None;
    let sides = Sides {
        ledger_file: ledger.unwrap_or_else(|| data.join("erasures.ledger")),
        ledger: ErasureLedger::open(&config.erasure_ledger_place(), &config.imgc.objects)?,
        bucket: Objects::open(&config)?,
        key: InstanceKey::new(key),
        data,
        shared,
        folder,
    };
    let mut hold = Hold::take(&sides.shared).await?;
    let done = match to {
        Target::D1 => into_d1(&sides, &mut hold).await,
        Target::Sqlite => into_folder(&sides, &mut hold).await,
    };
    hold.give_back().await;
    sides.shared.close().await;
    let moved = done?;
    let Moved {
        rows,
        objects,
        spooled,
        events,
    } = moved;
    tracing::info!(?to, rows, objects, "everything was moved");
    Ok(format!(
        "Moved: {rows} rows, {objects} objects, {spooled} files of answers under way, {events} \
         events of the ledger of erasures. Both sides were compared and are alike.\n{}",
        what_now(to, &sides)
    ))
}

/// What is the operator's to do afterwards.
fn what_now(to: Target, sides: &Sides) -> String {
    let data = sides.data.display();
    match to {
        Target::D1 => format!(
            "Run `imgc doctor`, then start the nodes. {data} still holds everything. Do not serve \
             it again: jobs that wait would be made and paid twice. And no deletion reaches it any \
             more: remove it once the nodes work.\n"
        ),
        Target::Sqlite => format!(
            "The D1 database and its bucket are as they were. To serve {data} instead of them, \
             unset database.url, database.secret, instance_key and objects.url, and run `imgc \
             doctor`; never serve both, or jobs that wait are made and paid twice. If it is a copy \
             for emergencies, no deletion reaches it: remove it in time.\n"
        ),
    }
}

/// From the folder to D1 and its bucket.
async fn into_d1(sides: &Sides, hold: &mut Hold) -> Result<Moved, MoveError> {
    let path = sides.data.join(DATABASE);
    let opened = Db::open_read_only(&path).await;
    let embedded = opened.map_err(|source| MoveError::Folder { path, source })?;
    let key_file = sides.data.join("instance.key");
    if !sides.key.is_in(&sides.data).map_err(at(&key_file))? {
        return Err(MoveError::OtherKey(key_file));
    }
    if !sides.ledger_file.exists() {
        return Err(MoveError::NoLedger(sides.ledger_file.clone()));
    }
    let shared = &sides.shared;
    let of_shared = |source| MoveError::Rows {
        part: "the D1 database",
        source,
    };
    let standing = mover::standing(shared, hold.now_ms()).await;
    if standing.map_err(of_shared)?.half {
        tracing::info!("an earlier move broke off: it is begun anew");
        rows::empty(shared, hold).await?;
    } else if let Some(part) = mover::first_filled(shared).await.map_err(of_shared)? {
        return Err(MoveError::NotEmpty(part));
    }
    let mark = sides.key.mark();
    if node_leases::note_key(shared, mark)
        .await
        .map_err(of_shared)?
        != mark
    {
        return Err(SharingError::Key.into());
    }
    mover::begin(shared, hold.now_ms())
        .await
        .map_err(of_shared)?;
    let sums = rows::copy(&embedded, shared, hold).await?;
    embedded.close().await;
    let local = Objects::open(&sides.folder)?;
    let copied = objects::from_folder(&local, &sides.bucket, hold).await?;
    let spooled = files::to_bucket(&sides.data, &sides.bucket, hold).await?;
    let events = ledger_of(sides)?.copy_to(&sides.ledger).await;
    let events = events.map_err(MoveError::Ledger)?;
    // From now on it may be served.
    hold.prolong_now().await?;
    mover::done(shared).await.map_err(of_shared)?;
    Ok(Moved {
        rows: sums.rows(),
        objects: copied,
        spooled,
        events,
    })
}

/// From D1 and its bucket to the folder.
async fn into_folder(sides: &Sides, hold: &mut Hold) -> Result<Moved, MoveError> {
    let path = sides.data.join(DATABASE);
    if path.exists() {
        return Err(MoveError::DatabaseThere(path));
    }
    has_nodes_key(sides).await?;
    let part = sides.data.join(MOVED);
    leftovers::remove_folder(&part).map_err(at(&part))?;
    fs::create_dir_all(&part).map_err(at(&part))?;
    keep_key(sides)?;
    let unfinished = part.join(DATABASE);
    let opened = Db::open(&unfinished).await;
    let embedded = opened.map_err(|source| MoveError::Folder {
        path: unfinished.clone(),
        source,
    })?;
    let sums = rows::copy(&sides.shared, &embedded, hold).await?;
    let local = Objects::open(&sides.folder)?;
    let copied = objects::copy(&sides.bucket, &local, "the folder of the objects", hold).await?;
    let spooled = files::from_bucket(&sides.bucket, &sides.data, hold).await?;
    let events = sides.ledger.copy_to(&ledger_of(sides)?).await;
    let events = events.map_err(MoveError::Ledger)?;
    rows::still_alike(&sides.shared, &sums, hold).await?;
    put_in_place(embedded, &unfinished, &path).await?;
    leftovers::remove_folder(&part).map_err(at(&part))?;
    Ok(Moved {
        rows: sums.rows(),
        objects: copied,
        spooled,
        events,
    })
}

/// Whether the D1 database is whole, and its nodes have the configured key.
async fn has_nodes_key(sides: &Sides) -> Result<(), MoveError> {
    let of_shared = |source| MoveError::Sharing(SharingError::Database(source));
    let standing = mover::standing(&sides.shared, 0).await;
    if standing.map_err(of_shared)?.half {
        return Err(SharingError::HalfMoved.into());
    }
    match node_leases::key(&sides.shared).await.map_err(of_shared)? {
        Some(mark) if mark != sides.key.mark() => Err(SharingError::Key.into()),
        _ => Ok(()),
    }
}

/// Keeps the key in the folder, which may have the same one already.
fn keep_key(sides: &Sides) -> Result<(), MoveError> {
    let file = sides.data.join("instance.key");
    if sides.key.is_in(&sides.data).map_err(at(&file))? {
        return Ok(());
    }
    if file.exists() {
        return Err(MoveError::OtherKey(file));
    }
    sides.key.keep_in(&sides.data).map_err(at(&file))
}

/// The folder's ledger; its file is made if need be.
fn ledger_of(sides: &Sides) -> Result<ErasureLedger, MoveError> {
    let place = LedgerPlace::File(sides.ledger_file.clone());
    Ok(ErasureLedger::open(&place, &sides.folder.imgc.objects)?)
}

/// Closes the new database, so that all of it is in its file, and gives it its name.
async fn put_in_place(db: Db, unfinished: &Path, path: &Path) -> Result<(), MoveError> {
    let emptied = db.checkpoint_wal().await;
    emptied.map_err(|source| MoveError::Rows {
        part: "the new database",
        source,
    })?;
    db.close().await;
    let synced = fs::File::open(unfinished).and_then(|file| file.sync_all());
    synced.map_err(at(unfinished))?;
    fs::rename(unfinished, path).map_err(at(path))
}
