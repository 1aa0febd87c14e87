//! The demo image API: the real OpenAI image protocol on a built-in server,
//! with pictures by the painter instead of a model. It stands in for OpenAI
//! when nothing is configured, and lets tests play back every failure.

mod answer;
mod edit;
mod error;
mod failures;
mod oddities;
mod request;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::multipart::MultipartRejection;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

pub use failures::FAILURES;

use error::ApiError;
use failures::Play;

/// How the demo API behaves.
#[derive(Clone, Debug)]
pub struct ImageApiOptions {
    /// How long one picture seems to take in all, partial pictures included.
    pub pace: Duration,
    /// Pixels of a picture that are really painted, at most; larger ones are scaled up.
    pub painted_pixels: u32,
    /// The bearer token to ask for; anyone is let in without one.
    pub api_key: Option<String>,
}

impl Default for ImageApiOptions {
    fn default() -> Self {
        Self {
            pace: Duration::from_secs(4),
            painted_pixels: 3_000_000,
            api_key: None,
        }
    }
}

/// The largest request body: a demo has no use for sixteen pictures of 50 MB.
const BODY_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Pictures kept for answers by URL.
const PICTURES_MAX: usize = 50;
/// Prompts remembered; a server that runs for months must not grow.
const PROMPTS_MAX: usize = 10_000;

/// What the server remembers.
struct Studio {
    options: ImageApiOptions,
    requests: AtomicU64,
    paintings: AtomicU64,
    by_key: Mutex<BTreeMap<String, u64>>,
    prompts: Mutex<HashMap<String, u32>>,
    pictures: Mutex<VecDeque<(String, Bytes)>>,
    /// Painters at work: two at most, so that the server stays responsive.
    painters: Semaphore,
}

type Shared = Arc<Studio>;

/// The demo API's routes, under `/v1`.
pub fn router(options: ImageApiOptions) -> Router {
    let studio = Arc::new(Studio {
        options,
        requests: AtomicU64::new(0),
        paintings: AtomicU64::new(0),
        by_key: Mutex::default(),
        prompts: Mutex::default(),
        pictures: Mutex::default(),
        painters: Semaphore::new(2),
    });
    Router::new()
        .route("/v1/images/generations", post(generations))
        .route("/v1/images/edits", post(edits))
        .route("/v1/models", get(models))
        .route("/v1/demo/stats", get(stats))
        .route("/v1/demo/pictures/{id}", get(picture))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(studio)
}

/// A lock whose data stays sound even if a holder panicked: every change
/// under these locks is a single step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Studio {
    fn admit(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let Some(key) = &self.options.api_key else {
            return Ok(());
        };
        let given = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        if given.and_then(|value| value.strip_prefix("Bearer ")) == Some(key) {
            return Ok(());
        }
        let message = "Incorrect API key provided.";
        Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "invalid_request_error",
            "invalid_api_key",
            None,
            message,
        ))
    }

    /// Counts a request and says how often its prompt came before.
    fn count(&self, prompt: &str) -> u32 {
        self.requests.fetch_add(1, Ordering::Relaxed);
        if let Some(key) = failures::note(prompt, "key") {
            let mut by_key = lock(&self.by_key);
            if by_key.len() < PROMPTS_MAX || by_key.contains_key(key) {
                *by_key.entry(key.to_owned()).or_default() += 1;
            }
        }
        let mut prompts = lock(&self.prompts);
        if prompts.len() >= PROMPTS_MAX {
            prompts.clear();
        }
        let times = prompts.entry(prompt.to_owned()).or_default();
        *times += 1;
        *times - 1
    }

    /// Keeps a picture for its URL and returns its id.
    fn keep(&self, bytes: Bytes) -> String {
        let id = format!("{:032x}", rand::random::<u128>());
        let mut pictures = lock(&self.pictures);
        if pictures.len() >= PICTURES_MAX {
            pictures.pop_front();
        }
        pictures.push_back((id.clone(), bytes));
        id
    }
}

/// Counts even the requests that fail their checks.
fn prompt_of(fields: &serde_json::Map<String, Value>) -> &str {
    fields
        .get("prompt")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

async fn generations(
    State(studio): State<Shared>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let fields = match body.ok().map(|body| serde_json::from_slice(&body)) {
        Some(Ok(Value::Object(fields))) => fields,
        _ => {
            let message = "We could not parse the JSON body of your request.";
            return Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                "invalid_request_error",
                "invalid_json",
                None,
                message,
            ));
        }
    };
    let earlier = studio.count(prompt_of(&fields));
    studio.admit(&headers)?;
    let request = request::check(&fields, false)?;
    perform(
        studio,
        &headers,
        answer::Job {
            request,
            source: None,
            seed: u64::from(earlier),
        },
        earlier,
    )
    .await
}

async fn edits(
    State(studio): State<Shared>,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, ApiError> {
    let Ok(form) = form else {
        let message = "Expected a multipart/form-data body.";
        return Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "invalid_request_error",
            "invalid_multipart",
            None,
            message,
        ));
    };
    let form = edit::read(form).await?;
    let earlier = studio.count(prompt_of(&form.fields));
    studio.admit(&headers)?;
    let request = request::check(&form.fields, true)?;
    let source = tokio::task::spawn_blocking(move || edit::source(&form)).await;
    let source = source.map_err(|_| failures::server_error())??;
    let job = answer::Job {
        request,
        source: Some(Arc::new(source)),
        seed: u64::from(earlier),
    };
    perform(studio, &headers, job, earlier).await
}

/// Plays the failure the prompt asks for, or answers.
async fn perform(
    studio: Shared,
    headers: &HeaderMap,
    job: answer::Job,
    earlier: u32,
) -> Result<Response, ApiError> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let site = format!("http://{}", host.unwrap_or("localhost"));
    let pace = studio.options.pace;
    match failures::play(&job.request.prompt, earlier) {
        Play::Paint => answer::give(studio, job, &site, pace, None).await,
        Play::Slow(seconds) => {
            let pace = pace + Duration::from_secs_f32(seconds);
            answer::give(studio, job, &site, pace, None).await
        }
        Play::Spoil(spoil) => answer::give(studio, job, &site, pace, Some(spoil)).await,
        Play::Refuse(error) => Err(error),
        Play::RefuseResult(error) => {
            // A refused result has been painted, which takes its time.
            tokio::time::sleep(pace).await;
            Err(error)
        }
        Play::Html => {
            let page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
            Ok((
                StatusCode::BAD_GATEWAY,
                [(header::CONTENT_TYPE, "text/html")],
                page,
            )
                .into_response())
        }
        Play::Odd(oddity) => {
            // Painted and billed, as behind a gateway that then goes its own way.
            let whole = answer::whole(&studio, &job, &site, pace, None).await?;
            Ok(oddity.dress(whole))
        }
        Play::Hang => std::future::pending().await,
    }
}

async fn models(State(studio): State<Shared>, headers: HeaderMap) -> Result<Response, ApiError> {
    studio.admit(&headers)?;
    let list: Vec<Value> = request::MODELS
        .iter()
        .map(|(id, _, shutdown)| json!({"id": id, "object": "model", "created": 1_776_729_600, "owned_by": "imgc-demo", "shutdown_date": shutdown}))
        .collect();
    Ok(Json(json!({"object": "list", "data": list})).into_response())
}

async fn stats(State(studio): State<Shared>) -> Json<Value> {
    Json(json!({
        "requests": studio.requests.load(Ordering::Relaxed),
        "paintings": studio.paintings.load(Ordering::Relaxed),
        "by_key": *lock(&studio.by_key),
    }))
}

async fn picture(State(studio): State<Shared>, Path(id): Path<String>) -> Response {
    let found = lock(&studio.pictures)
        .iter()
        .find(|kept| kept.0 == id)
        .map(|kept| kept.1.clone());
    match found {
        Some(bytes) => ([(header::CONTENT_TYPE, "image/png")], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests;
