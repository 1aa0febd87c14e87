//! The state that every request and worker shares.

use super::{
    abuse::Abuse,
    admission::Alone,
    announcements::Announcements,
    budget_watch::BudgetWatch,
    client::{self, ClientError},
    clock::Clock,
    clock_watch::ClockWatch,
    config::{Config, LedgerPlace},
    health::Health,
    image_api::ImageApi,
    incoming::Incoming,
    kept::Kept,
    ledger::ErasureLedger,
    mail::Sent,
    metrics::Metrics,
    migration,
    objects::{Objects, ObjectsError},
    offer::Offer,
    oidc::OidcClient,
    private_files,
    progress::Progress,
    rate_limit::RateLimits,
    recognise,
    renditions::Renditions,
    secrets::InstanceKey,
    spool::{SET_ASIDE, Spool},
    statistics::Statistics,
    turns::Turns,
    watch::Watch,
};
use crate::{
    model::Site,
    store::{Access, D1Settings, Db, OpenError},
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
    /// The database that nodes share.
    #[error("{url}: {source}")]
    SharedDatabase {
        /// The gateway's address.
        url: String,
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
            StartError::Database { source, .. } | StartError::SharedDatabase { source, .. } => {
                source.is_lasting()
            }
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
    /// Held by the one round of erasures under way on this node.
    pub erasing: Mutex<()>,
    /// Received answers of the image API, safe on the disk or in the bucket.
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
    /// The renditions that this node is making.
    pub renditions: Renditions,
    /// Counters of requests, sign-ins, jobs and reports a minute.
    pub limits: RateLimits,
    /// The last warning of the service's money of the day.
    pub budget_watch: BudgetWatch,
    /// What strangers ask for again and again.
    pub kept: Kept,
    /// Counts of the day that recognise nobody.
    pub statistics: Statistics,
    /// Figures for the operator's monitoring.
    pub metrics: Metrics,
    /// What was last known of the stores.
    pub health: Health,
    /// The models that are switched off.
    pub offer: Offer,
    /// What administrators tell everybody.
    pub announcements: Announcements,
    /// What removed pictures look like.
    pub removed: recognise::Memory,
    /// What is done too often.
    pub abuse: Abuse,
    /// The administrator who is the only one, once they have been here.
    pub alone: Alone,
    /// The instance's own key, for keyed hashes.
    pub key: InstanceKey,
    /// Rings when a job was queued here, or may be claimed that another node queued.
    pub job_queued: Notify,
    /// The looks at a database that other nodes write, too.
    pub watch: Watch,
    /// Mails that were sent and not forgotten yet.
    pub mail_sent: Sent,
    /// Ends the event streams and the workers at shutdown.
    pub shutdown: CancellationToken,
    /// This node's name on leases: of a node that is alone stable over restarts of
    /// the same data folder, of one among others new at each start.
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
    /// of an older version is copied and brought up to date, unless other nodes
    /// share it. Whoever does so holds the data folder's lock.
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
        let ledger = config.erasure_ledger_place();
        if let LedgerPlace::File(path) = &ledger {
            private_files::close_file(path);
        }
        let clock = Clock::default();
        let db = open_database(&config, opening, clock.system_ms()).await?;
        let objects = Objects::open(&config)?;
        let key = match config.instance_key() {
            Some(key) => InstanceKey::new(key),
            None => InstanceKey::load(&data).map_err(at(&data.join("instance.key")))?,
        };
        let node = node_name(&config, &key);
        let spool = open_spool(&config, &objects)?;
        let incoming = data.join("incoming");
        let shared = Shared {
            clock_watch: ClockWatch::default(),
            ledger: ErasureLedger::open(&ledger, &config.imgc.objects)?,
            erasing: Mutex::default(),
            db,
            objects,
            spool,
            incoming: Incoming::open(&incoming).map_err(at(&incoming))?,
            reading: Turns::default(),
            oidc: OidcClient::new(&config)?,
            image_api: ImageApi::new(&config)?,
            progress: Progress::default(),
            renditions: Renditions::default(),
            statistics: Statistics::new(clock.clone()),
            clock,
            limits: RateLimits::new(&config.imgc.limits),
            budget_watch: BudgetWatch::default(),
            kept: Kept::new(&config.imgc.cache),
            metrics: Metrics::new(&config),
            health: Health::default(),
            offer: Offer::default(),
            announcements: Announcements::default(),
            removed: recognise::Memory::default(),
            abuse: Abuse::default(),
            alone: Alone::default(),
            key,
            job_queued: Notify::new(),
            watch: Watch::default(),
            mail_sent: Sent::default(),
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

/// This node's name on leases. A node that is alone knows by it what it began before
/// it was started again. All nodes of a database have the same key, so there each
/// takes a name that it shares with no other, nor with its former life: another
/// node may have gone on with that.
fn node_name(config: &Config, key: &InstanceKey) -> String {
    if config.is_shared() {
        return uuid::Uuid::new_v4().simple().to_string();
    }
    key.safety_identifier("node")[..16].to_owned()
}

/// Opens the database: that of the data folder, which is made where the database
/// may be, or the one that nodes share, which nobody makes by opening it.
async fn open_database(config: &Config, opening: Opening, now_ms: i64) -> Result<Db, StartError> {
    if let Some((url, settings)) = shared_database(config)? {
        let access = match opening {
            Opening::Migrate | Opening::Current => Access::Current,
            Opening::ReadOnly => Access::ReadOnly,
        };
        let opened = Db::open_d1(settings, access).await;
        return opened.map_err(|source| StartError::SharedDatabase { url, source });
    }
    let data = &config.imgc.data_dir;
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

/// Opens the spool: in the data folder, or where other nodes find it.
fn open_spool(config: &Config, objects: &Objects) -> Result<Spool, StartError> {
    if config.is_shared() {
        return Ok(Spool::in_bucket(objects.clone()));
    }
    let data = &config.imgc.data_dir;
    let path = data.join("spool");
    Spool::open(&path, &data.join(SET_ASIDE)).map_err(at(&path))
}

/// The address of the database that nodes share, and what opens it; `None` where
/// the database is a file.
pub fn shared_database(config: &Config) -> Result<Option<(String, D1Settings)>, StartError> {
    let Some(url) = config.imgc.database.url.clone() else {
        return Ok(None);
    };
    let address = url.to_string();
    let settings = D1Settings {
        url,
        secret: config.imgc.database.secret.clone(),
        client: client::for_gateway()?,
    };
    Ok(Some((address, settings)))
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
