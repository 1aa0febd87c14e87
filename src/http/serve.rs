//! `imgc serve`: from a configuration to a listening server, and its end.

use super::router::router;
use crate::{
    account::erasure,
    demo,
    generate::worker,
    housekeeping::{self, dated_files::LOG_PREFIX},
    legal,
    ops::backup,
    routes::SIGN_IN_CALLBACK,
    server::{
        AppState,
        config::{Config, LogFormat},
        image_api::DEMO_API_KEY,
        oidc::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET},
    },
};
use std::{fs::File, net::SocketAddr, path::Path, time::Duration};
use tokio::net::TcpListener;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

/// How long open requests may finish at shutdown.
const DRAIN: Duration = Duration::from_secs(30);

/// Serves until SIGINT or SIGTERM. Errors are sentences for the operator.
pub async fn serve(config: Config) -> Result<(), String> {
    init_logs(&config);
    let _lock = lock(&config.imgc.data_dir)?;
    let listener = bind(config.leptos.site_addr, "LEPTOS_SITE_ADDR").await?;
    let demo_listener = if config.demo {
        Some(bind(config.demo_addr(), "IMGC_DEMO_PORT").await?)
    } else {
        None
    };
    let state = AppState::open(config).await?;
    backup::create::sweep(&state.config.imgc.data_dir)?;
    let swept = state.incoming.sweep();
    swept.map_err(|e| format!("incoming: {e}"))?;
    // A database put back from an older copy must not bring anybody back.
    let replayed = erasure::replay_ledger(&state).await;
    replayed.map_err(|e| format!("the erasure ledger: {e}"))?;
    let signal = {
        let state = state.clone();
        async move {
            shutdown_signal().await;
            tracing::info!("shutting down");
            state.shutdown.cancel();
        }
    };
    tokio::spawn(signal);
    start_demo(&state, demo_listener).await?;
    announce(&state.config);
    run(&state, listener).await?;
    state.db.close().await;
    Ok(())
}

/// Starts the demo's services, where there are any to start.
pub async fn start_demo(state: &AppState, listener: Option<TcpListener>) -> Result<(), String> {
    let Some(listener) = listener else {
        return Ok(());
    };
    let options = demo_options(&state.config);
    demo::serve(options, listener, state.shutdown.clone().cancelled_owned())
        .await
        .map_err(|e| format!("the demo's services: {e}"))
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
    }
}

/// Answers requests and works off jobs until the state's shutdown.
pub async fn run(state: &AppState, listener: TcpListener) -> Result<(), String> {
    // Only who serves the texts notes them: another command may be run with
    // another configuration.
    let noted = legal::dates::note(&state.db, &state.config, state.clock.now_ms()).await;
    noted.map_err(|e| format!("the legal texts: {e}"))?;
    let worker = tokio::spawn(worker::run(state.clone()));
    let housekeeping = tokio::spawn(housekeeping::run(state.clone()));
    let app = router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let served =
        axum::serve(listener, app).with_graceful_shutdown(state.shutdown.clone().cancelled_owned());
    let deadline = async {
        state.shutdown.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        result = served => result.map_err(|e| e.to_string())?,
        () = deadline => tracing::warn!("requests under way were cut off"),
    }
    let _ = tokio::join!(worker, housekeeping);
    Ok(())
}

/// One process a data folder: leases and the spool belong to whoever holds it.
pub fn lock(data_dir: &Path) -> Result<File, String> {
    let path = data_dir.join("lock");
    let opened = std::fs::create_dir_all(data_dir).and_then(|()| File::create(&path));
    let file = opened.map_err(|e| format!("{}: {e}", path.display()))?;
    file.try_lock().map_err(|_| {
        format!(
            "{}: another imgc runs on this data folder (data_dir or IMGC_DATA_DIR)",
            data_dir.display()
        )
    })?;
    Ok(file)
}

async fn bind(address: SocketAddr, key: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address)
        .await
        .map_err(|e| format!("cannot listen on {address}: {e} (set {key} to another address)"))
}

fn init_logs(config: &Config) {
    // async-openai logs answers it cannot read, and those can hold a prompt.
    let filter = format!("{},async_openai=off", config.imgc.log_filter);
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // One file a day beside the standard output; housekeeping removes old ones.
    let files = config.imgc.log_dir.as_ref().map(|folder| {
        let daily = tracing_appender::rolling::daily(folder, LOG_PREFIX);
        tracing_subscriber::fmt::layer().json().with_writer(daily)
    });
    let registry = tracing_subscriber::registry().with(filter).with(files);
    let started = match config.imgc.log_format {
        LogFormat::Text => registry
            .with(tracing_subscriber::fmt::layer().with_target(false))
            .try_init(),
        LogFormat::Json => registry
            .with(tracing_subscriber::fmt::layer().json())
            .try_init(),
    };
    if started.is_err() {
        eprintln!("logging was set up before");
    }
}

/// The line a person looks for after starting.
fn announce(config: &Config) {
    let mode = if config.demo {
        "the demo: built-in sign-in and painter, nothing leaves this machine"
    } else {
        "production"
    };
    println!("imgc is ready at {} ({mode})", config.public_origin());
}

async fn shutdown_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}
