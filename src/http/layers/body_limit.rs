//! How large a request's body may be, and how slowly it may come. A feature
//! whose forms may be larger than a plain one says so beside its server functions.

use crate::{
    edit,
    error::{AppError, Problem},
    generate, library,
    model::limits::{BODY_STEP, FORM_BODY_MAX},
    references,
    server::{AppState, incoming, plain_page},
};
use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};
use http_body::{Frame, SizeHint};
use http_body_util::Limited;
use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep};

/// Refuses a body that says it is too large, and breaks off one that turns out
/// to be, or that comes too slowly.
pub async fn limit_body(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let most = largest_body(path);
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > most) {
        let mut response = plain_page::error(request.headers(), &too_large(path));
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return response;
    }
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let headers = request.headers().clone();
    let late = Arc::new(AtomicBool::new(false));
    let patience = Duration::from_secs(state.config.imgc.connections.body_s);
    let request = request.map(|body| {
        let paced = Paced::new(body, patience, late.clone());
        Body::new(Limited::new(paced, most))
    });
    let response = next.run(request).await;
    if late.load(Ordering::Relaxed) {
        return too_slow(&headers);
    }
    response
}

/// What is said of a body that comes too slowly: whatever the route made of its
/// end is not the reason.
fn too_slow(headers: &header::HeaderMap) -> Response {
    let mut response = plain_page::error(headers, &AppError::Connection);
    *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

/// The largest body a path takes, in bytes.
fn largest_body(path: &str) -> usize {
    [
        references::router::BODY_LIMITS,
        edit::router::BODY_LIMITS,
        generate::router::BODY_LIMITS,
        library::router::BODY_LIMITS,
    ]
    .into_iter()
    .flatten()
    .find(|(larger, _)| *larger == path)
    .map_or(FORM_BODY_MAX, |(_, most)| *most)
}

/// What is said of a body that is too large: a form of files is full of files,
/// any other of words.
fn too_large(path: &str) -> AppError {
    if [references::router::BODY_LIMITS, edit::router::BODY_LIMITS]
        .into_iter()
        .flatten()
        .any(|(files, _)| *files == path)
    {
        return incoming::broken_off();
    }
    Problem::PromptTooLong { limit: 32_000 }.into()
}

/// A body each step of which must come within some time. Only the waiting for
/// the client counts: how long a route works on what it has is not the client's.
struct Paced {
    body: Body,
    patience: Duration,
    /// How long the client was waited for since the last step, and since when
    /// it is again.
    waited: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    /// How much of a step has come, in bytes.
    step: usize,
    late: Arc<AtomicBool>,
}

impl Paced {
    fn new(body: Body, patience: Duration, late: Arc<AtomicBool>) -> Paced {
        Paced {
            body,
            patience,
            waited: Duration::ZERO,
            waiting: None,
            step: 0,
            late,
        }
    }

    /// Something came.
    fn moved(&mut self, bytes: usize) {
        if let Some((since, _)) = self.waiting.take() {
            self.waited += since.elapsed();
        }
        self.step += bytes;
        if self.step >= BODY_STEP {
            self.step = 0;
            self.waited = Duration::ZERO;
        }
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                this.moved(frame.data_ref().map_or(0, Bytes::len));
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Pending => {
                let left = this.patience.saturating_sub(this.waited);
                let (_, deadline) = this
                    .waiting
                    .get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
                if deadline.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                this.late.store(true, Ordering::Relaxed);
                let error = io::Error::from(io::ErrorKind::TimedOut);
                Poll::Ready(Some(Err(axum::Error::new(error))))
            }
            end => end,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{StreamExt, stream};
    use http_body_util::BodyExt;

    /// Whether a body of pieces of this size, one every so many milliseconds, is
    /// read to its end where a step has one second.
    async fn is_read(piece: usize, every_ms: u64, count: usize) -> bool {
        let pieces = stream::iter(0..count).then(move |_| async move {
            sleep(Duration::from_millis(every_ms)).await;
            Ok::<_, io::Error>(vec![0; piece])
        });
        let late = Arc::new(AtomicBool::new(false));
        let body = Body::from_stream(pieces);
        let body = Paced::new(body, Duration::from_secs(1), late.clone());
        let read = body.collect().await.is_ok();
        assert_eq!(read, !late.load(Ordering::Relaxed));
        read
    }

    #[tokio::test]
    async fn a_slow_body_is_read_and_a_trickle_is_not() {
        let (phone, line, small, trickle, silence) = tokio::join!(
            is_read(2000, 50, 40),
            is_read(9000, 400, 5),
            is_read(10, 0, 50),
            is_read(1, 300, 6),
            is_read(9000, 2500, 2),
        );
        assert!(phone && line && small);
        assert!(!trickle && !silence);
    }
}
