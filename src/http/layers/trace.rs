//! A request's id, log span and line in the log.

use crate::{routes::INVITATION, server::incident, store::trips::Counter};
use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use std::{borrow::Cow, time::Instant};
use tracing::{Instrument, field};

/// As much of a path as is logged, in characters: a stranger's can have many
/// thousands, and the log is a file on the disk.
const PATH_SHOWN: usize = 200;

/// A path as it stands in the log. An invitation's is a key: it is left out.
fn shown(path: &str) -> Cow<'_, str> {
    if let Some((before, _)) = path.split_once(INVITATION) {
        return shown(before) + INVITATION + "…";
    }
    match path.char_indices().nth(PATH_SHOWN) {
        None => path.into(),
        Some((end, _)) => format!("{}…", &path[..end]).into(),
    }
}

/// Gives the request an id, a log span and a line when it is answered. The
/// query is left out: it can hold an authorization code. How often it waited for
/// the database stays with the answer, for whoever holds it in this process.
pub async fn trace(request: Request, next: Next) -> Response {
    let id = incident::new_id();
    let method: String = request.method().as_str().chars().take(20).collect();
    let path = shown(request.uri().path()).into_owned();
    let span = tracing::info_span!("request", id, %method, path, trips = field::Empty);
    let began = Instant::now();
    let trips = Counter::default();
    let answered = trips.within(next.run(request));
    let mut response = answered.instrument(span.clone()).await;
    span.record("trips", trips.trips());
    response.extensions_mut().insert(trips);
    let status = response.status().as_u16();
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        if status >= 500 {
            tracing::error!(status, ms, "answered");
        } else {
            tracing::debug!(status, ms, "answered");
        }
    });
    if let Ok(id) = HeaderValue::from_str(&id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_the_log_is_bounded_and_opens_nothing() {
        assert_eq!(shown("/library"), "/library");
        assert_eq!(shown(&"/é".repeat(200)).chars().count(), PATH_SHOWN + 1);
        assert_eq!(shown("/invitation/key"), "/invitation/…");
        assert_eq!(shown("/fr/invitation/key/more"), "/fr/invitation/…");
    }
}
