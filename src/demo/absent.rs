//! What stands in for the demo in a build without it.

use std::{io, path::PathBuf, time::Duration};
use tokio::net::TcpListener;

/// Whether this build can run the demo.
pub const BUILT_IN: bool = false;

/// The options of the demo, which nobody reads here.
#[derive(Clone, Debug)]
pub struct Options {
    pub origin: String,
    pub client_id: String,
    pub client_secret: String,
    pub redirect_uri: String,
    pub key_file: PathBuf,
    pub api_key: String,
    pub pace: Duration,
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
