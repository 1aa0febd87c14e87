//! The tokens that an answer says it used: at several places, under several
//! names, as numbers or as texts.

use crate::model::catalogue::Usage;
use serde_json::Value;

/// Reads the count of an answer or an event; `None` where there is none.
pub(super) fn read(answer: &Value) -> Option<Usage> {
    let places = [
        answer.get("usage"),
        answer.get("response").and_then(|r| r.get("usage")),
        answer.get("data").and_then(|d| d.get("usage")),
        answer.get("usageMetadata"),
    ];
    places.into_iter().flatten().find_map(tokens)
}

fn tokens(usage: &Value) -> Option<Usage> {
    let first = |names: &[&str]| names.iter().find_map(|name| number(usage.get(*name)?));
    let details = ["input_tokens_details", "prompt_tokens_details"]
        .iter()
        .find_map(|name| usage.get(*name));
    let detail = |name: &str| details.and_then(|d| number(d.get(name)?));
    let image_in = detail("image_tokens").unwrap_or(0);
    let all_in = first(&["input_tokens", "prompt_tokens", "promptTokenCount"]);
    let text_in = detail("text_tokens")
        .or_else(|| all_in.map(|all| all.saturating_sub(image_in)))
        .unwrap_or(0);
    Some(Usage {
        text_in,
        image_in,
        // Details are often absent, so all output is one figure.
        out: first(&["output_tokens", "completion_tokens", "candidatesTokenCount"])?,
    })
}

/// A number of tokens, as a number or as a text; less than none is no number.
fn number(value: &Value) -> Option<u64> {
    if let Some(whole) = value.as_u64() {
        return Some(whole);
    }
    let number = match value {
        Value::String(text) => text.trim().parse().ok()?,
        other => other.as_f64()?,
    };
    // Beyond this a float is no longer exact, and no such answer was ever made.
    (0.0..9e15)
        .contains(&number)
        .then(|| f64::ceil(number) as u64)
}
