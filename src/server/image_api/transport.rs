//! The HTTP under the client: keeps what the client's own errors lose (the
//! status, `Retry-After`), and keeps the answer itself, which the client could
//! read only if it were what was asked for.

use super::{ImageApiError, body, classify};
use async_openai::{error::OpenAIError, middleware::HttpRequestFactory};
use axum::http;
use futures::future::BoxFuture;
use reqwest::header::{self, HeaderMap};
use std::{
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, SystemTime},
};
use tokio::time::Instant;

/// The largest error body read, in bytes.
const ERROR_MAX: usize = 64 * 1024;
/// The longest an error's body is waited for.
const ERROR_WAIT: Duration = Duration::from_secs(20);
/// The longest wait that is understood; the worker has a shorter one of its own.
const AFTER_MAX: Duration = Duration::from_secs(86_400);

/// Carries one request of the client's over reqwest, and keeps its answer.
#[derive(Clone)]
pub(super) struct Transport {
    http: reqwest::Client,
    answer: Arc<Mutex<Option<reqwest::Response>>>,
}

impl Transport {
    pub(super) fn new(http: reqwest::Client) -> Self {
        Transport {
            http,
            answer: Arc::default(),
        }
    }

    /// The answer, if one of success came.
    pub(super) fn answer(&self) -> Option<reqwest::Response> {
        let mut kept = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        kept.take()
    }
}

impl tower::Service<HttpRequestFactory> for Transport {
    type Response = reqwest::Response;
    type Error = OpenAIError;
    type Future = BoxFuture<'static, Result<reqwest::Response, OpenAIError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, factory: HttpRequestFactory) -> Self::Future {
        let (http, kept) = (self.http.clone(), self.answer.clone());
        Box::pin(async move {
            let request = factory.build().await?;
            let answer = http
                .execute(request)
                .await
                .map_err(|e| boxed(classify::transport(&e)))?;
            let status = answer.status();
            if status.is_success() {
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
                // What the client is content with; the reader has the rest.
                return Ok(http::Response::new(reqwest::Body::from("null")).into());
            }
            let after = retry_after(answer.headers(), SystemTime::now());
            let deadline = Instant::now() + ERROR_WAIT;
            let text = body::text(answer, ERROR_MAX, deadline).await;
            Err(boxed(classify::status(status.as_u16(), &text, after)))
        })
    }
}

fn boxed(error: ImageApiError) -> OpenAIError {
    OpenAIError::Boxed(Box::new(error))
}

/// The wait an answer asks for: `retry-after-ms`, or `Retry-After` as seconds or
/// as a date, which is held against the answer's own clock.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.trim());
    let number = |text: &str| {
        let number: f64 = text.parse().ok()?;
        (number >= 0.0).then_some(number.min(1e12))
    };
    let asked = text("retry-after-ms")
        .and_then(number)
        .map(|ms| Duration::from_secs_f64(ms / 1000.0));
    let seconds = || {
        let seconds = text(header::RETRY_AFTER.as_str()).and_then(number)?;
        Some(Duration::from_secs_f64(seconds))
    };
    let date = || {
        let date = |text: &str| httpdate::parse_http_date(text).ok();
        let then = text(header::RETRY_AFTER.as_str()).and_then(date)?;
        let theirs = text(header::DATE.as_str()).and_then(date);
        Some(
            then.duration_since(theirs.unwrap_or(now))
                .unwrap_or_default(),
        )
    };
    let asked = asked.or_else(seconds).or_else(date)?;
    Some(asked.min(AFTER_MAX))
}
