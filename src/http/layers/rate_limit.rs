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
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |c| c.0.ip());
    let client = client_addr(peer, request.headers(), &state.config.imgc.trusted_proxies);
    request.extensions_mut().insert(ClientAddr(client));
    let path = request.uri().path();
    // Files are cheap, and one page of a gallery asks for dozens.
    let is_file = ["/pkg/", MEDIA, FILES, UPLOADED, "/healthz", "/readyz"]
        .iter()
        .any(|p| path.starts_with(p));
    let allowed = if path == SIGN_IN_START {
        state.limits.sign_in(client)
    } else if is_file {
        Ok(())
    } else {
        state.limits.request(client)
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
