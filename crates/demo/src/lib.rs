//! The demo of imgc: a small OpenID provider and a small image API on a port of
//! their own, so that a first run needs no account anywhere and the real code
//! paths speak real protocols.
//!
//! It knows nothing of imgc: [`Options`] says who may sign in to what, and where
//! they are sent back to. Whoever can reach it can be anybody, so it belongs on
//! a loopback address.

pub mod identity;
pub mod image_api;
pub mod painter;

use axum::{Router, http::StatusCode, routing::get, serve::ListenerExt};
use std::{path::PathBuf, time::Duration};
use tokio::net::TcpListener;

/// What the demo is told at its start.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it is reached, e.g. `http://127.0.0.1:3001`: the provider's issuer;
    /// the image API is below it, under `/v1`.
    pub origin: String,
    /// The only client the provider knows.
    pub client_id: String,
    /// That client's secret.
    pub client_secret: String,
    /// Where people are sent back to after signing in.
    pub redirect_uri: String,
    /// Where the provider keeps its private key.
    pub key_file: PathBuf,
    /// The key the image API asks for.
    pub api_key: String,
    /// How long one picture seems to take.
    pub pace: Duration,
    /// The pixels of a picture that are really painted, at most; larger ones are
    /// scaled up.
    pub painted_pixels: u32,
}

/// Serves the provider and the image API until `shutdown` is done.
///
/// # Errors
///
/// As [`identity::router`].
pub async fn serve(
    options: Options,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let identity = identity::router(identity::IdentityOptions {
        issuer: options.origin,
        client_id: options.client_id,
        client_secret: options.client_secret,
        redirect_uris: vec![options.redirect_uri],
        key_file: options.key_file,
    })
    .await?;
    let painter = image_api::router(image_api::ImageApiOptions {
        pace: options.pace,
        painted_pixels: options.painted_pixels,
        api_key: Some(options.api_key),
    });
    // Browsers ask for it on every page of the provider.
    let icon = Router::new().route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }));
    let app = identity.merge(painter).merge(icon);
    // Small answers leave at once.
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    tokio::spawn(async move {
        let served = axum::serve(listener, app).with_graceful_shutdown(shutdown);
        if let Err(error) = served.await {
            tracing::error!(%error, "the demo's services stopped");
        }
    });
    Ok(())
}
