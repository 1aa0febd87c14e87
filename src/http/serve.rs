//! `imgc serve`: from a configuration to a listening server, and its end.

use super::{
    connections::{self, Rules, descriptors},
    logs, metrics,
    router::router,
    signals,
    site::{Site, SiteError},
};
use crate::{
    account::erasure::{self, ErasureError},
    demo,
    generate::worker,
    housekeeping, legal,
    ops::backup::{self, BackupError},
    routes::SIGN_IN_CALLBACK,
    server::{
        AppState, announcements,
        config::{self, Config},
        data_lock::{self, LockError},
        image_api::DEMO_API_KEY,
        mail, offer,
        oidc::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET},
        private_files,
        sharing::{self, SharingError},
        state::StartError,
        watch,
    },
    store::DbError,
};
use std::{io, net::SocketAddr, time::Duration};
use tokio::net::TcpListener;

/// Why the server does not serve; each a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The built site is not complete.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// The lock of `data_dir` cannot be taken.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The key says which address is meant.
    #[error("cannot listen on {address}: {source} (set {key} to another address)")]
    Listen {
        /// The address that cannot be bound.
        address: SocketAddr,
        /// The environment variable that sets it.
        key: &'static str,
        /// The operating system's error.
        source: io::Error,
    },
    /// The state of the server cannot be built: database, object store, configuration.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The nodes of the database cannot have this one among them.
    #[error(transparent)]
    Sharing(#[from] SharingError),
    /// What an interrupted backup has left behind cannot be removed.
    #[error(transparent)]
    Leftover(#[from] BackupError),
    /// Uploads that a former run left unfinished cannot be removed.
    #[error("the folder of uploads under way (data_dir/incoming) cannot be emptied: {0}")]
    Incoming(#[source] io::Error),
    /// The ledger of erasures cannot be read, or replayed.
    #[error("the erasure ledger (erasure_ledger or IMGC_ERASURE_LEDGER): {0}")]
    Ledger(#[from] ErasureError),
    /// The demo's provider and image API do not start.
    #[error("the demo's services: {0}")]
    Demo(#[source] io::Error),
    /// The fingerprints of the legal texts cannot be compared or kept.
    #[error("when the legal texts changed cannot be noted: {0}")]
    LegalTexts(#[source] DbError),
    /// Which models an administrator switched off cannot be read.
    #[error("which models are switched off cannot be read: {0}")]
    Offer(#[source] DbError),
    /// What administrators tell everybody cannot be read.
    #[error("the announcements cannot be read: {0}")]
    Announcements(#[source] DbError),
}

impl ServeError {
    /// Whether starting again would end the same, until somebody changes
    /// something: what the exit code tells whoever restarts us.
    pub fn is_lasting(&self) -> bool {
        match self {
            ServeError::Site(_) => true,
            ServeError::Start(error) => error.is_lasting(),
            ServeError::Sharing(error) => error.is_lasting(),
            ServeError::Leftover(error) => error.is_lasting(),
            _ => false,
        }
    }
}

/// Serves until the process is asked to end.
pub async fn serve(config: Config) -> Result<(), ServeError> {
    logs::start(&config);
    descriptors::raise();
    // Pages without their style and their code are not worth serving.
    Site::find(&config).check()?;
    let lock = data_lock::lock(&config.imgc.data_dir)?;
    backup::create::sweep(&config)?;
    let listener = bind(config.leptos.site_addr, "LEPTOS_SITE_ADDR").await?;
    let demo_listener = if config.demo {
        Some(bind(config.demo_addr(), "IMGC_DEMO_PORT").await?)
    } else {
        None
    };
    let figures = match config.imgc.metrics.listen {
        Some(listen) => Some(bind(listen, "IMGC_METRICS_LISTEN").await?),
        None => None,
    };
    let state = AppState::open(config).await?;
    sharing::join(&state).await?;
    if state.db.is_shared() {
        tracing::info!(
            node = state.node,
            "this node shares its database with others"
        );
    }
    state.incoming.sweep().map_err(ServeError::Incoming)?;
    // A database put back from an older copy must not bring anybody back.
    erasure::replay_ledger(&state).await?;
    tokio::spawn(tidy_files(state.clone(), lock.taken_ms()));
    let signal = {
        let state = state.clone();
        async move {
            signals::asked_to_end().await;
            tracing::info!("shutting down");
            signals::tell_stopping();
            state.shutdown.cancel();
        }
    };
    tokio::spawn(signal);
    start_demo(&state, demo_listener).await?;
    if let Some(figures) = figures {
        metrics::start(&state, figures);
    }
    announce(&state.config);
    for line in config::retirements(&state.config, state.clock.now_ms()) {
        tracing::warn!("a model's end: {line}");
    }
    run(&state, listener).await?;
    state.db.close().await;
    Ok(())
}

/// Removes what writes that were killed have left, and closes to others what an
/// older version left open. There may be very many files: nobody waits for it.
/// What was written since the lock was taken is this server's own, under way.
async fn tidy_files(state: AppState, began_ms: i64) {
    match state.objects.remove_stages(began_ms + 1).await {
        Ok(0) => {}
        Ok(removed) => tracing::info!(removed, "halves of objects were removed"),
        Err(error) => tracing::warn!(%error, "halves of objects were not removed"),
    }
    let data = state.config.imgc.data_dir.clone();
    let closed = tokio::task::spawn_blocking(move || private_files::close_below(&data));
    if let Err(error) = closed.await {
        tracing::warn!(%error, "the data folder was not closed to others");
    }
}

/// Starts the demo's services, where there are any to start.
pub async fn start_demo(state: &AppState, listener: Option<TcpListener>) -> Result<(), ServeError> {
    let Some(listener) = listener else {
        return Ok(());
    };
    let options = demo_options(&state.config);
    demo::serve(options, listener, state.shutdown.clone().cancelled_owned())
        .await
        .map_err(ServeError::Demo)
}

/// What the demo's services need to know of this server.
fn demo_options(config: &Config) -> demo::Options {
    demo::Options {
        origin: format!("http://{}", config.demo_addr()),
        client_id: DEMO_CLIENT_ID.into(),
        client_secret: DEMO_CLIENT_SECRET.into(),
        redirect_uri: format!("{}{SIGN_IN_CALLBACK}", config.public_origin()),
        key_file: config.imgc.data_dir.join("demo-identity.pem"),
        api_key: DEMO_API_KEY.into(),
        pace: Duration::from_millis(config.imgc.demo.pace_ms),
        painted_pixels: config.imgc.demo.painted_pixels,
    }
}

/// Answers requests and works off jobs until the state's shutdown.
pub async fn run(state: &AppState, listener: TcpListener) -> Result<(), ServeError> {
    // Only who serves the texts notes them: another command may be run with
    // another configuration.
    let noted = legal::dates::note(&state.db, &state.config, state.clock.now_ms()).await;
    noted.map_err(ServeError::LegalTexts)?;
    offer::load(state).await.map_err(ServeError::Offer)?;
    let known = announcements::load(state).await;
    known.map_err(ServeError::Announcements)?;
    let worker = tokio::spawn(worker::run(state.clone()));
    let housekeeping = tokio::spawn(housekeeping::run(state.clone()));
    let watch = tokio::spawn(watch::run(state.clone()));
    let mail = tokio::spawn(mail::run(state.clone()));
    let rules = Rules::new(&state.config);
    let served = connections::serve(
        listener,
        router(state.clone()),
        rules,
        state.shutdown.clone(),
    );
    // The socket has listened since before the database was opened: whoever
    // connects from now on is answered.
    signals::tell_ready();
    let deadline = async {
        state.shutdown.cancelled().await;
        // How long open requests may finish.
        let drain_s = state.config.imgc.jobs.drain_s;
        tokio::time::sleep(Duration::from_secs(drain_s)).await;
    };
    tokio::select! {
        () = served => {}
        () = deadline => tracing::warn!("requests under way were cut off"),
    }
    let _ = tokio::join!(worker, housekeeping, watch, mail);
    Ok(())
}

async fn bind(address: SocketAddr, key: &'static str) -> Result<TcpListener, ServeError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| ServeError::Listen {
        address,
        key,
        source,
    })
}

/// The line a person looks for after starting.
fn announce(config: &Config) {
    let mode = if config.demo {
        "the demo: built-in sign-in and painter, nothing leaves this machine"
    } else {
        "production"
    };
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    println!("imgc is ready at {} ({mode})", config.public_origin());
}
