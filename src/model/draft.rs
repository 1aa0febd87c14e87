//! The composer's form as it is sent, and its validation: one set of rules for
//! the browser's hints and the server's decision.

use super::looks;
use crate::{
    error::Problem,
    i18n::Locale,
    model::{Prompt, Settings, catalogue::Model, folding::says_nothing},
};
use serde::{Deserialize, Serialize};

/// The fields of the composer's form, as a browser posts them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The words as typed, without the preset's.
    #[serde(default)]
    pub prompt: Prompt,
    /// A model's id.
    #[serde(default)]
    pub model: String,
    /// A size of the list, `auto`, or `custom` with `width` and `height`.
    #[serde(default)]
    pub size: String,
    /// Pixels, with `size = custom`.
    #[serde(default)]
    pub width: String,
    /// Pixels, with `size = custom`.
    #[serde(default)]
    pub height: String,
    /// A quality of the model; empty for its default.
    #[serde(default)]
    pub quality: String,
    /// The number of pictures in digits; empty for one.
    #[serde(default)]
    pub count: String,
    /// `png`, `jpeg` or `webp`; empty for the default.
    #[serde(default)]
    pub format: String,
    /// A number from 0 to 100; empty for the model's own.
    #[serde(default)]
    pub compression: String,
    /// `auto`, `opaque` or `transparent`; empty for the default.
    #[serde(default)]
    pub background: String,
    /// A style of the model; empty for the default.
    #[serde(default)]
    pub style: String,
    /// A preset of [`looks`], or empty.
    #[serde(default)]
    pub look: String,
    /// The reference pictures' ids in order, comma-separated.
    #[serde(default)]
    pub references: String,
    /// The id of the first reference's mask; empty for none.
    #[serde(default)]
    pub mask: String,
    /// The id of the picture this remixes; empty for none.
    #[serde(default)]
    pub parent: String,
}

/// More ids than any form of ours holds; the rest is somebody's mischief.
const IDS_MAX: usize = 64;

impl Draft {
    /// Its words, if it holds nothing else: every form that was filled in names a model.
    pub fn only_words(&self) -> Option<&Prompt> {
        Some(&self.prompt).filter(|_| self.model.is_empty())
    }

    /// The same form with these words below its own, unless they were the last that came:
    /// nothing is replaced.
    #[must_use]
    pub fn with_more_words(mut self, words: &Prompt) -> Draft {
        let (before, more) = (self.prompt.trim(), words.trim());
        let joined = match (before.is_empty(), more.is_empty()) {
            (true, _) => more.to_owned(),
            (_, true) => before.to_owned(),
            _ if before == more || before.ends_with(&format!("\n{more}")) => before.to_owned(),
            _ => format!("{before}\n{more}"),
        };
        self.prompt = Prompt(joined);
        self
    }

    /// The reference pictures' ids in order, each once.
    pub fn reference_ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for id in self.references.split(',').map(str::trim).take(IDS_MAX) {
            if !id.is_empty() && !ids.iter().any(|known| known == id) {
                ids.push(id.to_owned());
            }
        }
        ids
    }

    /// The same form with what settings do not say of another: its look,
    /// reference pictures, mask and parent.
    #[must_use]
    pub fn with_rest_of(mut self, other: &Draft) -> Draft {
        self.look.clone_from(&other.look);
        self.references.clone_from(&other.references);
        self.mask.clone_from(&other.mask);
        self.parent.clone_from(&other.parent);
        self
    }

    /// The form that follows once this one is a job: its settings and its look stay as
    /// they were chosen, its words and pictures went with the job.
    #[must_use]
    pub fn next(&self) -> Draft {
        Draft {
            prompt: Prompt::default(),
            references: String::new(),
            mask: String::new(),
            parent: String::new(),
            ..self.clone()
        }
    }

    /// The form that asks for these settings.
    pub fn from_settings(prompt: Prompt, settings: &Settings, model: &Model) -> Draft {
        let offered = settings.size == "auto" || model.sizes.offered.contains(&settings.size);
        let (width, height) = settings.size.split_once('x').unwrap_or_default();
        Draft {
            prompt,
            model: settings.model.clone(),
            size: if offered {
                settings.size.clone()
            } else {
                "custom".into()
            },
            width: width.into(),
            height: height.into(),
            quality: settings.quality.clone(),
            count: settings.count.to_string(),
            format: settings.format.clone(),
            compression: settings
                .compression
                .map_or_else(String::new, |percent| percent.to_string()),
            background: settings.background.clone().unwrap_or_default(),
            style: settings.style.clone().unwrap_or_default(),
            ..Draft::default()
        }
    }

    /// The same form with what `model` can do of it.
    #[must_use]
    pub fn fitted_to(&self, model: &Model) -> Draft {
        let wanted = self.settings(model).unwrap_or_else(|_| model.defaults());
        let prompt = self.prompt.clone();
        let mut fitted =
            Draft::from_settings(prompt, &model.adapt(&wanted), model).with_rest_of(self);
        // A size of one's own may be half typed, and is the person's to correct.
        if self.size == "custom" && model.sizes.free.is_some() {
            fitted.size.clone_from(&self.size);
            fitted.width.clone_from(&self.width);
            fitted.height.clone_from(&self.height);
        }
        fitted
    }

    /// The prompt as it is counted and sent: what was typed, tidied, and the
    /// preset's words.
    pub fn asked(&self, locale: Locale) -> Prompt {
        looks::with_look(locale, &self.prompt.tidied(), &self.look)
    }

    /// The settings the form asks for; fields the model lacks are left out, so
    /// that changing the model without JavaScript does not make the form invalid.
    pub fn settings(&self, model: &Model) -> Result<Settings, Problem> {
        let defaults = model.defaults();
        let or = |text: &str, default: String| {
            if text.is_empty() {
                default
            } else {
                text.to_owned()
            }
        };
        let size = if self.size == "custom" {
            format!("{}x{}", self.width.trim(), self.height.trim())
        } else {
            or(&self.size, defaults.size)
        };
        let count = match self.count.trim() {
            "" => 1,
            text => text.parse().map_err(|_| Problem::CountNotOffered {
                limit: model.count_max,
            })?,
        };
        let optional = |list: &[String], text: &str, default: Option<String>| {
            if list.is_empty() {
                None
            } else if text.is_empty() {
                default
            } else {
                Some(text.to_owned())
            }
        };
        let format = if model.formats.is_empty() {
            "png".into()
        } else {
            or(&self.format, defaults.format)
        };
        let compression = match self.compression.trim() {
            "" => None,
            // Left over from another format or model.
            _ if !model.compresses(&format) => None,
            text => Some(text.parse().map_err(|_| Problem::CompressionNotOffered)?),
        };
        Ok(Settings {
            model: model.id.clone(),
            compression,
            size,
            quality: or(&self.quality, defaults.quality),
            count,
            format,
            background: optional(&model.backgrounds, &self.background, defaults.background),
            style: optional(&model.styles, &self.style, defaults.style),
            references: u8::try_from(self.reference_ids().len()).unwrap_or(u8::MAX),
            mask: !self.mask.is_empty() && !self.references.is_empty(),
        })
    }

    /// Checks the whole form against the models on offer; gives what is to be asked.
    pub fn check(&self, models: &[Model], locale: Locale) -> Result<(Prompt, Settings), Problem> {
        let model = models
            .iter()
            .find(|m| m.id == self.model)
            .ok_or(Problem::UnknownModel)?;
        let settings = self.settings(model)?;
        // Before the preset's words are added, which say something in any case.
        if says_nothing(&self.prompt) {
            return Err(Problem::EmptyPrompt);
        }
        let prompt = self.asked(locale);
        model.check(&prompt, &settings)?;
        Ok((prompt, settings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_form_has_the_settings_and_neither_words_nor_pictures() {
        let sent = Draft {
            prompt: Prompt("a fox".into()),
            model: "gpt-image-2.5-flare".into(),
            size: "custom".into(),
            width: "1008".into(),
            height: "1024".into(),
            quality: "high".into(),
            count: "4".into(),
            format: "webp".into(),
            compression: "90".into(),
            background: "opaque".into(),
            style: "vivid".into(),
            look: "ink".into(),
            references: "a,b".into(),
            mask: "c".into(),
            parent: "d".into(),
        };
        let next = sent.next();
        assert_eq!((&*next.prompt, &*next.references), ("", ""));
        assert_eq!((&*next.mask, &*next.parent), ("", ""));
        assert_eq!(next.look, sent.look);
        let back = Draft {
            prompt: sent.prompt.clone(),
            ..next.with_rest_of(&sent)
        };
        assert_eq!(back, sent, "everything else stays");
    }
}
