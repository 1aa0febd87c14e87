//! The image API's client: one request, and what its answer means.
//!
//! One code path for OpenAI, compatible gateways and the demo's painter. The
//! client never repeats a request by itself: whether a second call may be made
//! is the worker's decision, because a call can cost money. async-openai makes
//! the request; the answer is read by `reader`, because many an API answers
//! otherwise than it was asked, and the picture is paid for all the same.

mod answer;
mod body;
mod classify;
mod edits;
mod meaning;
mod picture;
mod pieces;
mod reader;
mod transport;
mod usage;

use crate::{
    model::{
        FailureKind, Prompt, Settings,
        catalogue::{Model, Usage},
    },
    server::{
        client::{self, ClientError},
        config::Config,
        fetch::FetchRules,
        objects::Objects,
        tls,
    },
};
use async_openai::{Client, config::OpenAIConfig, error::OpenAIError};
use bytes::Bytes;
use reader::{Bounds, Results};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, timeout_at};
use transport::Transport;
use url::Url;

pub use edits::Input;

/// The key that the demo's image API asks for: no secret, for it opens only the demo.
pub const DEMO_API_KEY: &str = "imgc-demo-key";

/// An answer of the API.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The pictures that came, byte for byte: at least one, perhaps fewer than
    /// asked for or more, and each of the kind that its first bytes say.
    pub pictures: Vec<Picture>,
    /// The tokens used, where the API counts them.
    pub usage: Option<Usage>,
}

/// One picture of an answer.
#[derive(Clone)]
pub struct Picture {
    /// The file's bytes, as the API sent them.
    pub bytes: Bytes,
    /// The prompt the API says it used instead.
    pub revised_prompt: Option<Prompt>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({} bytes)", self.bytes.len())
    }
}

/// The reason there is no picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageApiError {
    /// It will not work: no further call.
    #[error("the image API refused: {kind:?}")]
    Refused {
        /// The reason to tell.
        kind: FailureKind,
        /// Safety categories, comma-separated.
        categories: Option<String>,
    },
    /// Nothing was made; a bounded retry may work.
    #[error("the image API is busy: {kind:?}")]
    Busy {
        /// The reason to tell once the attempts are used up.
        kind: FailureKind,
        /// The wait it asked for (`Retry-After`).
        after: Option<Duration>,
    },
    /// The request was sent and the answer was lost: nobody knows what was billed.
    #[error("the image API's answer was lost")]
    Lost,
}

/// The client.
pub struct ImageApi {
    client: Client<OpenAIConfig>,
    http: reqwest::Client,
    base_url: String,
    api_key: SecretString,
    timeout: Duration,
    results: Results,
}

/// A request for pictures.
pub struct Request<'a> {
    /// The model, as the catalogue has it.
    pub model: &'a Model,
    /// The words to make pictures from.
    pub prompt: &'a Prompt,
    /// Count, size, quality and the other choices of the form.
    pub settings: &'a Settings,
    /// The keyed hash that stands for the person, 64 hex characters.
    pub safety_identifier: String,
    /// The reference pictures in order, then the mask; empty for words alone.
    pub inputs: &'a [Input],
}

impl ImageApi {
    /// A client for the configured API.
    pub fn new(config: &Config) -> Result<ImageApi, ClientError> {
        let openai = &config.imgc.openai;
        let (base_url, api_key) = if config.demo {
            let key = SecretString::from(DEMO_API_KEY);
            (format!("http://{}/v1", config.demo_addr()), key)
        } else {
            let key = openai.api_key.clone().unwrap_or_default();
            (openai.base_url.trim_end_matches('/').to_owned(), key)
        };
        let http = client::build(
            tls::client_builder()
                .redirect(reqwest::redirect::Policy::none())
                // Another crate may switch these on: what is unpacked is counted by us.
                .no_gzip()
                .no_brotli()
                .no_deflate()
                .no_zstd()
                .connect_timeout(Duration::from_secs(10)),
        )?;
        let openai_config = OpenAIConfig::new()
            .with_api_base(&base_url)
            .with_api_key(api_key.expose_secret());
        let client = Client::build(http.clone(), openai_config);
        let results = results(&base_url, &openai.result_hosts);
        Ok(ImageApi {
            client,
            http,
            base_url,
            api_key,
            timeout: config.upstream_timeout(),
            results,
        })
    }

    /// Asks for pictures, made from words alone or from `files` as well.
    /// `on_partial` sees each partial picture as it comes.
    pub async fn generate(
        &self,
        request: &Request<'_>,
        files: &Objects,
        on_partial: impl Fn(u32, Bytes) + Send + Sync,
    ) -> Result<Answer, ImageApiError> {
        let bounds = Bounds::of(request.model, request.settings);
        let deadline = Instant::now() + self.timeout;
        let sent = timeout_at(deadline, self.send(request, files)).await;
        let answer = sent.unwrap_or(Err(ImageApiError::Lost))?;
        let (understood, whole) = reader::read(answer, &bounds, deadline, &on_partial).await;
        reader::conclude(understood, whole, &bounds, &self.results).await
    }

    /// Sends the request; gives an answer of success, not yet read.
    async fn send(
        &self,
        request: &Request<'_>,
        files: &Objects,
    ) -> Result<reqwest::Response, ImageApiError> {
        let fields = body(request);
        let transport = Transport::new(self.http.clone());
        let client = self.client.clone().with_http_service(transport.clone());
        let sent: Result<Value, OpenAIError> = if request.inputs.is_empty() {
            client.images().generate_byot(&fields).await
        } else {
            let edit = edits::EditBody {
                fields,
                inputs: request.inputs.to_vec(),
                files: files.clone(),
                broken: Arc::default(),
            };
            let broken = edit.broken.clone();
            let sent = client.images().edit_byot(edit).await;
            sent.map_err(|error| {
                let error = never_whole(classify::error(error), &broken);
                OpenAIError::Boxed(Box::new(error))
            })
        };
        sent.map_err(classify::error)?;
        transport.answer().ok_or(ImageApiError::Lost)
    }

    /// Asks for the list of models, to learn if the key works. Costs nothing.
    pub async fn ping(&self) -> Result<Value, ImageApiError> {
        let answer = self
            .http
            .get(format!("{}/models", self.base_url))
            .bearer_auth(self.api_key.expose_secret())
            .timeout(Duration::from_secs(15))
            .send()
            .await
            .map_err(|_| ImageApiError::Busy {
                kind: FailureKind::Unreachable,
                after: None,
            })?;
        let status = answer.status();
        let deadline = Instant::now() + Duration::from_secs(15);
        let text = body::text(answer, 1024 * 1024, deadline).await;
        if !status.is_success() {
            return Err(classify::status(status.as_u16(), &text, None));
        }
        serde_json::from_str(&text).map_err(|_| ImageApiError::Refused {
            kind: FailureKind::BadAnswer,
            categories: None,
        })
    }
}

/// Where results may be fetched from, for an API that answers with addresses:
/// the hosts that the operator named, and the API's own, which knows the picture
/// anyway. Plain HTTP only where the API itself is on this machine.
fn results(base_url: &str, hosts: &[String]) -> Results {
    let base = Url::parse(base_url).ok();
    let own = base.as_ref().and_then(|url| {
        let port = url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        Some(format!("{}{port}", url.host_str()?))
    });
    let plain = base.as_ref().is_some_and(|url| url.scheme() == "http");
    Results {
        rules: FetchRules {
            hosts: hosts.iter().cloned().chain(own).collect(),
            allow_plain_http_loopback: plain,
            deadline: Duration::from_secs(60),
            ..FetchRules::for_hosts(Vec::new())
        },
        base,
    }
}

/// A form that broke off because our own store failed was never whole at the
/// API: nothing was made of it, and asking again is safe.
fn never_whole(error: ImageApiError, broken: &AtomicBool) -> ImageApiError {
    if error == ImageApiError::Lost && broken.load(Ordering::Relaxed) {
        return ImageApiError::Busy {
            kind: FailureKind::StorageFailed,
            after: None,
        };
    }
    error
}

/// The request body: what the model takes and nothing else.
fn body(request: &Request<'_>) -> Value {
    let (model, settings) = (request.model, request.settings);
    let mut body = json!({
        "model": model.upstream_id(),
        "prompt": request.prompt.0,
        "n": settings.count,
        "size": settings.size,
        "quality": settings.quality,
        "safety_identifier": request.safety_identifier,
    });
    let mut set = |name: &str, value: Value| {
        body[name] = value;
    };
    if !model.formats.is_empty() {
        set("output_format", json!(settings.format));
    }
    if let Some(compression) = settings.compression {
        set("output_compression", json!(compression));
    }
    if let Some(background) = &settings.background {
        set("background", json!(background));
    }
    if let Some(style) = &settings.style {
        set("style", json!(style));
    }
    // Edits have no such parameter.
    if let (Some(moderation), true) = (&model.moderation, request.inputs.is_empty()) {
        set("moderation", json!(moderation));
    }
    if let Some(format) = &model.response_format {
        set("response_format", json!(format));
    }
    // A stream does not say which of several pictures an event belongs to.
    if let (Some(partials @ 1..), 1) = (model.partials_max, settings.count) {
        set("stream", json!(true));
        set("partial_images", json!(partials));
    }
    body
}

#[cfg(test)]
#[path = "image_api/tests.rs"]
mod tests;
