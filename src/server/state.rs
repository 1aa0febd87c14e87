//! The state that every request and worker shares.

use super::{
    budget_breaker::BudgetBreaker,
    client::ClientError,
    clock::Clock,
    clock_watch::ClockWatch,
    config::Config,
    image_api::ImageApi,
    incoming::Incoming,
    ledger::ErasureLedger,
    migration,
    objects::{Objects, ObjectsError},
    oidc::OidcClient,
    private_files,
    progress::Progress,
    rate_limit::RateLimits,
    secrets::InstanceKey,
    spool::{SET_ASIDE, Spool},
    statistics::Statistics,
    turns::Turns,
};
use crate::{
    model::Site,
    store::{Db, OpenError},
};
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::{
    io,
    ops::Deref,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;

/// The database's file, in the data folder.
pub const DATABASE: &str = "imgc.db";

/// The reason something that the configuration names could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file or a folder of the data folder.
    #[error("{}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The database.
    #[error("{}: {source}", path.display())]
    Database {
        /// The database's file.
        path: PathBuf,
        /// The reason it does not open.
        source: OpenError,
    },
    /// The object store.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    /// A client of another service.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl StartError {
    /// True if starting again would end the same, until somebody changes
    /// something: the exit code tells whoever restarts us so.
    pub fn is_lasting(&self) -> bool {
        match self {
            StartError::Database { source, .. } => source.is_lasting(),
            StartError::Objects(error) => matches!(error, ObjectsError::Address),
            StartError::File { .. } | StartError::Client(_) => false,
        }
    }
}

/// Names the file that an error is about.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> StartError + use<'_> {
    move |source| StartError::File {
        path: path.to_owned(),
        source,
    }
}

/// The shared parts. Cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// The parts that [`AppState`] holds.
pub struct Shared {
    /// The configuration in force.
    pub config: Config,
    /// The clock, which tests can move.
    pub clock: Clock,
    /// Doubts the machine's clock after a jump ahead, so that nothing is erased by its word.
    pub clock_watch: ClockWatch,
    /// The database.
    pub db: Db,
    /// The object store.
    pub objects: Objects,
    /// The record of closed and erased accounts, outside the database.
    pub ledger: ErasureLedger,
    /// Held by the one round of erasures under way.
    pub erasing: Mutex<()>,
    /// Received answers of the image API, safe on the disk.
    pub spool: Spool,
    /// The folder where uploaded files wait while they are looked at.
    pub incoming: Incoming,
    /// Each person's turn to have a picture read.
    pub reading: Turns,
    /// The identity provider's client.
    pub oidc: OidcClient,
    /// The image API's client.
    pub image_api: ImageApi,
    /// The hub between workers and event streams.
    pub progress: Progress,
    /// Counters of requests, sign-ins, jobs and reports a minute.
    pub limits: RateLimits,
    /// Counts of the day that recognise nobody.
    pub statistics: Statistics,
    /// The instance's own key, for keyed hashes.
    pub key: InstanceKey,
    /// Rings when a job was queued.
    pub job_queued: Notify,
    /// Open while new jobs are refused because the operator's money was used up.
    pub budget_breaker: BudgetBreaker,
    /// Ends the event streams and the workers at shutdown.
    pub shutdown: CancellationToken,
    /// This node's name on leases: stable over restarts of the same data folder.
    pub node: String,
}

/// What opening may do to the database.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opening {
    /// Make it, or bring it up to date.
    Migrate,
    /// Write it, if its schema is this version's.
    Current,
    /// Read it, if its schema is this version's.
    ReadOnly,
}

impl AppState {
    /// Opens everything the configuration names, as the server does: a database
    /// of an older version is copied and brought up to date. Whoever does so
    /// holds the data folder's lock.
    pub async fn open(config: Config) -> Result<AppState, StartError> {
        AppState::open_with(config, Opening::Migrate).await
    }

    /// As [`AppState::open`], for what may run beside a server: the database
    /// must be there and of this version.
    pub async fn open_current(config: Config) -> Result<AppState, StartError> {
        AppState::open_with(config, Opening::Current).await
    }

    /// As [`AppState::open_current`], with a database that cannot be written.
    pub async fn open_read_only(config: Config) -> Result<AppState, StartError> {
        AppState::open_with(config, Opening::ReadOnly).await
    }

    async fn open_with(config: Config, opening: Opening) -> Result<AppState, StartError> {
        let data = config.imgc.data_dir.clone();
        private_files::prepare(&data).map_err(at(&data))?;
        private_files::close_file(&config.erasure_ledger());
        let clock = Clock::default();
        let db = open_database(&data, opening, clock.system_ms()).await?;
        let objects = Objects::open(&config)?;
        let key = InstanceKey::load(&data).map_err(at(&data.join("instance.key")))?;
        let node = key.safety_identifier("node")[..16].to_owned();
        let ledger = config.erasure_ledger();
        let (spool, incoming) = (data.join("spool"), data.join("incoming"));
        let shared = Shared {
            clock_watch: ClockWatch::default(),
            ledger: ErasureLedger::open(&ledger).map_err(at(&ledger))?,
            erasing: Mutex::default(),
            db,
            objects,
            spool: Spool::open(&spool, &data.join(SET_ASIDE)).map_err(at(&spool))?,
            incoming: Incoming::open(&incoming).map_err(at(&incoming))?,
            reading: Turns::default(),
            oidc: OidcClient::new(&config)?,
            image_api: ImageApi::new(&config)?,
            progress: Progress::default(),
            statistics: Statistics::new(clock.clone()),
            clock,
            limits: RateLimits::new(&config.imgc.limits),
            key,
            job_queued: Notify::new(),
            budget_breaker: BudgetBreaker::default(),
            shutdown: CancellationToken::new(),
            node,
            config,
        };
        Ok(AppState(Arc::new(shared)))
    }

    /// The facts of the instance that pages may know.
    pub fn site(&self) -> Site {
        Site {
            preferred_language: None,
            origin: self.config.public_origin(),
            demo: self.config.demo,
            contact: self.config.imgc.contact.clone(),
        }
    }
}

/// Opens the database of a data folder, which is made where the database may be.
async fn open_database(data: &Path, opening: Opening, now_ms: i64) -> Result<Db, StartError> {
    let path = data.join(DATABASE);
    let opened = match opening {
        Opening::Migrate => {
            std::fs::create_dir_all(data).map_err(at(data))?;
            let (db, _) = migration::migrate(data, &path, now_ms).await?;
            return Ok(db);
        }
        Opening::Current => Db::open_current(&path).await,
        Opening::ReadOnly => Db::open_read_only(&path).await,
    };
    opened.map_err(|source| StartError::Database { path, source })
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.config.leptos.clone()
    }
}
