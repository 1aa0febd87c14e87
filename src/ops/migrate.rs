//! `imgc migrate`: the database brought up to date without serving, after a copy.
//! The one that nodes share is brought up to date while they serve, and by
//! nothing else; its copy from before is its provider's history.

use crate::{
    server::{
        clock::Clock,
        config::Config,
        data_lock::{self, LockError},
        migration::{self, Migrated},
        state::{self, DATABASE, StartError},
    },
    store::Db,
};

/// Why the database was not brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A server runs on the data folder, or its lock cannot be taken.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The copy was not made, or a migration failed.
    #[error(transparent)]
    Start(#[from] StartError),
}

impl MigrateError {
    /// Whether it would end the same again, until somebody changes something.
    pub fn is_lasting(&self) -> bool {
        match self {
            MigrateError::Lock(_) => false,
            MigrateError::Start(error) => error.is_lasting(),
        }
    }
}

/// Brings the database up to date, or makes it. Returns a report.
pub async fn migrate(config: &Config) -> Result<String, MigrateError> {
    if let Some((url, settings)) = state::shared_database(config)? {
        let done = Db::migrate_d1(settings).await;
        let (from, to) = done.map_err(|source| StartError::SharedDatabase { url, source })?;
        tracing::info!(from, to, "the database that nodes share was migrated");
        return Ok(match from {
            0 => format!("The database's tables were made, up to migration {to}.\n"),
            from if from == to => nothing_to_do(to),
            from => format!("The database was brought from migration {from} to {to}.\n"),
        });
    }
    let data = &config.imgc.data_dir;
    let _lock = data_lock::lock(data)?;
    let now_ms = Clock::default().now_ms();
    let (db, done) = migration::migrate(data, &data.join(DATABASE), now_ms).await?;
    db.close().await;
    Ok(match done {
        Migrated::Made => "A new database was made.\n".to_owned(),
        Migrated::Current(known) => nothing_to_do(known),
        Migrated::Brought { from, to, copy } => format!(
            "The database was brought from migration {from} to {to}.\nIts copy from before: {}\n",
            copy.display()
        ),
    })
}

fn nothing_to_do(known: i64) -> String {
    format!("Nothing to do: the database has had migration {known}, the last one.\n")
}
