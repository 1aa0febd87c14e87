//! What stands in for the demo in a build without it.

use std::{io, path::PathBuf, time::Duration};
use tokio::net::TcpListener;

/// Whether this build can run the demo.
pub const BUILT_IN: bool = false;

/// The options of the demo, which nobody reads here.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address the services are reached at, e.g. `http://127.0.0.1:3001`.
    pub origin: String,
    /// The only client the provider knows.
    pub client_id: String,
    /// That client's secret.
    pub client_secret: String,
    /// The address people are sent back to after signing in.
    pub redirect_uri: String,
    /// The file of the provider's private key.
    pub key_file: PathBuf,
    /// The key the image API asks for.
    pub api_key: String,
    /// The time one picture seems to take.
    pub pace: Duration,
    /// The pixels of a picture that are really painted, at most.
    pub painted_pixels: u32,
}

/// Refuses: no configuration in force asks for it.
///
/// # Errors
///
/// Always.
pub async fn serve(
    _: Options,
    _: TcpListener,
    _: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this build has none",
    ))
}
