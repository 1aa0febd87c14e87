//! `/metrics`: the operator's figures, on an address of their own that visitors do
//! not reach. Whoever reaches it is not asked who they are.

use super::{connections, connections::Rules};
use crate::{
    routes,
    server::{
        AppState, incident,
        metrics::{Format, scrape},
    },
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderName, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::net::TcpListener;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Serves the figures until the state's shutdown, on a task of its own, by the
/// deadlines of every connection.
pub fn start(state: &AppState, listener: TcpListener) {
    let app = Router::new()
        .route(routes::METRICS, get(answer))
        .with_state(state.clone());
    let rules = Rules::new(&state.config);
    let shutdown = state.shutdown.clone();
    tokio::spawn(connections::serve(listener, app, rules, shutdown));
}

async fn answer(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT);
    let is_open = accepted
        .and_then(|accepted| accepted.to_str().ok())
        .is_some_and(|accepted| accepted.contains("application/openmetrics-text"));
    let (format, kind) = match is_open {
        true => (Format::OpenMetrics, OPEN_METRICS),
        false => (Format::Plain, PLAIN),
    };
    let heads = |kind: &'static str| -> [(HeaderName, &'static str); 3] {
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ]
    };
    match scrape(&state, format).await {
        Ok(text) => (heads(kind), text).into_response(),
        Err(error) => incident::internal("the figures", &error).into_response(),
    }
}
