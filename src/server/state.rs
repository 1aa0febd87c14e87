//! What every request and worker shares.

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

/// Why what the configuration names could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file or a folder of the data folder.
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    /// The database.
    #[error("{}: {source}", path.display())]
    Database { path: PathBuf, source: OpenError },
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl StartError {
    /// Whether starting again would end the same, until somebody changes
    /// something: what the exit code tells whoever restarts us.
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

/// What [`AppState`] holds.
pub struct Shared {
    pub config: Config,
    pub clock: Clock,
    /// Whether the machine's clock may be believed by what erases.
    pub clock_watch: ClockWatch,
    pub db: Db,
    pub objects: Objects,
    /// Which accounts were closed and erased, outside the database.
    pub ledger: ErasureLedger,
    /// Held by the one round of erasures under way.
    pub erasing: Mutex<()>,
    pub spool: Spool,
    /// Where uploaded files wait while they are looked at.
    pub incoming: Incoming,
    pub oidc: OidcClient,
    pub image_api: ImageApi,
    pub progress: Progress,
    pub limits: RateLimits,
    pub statistics: Statistics,
    pub key: InstanceKey,
    /// Rings when a job was queued.
    pub job_queued: Notify,
    /// Whether the image API refused the operator's money a moment ago.
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
        std::fs::create_dir_all(&data).map_err(at(&data))?;
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

    /// What pages may know of the instance.
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
