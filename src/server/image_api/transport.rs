//! The HTTP under the client: keeps what the client's own errors lose (the
//! status, `Retry-After`) and bounds every answer.

use super::{ImageApiError, classify};
use async_openai::{error::OpenAIError, middleware::HttpRequestFactory};
use axum::http;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, future::BoxFuture};
use std::{
    task::{Context, Poll},
    time::Duration,
};

/// The largest answer read, in bytes: ten 4K pictures as base64, and some.
const ANSWER_MAX: usize = 400 * 1024 * 1024;
/// The largest error body read, in bytes.
const ERROR_MAX: usize = 64 * 1024;

/// Carries the client's requests over reqwest.
#[derive(Clone)]
pub(super) struct Transport {
    http: reqwest::Client,
}

impl Transport {
    pub(super) fn new(http: reqwest::Client) -> Self {
        Transport { http }
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
        let http = self.http.clone();
        Box::pin(async move {
            let request = factory.build().await?;
            let answer = http
                .execute(request)
                .await
                .map_err(|e| boxed(classify::transport(&e)))?;
            let status = answer.status();
            if status.is_success() {
                return Ok(bounded(answer));
            }
            let after = retry_after(&answer);
            let text = limited_text(answer, ERROR_MAX).await;
            Err(boxed(classify::status(status.as_u16(), &text, after)))
        })
    }
}

fn boxed(error: ImageApiError) -> OpenAIError {
    OpenAIError::Boxed(Box::new(error))
}

/// The same answer with a body that ends in an error past the limit.
fn bounded(answer: reqwest::Response) -> reqwest::Response {
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut left = ANSWER_MAX;
    let body = answer
        .bytes_stream()
        .map_err(std::io::Error::other)
        .map(move |chunk| {
            let chunk: Bytes = chunk?;
            left = left
                .checked_sub(chunk.len())
                .ok_or_else(|| std::io::Error::other("the answer is too large"))?;
            Ok::<_, std::io::Error>(chunk)
        });
    let mut bounded = http::Response::new(reqwest::Body::wrap_stream(body));
    *bounded.status_mut() = status;
    *bounded.headers_mut() = headers;
    reqwest::Response::from(bounded)
}

/// `Retry-After` in seconds; dates are not sent by this API.
fn retry_after(answer: &reqwest::Response) -> Option<Duration> {
    let text = answer.headers().get("retry-after")?.to_str().ok()?;
    let seconds: f64 = text.trim().parse().ok()?;
    (0.0..=86_400.0)
        .contains(&seconds)
        .then(|| Duration::from_secs_f64(seconds))
}

/// The body's text, as far as the limit reaches.
pub(super) async fn limited_text(mut answer: reqwest::Response, limit: usize) -> String {
    let mut body = Vec::new();
    while let Ok(Ok(Some(chunk))) =
        tokio::time::timeout(Duration::from_secs(10), answer.chunk()).await
    {
        let room = limit - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == limit {
            break;
        }
    }
    String::from_utf8_lossy(&body).into_owned()
}
