//! The image API's client: one request, and what its answer means.
//!
//! One code path for OpenAI, compatible gateways and the demo's painter. The
//! client never repeats a request by itself: whether a second call may be made
//! is the worker's decision, because a call can cost money.

mod answer;
mod classify;
mod edits;
mod transport;

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
use async_openai::{Client, config::OpenAIConfig};
use bytes::Bytes;
use futures::StreamExt;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

pub use edits::Input;

/// The key that the demo's image API asks for: no secret, for it opens only the demo.
pub const DEMO_API_KEY: &str = "imgc-demo-key";

/// A stream of the API's events.
type Events =
    Pin<Box<dyn futures::Stream<Item = Result<Value, async_openai::error::OpenAIError>> + Send>>;

/// A complete answer of the API.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The pictures, byte for byte; never empty.
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
    results: FetchRules,
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
                .connect_timeout(Duration::from_secs(10)),
        )?;
        let openai_config = OpenAIConfig::new()
            .with_api_base(&base_url)
            .with_api_key(api_key.expose_secret());
        let client = Client::with_config(openai_config)
            .with_http_service(transport::Transport::new(http.clone()));
        let results = FetchRules {
            hosts: if config.demo {
                vec![config.demo_addr().to_string()]
            } else {
                openai.result_hosts.clone()
            },
            allow_plain_http_loopback: config.demo,
            max_bytes: 25 * 1024 * 1024,
            deadline: Duration::from_secs(60),
        };
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
        let fields = body(request);
        let streaming = fields.get("stream").is_some();
        let call = async {
            if !request.inputs.is_empty() {
                let edit = edits::EditBody {
                    fields,
                    inputs: request.inputs.to_vec(),
                    files: files.clone(),
                    broken: Arc::default(),
                };
                let broken = edit.broken.clone();
                let answer = self.edit(edit, streaming, &on_partial).await;
                return answer.map_err(|error| never_whole(error, &broken));
            }
            if streaming {
                let opened = self.client.images().generate_stream_byot(&fields).await;
                follow(opened.map_err(classify::error)?, &on_partial).await
            } else {
                let answer: Result<Value, _> = self.client.images().generate_byot(&fields).await;
                answer::complete(answer.map_err(classify::error)?, &self.results).await
            }
        };
        tokio::time::timeout(self.timeout, call)
            .await
            .unwrap_or(Err(ImageApiError::Lost))
    }

    async fn edit(
        &self,
        edit: edits::EditBody,
        streaming: bool,
        on_partial: &(impl Fn(u32, Bytes) + Send + Sync),
    ) -> Result<Answer, ImageApiError> {
        if streaming {
            let opened = self.client.images().edit_stream_byot(edit).await;
            follow(opened.map_err(classify::error)?, on_partial).await
        } else {
            let answer: Result<Value, _> = self.client.images().edit_byot(edit).await;
            answer::complete(answer.map_err(classify::error)?, &self.results).await
        }
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
        let text = transport::limited_text(answer, 1024 * 1024).await;
        if !status.is_success() {
            return Err(classify::status(status.as_u16(), &text, None));
        }
        serde_json::from_str(&text).map_err(|_| ImageApiError::Refused {
            kind: FailureKind::BadAnswer,
            categories: None,
        })
    }
}

/// Reads a stream of events to its end.
async fn follow(
    mut events: Events,
    on_partial: &(impl Fn(u32, Bytes) + Send + Sync),
) -> Result<Answer, ImageApiError> {
    while let Some(event) = events.next().await {
        let event = event.map_err(classify::mid_stream)?;
        match event.get("type").and_then(Value::as_str) {
            Some("image_generation.partial_image" | "image_edit.partial_image") => {
                if let Some((index, bytes)) = answer::partial(&event) {
                    on_partial(index, bytes);
                }
            }
            Some("image_generation.completed" | "image_edit.completed") => {
                return answer::completed(&event);
            }
            _ if event.get("error").is_some() => return Err(classify::event(&event)),
            // Unknown events are progress of a kind we do not know yet.
            _ => {}
        }
    }
    // The stream ended without a picture: it may well have been billed.
    Err(ImageApiError::Lost)
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
    if let (Some(partials), 1) = (model.partials_max, settings.count) {
        set("stream", json!(true));
        set("partial_images", json!(partials));
    }
    body
}

#[cfg(test)]
#[path = "image_api/tests.rs"]
mod tests;
