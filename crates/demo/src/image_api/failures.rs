//! Upstream failures, played back on request: `[demo:NAME]` or
//! `[demo:NAME=VALUE]` in a prompt.

use axum::http::StatusCode;
use serde_json::json;

use super::{error::ApiError, oddities::Oddity};

/// Every failure: its name and what it plays; [`super::oddities`] has the answers
/// that are no failures, and only unlike OpenAI's.
pub const FAILURES: &[(&str, &str)] = &[
    (
        "moderation-prompt",
        "Refuses the prompt (400 moderation_blocked, stage input); with a number (=N) only in the Nth request for it.",
    ),
    (
        "moderation-result",
        "Refuses the finished picture (400 moderation_blocked, stage output).",
    ),
    (
        "content-policy",
        "Refuses as DALL-E did (400 content_policy_violation).",
    ),
    (
        "invalid-value",
        "Finds a parameter invalid (400 invalid_value).",
    ),
    (
        "billing-limit",
        "The operator's spending limit is reached (400 billing_hard_limit_reached).",
    ),
    (
        "insufficient-quota",
        "The operator's quota is used up (429 insufficient_quota).",
    ),
    (
        "credit-exhausted",
        "The operator's credit is used up (429 credit_balance_exhausted).",
    ),
    (
        "unauthorized",
        "The API key is wrong (401 invalid_api_key).",
    ),
    (
        "country",
        "The country is not supported (403 unsupported_country_region_territory).",
    ),
    ("unverified", "The organisation must be verified (403)."),
    (
        "model-not-found",
        "The model is retired or out of reach (404 model_not_found).",
    ),
    (
        "rate-limit",
        "Too fast: 429 with Retry-After for the first N requests (=N), then paints.",
    ),
    (
        "overloaded",
        "Busy: 503 server_is_overloaded or slow_down for the first N requests (=N), then paints.",
    ),
    (
        "server-error",
        "Breaks down: 500 for the first N requests (=N), then paints.",
    ),
    ("bad-gateway-html", "A proxy answers 502 with an HTML page."),
    ("hang", "Accepts the request and never answers."),
    (
        "break",
        "Starts the answer, then cuts the connection; a stream after its first partial picture.",
    ),
    (
        "truncated",
        "Valid JSON cut short; the connection closes cleanly.",
    ),
    ("garbage", "200 with something that is not JSON."),
    ("not-an-image", "Valid JSON whose picture is text."),
    ("empty", "Valid JSON without any picture."),
    ("huge", "A body that never ends."),
    ("slow", "Takes SECONDS (=SECONDS) longer, then paints."),
    (
        "stream-error",
        "An error event in the middle of a stream (500 without streaming).",
    ),
];

/// How an answer that did start goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Spoil {
    Break,
    Truncated,
    NotAnImage,
    Empty,
    Huge,
    Garbage,
    StreamError,
}

/// What a prompt's note asks for.
#[derive(Clone, Debug)]
pub enum Play {
    /// Paint as usual.
    Paint,
    /// Paint after this many seconds more.
    Slow(f32),
    /// Answer with this error.
    Refuse(ApiError),
    /// Paint and then refuse the result.
    RefuseResult(ApiError),
    /// Answer with a proxy's HTML.
    Html,
    /// Never answer.
    Hang,
    /// Answer, badly.
    Spoil(Spoil),
    /// Answer as another house would.
    Odd(Oddity),
}

/// The value of `[name:…]` in a prompt.
pub fn note<'a>(prompt: &'a str, name: &str) -> Option<&'a str> {
    let start = prompt.find(&format!("[{name}:"))? + name.len() + 2;
    let rest = prompt.get(start..)?;
    rest.get(..rest.find(']')?).map(str::trim)
}

/// What to play for a prompt seen `earlier` times before.
pub fn play(prompt: &str, earlier: u32) -> Play {
    let Some(wish) = note(prompt, "demo") else {
        return Play::Paint;
    };
    let (name, value) = wish
        .split_once('=')
        .map_or((wish, None), |(name, value)| (name, Some(value)));
    // Without a number, a failure that can pass never does.
    let times = value
        .and_then(|value| value.trim().parse().ok())
        .unwrap_or(u32::MAX);
    match name.trim() {
        "rate-limit" | "overloaded" | "server-error" if earlier >= times => Play::Paint,
        "moderation-prompt" if value.is_some() && earlier.checked_add(1) != Some(times) => {
            Play::Paint
        }
        "moderation-result" => Play::RefuseResult(moderated("output")),
        "bad-gateway-html" => Play::Html,
        "hang" => Play::Hang,
        "break" => Play::Spoil(Spoil::Break),
        "truncated" => Play::Spoil(Spoil::Truncated),
        "garbage" => Play::Spoil(Spoil::Garbage),
        "not-an-image" => Play::Spoil(Spoil::NotAnImage),
        "empty" => Play::Spoil(Spoil::Empty),
        "huge" => Play::Spoil(Spoil::Huge),
        "stream-error" => Play::Spoil(Spoil::StreamError),
        "slow" => {
            let seconds = value
                .and_then(|value| value.trim().parse().ok())
                .unwrap_or(30.0_f32);
            Play::Slow(if seconds.is_finite() {
                seconds.clamp(0.0, 3600.0)
            } else {
                30.0
            })
        }
        other => match Oddity::named(other) {
            Some(oddity) => Play::Odd(oddity),
            None => refusal(other, earlier).map_or(Play::Paint, Play::Refuse),
        },
    }
}

/// A refusal by the safety system at one stage.
fn moderated(stage: &str) -> ApiError {
    let message = "Your request was rejected by the safety system. If you believe this is an error, contact us at help.openai.com and include the request ID req_demo. safety_violations=[violence].";
    let mut error = ApiError::new(
        StatusCode::BAD_REQUEST,
        "image_generation_user_error",
        "moderation_blocked",
        None,
        message,
    );
    error.body["error"]["moderation_details"] =
        json!({"moderation_stage": stage, "categories": ["violence"]});
    error
}

/// What the API answers when it breaks down.
pub fn server_error() -> ApiError {
    let message = "The server had an error while processing your request. Sorry about that!";
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "server_error",
        "server_error",
        None,
        message,
    )
}

fn refusal(name: &str, earlier: u32) -> Option<ApiError> {
    match name {
        "moderation-prompt" => return Some(moderated("input")),
        "server-error" => return Some(server_error()),
        "model-not-found" => return Some(ApiError::no_model("gpt-image-demo")),
        _ => {}
    }
    let (status, kind, code, param, message) =
        refused_for_good(name).or_else(|| refused_for_now(name, earlier))?;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut error = ApiError::new(status, kind, code, param, message);
    if matches!(
        code,
        "rate_limit_exceeded" | "server_is_overloaded" | "slow_down"
    ) {
        error.retry_after = Some(1);
    }
    Some(error)
}

/// A refusal's status, type, code, parameter and message.
type Refusal = (
    u16,
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static str,
);

/// Refusals that asking again would not change.
fn refused_for_good(name: &str) -> Option<Refusal> {
    Some(match name {
        "content-policy" => (
            400,
            "invalid_request_error",
            "content_policy_violation",
            None,
            "Your request was rejected as a result of our safety system. Your prompt may contain text that is not allowed by our safety system.",
        ),
        "invalid-value" => (
            400,
            "invalid_request_error",
            "invalid_value",
            Some("size"),
            "Invalid value: 'demo'. Supported values are: 'auto'.",
        ),
        "billing-limit" => (
            400,
            "billing_limit_user_error",
            "billing_hard_limit_reached",
            None,
            "Billing hard limit has been reached.",
        ),
        "insufficient-quota" => (
            429,
            "insufficient_quota",
            "insufficient_quota",
            None,
            "You exceeded your current quota, please check your plan and billing details.",
        ),
        "credit-exhausted" => (
            429,
            "insufficient_quota",
            "credit_balance_exhausted",
            None,
            "Your credit balance is exhausted.",
        ),
        "unauthorized" => (
            401,
            "invalid_request_error",
            "invalid_api_key",
            None,
            "Incorrect API key provided.",
        ),
        "country" => (
            403,
            "request_forbidden",
            "unsupported_country_region_territory",
            None,
            "Country, region, or territory not supported.",
        ),
        "unverified" => (
            403,
            "invalid_request_error",
            "organization_must_be_verified",
            None,
            "Your organization must be verified to use this model. Please go to organization settings and click on Verify Organization.",
        ),
        _ => return None,
    })
}

/// Refusals that ask to come back later.
fn refused_for_now(name: &str, earlier: u32) -> Option<Refusal> {
    Some(match name {
        "rate-limit" => (
            429,
            "requests",
            "rate_limit_exceeded",
            None,
            "Rate limit reached for images per minute. Please try again in 1s.",
        ),
        "overloaded" if earlier % 2 == 1 => (
            503,
            "server_error",
            "slow_down",
            None,
            "Slow down: please reduce your request rate.",
        ),
        "overloaded" => (
            503,
            "server_error",
            "server_is_overloaded",
            None,
            "The server is currently overloaded. Please try again later.",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_failure_is_played() {
        for (name, _) in FAILURES {
            let played = play(&format!("a cat [demo:{name}]"), 0);
            assert!(!matches!(played, Play::Paint), "{name}");
        }
        for (name, _, oddity) in crate::image_api::oddities::ODDITIES {
            let played = play(&format!("a cat [demo:{name}]"), 0);
            assert!(
                matches!(played, Play::Odd(found) if found == *oddity),
                "{name}"
            );
        }
    }

    #[test]
    fn passing_failures_pass() {
        let prompt = "[demo:rate-limit=2] sea";
        assert!(matches!(play(prompt, 1), Play::Refuse(_)));
        assert!(matches!(play(prompt, 2), Play::Paint));
    }
}
