//! Reading and checking a request as each model family does.

use serde_json::{Map, Value};

use super::error::ApiError;

/// Models that answer alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `dall-e-3`, as OpenAI-compatible gateways still serve it.
    DallE3,
    /// `gpt-image-2` and its snapshot.
    GptImage2,
    /// The 2.5 and 2.6 flares and sunbursts.
    GptImage25,
}

/// Every model served: id, family, and the date OpenAI shut it down.
pub const MODELS: &[(&str, Family, Option<&str>)] = &[
    ("dall-e-3", Family::DallE3, Some("2026-05-12")),
    ("gpt-image-2", Family::GptImage2, None),
    ("gpt-image-2-2026-04-21", Family::GptImage2, None),
    ("gpt-image-2.5-flare", Family::GptImage25, None),
    ("gpt-image-2.5-flare-2026-09-08", Family::GptImage25, None),
    ("gpt-image-2.5-sunburst", Family::GptImage25, None),
    (
        "gpt-image-2.5-sunburst-2026-09-08",
        Family::GptImage25,
        None,
    ),
    ("gpt-image-2.6-flare", Family::GptImage25, None),
    ("gpt-image-2.6-sunburst", Family::GptImage25, None),
];

/// Quality names with the factor of the token formula.
const QUALITIES: &[(&str, f64)] = &[
    ("low", 16.0),
    ("medium", 24.0),
    ("high", 48.0),
    ("xhigh", 64.0),
    ("max", 96.0),
];
const QUALITIES_2: &[(&str, f64)] = &[("low", 16.0), ("medium", 48.0), ("high", 96.0)];

/// A picture format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Format {
    Png,
    Jpeg,
    Webp,
}

impl Format {
    /// Its name in the protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
        }
    }
}

/// A request that passed every check.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct ImageRequest {
    pub prompt: String,
    pub family: Family,
    pub n: u32,
    pub width: u32,
    pub height: u32,
    /// The quality with `auto` resolved.
    pub quality: &'static str,
    pub format: Format,
    /// 0 to 100; only JPEG makes use of it.
    pub compression: u8,
    pub transparent: bool,
    pub stream: bool,
    pub partial_images: u32,
    /// dall-e-3 only: answer with URLs rather than base64.
    pub as_url: bool,
    /// The `natural` style of dall-e-3.
    pub natural: bool,
    pub safety_identifier: Option<String>,
}

impl ImageRequest {
    /// Output tokens of one picture, by the published formula.
    pub fn output_tokens(&self) -> u64 {
        let table = qualities(self.family);
        let f = table
            .iter()
            .find(|row| row.0 == self.quality)
            .map_or(24.0, |row| row.1);
        let (w, h) = (f64::from(self.width), f64::from(self.height));
        let cross = (f * w.min(h) / w.max(h)).round();
        (f * cross * (2_000_000.0 + w * h) / 4_000_000.0).ceil() as u64
    }

    /// How carefully to paint, from 0 to 1.
    pub fn care(&self) -> f32 {
        match self.quality {
            "low" => 0.3,
            "medium" | "standard" => 0.65,
            "high" => 0.85,
            _ => 1.0,
        }
    }
}

fn qualities(family: Family) -> &'static [(&'static str, f64)] {
    if family == Family::GptImage2 {
        QUALITIES_2
    } else {
        QUALITIES
    }
}

/// Checks a request's fields; `edit` allows what only edits have.
pub fn check(fields: &Map<String, Value>, edit: bool) -> Result<ImageRequest, ApiError> {
    let prompt = text(fields, "prompt")?.unwrap_or_default().to_owned();
    if prompt.trim().is_empty() {
        return Err(ApiError::invalid(
            "missing_required_parameter",
            "prompt",
            "Missing required parameter: 'prompt'.",
        ));
    }
    let model = text(fields, "model")?.unwrap_or("gpt-image-2");
    let family = MODELS
        .iter()
        .find(|row| row.0 == model)
        .ok_or_else(|| ApiError::no_model(model))?
        .1;
    refuse_foreign(fields, family, edit)?;
    let longest = if family == Family::DallE3 {
        4_000
    } else {
        32_000
    };
    let length = prompt.chars().count();
    if length > longest {
        let message = format!(
            "Invalid 'prompt': string too long. Expected a string with maximum length {longest}, but got a string with length {length} instead."
        );
        return Err(ApiError::invalid(
            "string_above_max_length",
            "prompt",
            &message,
        ));
    }
    let (width, height) = size(text(fields, "size")?, family, &prompt)?;
    let format = format(fields)?;
    let transparent = transparent(fields, format)?;
    choice(fields, "moderation", &["auto", "low"])?;
    let style = choice(fields, "style", &["vivid", "natural"])?;
    let answer = choice(fields, "response_format", &["url", "b64_json"])?;
    let most = if family == Family::DallE3 { 1 } else { 10 };
    let safety = text(fields, "safety_identifier")?.filter(|id| !id.is_empty());
    Ok(ImageRequest {
        quality: quality(fields, family)?,
        n: number(fields, "n", 1, most, 1)?,
        compression: number(fields, "output_compression", 0, 100, 100)? as u8,
        stream: flag(fields, "stream")?,
        partial_images: number(fields, "partial_images", 0, 3, 0)?,
        as_url: family == Family::DallE3 && answer != Some("b64_json"),
        natural: style == Some("natural"),
        safety_identifier: safety.or(text(fields, "user")?).map(str::to_owned),
        prompt,
        family,
        width,
        height,
        format,
        transparent,
    })
}

/// Whether the background is to be transparent.
fn transparent(fields: &Map<String, Value>, format: Format) -> Result<bool, ApiError> {
    match text(fields, "background")?.unwrap_or("auto") {
        "transparent" if format == Format::Jpeg => {
            let message = "Transparent background is not supported for JPEG output format.";
            Err(ApiError::invalid("invalid_value", "background", message))
        }
        "transparent" => Ok(true),
        "auto" | "opaque" => Ok(false),
        other => Err(ApiError::unsupported(
            "background",
            other,
            "'transparent', 'opaque', and 'auto'",
        )),
    }
}

/// Parameters another family has, or none, are errors as they are upstream.
fn refuse_foreign(fields: &Map<String, Value>, family: Family, edit: bool) -> Result<(), ApiError> {
    let common = [
        "prompt",
        "model",
        "n",
        "quality",
        "size",
        "user",
        "safety_identifier",
    ];
    let own: &[&str] = match family {
        Family::DallE3 => &["style", "response_format"],
        _ => &[
            "output_format",
            "output_compression",
            "background",
            "stream",
            "partial_images",
            "moderation",
        ],
    };
    if edit && family == Family::DallE3 {
        let message = "The model 'dall-e-3' does not support image edits.";
        return Err(ApiError::invalid("invalid_value", "model", message));
    }
    for (name, value) in fields {
        let known = common.contains(&name.as_str()) || own.contains(&name.as_str());
        let fidelity = edit && name == "input_fidelity" && family == Family::GptImage25;
        if !known && !fidelity && !value.is_null() {
            return Err(ApiError::unknown_parameter(name));
        }
    }
    Ok(())
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, ApiError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(value)) => Ok(Some(value)),
        Some(_) => Err(wrong_type(name, "a string")),
    }
}

fn wrong_type(name: &str, wanted: &str) -> ApiError {
    let message = format!("Invalid type for '{name}': expected {wanted}.");
    ApiError::invalid("invalid_type", name, &message)
}

fn choice<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
    known: &[&str],
) -> Result<Option<&'a str>, ApiError> {
    match text(fields, name)? {
        Some(value) if !known.contains(&value) => {
            let list: Vec<String> = known.iter().map(|item| format!("'{item}'")).collect();
            Err(ApiError::unsupported(name, value, &list.join(", ")))
        }
        other => Ok(other),
    }
}

fn flag(fields: &Map<String, Value>, name: &str) -> Result<bool, ApiError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(_) => Err(wrong_type(name, "a boolean")),
    }
}

fn number(
    fields: &Map<String, Value>,
    name: &str,
    low: u32,
    high: u32,
    default: u32,
) -> Result<u32, ApiError> {
    let Some(value) = fields.get(name).filter(|value| !value.is_null()) else {
        return Ok(default);
    };
    let Some(value) = value.as_i64() else {
        return Err(wrong_type(name, "an integer"));
    };
    let (code, bound, limit) = if value < i64::from(low) {
        ("integer_below_min_value", ">=", low)
    } else if value > i64::from(high) {
        ("integer_above_max_value", "<=", high)
    } else {
        return Ok(value as u32);
    };
    let message = format!(
        "Invalid '{name}': integer out of range. Expected a value {bound} {limit}, but got {value} instead."
    );
    Err(ApiError::invalid(code, name, &message))
}

fn format(fields: &Map<String, Value>) -> Result<Format, ApiError> {
    Ok(
        match choice(fields, "output_format", &["png", "jpeg", "webp"])? {
            Some("jpeg") => Format::Jpeg,
            Some("webp") => Format::Webp,
            _ => Format::Png,
        },
    )
}

fn quality(fields: &Map<String, Value>, family: Family) -> Result<&'static str, ApiError> {
    let asked = text(fields, "quality")?;
    if family == Family::DallE3 {
        return match asked.unwrap_or("standard") {
            "standard" | "auto" => Ok("standard"),
            "hd" => Ok("hd"),
            other => Err(ApiError::unsupported(
                "quality",
                other,
                "'standard' and 'hd'",
            )),
        };
    }
    match asked.unwrap_or("auto") {
        "auto" => Ok("medium"),
        name => qualities(family)
            .iter()
            .map(|row| row.0)
            .find(|known| *known == name)
            .ok_or_else(|| {
                let known: Vec<String> = qualities(family)
                    .iter()
                    .map(|row| format!("'{}'", row.0))
                    .collect();
                ApiError::unsupported(
                    "quality",
                    name,
                    &format!("{}, and 'auto'", known.join(", ")),
                )
            }),
    }
}

fn size(asked: Option<&str>, family: Family, prompt: &str) -> Result<(u32, u32), ApiError> {
    let asked = asked.unwrap_or(if family == Family::DallE3 {
        "1024x1024"
    } else {
        "auto"
    });
    if family == Family::DallE3 {
        return match asked {
            "1024x1024" => Ok((1024, 1024)),
            "1792x1024" => Ok((1792, 1024)),
            "1024x1792" => Ok((1024, 1792)),
            other => Err(ApiError::unsupported(
                "size",
                other,
                "'1024x1024', '1024x1792', and '1792x1024'",
            )),
        };
    }
    if asked == "auto" {
        return Ok(fitting_size(prompt));
    }
    let free = "'auto' or WIDTHxHEIGHT with edges that are multiples of 16";
    let edges = asked
        .split_once('x')
        .and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    let (w, h): (u32, u32) = edges.ok_or_else(|| ApiError::unsupported("size", asked, free))?;
    let refuse = |why: &str| {
        Err(ApiError::invalid(
            "invalid_value",
            "size",
            &format!("Invalid size '{asked}': {why}."),
        ))
    };
    if w % 16 != 0 || h % 16 != 0 || w == 0 || h == 0 {
        return refuse("width and height must both be divisible by 16");
    }
    if w.max(h) > 3840 {
        return refuse("the longest edge must not exceed 3840 pixels");
    }
    if w.max(h) > 3 * w.min(h) {
        return refuse("the aspect ratio must be between 1:3 and 3:1");
    }
    if !(655_360..=8_294_400).contains(&(w * h)) {
        return refuse("the total number of pixels must be between 655360 and 8294400");
    }
    Ok((w, h))
}

/// What `auto` resolves to: a few words ask for a shape.
fn fitting_size(prompt: &str) -> (u32, u32) {
    let prompt = prompt.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| prompt.contains(word));
    if any(&["portrait", "vertical", "poster", "affiche", "tall "]) {
        (1024, 1536)
    } else if any(&["landscape", "panorama", "horizontal", "paysage", "banner"]) {
        (1536, 1024)
    } else {
        (1024, 1024)
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
