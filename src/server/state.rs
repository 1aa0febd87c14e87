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
    objects::{Objects, ObjectsError},
    oidc::OidcClient,
    private_files,
    progress::Progress,
    rate_limit::RateLimits,
    secrets::InstanceKey,
    spool::Spool,
    statistics::Statistics,
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
            StartError::Database { source, .. } => {
                matches!(source, OpenError::Newer(_) | OpenError::Foreign(_))
            }
            StartError::Objects(error) => matches!(error, ObjectsError::Address),
            StartError::File { .. } | StartError::Client(_) => false,
        }
    }
}

/// Names the file that an error is about.
fn at(path: &Path) -> impl FnOnce(io::Error) -> StartError + use<'_> {
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

impl AppState {
    /// Opens everything the configuration names.
    pub async fn open(config: Config) -> Result<AppState, StartError> {
        let data = config.imgc.data_dir.clone();
        private_files::prepare(&data).map_err(at(&data))?;
        private_files::close_file(&config.erasure_ledger());
        let path = data.join("imgc.db");
        let db = match Db::open(&path).await {
            Ok(db) => db,
            Err(source) => return Err(StartError::Database { path, source }),
        };
        let clock = Clock::default();
        let objects = Objects::open(&config)?;
        let key = InstanceKey::load(&data).map_err(at(&data.join("instance.key")))?;
        let node = key.safety_identifier("node")[..16].to_owned();
        let ledger = config.erasure_ledger();
        let (spool, incoming) = (data.join("spool"), data.join("incoming"));
        let shared = Shared {
            clock_watch: ClockWatch::new(clock.system_ms()),
            ledger: ErasureLedger::open(&ledger).map_err(at(&ledger))?,
            erasing: Mutex::default(),
            db,
            objects,
            spool: Spool::open(&spool).map_err(at(&spool))?,
            incoming: Incoming::open(&incoming).map_err(at(&incoming))?,
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
