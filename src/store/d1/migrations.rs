//! The schema of a database on D1: which of our migrations it has had, and
//! applying the others.
//!
//! Applied migrations are noted by their file's name in the table in which
//! wrangler notes them, so that `wrangler d1 migrations apply` and `imgc migrate`
//! know of each other. Like the tables of the embedded engine's own migrator, it
//! is no table of ours.

use super::{gateway::Gateway, retry, wire::Encoded};
use crate::store::{
    engine::Statement,
    errors::{DbError, OpenError, SharedError},
    schema::{MIGRATIONS, MigrationFile, Schema, known},
};

/// The table as wrangler makes it.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS d1_migrations(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT UNIQUE,
    applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)";
const NOTE: &str = "INSERT INTO d1_migrations (name) VALUES (?1)";

/// Times that a migration is tried, where it is not known what became of it.
const TRIES: u32 = 3;

/// How a database with these migrations stands to this version.
pub(super) fn judge(applied: &[String]) -> Result<Schema, SharedError> {
    let known = known();
    let mut newest = None;
    for name in applied {
        if MIGRATIONS.iter().any(|file| file.name == name) {
            continue;
        }
        let number = name.split('_').next();
        match number.and_then(|number| number.parse::<i64>().ok()) {
            Some(number) if number > known => newest = newest.max(Some(number)),
            _ => return Err(SharedError::Foreign(shown(name))),
        }
    }
    if let Some(found) = newest {
        return Err(SharedError::Newer { found, known });
    }
    if applied.is_empty() {
        return Ok(Schema::Missing);
    }
    let is_applied = |file: &&MigrationFile| applied.iter().any(|name| name == file.name);
    let had = MIGRATIONS.iter().take_while(is_applied);
    let found = had.last().map_or(0, |file| file.version);
    Ok(if MIGRATIONS.iter().all(|file| is_applied(&file)) {
        Schema::Current(known)
    } else {
        Schema::Older { found, known }
    })
}

/// A name as an operator may read it, whatever is in it.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// Fails unless the schema is this version's.
pub(super) async fn require(gateway: &Gateway) -> Result<(), OpenError> {
    let hello = retry::hello(gateway).await?;
    match judge(&hello.migrations)? {
        Schema::Current(_) => Ok(()),
        Schema::Missing => Err(SharedError::Empty.into()),
        Schema::Older { found, known } => Err(SharedError::Older { found, known }.into()),
    }
}

/// Applies what is missing; returns the last migration from before, and the last
/// one now.
pub(super) async fn apply(gateway: &Gateway) -> Result<(i64, i64), OpenError> {
    let applied = retry::hello(gateway).await?.migrations;
    let from = match judge(&applied)? {
        Schema::Current(known) => return Ok((known, known)),
        Schema::Older { found, .. } => found,
        Schema::Missing => 0,
    };
    let table = Encoded::new(&Statement::new(TABLE)).map_err(failed("d1_migrations"))?;
    retry::write(gateway, &[table], true)
        .await
        .map_err(failed("d1_migrations"))?;
    let is_missing = |file: &&MigrationFile| !applied.iter().any(|name| name == file.name);
    for file in MIGRATIONS.iter().filter(is_missing) {
        apply_one(gateway, file).await?;
        tracing::info!(migration = file.name, "a migration was applied");
    }
    Ok((from, known()))
}

/// Applies a migration as one batch with its name, which is unique: of two nodes
/// that do so at the same time, one finds it done.
async fn apply_one(gateway: &Gateway, file: &MigrationFile) -> Result<(), OpenError> {
    let note = Statement::new(NOTE).bind(file.name);
    let batch = [
        Encoded::new(&note).map_err(failed(file.name))?,
        Encoded::text(file.name, file.sql, &[]).map_err(failed(file.name))?,
    ];
    let mut tries = 1;
    loop {
        let Err(error) = retry::write(gateway, &batch, false).await else {
            return Ok(());
        };
        let applied = retry::hello(gateway).await?.migrations;
        if applied.iter().any(|name| name == file.name) {
            return Ok(());
        }
        if error != DbError::Unknown || tries == TRIES {
            return Err(failed(file.name)(error));
        }
        tries += 1;
    }
}

fn failed(migration: &str) -> impl Fn(DbError) -> OpenError + use<'_> {
    move |error| {
        OpenError::Migration(format!(
            "{migration}: {error}. The gateway's log has D1's own words"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        MIGRATIONS.iter().map(|file| file.name.to_owned()).collect()
    }

    #[test]
    fn a_schema_is_told_from_the_names_of_files() {
        let known = known();
        let mut applied = names();
        assert_eq!(judge(&applied), Ok(Schema::Current(known)));
        assert_eq!(judge(&[]), Ok(Schema::Missing));
        applied.pop();
        let found = MIGRATIONS[MIGRATIONS.len() - 2].version;
        assert_eq!(judge(&applied), Ok(Schema::Older { found, known }));
        // One in the middle is missing: what came before it is what counts.
        let mut gap = names();
        gap.remove(1);
        let found = MIGRATIONS[0].version;
        assert_eq!(judge(&gap), Ok(Schema::Older { found, known }));

        applied.push("9998_later.sql".into());
        applied.push("9997_late.sql".into());
        let found = 9998;
        assert_eq!(judge(&applied), Err(SharedError::Newer { found, known }));
        applied.push("0001_other.sql".into());
        let foreign = SharedError::Foreign("0001_other.sql".into());
        assert_eq!(judge(&applied), Err(foreign));
        let foreign = SharedError::Foreign("init".into());
        assert_eq!(judge(&["in\nit".into()]), Err(foreign));
    }

    #[test]
    fn files_are_named_as_wrangler_names_them() {
        for file in MIGRATIONS {
            let number = format!("{:04}_", file.version);
            assert!(file.name.starts_with(&number) && file.name.ends_with(".sql"));
            assert!(file.sql.len() < 100_000, "{}: D1 takes no more", file.name);
        }
    }
}
