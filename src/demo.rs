//! The demo: a small OpenID provider and a small image API on a port of their
//! own, so that a first run needs no account anywhere and the real code paths
//! speak real protocols.

pub mod identity;
pub mod image_api;
pub mod painter;

use crate::{
    routes::SIGN_IN_CALLBACK,
    server::{
        config::Config,
        oidc::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET},
    },
};
use axum::{Router, http::StatusCode, routing::get};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Serves the demo's provider and painter until shutdown.
pub async fn serve(
    config: &Config,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let identity = identity::router(identity::IdentityOptions {
        issuer: format!("http://{}", config.demo_addr()),
        client_id: DEMO_CLIENT_ID.into(),
        client_secret: DEMO_CLIENT_SECRET.into(),
        redirect_uris: vec![format!("{}{SIGN_IN_CALLBACK}", config.public_origin())],
        key_file: config.imgc.data_dir.join("demo-identity.pem"),
    })
    .await?;
    let painter = image_api::router(image_api::ImageApiOptions {
        pace: Duration::from_millis(config.imgc.demo.pace_ms),
        api_key: Some("imgc-demo-key".into()),
    });
    // Browsers ask for it on every page of the provider.
    let icon = Router::new().route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }));
    let app = identity.merge(painter).merge(icon);
    tokio::spawn(async move {
        let served = axum::serve(listener, app)
            .with_graceful_shutdown(async move { shutdown.cancelled().await })
            .await;
        if let Err(error) = served {
            tracing::error!(%error, "the demo's services stopped");
        }
    });
    Ok(())
}
