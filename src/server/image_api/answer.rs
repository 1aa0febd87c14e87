//! Reading the image API's answers: base64 or addresses, tokens, revisions.

use super::{Answer, ImageApiError, Picture};
use crate::{
    model::{FailureKind, Prompt, catalogue::Usage},
    server::fetch::{FetchRules, fetch_picture},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::Value;

/// The longest revised prompt kept, in characters.
const REVISED_MAX: usize = 32_000;

/// A whole answer of `POST /images/generations`.
pub(super) async fn complete(answer: Value, rules: &FetchRules) -> Result<Answer, ImageApiError> {
    let items = answer.get("data").and_then(Value::as_array);
    let mut pictures = Vec::new();
    for item in items.into_iter().flatten() {
        pictures.push(Picture {
            bytes: picture_bytes(item, rules).await?,
            revised_prompt: item
                .get("revised_prompt")
                .and_then(Value::as_str)
                .filter(|t| !t.trim().is_empty())
                .map(|t| Prompt(t.chars().take(REVISED_MAX).collect())),
        });
    }
    if pictures.is_empty() {
        return Err(bad_answer());
    }
    Ok(Answer {
        pictures,
        usage: usage(&answer),
    })
}

/// The `completed` event of a stream.
pub(super) fn completed(event: &Value) -> Result<Answer, ImageApiError> {
    let bytes = decode(event).ok_or_else(bad_answer)?;
    Ok(Answer {
        pictures: vec![Picture {
            bytes,
            revised_prompt: None,
        }],
        usage: usage(event),
    })
}

/// A `partial_image` event: its number and its picture.
pub(super) fn partial(event: &Value) -> Option<(u32, Bytes)> {
    let index = event.get("partial_image_index")?.as_u64()?;
    Some((u32::try_from(index).ok()?, decode(event)?))
}

async fn picture_bytes(item: &Value, rules: &FetchRules) -> Result<Bytes, ImageApiError> {
    if let Some(bytes) = decode(item) {
        return Ok(bytes);
    }
    let address = item
        .get("url")
        .and_then(Value::as_str)
        .ok_or_else(bad_answer)?;
    fetch_picture(address, rules).await.map_err(|error| {
        tracing::error!(%error, "a result's address could not be fetched");
        bad_answer()
    })
}

fn decode(item: &Value) -> Option<Bytes> {
    let text = item.get("b64_json")?.as_str()?;
    STANDARD.decode(text).ok().map(Bytes::from)
}

/// The tokens used; output details are often absent, so all output is one figure.
fn usage(answer: &Value) -> Option<Usage> {
    let usage = answer.get("usage").filter(|u| u.is_object())?;
    let number = |value: Option<&Value>| value.and_then(Value::as_u64);
    let details = usage.get("input_tokens_details");
    let image_in = number(details.and_then(|d| d.get("image_tokens"))).unwrap_or(0);
    let text_in = number(details.and_then(|d| d.get("text_tokens")))
        .or_else(|| number(usage.get("input_tokens")).map(|n| n.saturating_sub(image_in)))
        .unwrap_or(0);
    Some(Usage {
        text_in,
        image_in,
        out: number(usage.get("output_tokens"))?,
    })
}

fn bad_answer() -> ImageApiError {
    ImageApiError::Refused {
        kind: FailureKind::BadAnswer,
        categories: None,
    }
}
