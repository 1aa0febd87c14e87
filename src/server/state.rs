//! What every request and worker shares.

use super::{
    budget_breaker::BudgetBreaker, clock::Clock, clock_watch::ClockWatch, config::Config,
    image_api::ImageApi, incoming::Incoming, ledger::ErasureLedger, objects::Objects,
    oidc::OidcClient, progress::Progress, rate_limit::RateLimits, secrets::InstanceKey,
    spool::Spool, statistics::Statistics,
};
use crate::{model::Site, store::Db};
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::{ops::Deref, sync::Arc};
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;

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
    pub async fn open(config: Config) -> Result<AppState, String> {
        let data = config.imgc.data_dir.clone();
        std::fs::create_dir_all(&data).map_err(|e| format!("{}: {e}", data.display()))?;
        let db = Db::open(&data.join("imgc.db"))
            .await
            .map_err(|e| format!("{}: {e}", data.join("imgc.db").display()))?;
        let clock = Clock::default();
        let objects = Objects::open(&config)?;
        let key = InstanceKey::load(&data).map_err(|e| format!("instance.key: {e}"))?;
        let node = key.safety_identifier("node")[..16].to_owned();
        let ledger = config.erasure_ledger();
        let shared = Shared {
            clock_watch: ClockWatch::new(clock.system_ms()),
            ledger: ErasureLedger::open(&ledger)
                .map_err(|e| format!("{}: {e}", ledger.display()))?,
            erasing: Mutex::default(),
            db,
            objects,
            spool: Spool::open(&data.join("spool")).map_err(|e| format!("spool: {e}"))?,
            incoming: Incoming::open(&data.join("incoming"))
                .map_err(|e| format!("incoming: {e}"))?,
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
