//! What the lists of the composer offer: the settings of one model, or of all
//! of them while no script can tell which one is chosen.

use crate::{
    catalogue::{FORMATS, Model, parse_size},
    i18n::{Locale, td_string},
    ui::{form::Choice, words},
};

/// The models by name.
pub(super) fn models(models: &[Model]) -> Vec<Choice> {
    models
        .iter()
        .map(|m| Choice::plain(&m.id, &m.name))
        .collect()
}

/// The sizes by shape, then the model's choice and one's own.
pub(super) fn sizes(locale: Locale, models: &[Model]) -> Vec<Choice> {
    let mut sizes = union(models, |m| &m.sizes.offered);
    // A stable sort keeps the catalogue's order within a shape.
    sizes.sort_by_key(|size| shape(size));
    let mut choices: Vec<Choice> = sizes
        .iter()
        .map(|size| Choice {
            value: size.clone(),
            label: words::size(locale, size),
            group: match shape(size) {
                0 => td_string!(locale, create.sizes_square),
                1 => td_string!(locale, create.sizes_landscape),
                _ => td_string!(locale, create.sizes_portrait),
            },
        })
        .collect();
    let mut other = |offered: bool, value: &str| {
        if offered {
            choices.push(Choice {
                value: value.to_owned(),
                label: words::size(locale, value),
                group: td_string!(locale, create.sizes_other),
            });
        }
    };
    other(models.iter().any(|m| m.sizes.auto), "auto");
    other(models.iter().any(|m| m.sizes.free.is_some()), "custom");
    choices
}

/// The qualities, cheapest first. Where several models share the list, "as
/// recommended" comes first, because it suits whichever is chosen.
pub(super) fn qualities(locale: Locale, models: &[Model]) -> Vec<Choice> {
    let mut values = union(models, |m| &m.qualities);
    if models.len() > 1 {
        values.insert(0, String::new());
    }
    values
        .iter()
        .map(|value| Choice::plain(value, words::quality(locale, value)))
        .collect()
}

/// From one picture to the most a model makes at once.
pub(super) fn counts(models: &[Model]) -> Vec<Choice> {
    let most = models.iter().map(|m| m.count_max).max().unwrap_or(1);
    (1..=most.max(1))
        .map(|count| Choice::plain(count.to_string(), count.to_string()))
        .collect()
}

/// The file formats that can be asked for; PNG alone where there is no choice.
pub(super) fn formats(models: &[Model]) -> Vec<Choice> {
    let mut values = union(models, |m| &m.formats);
    values.retain(|value| FORMATS.contains(&value.as_str()));
    if values.is_empty() {
        values.push("png".into());
    }
    values
        .iter()
        .map(|value| Choice::plain(value, words::format(value)))
        .collect()
}

/// The backgrounds; none where the model has no say in it.
pub(super) fn backgrounds(locale: Locale, models: &[Model]) -> Vec<Choice> {
    union(models, |m| &m.backgrounds)
        .iter()
        .map(|value| Choice::plain(value, words::background(locale, value)))
        .collect()
}

/// The styles; none where the model has no say in it.
pub(super) fn styles(locale: Locale, models: &[Model]) -> Vec<Choice> {
    union(models, |m| &m.styles)
        .iter()
        .map(|value| Choice::plain(value, words::style(locale, value)))
        .collect()
}

/// A sentence naming the models a setting is for, where not all of them have
/// it; those that lack it, where they are fewer.
pub(super) fn only_for(locale: Locale, models: &[Model], has: impl Fn(&Model) -> bool) -> String {
    let (having, lacking): (Vec<&Model>, Vec<&Model>) = models.iter().partition(|m| has(m));
    let names = |models: Vec<&Model>| {
        let names: Vec<&str> = models.iter().map(|m| m.name.as_str()).collect();
        names.join(", ")
    };
    if having.is_empty() || lacking.is_empty() {
        String::new()
    } else if having.len() <= lacking.len() {
        td_string!(locale, create.only_for, models = names(having))
    } else {
        td_string!(locale, create.not_for, models = names(lacking))
    }
}

/// Each value some model takes, once, in the order they are met.
fn union(models: &[Model], list: impl Fn(&Model) -> &Vec<String>) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for value in models.iter().flat_map(list) {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    values
}

/// 0 for square, 1 for landscape, 2 for portrait.
fn shape(size: &str) -> u8 {
    match parse_size(size) {
        Some((w, h)) if w > h => 1,
        Some((w, h)) if w < h => 2,
        _ => 0,
    }
}
