//! The generative models as data, and the rules that follow from the data:
//! which settings a model takes and what a picture costs.
//!
//! Both targets use the same functions: the composer to offer only what the
//! chosen model can do and to quote before sending, the server to validate
//! what was sent. The data itself is `catalogue/models.toml`, extended and
//! restricted by the configuration.

use crate::{
    error::{Problem, UploadProblem},
    model::{Prompt, Settings, folding::says_nothing},
};
mod price;
mod retirement;

pub use price::{ImagePrice, Price, QualityFactor, Quote, Settled, Usage, dollars, output_tokens};
pub use retirement::{Retirement, midnight_ms};

use serde::{Deserialize, Serialize};

/// The formats the service can store and show, whatever a model offers.
pub const FORMATS: [&str; 3] = ["png", "jpeg", "webp"];

/// One generative model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The id our addresses, forms and rows use.
    pub id: String,
    /// The name people read.
    pub name: String,
    /// The id sent to the image API, where it differs from `id`.
    #[serde(default)]
    pub upstream: Option<String>,
    /// The sizes the model takes.
    pub sizes: Sizes,
    /// Accepted qualities, cheapest first.
    pub qualities: Vec<String>,
    /// The quality of a fresh form; one of `qualities`.
    pub default_quality: String,
    /// Accepted styles; empty where the parameter must not be sent.
    #[serde(default)]
    pub styles: Vec<String>,
    /// Accepted output formats; empty where the parameter must not be sent (then PNG).
    #[serde(default)]
    pub formats: Vec<String>,
    /// Whether `output_compression` may be sent, with JPEG and WebP.
    #[serde(default)]
    pub compression: bool,
    /// Accepted backgrounds; empty where the parameter must not be sent.
    #[serde(default)]
    pub backgrounds: Vec<String>,
    /// The most pictures one request may ask for.
    pub count_max: u8,
    /// The longest prompt, in characters.
    pub prompt_max: u32,
    /// The most partial pictures a stream may carry; `None` where it cannot stream.
    #[serde(default)]
    pub partials_max: Option<u8>,
    /// What to send as `response_format`; `None` where it must not be sent.
    #[serde(default)]
    pub response_format: Option<String>,
    /// What to send as `moderation`; `None` where it must not be sent.
    #[serde(default)]
    pub moderation: Option<String>,
    /// What it takes besides words; `None` where it cannot edit pictures.
    #[serde(default)]
    pub edits: Option<Edits>,
    /// The price list.
    pub price: Price,
    /// When OpenAI shut it down or will, `YYYY-MM-DD`; gateways may serve it longer.
    #[serde(default)]
    pub shutdown_date: Option<String>,
}

/// What a model that edits pictures takes, and what that costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edits {
    /// The most reference pictures of one request.
    pub references_max: u8,
    /// Whether a mask may say which part of the first one changes.
    #[serde(default)]
    pub mask: bool,
    /// Input tokens one reference usually takes, for the price that is shown.
    pub tokens: u32,
    /// The most input tokens one can take, for the price that is set aside.
    pub tokens_max: u32,
}

/// The sizes a model takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    /// Sizes to offer by name, `WIDTHxHEIGHT`; the first is the default.
    pub offered: Vec<String>,
    /// Whether the model chooses a size itself on `auto`.
    #[serde(default)]
    pub auto: bool,
    /// The rule for sizes beyond those offered; `None` where there are none.
    #[serde(default)]
    pub free: Option<FreeSize>,
}

/// The rule for a size of one's own; pixels throughout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreeSize {
    /// Both edges are multiples of this.
    pub multiple: u32,
    /// The most pixels of the longer edge.
    pub longest_edge_max: u32,
    /// The longest edge over the shortest, at most.
    pub ratio_max: u32,
    /// The fewest pixels, width times height.
    pub pixels_min: u32,
    /// The most pixels, width times height.
    pub pixels_max: u32,
}

/// Parses `WIDTHxHEIGHT`.
pub fn parse_size(text: &str) -> Option<(u32, u32)> {
    let (w, h) = text.split_once('x')?;
    let digits = |s: &str| !s.is_empty() && s.len() <= 5 && s.bytes().all(|b| b.is_ascii_digit());
    (digits(w) && digits(h)).then(|| Some((w.parse().ok()?, h.parse().ok()?)))?
}

impl FreeSize {
    /// Checks one size against the rule.
    pub fn check(&self, w: u32, h: u32) -> Result<(), Problem> {
        let (long, short) = (w.max(h), w.min(h));
        let pixels = u64::from(w) * u64::from(h);
        if short == 0 || !w.is_multiple_of(self.multiple) || !h.is_multiple_of(self.multiple) {
            return Err(Problem::SizeNotMultiple {
                multiple: self.multiple,
            });
        }
        if long > self.longest_edge_max || pixels > u64::from(self.pixels_max) {
            return Err(Problem::SizeTooLarge);
        }
        if u64::from(long) > u64::from(short) * u64::from(self.ratio_max) {
            return Err(Problem::SizeTooElongated {
                ratio: self.ratio_max,
            });
        }
        if pixels < u64::from(self.pixels_min) {
            return Err(Problem::SizeTooSmall);
        }
        Ok(())
    }
}

impl Model {
    /// The id the image API knows it by.
    pub fn upstream_id(&self) -> &str {
        self.upstream.as_deref().unwrap_or(&self.id)
    }

    /// The settings a fresh form starts with.
    pub fn defaults(&self) -> Settings {
        Settings {
            model: self.id.clone(),
            size: self.sizes.offered.first().cloned().unwrap_or_default(),
            quality: self.default_quality.clone(),
            count: 1,
            format: self
                .formats
                .first()
                .cloned()
                .unwrap_or_else(|| "png".into()),
            compression: None,
            background: self.backgrounds.first().cloned(),
            style: self.styles.first().cloned(),
            references: 0,
            mask: false,
        }
    }

    /// Keeps what this model takes of `wanted` and replaces the rest by its defaults:
    /// what the composer does when another model is chosen.
    pub fn adapt(&self, wanted: &Settings) -> Settings {
        let defaults = self.defaults();
        let keep = |list: &[String], value: &Option<String>, default: Option<String>| {
            value.clone().filter(|v| list.contains(v)).or(default)
        };
        let format = if self.formats.contains(&wanted.format) {
            wanted.format.clone()
        } else {
            defaults.format
        };
        Settings {
            model: self.id.clone(),
            compression: wanted.compression.filter(|_| self.compresses(&format)),
            format,
            size: self
                .check_size(&wanted.size)
                .map_or(defaults.size, |()| wanted.size.clone()),
            quality: if self.qualities.contains(&wanted.quality) {
                wanted.quality.clone()
            } else {
                defaults.quality
            },
            count: wanted.count.clamp(1, self.count_max),
            background: keep(&self.backgrounds, &wanted.background, defaults.background),
            style: keep(&self.styles, &wanted.style, defaults.style),
            references: wanted.references,
            mask: wanted.mask,
        }
    }

    /// Whether a compression may be chosen for this format.
    pub fn compresses(&self, format: &str) -> bool {
        self.compression && matches!(format, "jpeg" | "webp")
    }

    /// The most pixels a picture of this size may have, where the model may choose as well.
    pub fn most_pixels(&self, size: &str) -> u64 {
        let pixels = |(w, h): (u32, u32)| u64::from(w) * u64::from(h);
        let offered = self.sizes.offered.iter();
        let largest = || {
            let free = self.sizes.free.as_ref();
            offered
                .filter_map(|size| parse_size(size).map(pixels))
                .chain(free.map(|rule| rule.pixels_max.into()))
                .max()
        };
        parse_size(size)
            .map(pixels)
            .or_else(largest)
            .unwrap_or(1024 * 1024)
    }

    /// Checks a size: offered by name, `auto` where the model has it, or free.
    pub fn check_size(&self, size: &str) -> Result<(), Problem> {
        if self.sizes.offered.iter().any(|s| s == size) || (size == "auto" && self.sizes.auto) {
            return Ok(());
        }
        match (&self.sizes.free, parse_size(size)) {
            (Some(rule), Some((w, h))) => rule.check(w, h),
            _ => Err(Problem::SizeNotOffered),
        }
    }

    /// Checks a whole request. Every rule the server enforces is here.
    pub fn check(&self, prompt: &Prompt, settings: &Settings) -> Result<(), Problem> {
        check_prompt(prompt, self.prompt_max)?;
        self.check_size(&settings.size)?;
        if !self.qualities.contains(&settings.quality) {
            return Err(Problem::QualityNotOffered);
        }
        if settings.count == 0 || settings.count > self.count_max {
            return Err(Problem::CountNotOffered {
                limit: self.count_max,
            });
        }
        let format_known = if self.formats.is_empty() {
            settings.format == "png"
        } else {
            self.formats.contains(&settings.format)
        };
        if !format_known {
            return Err(Problem::FormatNotOffered);
        }
        if let Some(compression) = settings.compression
            && (compression > 100 || !self.compresses(&settings.format))
        {
            return Err(Problem::CompressionNotOffered);
        }
        if !within(&self.backgrounds, &settings.background)
            || (settings.background.as_deref() == Some("transparent") && settings.format == "jpeg")
        {
            return Err(Problem::BackgroundNotOffered);
        }
        if !within(&self.styles, &settings.style) {
            return Err(Problem::StyleNotOffered);
        }
        self.check_references(settings)
    }

    /// Checks how many references there are, and whether a mask may be among them.
    fn check_references(&self, settings: &Settings) -> Result<(), Problem> {
        if settings.references == 0 {
            return Ok(());
        }
        let Some(edits) = &self.edits else {
            return Err(UploadProblem::NotOffered.into());
        };
        if settings.references > edits.references_max {
            return Err(UploadProblem::TooMany {
                limit: edits.references_max,
            }
            .into());
        }
        if settings.mask && !edits.mask {
            return Err(UploadProblem::MaskNotOffered.into());
        }
        Ok(())
    }
}

/// Checks the words, tidied as [`Prompt::tidied`] does: not empty and not too long.
pub fn check_prompt(prompt: &Prompt, limit: u32) -> Result<(), Problem> {
    if says_nothing(prompt) {
        return Err(Problem::EmptyPrompt);
    }
    if prompt.chars().count() > limit as usize {
        return Err(Problem::PromptTooLong { limit });
    }
    Ok(())
}

fn within(list: &[String], value: &Option<String>) -> bool {
    match value {
        None => true,
        Some(value) => list.contains(value),
    }
}

#[cfg(test)]
#[path = "catalogue/tests.rs"]
mod tests;
