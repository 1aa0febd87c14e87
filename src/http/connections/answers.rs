//! The router as a connection's service: each request bears its peer's address,
//! and the watch hears when it begins, moves and ends.

use super::watch::Watch;
use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    extract::ConnectInfo,
    http::{Request, Response},
};
use hyper_util::service::TowerToHyperService;
use std::{
    convert::Infallible,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tower::{Service, ServiceExt};

type Frame = http_body::Frame<Bytes>;

/// One connection's service.
#[derive(Clone)]
pub struct Answers {
    app: Router,
    peer: SocketAddr,
    watch: Arc<Watch>,
}

impl Answers {
    /// The service of a connection from `peer`.
    pub fn new(app: Router, peer: SocketAddr, watch: Arc<Watch>) -> TowerToHyperService<Answers> {
        TowerToHyperService::new(Answers { app, peer, watch })
    }
}

impl<B> Service<Request<B>> for Answers
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Told>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Told>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let ticket = Ticket {
            number: self.watch.begin(),
            watch: self.watch.clone(),
        };
        let watch = &self.watch;
        let mut request = request.map(|body| {
            if body.is_end_stream() {
                return Body::empty();
            }
            watch.begin_body();
            Body::new(Read {
                body,
                has_begun: true,
                ended: false,
                watch: watch.clone(),
            })
        });
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let answer = self.app.clone().oneshot(request);
        Box::pin(async move {
            let response = answer.await?;
            Ok(response.map(|body| Told { body, ticket }))
        })
    }
}

/// A request under way; dropping it ends it.
struct Ticket {
    watch: Arc<Watch>,
    number: u64,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.watch.end(self.number);
    }
}

/// A request's body, of which the watch knows when it has come.
struct Read<B> {
    body: B,
    /// Whether the watch was told of a body.
    has_begun: bool,
    ended: bool,
    watch: Arc<Watch>,
}

impl<B: HttpBody + Unpin> HttpBody for Read<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<B::Data>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.ended |= frame.is_none() || self.body.is_end_stream();
        if self.ended {
            self.tell(false);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

impl<B> Read<B> {
    fn tell(&mut self, left_unread: bool) {
        if std::mem::take(&mut self.has_begun) {
            self.watch.end_body(left_unread);
        }
    }
}

impl<B> Drop for Read<B> {
    fn drop(&mut self) {
        self.tell(!self.ended);
    }
}

/// An answer's body, whose parts the watch hears of.
pub struct Told {
    body: Body,
    ticket: Ticket,
}

impl HttpBody for Told {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame, axum::Error>>> {
        self.ticket.watch.wants_more(self.ticket.number);
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            self.ticket.watch.hand_out(self.ticket.number, bytes);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
