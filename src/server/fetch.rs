//! Fetches a picture at an address that somebody else gave us: an identity provider's avatar, or
//! the result address of an image API that does not send the bytes.
//!
//! Such an address is a lever into our own network (server-side request forgery), so it is held to
//! a list of hosts, looked up once, and every answer of the lookup must be a public address; the
//! connection then goes to exactly those addresses and nowhere else: no redirects, no proxies, no
//! second lookup. Size and time are capped. What comes back is still just bytes from a stranger:
//! give them to `imgc_pictures::inspect`.

mod address;

use address::{Reach, Target, check, resolve};
use bytes::{Bytes, BytesMut};
use reqwest::header::ACCEPT;
use std::{net::SocketAddr, time::Duration};
use url::Host;

/// The largest answer taken unless the rules say otherwise, in bytes (25 MiB).
pub const MAX_BYTES: usize = 25 * 1024 * 1024;

/// The longest a fetch may take unless the rules say otherwise, from lookup to last byte.
pub const DEADLINE: Duration = Duration::from_secs(15);

/// The bounds of a fetch: hosts, size and time.
#[derive(Clone, Debug)]
pub struct FetchRules {
    /// The hosts that may be asked: `example.com` is that host only, `*.example.com` any host below
    /// it but not itself. For the demo a port belongs to it: `127.0.0.1:4010`.
    pub hosts: Vec<String>,
    /// Also allows plain `http` to a listed host and port on this machine. Only for the demo.
    pub allow_plain_http_loopback: bool,
    /// The largest answer taken, in bytes.
    pub max_bytes: usize,
    /// The longest the whole fetch may take.
    pub deadline: Duration,
}

impl FetchRules {
    /// The rules for the open internet: `https` to these hosts, [`MAX_BYTES`], [`DEADLINE`].
    pub fn for_hosts(hosts: Vec<String>) -> Self {
        Self {
            hosts,
            allow_plain_http_loopback: false,
            max_bytes: MAX_BYTES,
            deadline: DEADLINE,
        }
    }
}

/// The reason nothing was fetched. The texts never hold the address, which may be a signed secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Not an absolute address, too long, or with a user name or password in it.
    #[error("the picture's address cannot be used")]
    BadAddress,
    /// Neither `https`, nor the demo's `http`.
    #[error("the picture's address is not an https address")]
    SchemeRefused,
    /// An `https` port other than 443.
    #[error("the picture's address has a port that is not allowed")]
    PortRefused,
    /// The host is not in [`FetchRules::hosts`].
    #[error("the picture's host is not on the list of allowed hosts")]
    HostRefused,
    /// The host leads to an address that is not public (or, in the demo, not this machine's).
    #[error("the picture's host leads to an address that is not allowed")]
    AddressRefused,
    /// The host has no address.
    #[error("the picture's host was not found")]
    HostNotFound,
    /// The host answered with a redirect; it is never followed.
    #[error("the picture's host sent us elsewhere")]
    Redirected,
    /// The host answered with this status instead of 200.
    #[error("the picture's host answered with status {0}")]
    Status(u16),
    /// The answer is larger than [`FetchRules::max_bytes`].
    #[error("the picture is too large a file")]
    TooLarge,
    /// The fetch took longer than [`FetchRules::deadline`].
    #[error("the picture's host took too long")]
    TooSlow,
    /// The connection could not be made, or broke.
    #[error("the connection to the picture's host failed")]
    Connection,
}

/// Fetches the bytes at `url` under `rules`.
///
/// # Errors
/// Everything in [`FetchError`]. The bytes are not looked at.
pub async fn fetch_picture(url: &str, rules: &FetchRules) -> Result<Bytes, FetchError> {
    let target = check(url, rules)?;
    let work = async {
        let addresses = resolve(&target).await?;
        download(&target, &addresses, rules.max_bytes).await
    };
    tokio::time::timeout(rules.deadline, work)
        .await
        .unwrap_or(Err(FetchError::TooSlow))
}

/// Asks for the picture at the checked addresses and reads at most `max_bytes`.
async fn download(
    target: &Target,
    addresses: &[SocketAddr],
    max_bytes: usize,
) -> Result<Bytes, FetchError> {
    let client = client(target, addresses).map_err(connection)?;
    let request = client
        .get(target.url.clone())
        .header(ACCEPT, "image/png,image/jpeg,image/webp");
    let mut response = request.send().await.map_err(connection)?;
    let status = response.status();
    if status.is_redirection() {
        return Err(FetchError::Redirected);
    }
    if status != reqwest::StatusCode::OK {
        return Err(FetchError::Status(status.as_u16()));
    }
    // What the host says of the length can save the trouble, but only the count is believed.
    if response
        .content_length()
        .is_some_and(|length| length > max_bytes as u64)
    {
        return Err(FetchError::TooLarge);
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(connection)? {
        if chunk.len() > max_bytes - body.len() {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// A client for this one request: the host's name is pinned to the addresses that were checked.
///
/// Cookies are off unless turned on. Decompression is turned off by name, because another crate may
/// have switched the feature on, and a bomb would then grow between the wire and the count.
fn client(target: &Target, addresses: &[SocketAddr]) -> reqwest::Result<reqwest::Client> {
    let mut builder = super::tls::client_builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .https_only(target.reach == Reach::Public)
        .pool_max_idle_per_host(0)
        .user_agent("imgc");
    if let Host::Domain(name) = &target.host {
        builder = builder.resolve_to_addrs(name, addresses);
    }
    builder.build()
}

/// Notes what broke, without the address, and says only that it broke.
fn connection(error: reqwest::Error) -> FetchError {
    tracing::debug!(error = %error.without_url(), "a picture could not be fetched");
    FetchError::Connection
}

#[cfg(test)]
mod tests;
