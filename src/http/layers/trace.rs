//! A request's id, log span and line in the log.

use crate::{
    routes::{INVITATION, MEDIA, NOTICE, ORDER, PROFILE, REPORT, UNLISTED},
    server::{AppState, incident, metrics::RouteOf},
    store::trips::Counter,
};
use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode},
    middleware::Next,
    response::Response,
};
use std::{
    borrow::Cow,
    time::{Duration, Instant},
};
use tracing::{Instrument, field};

/// As much of a path as is logged, in characters: a stranger's can have many
/// thousands, and the log is a file on the disk.
const PATH_SHOWN: usize = 200;

/// A path as it stands in the log. An invitation's is a key, and so are a notice's, an
/// order's and an unlisted picture's with those of its files; a profile's is somebody's
/// name. They are left out.
pub(super) fn shown(path: &str) -> Cow<'_, str> {
    for secret in [INVITATION, NOTICE, ORDER, UNLISTED, MEDIA, REPORT, PROFILE] {
        if let Some((before, _)) = path.split_once(secret) {
            return shown(before) + secret + "…";
        }
    }
    match path.char_indices().nth(PATH_SHOWN) {
        None => path.into(),
        Some((end, _)) => format!("{}…", &path[..end]).into(),
    }
}

/// Gives the request an id, a log span and a line when it is answered. The
/// query is left out: it can hold an authorization code. How often it waited for
/// the database stays with the answer, for whoever holds it in this process.
pub async fn trace(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (counted, request) = Counted::begin(&state, request);
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
    let took = began.elapsed();
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    if let Some(counted) = counted {
        counted.answered(&state, response.status(), took);
    }
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

/// A request that is to be counted, where somebody asks for the figures.
struct Counted {
    method: Method,
    path: String,
    route: RouteOf,
}

impl Counted {
    /// Puts into the request where its route is noted once it is found.
    fn begin(state: &AppState, mut request: Request) -> (Option<Counted>, Request) {
        if state.metrics.requests.is_none() {
            return (None, request);
        }
        let counted = Counted {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            route: RouteOf::default(),
        };
        request.extensions_mut().insert(counted.route.clone());
        (Some(counted), request)
    }

    fn answered(&self, state: &AppState, status: StatusCode, took: Duration) {
        if let Some(requests) = &state.metrics.requests {
            let asked = (&self.method, self.path.as_str());
            requests.answered(asked, &self.route, status, took);
        }
    }
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
        assert_eq!(shown("/fr/u/key"), "/fr/u/…");
        assert_eq!(shown("/media/key/640.webp"), "/media/…");
    }
}
