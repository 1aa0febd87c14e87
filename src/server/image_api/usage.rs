//! The tokens that an answer says it used: at several places, under several
//! names, as numbers or as texts.

use crate::model::catalogue::Usage;
use serde_json::Value;

/// Reads the count of an answer or an event; `None` where there is none.
pub(super) fn read(answer: &Value) -> Option<Usage> {
    let within = |name: &str| field(field(answer, name)?, "usage");
    let places = [
        field(answer, "usage"),
        within("response"),
        within("data"),
        field(answer, "usagemetadata"),
    ];
    let of_all = places.into_iter().flatten().find_map(tokens);
    of_all.or_else(|| of_each(answer))
}

/// The counts of each picture of a list, together.
fn of_each(answer: &Value) -> Option<Usage> {
    let items = field(answer, "data")?.as_array()?;
    let counts = items
        .iter()
        .filter_map(|item| tokens(field(item, "usage")?));
    counts.reduce(Usage::plus)
}

fn tokens(usage: &Value) -> Option<Usage> {
    let first = |names: &[&str]| names.iter().find_map(|name| number(field(usage, name)?));
    let details = ["inputtokensdetails", "prompttokensdetails"]
        .iter()
        .find_map(|name| field(usage, name));
    let detail = |name: &str| details.and_then(|d| number(field(d, name)?));
    let image_in = detail("imagetokens").unwrap_or(0);
    let all_in = first(&["inputtokens", "prompttokens", "prompttokencount"]);
    let text_in = detail("texttokens")
        .or_else(|| all_in.map(|all| all.saturating_sub(image_in)))
        .unwrap_or(0);
    // Details are often absent, so all output is one figure.
    let out = first(&["outputtokens", "completiontokens", "candidatestokencount"]);
    // Where it is not told, it is what is left of all.
    let rest = || first(&["totaltokens", "totaltokencount"])?.checked_sub(all_in?);
    Some(Usage {
        text_in,
        image_in,
        out: out.or_else(rest)?,
    })
}

/// The field of this name, which is in small letters alone: houses write
/// `input_tokens` and `inputTokens`.
fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let is_it = |key: &str| {
        let letters = key.chars().filter(|c| *c != '_');
        letters.map(|c| c.to_ascii_lowercase()).eq(name.chars())
    };
    let mut fields = value.as_object()?.iter();
    let found = fields.find(|(key, value)| !value.is_null() && is_it(key));
    found.map(|(_, value)| value)
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
