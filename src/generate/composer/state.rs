//! The composer's state: the form as it stands, the chosen model, and the price.

use crate::{
    error::Problem,
    i18n::Locale,
    model::{Settings, catalogue::Model, draft::Draft},
    ui::{dynamic::memo, format, platform},
};
use leptos::{prelude::*, web_sys::HtmlFormElement};

/// The form's state, read from the form's own fields: they are the truth, so
/// that whatever was typed or chosen before the page woke up counts.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// The models on offer; never empty.
    pub models: StoredValue<Vec<Model>>,
    /// The fields as they stand.
    pub draft: RwSignal<Draft>,
    /// The chosen model; the first one where the choice is unknown.
    pub model: Memo<Model>,
    /// True if scripts run, so that only the chosen model's settings are offered.
    pub live: RwSignal<bool>,
}

impl Form {
    /// The state of a form that starts with `draft`, and the draft made whole.
    ///
    /// `models` is never empty.
    pub fn new(models: Vec<Model>, draft: Draft) -> (Form, Draft) {
        let draft = match chosen(&models, &draft.model) {
            Some(model) => completed(&draft, model),
            None => draft,
        };
        let first = draft.clone();
        let models = StoredValue::new(models);
        let draft = RwSignal::new(draft);
        let model = memo(move || {
            let id = draft.with(|draft| draft.model.clone());
            models.with_value(|models| {
                chosen(models, &id)
                    .cloned()
                    .expect("the catalogue offers at least one model")
            })
        });
        let live = RwSignal::new(false);
        (
            Form {
                models,
                draft,
                model,
                live,
            },
            first,
        )
    }

    /// Takes over from the plain form: reads it, and offers only what the model can do.
    pub fn wake(self, element: &HtmlFormElement) {
        if self.live.get_untracked() {
            return;
        }
        let read = fields(element);
        let whole = self
            .models
            .with_value(|models| chosen(models, &read.model).map(|model| read.fitted_to(model)));
        self.draft.set(whole.unwrap_or(read));
        self.live.set(true);
    }

    /// Reads the form after a change; another model keeps what it can of the settings.
    pub fn read(self, element: &HtmlFormElement) {
        let read = fields(element);
        let before = self.model.with_untracked(|model| model.id.clone());
        let next = if read.model == before {
            read
        } else {
            self.models
                .with_value(|models| chosen(models, &read.model).map(|m| read.fitted_to(m)))
                .unwrap_or(read)
        };
        self.draft.set(next);
    }

    /// Makes the fields as they stand what the chosen model can do: they may have been
    /// read from a form that offers the settings of every model.
    pub fn fit(self) {
        if self.live.get_untracked() {
            let model = self.model.get_untracked();
            self.draft.update(|draft| *draft = draft.fitted_to(&model));
        }
    }

    /// Takes over words that were written into the field by the program: earlier ones, or
    /// what is left of the field when the form has been accepted.
    pub fn set_prompt(self, prompt: &str) {
        self.draft
            .update(|draft| draft.prompt.0 = prompt.to_owned());
    }

    /// The number of characters that will be sent, the preset's words included.
    pub fn chars(self, locale: Locale) -> usize {
        self.draft.with(|draft| draft.asked(locale).chars().count())
    }

    /// The settings as they stand, where they make sense.
    fn settings(self) -> Result<Settings, Problem> {
        self.model
            .with(|model| self.draft.with(|draft| draft.settings(model)))
    }

    /// The problem of a size of one's own, once both edges are given.
    pub fn size_problem(self) -> Option<Problem> {
        let typing = self.draft.with(|draft| {
            draft.size != "custom" || draft.width.is_empty() || draft.height.is_empty()
        });
        if typing {
            return None;
        }
        let settings = self.settings().ok()?;
        self.model
            .with(|model| model.check_size(&settings.size).err())
    }

    /// The price of sending the form, as `≈ $0.013`; `None` while the size makes no sense.
    pub fn price(self, locale: Locale) -> Option<String> {
        let settings = self.settings().ok()?;
        let chars = self.chars(locale);
        self.model.with(|model| {
            model.check_size(&settings.size).ok()?;
            let quote = model.quote(&settings, chars);
            Some(format::money_or_about(
                locale,
                quote.micros,
                quote.approximate,
            ))
        })
    }
}

/// The model of that id, or the first.
fn chosen<'m>(models: &'m [Model], id: &str) -> Option<&'m Model> {
    models.iter().find(|m| m.id == id).or(models.first())
}

/// A draft with the model's defaults where it says nothing.
fn completed(draft: &Draft, model: &Model) -> Draft {
    match draft.settings(model) {
        Ok(settings) => {
            Draft::from_settings(draft.prompt.clone(), &settings, model).with_rest_of(draft)
        }
        Err(_) => Draft {
            model: model.id.clone(),
            ..draft.clone()
        },
    }
}

/// The form's fields as they stand.
fn fields(element: &HtmlFormElement) -> Draft {
    let field = |name: &str| platform::field(element, &format!("draft[{name}]"));
    Draft {
        prompt: crate::model::Prompt(field("prompt")),
        model: field("model"),
        size: field("size"),
        width: field("width"),
        height: field("height"),
        quality: field("quality"),
        count: field("count"),
        format: field("format"),
        compression: field("compression"),
        background: field("background"),
        style: field("style"),
        look: field("look"),
        references: field("references"),
        mask: field("mask"),
        parent: field("parent"),
    }
}
