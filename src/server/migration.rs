//! Bringing the database up to date: by the server when it starts and by
//! `imgc migrate`, and by nothing else. What was there is copied before.
//!
//! The copies lie in plain beside the database, for their owner to read alone;
//! housekeeping removes them ([`RetentionRule::MigrationCopies`]).
//!
//! [`RetentionRule::MigrationCopies`]: crate::model::retention::RetentionRule::MigrationCopies

use super::state::{StartError, at};
use crate::{
    model::limits::MIGRATION_COPIES_MAX,
    server::secrets,
    store::{Db, schema::Schema},
    ui::format,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The folder of the copies, in the data folder.
pub const COPIES: &str = "before-migrations";
/// What a copy's name begins and ends with; in between are its time and its schema.
pub const COPY_PREFIX: &str = "imgc-";
/// See [`COPY_PREFIX`].
pub const COPY_SUFFIX: &str = ".db";

/// What was done to the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Migrated {
    /// There was none, and there is one now.
    Made,
    /// Nothing: it is up to date.
    Current(i64),
    /// It was brought up to date.
    Brought {
        /// The last migration it had.
        from: i64,
        /// The last one that it has now.
        to: i64,
        /// The copy from before.
        copy: PathBuf,
    },
}

/// Brings the database of a data folder up to date, after a copy of it, and
/// makes one where there is none. Whoever calls it holds the folder's lock.
pub async fn migrate(data: &Path, path: &Path, now_ms: i64) -> Result<(Db, Migrated), StartError> {
    let failed = |source| StartError::Database {
        path: path.to_owned(),
        source,
    };
    let schema = Db::schema(path).await.map_err(failed)?;
    let copy = match schema {
        Schema::Older { found, .. } => Some(copy(data, path, found, now_ms).await?),
        Schema::Missing | Schema::Current(_) => None,
    };
    let db = match Db::open(path).await {
        Ok(db) => db,
        Err(source) => {
            // One copy of a schema says as much as many: whoever restarts the server
            // again and again must not fill the disk.
            if let (Schema::Older { found, .. }, Some(copy)) = (&schema, &copy) {
                keep_one_of_schema(data, *found, copy).map_err(at(copy))?;
            }
            return Err(failed(source));
        }
    };
    let done = match (schema, copy) {
        (Schema::Older { found, known }, Some(copy)) => {
            tracing::info!(from = found, to = known, copy = %copy.display(), "the database was migrated");
            // What a migration removed must not outlive it in the log of writes.
            if let Err(error) = db.checkpoint_wal().await {
                tracing::warn!(%error, "the write-ahead log was not emptied");
            }
            keep_the_newest(data).map_err(at(&data.join(COPIES)))?;
            Migrated::Brought {
                from: found,
                to: known,
                copy,
            }
        }
        (Schema::Current(known), _) => Migrated::Current(known),
        _ => Migrated::Made,
    };
    Ok((db, done))
}

/// Brings a database up to date that was just put back, and so needs no copy.
pub async fn migrate_unpacked(path: &Path) -> Result<(), StartError> {
    match Db::open(path).await {
        Ok(db) => db.close().await,
        Err(source) => {
            return Err(StartError::Database {
                path: path.to_owned(),
                source,
            });
        }
    }
    Ok(())
}

/// The copies that are there, the oldest first.
pub fn copies(data: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(data.join(COPIES)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| name.starts_with(COPY_PREFIX)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Copies the database. Only a whole copy, safe on the disk, bears a copy's name.
async fn copy(data: &Path, path: &Path, schema: i64, now_ms: i64) -> Result<PathBuf, StartError> {
    let folder = data.join(COPIES);
    make_private(&folder).map_err(at(&folder))?;
    let stamp = format::iso(now_ms).replace([':', '-'], "");
    let name = format!("{COPY_PREFIX}{stamp}-schema-{schema}");
    let (part, whole) = (
        folder.join(format!("{name}.part")),
        folder.join(format!("{COPY_PREFIX}{stamp}{}", ending(schema))),
    );
    secrets::write_private(&part, b"").map_err(at(&part))?;
    let copied = match Db::copy(path, &part).await {
        Ok(()) => fs::rename(&part, &whole).and_then(|()| sync(&folder)),
        Err(source) => {
            let _ = fs::remove_file(&part);
            return Err(StartError::Database {
                path: path.to_owned(),
                source,
            });
        }
    };
    copied.map_err(at(&whole))?;
    Ok(whole)
}

/// The end of the name of a copy with this schema.
fn ending(schema: i64) -> String {
    format!("-schema-{schema}{COPY_SUFFIX}")
}

/// Removes the copies with this schema but for this one.
fn keep_one_of_schema(data: &Path, schema: i64, kept: &Path) -> io::Result<()> {
    let ending = ending(schema);
    for path in copies(data)? {
        if path != kept && path.to_string_lossy().ends_with(&ending) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Removes copies beyond the newest few, and what broken ones left.
fn keep_the_newest(data: &Path) -> io::Result<()> {
    let (whole, broken): (Vec<PathBuf>, Vec<PathBuf>) = copies(data)?
        .into_iter()
        .partition(|path| path.to_string_lossy().ends_with(COPY_SUFFIX));
    let beyond = whole.len().saturating_sub(MIGRATION_COPIES_MAX);
    for path in whole.iter().take(beyond).chain(&broken) {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Makes a folder that only this user may enter.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes a file's new name safe on the disk.
fn sync(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}
