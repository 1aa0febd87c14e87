//! The wire to the provider: no redirects, a deadline, a size limit.

use crate::server::client::chain;
use serde_json::Value;

/// No answer of a provider is larger than this, in bytes.
const ANSWER_MAX: usize = 512 * 1024;

/// Carries requests: no redirects, a deadline, a size limit.
pub(super) struct Http(reqwest::Client);

/// An answer, read to its end.
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) status: u16,
    /// The `Location`; empty if there is none.
    pub(super) location: String,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// True for 200 and its kin.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON, whatever its declared type: some providers call it
    /// text, and some begin with a byte order mark.
    pub(super) fn json(&self) -> Option<Value> {
        let text = self.body.strip_prefix(b"\xef\xbb\xbf");
        serde_json::from_slice(text.unwrap_or(&self.body)).ok()
    }
}

impl Http {
    /// Carries requests with this client.
    pub(super) fn new(client: reqwest::Client) -> Http {
        Http(client)
    }

    /// A request for a document.
    pub(super) fn get(&self, address: &url::Url) -> reqwest::RequestBuilder {
        let request = self.0.get(address.clone());
        request.header("accept", "application/json, application/jwt")
    }

    /// A request for a page, as a browser makes it.
    pub(super) fn page(&self, address: &url::Url) -> reqwest::RequestBuilder {
        self.0.get(address.clone()).header("accept", "text/html")
    }

    /// A form of these fields.
    pub(super) fn post(
        &self,
        address: &url::Url,
        fields: &[(&str, &str)],
    ) -> reqwest::RequestBuilder {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.0
            .post(address.clone())
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.finish())
    }

    /// Sends a request and reads the answer.
    pub(super) async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, CallError> {
        let broken = |error: reqwest::Error| CallError::Unreachable(chain(&error.without_url()));
        let mut response = request.send().await.map_err(broken)?;
        let header = |name: &str| {
            let value = response.headers().get(name);
            let text = value.and_then(|value| value.to_str().ok());
            text.unwrap_or_default().to_owned()
        };
        let mut answer = Answer {
            status: response.status().as_u16(),
            location: header("location"),
            body: Vec::new(),
        };
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if answer.body.len() + chunk.len() > ANSWER_MAX {
                return Err(CallError::TooLarge);
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }
}

/// The reason the provider could not be asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// No connection, no answer in time, or one that broke off.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// The answer went on and on.
    #[error("the answer is larger than {} KiB", ANSWER_MAX / 1024)]
    TooLarge,
}
