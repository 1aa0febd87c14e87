//! The composer's fields for everything but the words.

use super::{choices, state::Form};
use crate::{
    i18n::{Locale, td_string, use_locale},
    model::catalogue::Model,
    ui::{
        dynamic::{dynamic, each, memo, part},
        form::{Chips, FieldKind, Select, TextField},
        format, words,
    },
};
use leptos::prelude::*;

/// The choice of the model.
#[component]
fn ModelField(form: Form) -> impl IntoView {
    let locale = use_locale();
    let chosen = form.draft.with_untracked(|draft| draft.model.clone());
    let models = form
        .models
        .with_value(|models| choices::models(locale, models));
    view! {
        <Select
            id="model"
            name="draft[model]"
            label=td_string!(locale, create.model)
            choices=models
            chosen
        />
    }
}

/// Fields that are made anew when another model's settings are shown, or only
/// one model's: a list that merely changed its entries would keep a choice
/// that is gone.
fn anew(form: Form, fields: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    let shown = memo(move || {
        let model = form.model.with(|model| model.id.clone());
        format!("{model} {}", form.live.get())
    });
    each(move || vec![shown.get()], Clone::clone, move |_| fields())
}

/// The models whose settings are offered: the chosen one, or all of them while
/// no script can tell which one is chosen.
fn offered(form: Form) -> Vec<Model> {
    if form.live.get_untracked() {
        vec![form.model.get_untracked()]
    } else {
        form.models.get_value()
    }
}

/// Shape, quality, count and format.
#[component]
pub(super) fn MainSettings(form: Form) -> impl IntoView {
    view! {
        {anew(form, move || view! { <MainFields form /> }.into_any())}
    }
}

#[component]
fn MainFields(form: Form) -> impl IntoView {
    let locale = use_locale();
    let models = offered(form);
    let draft = form.draft.get_untracked();
    // While several models share the list, the model's own default is shown as
    // "recommended", so that choosing another model keeps the form valid.
    let recommended = form
        .model
        .with_untracked(|model| model.default_quality == draft.quality);
    let quality = if models.len() > 1 && recommended {
        String::new()
    } else {
        draft.quality.clone()
    };
    view! {
        <Chips
            name="draft[size]"
            label=td_string!(locale, create.size)
            choices=choices::sizes(locale, &models)
            chosen=draft.size.clone()
            icon=choices::shape_icon
        />
        <CustomSize form models=models.clone() width=draft.width height=draft.height />
        <Chips
            name="draft[quality]"
            label=td_string!(locale, create.quality)
            choices=choices::qualities(locale, &models)
            chosen=quality
        />
        <div class="settings-row">
            <Select
                id="count"
                name="draft[count]"
                label=td_string!(locale, create.count)
                choices=choices::counts(&models)
                chosen=draft.count
            />
            <Select
                id="format"
                name="draft[format]"
                label=td_string!(locale, create.format)
                choices=choices::formats(&models)
                chosen=draft.format
            />
        </div>
    }
}

/// Model, background and style: what people rarely change.
#[component]
pub(super) fn MoreSettings(form: Form) -> impl IntoView {
    let locale = use_locale();
    let model = dynamic(move || form.model.with(|model| model.name.clone()));
    let ending = part(move || {
        let ends_ms = form.model.with(choices::ends_ms)?;
        let name = form.model.with(|model| model.name.clone());
        let date = format::date(locale, ends_ms);
        let text = td_string!(locale, create.model_ends, name = name, date = date);
        Some(view! { <p class="note">{text}</p> })
    });
    view! {
        {ending}
        <details class="more-settings">
            <summary>
                <span class="field-label">{td_string!(locale, create.more)}</span>
                " "
                <span class="quiet">{model}</span>
            </summary>
            <div class="settings-row">
                <ModelField form />
                {anew(form, move || view! { <MoreFields form /> }.into_any())}
            </div>
        </details>
    }
}

#[component]
fn MoreFields(form: Form) -> impl IntoView {
    let locale = use_locale();
    let models = offered(form);
    let draft = form.draft.get_untracked();
    let compression_hint = td_string!(locale, create.compression_hint);
    let background_hint = choices::only_for(locale, &models, |m| !m.backgrounds.is_empty());
    let style_hint = choices::only_for(locale, &models, |m| !m.styles.is_empty());
    view! {
        <Select
            id="compression"
            name="draft[compression]"
            label=td_string!(locale, create.compression)
            choices=choices::compressions(locale, &models)
            chosen=draft.compression
            hint=compression_hint
        />
        <Select
            id="background"
            name="draft[background]"
            label=td_string!(locale, create.background)
            choices=choices::backgrounds(locale, &models)
            chosen=draft.background
            hint=background_hint
        />
        <Select
            id="style"
            name="draft[style]"
            label=td_string!(locale, create.style)
            choices=choices::styles(locale, &models)
            chosen=draft.style
            hint=style_hint
        />
    }
}

/// Width and height of one's own. The style sheet shows them while "custom"
/// is chosen, which needs no script.
#[component]
fn CustomSize(form: Form, models: Vec<Model>, width: String, height: String) -> impl IntoView {
    let locale = use_locale();
    let Some(rule) = models.iter().find_map(|m| m.sizes.free.clone()) else {
        return ().into_any();
    };
    let problem = part(move || {
        form.size_problem().map(
            |problem| view! { <p class="field-problem">{words::problem(locale, &problem)}</p> },
        )
    });
    view! {
        <div class="custom-size" role="group" aria-label=td_string!(locale, create.custom)>
            <TextField
                id="width"
                name="draft[width]"
                label=td_string!(locale, create.width)
                value=width
                kind=FieldKind::Pixels
                described_by="custom-rule"
            />
            <TextField
                id="height"
                name="draft[height]"
                label=td_string!(locale, create.height)
                value=height
                kind=FieldKind::Pixels
                described_by="custom-rule"
            />
            <div id="custom-rule" class="field-hint" aria-live="polite">
                <p>{rule_text(locale, &rule)}</p>
                {problem}
            </div>
        </div>
    }
    .into_any()
}

fn rule_text(locale: Locale, rule: &crate::model::catalogue::FreeSize) -> String {
    let megapixels = |pixels: u32| format::tenths(locale, (u64::from(pixels) + 50_000) / 100_000);
    td_string!(
        locale,
        create.custom_rule,
        multiple = rule.multiple,
        edge = rule.longest_edge_max,
        ratio = rule.ratio_max,
        least = megapixels(rule.pixels_min),
        most = megapixels(rule.pixels_max)
    )
}
