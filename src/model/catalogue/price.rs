//! What a picture costs: the quote before it is sent, what is reserved, and the
//! true cost from the tokens that the API counted.

use super::{Model, parse_size};
use crate::model::Settings;
use serde::{Deserialize, Serialize};

/// What a model costs, in micro-dollars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Price {
    /// A fixed price a picture, by quality and shape.
    PerImage {
        /// The list, one line a quality and size.
        entries: Vec<ImagePrice>,
    },
    /// Priced by tokens, per million; `factors` estimate the output's tokens.
    Tokens {
        /// A million input tokens of text, in micro-dollars.
        text_in_micros: i64,
        /// A million input tokens of reference pictures, in micro-dollars.
        image_in_micros: i64,
        /// A million output tokens, in micro-dollars.
        image_out_micros: i64,
        /// The output formula's factors, one a quality.
        factors: Vec<QualityFactor>,
        /// Whether the factors are a guess because no table is published.
        #[serde(default)]
        estimated: bool,
    },
}

/// One line of a fixed price list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImagePrice {
    /// The quality this line prices.
    pub quality: String,
    /// The size, `WIDTHxHEIGHT` in pixels.
    pub size: String,
    /// The price of one picture, in micro-dollars.
    pub micros: i64,
}

/// The `f` of the output token formula for one quality.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualityFactor {
    /// The quality the factor belongs to.
    pub quality: String,
    /// The factor `f`; see [`output_tokens`].
    pub factor: u32,
}

/// What a request will cost, said before it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The figure to show, micro-dollars.
    pub micros: i64,
    /// The figure to reserve: never below what the request can cost by the rules we know.
    pub reserve_micros: i64,
    /// Whether the figure is an estimate.
    pub approximate: bool,
}

/// The tokens the API says it used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Input tokens of text.
    pub text_in: u64,
    /// Input tokens of reference pictures.
    pub image_in: u64,
    /// Output tokens.
    pub out: u64,
}

impl Usage {
    /// Both counts together.
    #[must_use]
    pub fn plus(self, more: Usage) -> Usage {
        Usage {
            text_in: self.text_in.saturating_add(more.text_in),
            image_in: self.image_in.saturating_add(more.image_in),
            out: self.out.saturating_add(more.out),
        }
    }
}

/// What a request cost, as it is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Micro-dollars.
    pub micros: i64,
    /// Whether that is an estimate: the API did not count, or not believably.
    pub estimated: bool,
}

/// A count is believed up to this many times what is set aside, and down to this
/// part of what was quoted: our own tables may be off, but not by more.
const BELIEVED: i64 = 20;

/// One partial picture costs this many output tokens.
const PARTIAL_TOKENS: i64 = 100;

impl Model {
    /// Input tokens of the reference pictures: as shown, and the most.
    fn reference_tokens(&self, settings: &Settings) -> (i64, i64) {
        let count = i64::from(settings.references);
        self.edits.as_ref().map_or((0, 0), |edits| {
            (
                count * i64::from(edits.tokens),
                count * i64::from(edits.tokens_max),
            )
        })
    }

    /// What `settings` will cost with a prompt of `prompt_chars` characters, all calls
    /// together.
    pub fn quote(&self, settings: &Settings, prompt_chars: usize) -> Quote {
        let calls = settings.calls();
        let of_one = u32::from(settings.count / calls);
        let one = self.quote_for(settings, prompt_chars, of_one);
        Quote {
            micros: one.micros * i64::from(calls),
            reserve_micros: one.reserve_micros * i64::from(calls),
            ..one
        }
    }

    /// What one call of `settings` will cost if so many pictures come of it.
    fn quote_for(&self, settings: &Settings, prompt_chars: usize, pictures: u32) -> Quote {
        let count = i64::from(pictures.max(1));
        match &self.price {
            Price::PerImage { entries } => {
                let micros = per_image(entries, settings) * count;
                Quote {
                    micros,
                    reserve_micros: micros,
                    approximate: false,
                }
            }
            Price::Tokens {
                text_in_micros,
                image_in_micros,
                image_out_micros,
                factors,
                estimated,
            } => {
                let (seen, seen_max) = self.reference_tokens(settings);
                // A token is about four characters of English; fewer in other scripts.
                let text =
                    i64::try_from(prompt_chars.div_ceil(4)).unwrap_or(i64::MAX / 1_000_000_000);
                let text_max = i64::try_from(prompt_chars).unwrap_or(i64::MAX / 1_000_000_000);
                // Only a call for one picture is streamed.
                let partials = if settings.calls() >= settings.count {
                    PARTIAL_TOKENS * i64::from(self.partials_max.unwrap_or(0))
                } else {
                    0
                };
                let shown = self.output_tokens(factors, settings, false) * count + partials;
                // Where the factors are a guess, at least the "high" figure is set aside.
                let high = Settings {
                    quality: "high".into(),
                    ..settings.clone()
                };
                let floor = if *estimated {
                    self.output_tokens(factors, &high, true)
                } else {
                    0
                };
                let most =
                    self.output_tokens(factors, settings, true).max(floor) * count + partials;
                Quote {
                    micros: per_million(text, *text_in_micros)
                        + per_million(seen, *image_in_micros)
                        + per_million(shown, *image_out_micros),
                    reserve_micros: per_million(text_max, *text_in_micros)
                        + per_million(seen_max, *image_in_micros)
                        + per_million(most, *image_out_micros),
                    approximate: true,
                }
            }
        }
    }

    /// What a request truly cost: from the tokens where the API counted them,
    /// else from the price list, for the pictures that came. A count of nothing,
    /// or one out of all proportion, is not believed.
    pub fn settle(
        &self,
        settings: &Settings,
        prompt_chars: usize,
        usage: Option<Usage>,
        came: u32,
    ) -> Settled {
        let expected = self.quote_for(settings, prompt_chars, came).micros;
        let most = came.max(settings.count.into());
        let most = self.quote_for(settings, prompt_chars, most).reserve_micros;
        if let Price::Tokens { .. } = &self.price {
            let counted = usage
                .filter(|usage| usage.out > 0)
                .map(|u| self.price_of(u));
            let believed = counted.filter(|micros| {
                *micros <= most.saturating_mul(BELIEVED)
                    && micros.saturating_mul(BELIEVED) >= expected
            });
            return Settled {
                micros: believed.unwrap_or(expected),
                estimated: believed.is_none(),
            };
        }
        Settled {
            micros: expected,
            // Whether what did not come is billed, no list says.
            estimated: came != u32::from(settings.count),
        }
    }

    /// The price of counted tokens; 0 where tokens have none.
    fn price_of(&self, usage: Usage) -> i64 {
        match &self.price {
            Price::PerImage { .. } => 0,
            Price::Tokens {
                text_in_micros,
                image_in_micros,
                image_out_micros,
                ..
            } => per_million_u(usage.text_in, *text_in_micros)
                .saturating_add(per_million_u(usage.image_in, *image_in_micros))
                .saturating_add(per_million_u(usage.out, *image_out_micros)),
        }
    }

    /// Output tokens of one picture. `most` prices what is left to the model
    /// (`auto`) at the dearest it may choose among the sizes and qualities offered.
    fn output_tokens(&self, factors: &[QualityFactor], settings: &Settings, most: bool) -> i64 {
        let quality = if settings.quality == "auto" {
            if most { "high" } else { "medium" }
        } else {
            &settings.quality
        };
        let factor = factors
            .iter()
            .find(|f| f.quality == quality)
            .or(factors.last())
            .map_or(96, |f| f.factor);
        let sizes: Vec<(u32, u32)> = match parse_size(&settings.size) {
            Some(size) => vec![size],
            None if most => self
                .sizes
                .offered
                .iter()
                .filter_map(|s| parse_size(s))
                .collect(),
            None => vec![(1024, 1024)],
        };
        sizes
            .into_iter()
            .map(|(w, h)| output_tokens(factor, w, h))
            .max()
            .unwrap_or(0)
    }
}

/// The output token formula of the gpt-image family.
pub fn output_tokens(factor: u32, w: u32, h: u32) -> i64 {
    let (long, short) = (f64::from(w.max(h)).max(1.0), f64::from(w.min(h)));
    let factor = f64::from(factor);
    let area = f64::from(w) * f64::from(h);
    let tokens = factor * (factor * short / long).round() * (2_000_000.0 + area) / 4_000_000.0;
    tokens.ceil() as i64
}

fn per_image(entries: &[ImagePrice], settings: &Settings) -> i64 {
    entries
        .iter()
        .find(|e| e.quality == settings.quality && e.size == settings.size)
        .map(|e| e.micros)
        // A combination missing from the list is priced as the dearest one, never as free.
        .or_else(|| entries.iter().map(|e| e.micros).max())
        .unwrap_or(0)
}

/// `tokens` at `micros` per million, rounded up so that a cost is never understated.
fn per_million(tokens: i64, micros: i64) -> i64 {
    tokens.saturating_mul(micros).saturating_add(999_999) / 1_000_000
}

fn per_million_u(tokens: u64, micros: i64) -> i64 {
    per_million(i64::try_from(tokens).unwrap_or(i64::MAX), micros)
}

/// Micro-dollars as whole dollars and the digits after the separator. Sub-cent
/// digits appear only where they matter.
pub fn dollars(micros: i64) -> (String, String) {
    let digits = if micros != 0 && micros < 100_000 {
        3
    } else {
        2
    };
    // In whole numbers: to print fractions takes more code than this file.
    let smallest = 10_u64.pow(6 - digits as u32);
    let shown = (micros.unsigned_abs() + smallest / 2) / smallest;
    let whole = 10_u64.pow(digits as u32);
    let sign = if micros < 0 { "-" } else { "" };
    (
        format!("{sign}{}", shown / whole),
        format!("{:0digits$}", shown % whole),
    )
}
