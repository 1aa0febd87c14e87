//! Making the clients of other services, and saying what it takes.

use std::error::Error;

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
