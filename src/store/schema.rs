//! The schema: which migrations a database has had, bringing it up to date, and
//! the copy of it that is made before.
//!
//! What it reads of the engine's own tables is no statement of ours, and is not
//! listed with them.

use super::errors::OpenError;
use sqlx::{
    ConnectOptions, Connection, SqlStr, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    sqlite::SqliteConnectOptions,
};
use std::path::Path;

/// A file of `migrations/`.
pub(super) struct MigrationFile {
    /// The number it begins with.
    pub(super) version: i64,
    /// Its name, ending included: what D1 notes of it.
    pub(super) name: &'static str,
    /// The rest of its name: what the embedded engine notes of it.
    pub(super) description: &'static str,
    /// Its text.
    pub(super) sql: &'static str,
}

/// The files of `migrations/`, the oldest first.
pub(super) const MIGRATIONS: &[MigrationFile] =
    &include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// How a database's schema stands to the one that this version needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// There is no database, or an empty one.
    Missing,
    /// Migrations are missing.
    Older {
        /// The last migration it had; 0 for none of ours.
        found: i64,
        /// The last one that this version has.
        known: i64,
    },
    /// It is this version's; with its last migration.
    Current(i64),
}

/// A migration that a database has had: version, checksum, and whether it was finished.
type Applied = (i64, Vec<u8>, bool);

fn migrator() -> Migrator {
    let migrations = MIGRATIONS.iter().map(|file| {
        Migration::new(
            file.version,
            file.description.into(),
            MigrationType::Simple,
            SqlStr::from_static(file.sql),
            false,
        )
    });
    Migrator::with_migrations(migrations.collect())
}

/// The last migration that this version has.
pub(super) fn known() -> i64 {
    MIGRATIONS.last().map_or(0, |file| file.version)
}

/// Applies every migration that is missing.
pub(super) async fn migrate(pool: &SqlitePool) -> Result<(), OpenError> {
    let done = migrator().run(pool).await;
    done.map_err(|error| match error {
        MigrateError::VersionMissing(found) => OpenError::Newer {
            found,
            known: known(),
        },
        MigrateError::VersionMismatch(version) => OpenError::Foreign(version),
        error => OpenError::Migration(error.to_string()),
    })
}

/// How the database at a path stands. Changes nothing.
pub(super) async fn inspect(
    path: &Path,
    options: SqliteConnectOptions,
) -> Result<Schema, OpenError> {
    // SQLite makes its files before it fills them.
    if std::fs::metadata(path).map_or(0, |file| file.len()) == 0 {
        return Ok(Schema::Missing);
    }
    let mut connection = connect(&options.create_if_missing(false)).await?;
    let applied = applied(&mut connection).await;
    let _ = connection.close().await;
    match applied.map_err(engine)? {
        None => Ok(Schema::Missing),
        Some(applied) => judge(&applied),
    }
}

/// What a database has had; `None` where it holds no table at all.
async fn applied(connection: &mut SqliteConnection) -> sqlx::Result<Option<Vec<Applied>>> {
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema")
        .fetch_all(&mut *connection)
        .await?;
    if tables.is_empty() {
        return Ok(None);
    }
    if !tables.iter().any(|name| name == "_sqlx_migrations") {
        return Ok(Some(Vec::new()));
    }
    let sql = "SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version";
    sqlx::query_as(sql).fetch_all(connection).await.map(Some)
}

fn judge(applied: &[Applied]) -> Result<Schema, OpenError> {
    let (migrator, known) = (migrator(), known());
    let found = applied.last().map_or(0, |(version, ..)| *version);
    for (version, checksum, finished) in applied {
        let Some(ours) = migrator.iter().find(|ours| ours.version == *version) else {
            return Err(OpenError::Newer { found, known });
        };
        if *ours.checksum != **checksum {
            return Err(OpenError::Foreign(*version));
        }
        if !finished {
            return Err(OpenError::Migration(format!(
                "migration {version} was begun and not finished"
            )));
        }
    }
    Ok(if applied.len() < MIGRATIONS.len() {
        Schema::Older { found, known }
    } else {
        Schema::Current(known)
    })
}

/// Writes the database at `path` as it is into the file `to`, which may be there
/// if it is empty. It is on the disk when this returns.
pub(super) async fn copy(options: SqliteConnectOptions, to: &Path) -> Result<(), OpenError> {
    let mut connection = connect(&options.create_if_missing(false)).await?;
    let copied = sqlx::query("VACUUM INTO ?1")
        .bind(to.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await;
    let _ = connection.close().await;
    let synced = copied.map_err(|error| error.to_string()).and_then(|_| {
        let file = std::fs::File::open(to).and_then(|file| file.sync_all());
        file.map_err(|error| error.to_string())
    });
    synced.map_err(OpenError::Copy)
}

async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, OpenError> {
    options.connect().await.map_err(engine)
}

fn engine(error: sqlx::Error) -> OpenError {
    OpenError::Engine(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Applied> {
        let of_all = migrator();
        let row = |m: &Migration| (m.version, m.checksum.to_vec(), true);
        of_all.iter().map(row).collect()
    }

    #[test]
    fn a_schema_is_told_from_what_was_applied() {
        let mut applied = all();
        assert_eq!(judge(&applied).ok(), Some(Schema::Current(known())));
        let last = applied.pop().expect("there are some");
        let found = applied.last().map_or(0, |(version, ..)| *version);
        let older = Schema::Older {
            found,
            known: known(),
        };
        assert_eq!(judge(&applied).ok(), Some(older));
        applied.push((last.0, last.1.clone(), false));
        assert!(matches!(judge(&applied), Err(OpenError::Migration(_))));
        applied.pop();
        applied.push((last.0, vec![0], true));
        assert!(matches!(judge(&applied), Err(OpenError::Foreign(v)) if v == last.0));
        applied = all();
        applied.push((9999, vec![0], true));
        assert!(matches!(
            judge(&applied),
            Err(OpenError::Newer { found: 9999, .. })
        ));
    }
}
