//! The meaning of an image API's error for the job: refused, busy, or lost.
//!
//! `code` is read before `type`. The API's own words stay in this file: they
//! are looked at, and neither logged nor shown.

use super::ImageApiError;
use crate::model::FailureKind;
use async_openai::error::OpenAIError;
use serde_json::Value;
use std::time::Duration;

/// An error before the answer was complete.
pub(super) fn error(error: OpenAIError) -> ImageApiError {
    match error {
        OpenAIError::Boxed(inner) => inner
            .downcast::<ImageApiError>()
            .map_or(ImageApiError::Lost, |e| *e),
        OpenAIError::Reqwest(error) => transport(&error),
        // The request never left.
        OpenAIError::InvalidArgument(_) => refused(FailureKind::RequestRejected),
        // A 200 that cannot be read was perhaps billed.
        _ => ImageApiError::Lost,
    }
}

/// An error inside a stream that had begun.
pub(super) fn mid_stream(error: OpenAIError) -> ImageApiError {
    tracing::warn!(
        kind = %std::any::type_name_of_val(&error),
        "the image API's stream broke"
    );
    ImageApiError::Lost
}

/// An error of the connection: only before it stood is it certain that nothing was billed.
pub(super) fn transport(error: &reqwest::Error) -> ImageApiError {
    if error.is_connect() || error.is_builder() {
        return ImageApiError::Busy {
            kind: FailureKind::Unreachable,
            after: None,
        };
    }
    ImageApiError::Lost
}

/// An `error` event of a stream. The stream had begun, so capacity is not
/// retried silently: what was made up to here may have been billed.
pub(super) fn event(event: &Value) -> ImageApiError {
    match status(200, &event.to_string(), None) {
        ImageApiError::Busy { .. } => ImageApiError::Lost,
        refused => refused,
    }
}

/// An answer with an HTTP status that is no success.
pub(super) fn status(status: u16, body: &str, after: Option<Duration>) -> ImageApiError {
    let json: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    let error = json.get("error").unwrap_or(&Value::Null);
    let word = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    let (code, kind) = (word("code"), word("type"));
    tracing::warn!(status, code, kind, "the image API answered with an error");
    let busy = |kind| ImageApiError::Busy { kind, after };
    match code {
        "moderation_blocked" | "content_policy_violation" => return moderation(error),
        "billing_hard_limit_reached" | "insufficient_quota" | "credit_balance_exhausted" => {
            return refused(FailureKind::OutOfBudget);
        }
        "model_not_found" => return refused(FailureKind::ModelUnavailable),
        "rate_limit_exceeded" => return busy(FailureKind::RateLimited),
        "slow_down" | "server_is_overloaded" => return busy(FailureKind::Overloaded),
        "invalid_api_key" | "unsupported_country_region_territory" => {
            return refused(FailureKind::Misconfigured);
        }
        _ => {}
    }
    match (status, kind) {
        (_, "insufficient_quota" | "billing_error") => refused(FailureKind::OutOfBudget),
        (_, "image_generation_user_error") if has_safety_words(error) => moderation(error),
        (401 | 403, _) => refused(FailureKind::Misconfigured),
        (404, _) => refused(FailureKind::ModelUnavailable),
        (429, _) => busy(FailureKind::RateLimited),
        (408 | 500..=599, _) | (_, "server_error") => busy(FailureKind::Overloaded),
        _ => {
            tracing::error!(
                status,
                code,
                kind,
                "the image API rejected a request of our making"
            );
            refused(FailureKind::RequestRejected)
        }
    }
}

fn refused(kind: FailureKind) -> ImageApiError {
    ImageApiError::Refused {
        kind,
        categories: None,
    }
}

fn has_safety_words(error: &Value) -> bool {
    error.get("moderation_details").is_some()
        || message(error).contains("safety_violations=")
        || message(error).contains("safety system")
}

fn message(error: &Value) -> &str {
    error
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// A refusal by the safety system: of the prompt or of the result, and why.
fn moderation(error: &Value) -> ImageApiError {
    let details = error.get("moderation_details");
    let stage = details
        .and_then(|d| d.get("moderation_stage"))
        .and_then(Value::as_str)
        .unwrap_or("input");
    let kind = if stage.contains("output") || stage.contains("result") {
        FailureKind::ResultRefused
    } else {
        FailureKind::PromptRefused
    };
    ImageApiError::Refused {
        kind,
        categories: categories(error, details),
    }
}

/// The categories, from the details or from `safety_violations=[…]` in the
/// message; only plain words pass, for they are shown to people.
fn categories(error: &Value, details: Option<&Value>) -> Option<String> {
    let listed: Vec<String> = match details.and_then(|d| d.get("categories")) {
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|c| c.as_str().map(str::to_owned))
            .collect(),
        Some(Value::Object(map)) => map
            .iter()
            .filter(|(_, v)| v.as_bool() == Some(true))
            .map(|(k, _)| k.clone())
            .collect(),
        _ => message(error)
            .split_once("safety_violations=[")
            .and_then(|(_, rest)| rest.split_once(']'))
            .map(|(list, _)| list.split(',').map(|c| c.trim().to_owned()).collect())
            .unwrap_or_default(),
    };
    let plain = |word: &String| {
        !word.is_empty()
            && word.len() <= 40
            && word
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | ' '))
    };
    let kept: Vec<String> = listed.into_iter().filter(plain).take(10).collect();
    (!kept.is_empty()).then(|| kept.join(", "))
}
