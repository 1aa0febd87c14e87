//! Making the clients of other services, and saying what it takes.

use super::tls;
use std::{error::Error, time::Duration};

/// How long a connection to the gateway may take to come to be: within the time
/// that a read of the database has.
const GATEWAY_CONNECT: Duration = Duration::from_secs(5);
/// How long a connection to the gateway is kept for the next call. The other end
/// closes it when it likes (workerd after five seconds), and what is sent at that
/// moment may have been read or not: a write whose end nobody knows.
const GATEWAY_IDLE: Duration = Duration::from_secs(4);

/// The reason a client of another service could not be made. A client asks
/// nobody for that, so it is this machine that lacks something: above all the
/// root certificates, of which imgc brings none.
#[derive(Debug, thiserror::Error)]
#[error(
    "no client for other servers can be made: {}. The system's root certificates are needed: \
     install the package ca-certificates, or name a file of them with SSL_CERT_FILE",
    chain(.0)
)]
pub struct ClientError(#[source] reqwest::Error);

/// Makes the client.
pub(super) fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, ClientError> {
    builder.build().map_err(ClientError)
}

/// The client that calls the gateway to a shared database: it goes nowhere else,
/// and unpacks nothing, because what is unpacked could be of any size.
pub fn for_gateway() -> Result<reqwest::Client, ClientError> {
    build(
        tls::client_builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .connect_timeout(GATEWAY_CONNECT)
            .pool_idle_timeout(GATEWAY_IDLE),
    )
}

/// An error and what is behind it, in one line: the outermost one alone often
/// says nothing ("builder error").
pub fn chain(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_said = cause.to_string();
        // Many an error repeats its cause's words.
        if !said.contains(&cause_said) {
            said = format!("{said}: {cause_said}");
        }
        next = cause.source();
    }
    said
}
