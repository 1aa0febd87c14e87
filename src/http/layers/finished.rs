//! What lies finished in memory is given before any layer: pages that are kept,
//! small files of published pictures, and files of the site.
//!
//! Each is the answer that the layers would give: its head is completed once, by what
//! completes all others, and kept with it. Whatever they would have to decide (who asks, under which name, for
//! which part, whether they have it already) sends a request on to them.

use super::{
    headers::complete_for_strangers, kept_pages::offered, rate_limit::client, trace::shown,
};
use crate::{
    http::site::Site,
    routes::MEDIA,
    server::{
        AppState, incident,
        kept::{AskedPage, Encoding, Page, Picture},
        metrics::Requests,
        session::Cookie,
    },
};
use axum::{
    body::HttpBody,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    response::Response,
};
use futures::future::{Either, Ready, ready};
use std::{
    convert::Infallible,
    net::IpAddr,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tower::{Service, ServiceExt, util::Oneshot};

/// Headers of requests for something else than the whole answer.
const CONDITIONS: [HeaderName; 2] = [header::IF_NONE_MATCH, header::RANGE];

/// Gives what is finished, and sends everything else on.
#[derive(Clone)]
pub struct Finished<S>(Arc<Shared<S>>);

struct Shared<S> {
    state: AppState,
    site: Site,
    /// The one name of the site, where a request for another is sent there.
    host: Option<String>,
    /// The layers. A copy is made for a request that is sent on, and for no other.
    layers: S,
}

impl<S> Finished<S> {
    /// Before these layers.
    pub fn before(layers: S, state: &AppState, site: &Site) -> Finished<S> {
        let origin = state.config.public_origin();
        let host = origin.split_once("://").map(|(_, host)| host.to_owned());
        Finished(Arc::new(Shared {
            state: state.clone(),
            site: site.clone(),
            host: host.filter(|_| state.config.demo),
            layers,
        }))
    }
}

impl<S> Service<Request> for Finished<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response, Infallible>>, Oneshot<S, Request>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.0.finished(&request) {
            Some(answer) => Either::Left(ready(Ok(answer))),
            None => Either::Right(self.0.layers.clone().oneshot(request)),
        }
    }
}

impl<S> Shared<S> {
    fn finished(&self, request: &Request) -> Option<Response> {
        let headers = request.headers();
        let asks_for_all = *request.method() == Method::GET
            && request.uri().query().is_none()
            && request.body().is_end_stream()
            && !CONDITIONS.iter().any(|name| headers.contains_key(name))
            && self.is_named(headers);
        if !asks_for_all {
            return None;
        }
        // Looked at only where somebody asks for the figures.
        let counting = self.state.metrics.requests.as_ref();
        let began = counting.map(|requests| (requests, Instant::now()));
        let client = client(&self.state, request);
        let most = self.state.config.imgc.connections.per_address;
        // Whoever has too many requests under way is told by the layers.
        let _slot = self.state.limits.under_way(client, most).ok()?;
        let path = request.uri().path();
        let complete = |headers: &mut HeaderMap| {
            complete_for_strangers(headers, &self.state.config);
        };
        let (mut answer, given) = if let Some(file) = self.media(path) {
            self.state.kept.pictures.given();
            (file.whole(complete), Given::Picture)
        } else if let Some(file) = self.site.finished(path, headers, complete) {
            (file, Given::File)
        } else {
            let (page, answer) = self.page(headers, client, path, complete)?;
            (answer, Given::Page(page))
        };
        if let Some((requests, began)) = began {
            given.count(requests, began.elapsed());
        }
        let id = incident::new_id();
        tracing::debug!(id, path = %shown(path), "answered from memory");
        if let Ok(id) = HeaderValue::from_str(&id) {
            answer
                .headers_mut()
                .insert(HeaderName::from_static("x-request-id"), id);
        }
        Some(answer)
    }

    /// Whether the site is asked for by its own name.
    fn is_named(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).map(HeaderValue::as_bytes);
        match (&self.host, host) {
            (Some(own), Some(host)) => own.as_bytes() == host,
            _ => true,
        }
    }

    /// A small file of a published picture.
    fn media(&self, path: &str) -> Option<Arc<Picture>> {
        let address = path.strip_prefix(MEDIA)?;
        let version = self.state.db.public().current()?;
        let picture = self.state.kept.pictures.get(address)?;
        let now_ms = self.state.clock.now_ms();
        picture.is_public_in(version, now_ms).then_some(picture)
    }

    /// A page that is kept, for a stranger who has not asked too often.
    fn page(
        &self,
        headers: &HeaderMap,
        client: IpAddr,
        path: &str,
        complete: impl FnOnce(&mut HeaderMap),
    ) -> Option<(Arc<Page>, Response)> {
        let asked = AskedPage {
            version: self.state.db.public().current()?,
            address: path,
            offered: offered(headers),
        };
        let page = self.state.kept.pages.kept(&asked)?;
        if Cookie::any_is_in(&self.state.config, headers) {
            return None;
        }
        let answer = page.whole(Encoding::accepted(headers), complete)?;
        self.state.limits.request(client).ok()?;
        self.state.statistics.shown(page.route(), client, headers);
        self.state.kept.pages.given();
        Some((page, answer))
    }
}

/// What was given from memory.
enum Given {
    Picture,
    File,
    Page(Arc<Page>),
}

impl Given {
    fn count(&self, requests: &Requests, took: Duration) {
        match self {
            Given::Picture => requests.picture_given(took),
            Given::File => requests.file_given(took),
            Given::Page(page) => requests.page_given(page.route(), took),
        }
    }
}
