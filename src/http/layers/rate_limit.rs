//! Who asks, and how often they may.

use crate::{
    error::AppError,
    routes::{FILES, MEDIA, SIGN_IN_START, UPLOADED},
    server::{
        AppState,
        client_addr::{ClientAddr, client_addr},
        plain_page,
    },
};
use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::Response,
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Finds out the client's address and holds it to its limits.
pub async fn limit(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let client = client(&state, &request);
    request.extensions_mut().insert(ClientAddr(client));
    let path = request.uri().path();
    let (signs_in, is_file) = (path == SIGN_IN_START, is_file(path));
    let allowed = match (signs_in, is_file) {
        (true, _) => state.limits.sign_in(&state, client).await,
        (_, true) => Ok(()),
        (_, false) => state.limits.request(client),
    };
    let most = state.config.imgc.connections.per_address;
    let allowed = allowed.and_then(|()| state.limits.under_way(client, most));
    match allowed {
        Ok(_slot) => next.run(request).await,
        Err(retry_after_s) => {
            plain_page::error(request.headers(), &AppError::TooMany { retry_after_s })
        }
    }
}

/// The client's address, seen through trusted proxies only.
pub(super) fn client(state: &AppState, request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    client_addr(peer, request.headers(), &state.config.imgc.trusted_proxies)
}

/// Whether a path has the shape of a file's. Files are cheap, and one page of a
/// gallery asks for dozens; what only begins like one is a page that is not there.
fn is_file(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
        || path.starts_with("/pkg/")
        || [MEDIA, FILES, UPLOADED].iter().any(|folder| {
            let rest = path.strip_prefix(folder).unwrap_or_default();
            let names: Vec<&str> = rest.trim_start_matches('/').split('/').collect();
            names.len() == 2 && names.iter().all(|name| !name.is_empty())
        })
}

#[cfg(test)]
mod tests {
    use super::is_file;

    #[test]
    fn only_what_has_the_shape_of_a_file_is_one() {
        for file in [
            "/healthz",
            "/pkg/imgc.css",
            "/files/01a2/640.webp",
            "/media/slug/card.jpeg",
            "/uploads/01a2/small.webp",
        ] {
            assert!(is_file(file), "{file}");
        }
        for page in [
            "/",
            "/healthzzz",
            "/readyz/x",
            "/files/a",
            "/files/a/",
            "/files/a/b/c",
            "/filesystem/a/b",
            "/media",
            "/uploads",
            "/gallery",
        ] {
            assert!(!is_file(page), "{page}");
        }
    }
}
