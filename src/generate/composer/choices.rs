//! The entries of the composer's lists: the settings of one model, or of all of
//! them while no script can tell which one is chosen.

use crate::{
    i18n::{Locale, td_string},
    model::{
        catalogue::{FORMATS, Model, midnight_ms, parse_size},
        looks::{self, LOOKS},
    },
    ui::{form::Choice, format, words},
};
use leptos::prelude::*;

/// The looks, "as described" first.
pub(super) fn looks(locale: Locale) -> Vec<Choice> {
    std::iter::once("")
        .chain(LOOKS)
        .map(|look| Choice::plain(look, looks::name(locale, look)))
        .collect()
}

/// The models by name.
pub(super) fn models(locale: Locale, models: &[Model]) -> Vec<Choice> {
    let label = |model: &Model| match ends_ms(model) {
        Some(date_ms) => {
            let date = format::date(locale, date_ms);
            let name = model.name.as_str();
            td_string!(locale, create.model_until, name = name, date = date)
        }
        None => model.name.clone(),
    };
    models
        .iter()
        .map(|m| Choice::plain(&m.id, label(m)))
        .collect()
}

/// The midnight of a model's last day, where it is near: the server leaves out
/// the dates of the others.
pub(super) fn ends_ms(model: &Model) -> Option<i64> {
    model.shutdown_date.as_deref().and_then(midnight_ms)
}

/// The sizes by shape, then the model's choice and one's own.
pub(super) fn sizes(locale: Locale, models: &[Model]) -> Vec<Choice> {
    let sizes = union(models, |m| &m.sizes.offered);
    // The catalogue's order within a shape.
    let by_shape = (0..=2).flat_map(|wanted| sizes.iter().filter(move |s| shape(s) == wanted));
    let mut choices: Vec<Choice> = by_shape
        .map(|size| {
            let pixels = words::size(locale, size);
            match parse_size(size).and_then(|(w, h)| ratio(w, h)) {
                Some(ratio) => Choice {
                    value: size.clone(),
                    label: ratio.to_owned(),
                    detail: pixels,
                },
                None => Choice::plain(size, pixels),
            }
        })
        .collect();
    let mut other = |offered: bool, value: &str| {
        if offered {
            choices.push(Choice::plain(value, words::size(locale, value)));
        }
    };
    other(models.iter().any(|m| m.sizes.auto), "auto");
    other(models.iter().any(|m| m.sizes.free.is_some()), "custom");
    choices
}

/// The side, in units, of the square that every shape's icon is drawn in.
const ICON: u32 = 48;
/// The longest edge of a shape in it.
const ICON_EDGE: u32 = 40;

/// A size's true shape, small; a dashed square where the shape is open.
pub(super) fn shape_icon(size: &str) -> AnyView {
    let (class, (w, h)) = match parse_size(size) {
        Some((w, h)) => ("shape", (w.max(1), h.max(1))),
        None => ("shape shape-open", (1, 1)),
    };
    let longest = w.max(h);
    let edge = |edge: u32| (edge * ICON_EDGE + longest / 2) / longest;
    let (w, h) = (edge(w), edge(h));
    view! {
        <svg class=class viewBox="0 0 48 48" width="24" height="24" aria-hidden="true">
            <rect
                x=(ICON - w) / 2
                y=(ICON - h) / 2
                width=w
                height=h
                rx="4"
            />
        </svg>
    }
    .into_any()
}

/// The proportion people know a shape by, where it is (nearly) one of those.
fn ratio(w: u32, h: u32) -> Option<&'static str> {
    const KNOWN: [(u32, u32, &str); 9] = [
        (1, 1, "1:1"),
        (3, 2, "3:2"),
        (2, 3, "2:3"),
        (4, 3, "4:3"),
        (3, 4, "3:4"),
        (16, 9, "16:9"),
        (9, 16, "9:16"),
        (7, 4, "7:4"),
        (4, 7, "4:7"),
    ];
    let value = f64::from(w) / f64::from(h.max(1));
    KNOWN
        .into_iter()
        .map(|(a, b, name)| ((value * f64::from(b) / f64::from(a) - 1.0).abs(), name))
        .filter(|(off, _)| *off < 0.02)
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
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

/// How much of a JPEG or WebP is kept, most first; none where no model can choose.
pub(super) fn compressions(locale: Locale, models: &[Model]) -> Vec<Choice> {
    if !models.iter().any(|m| m.compression) {
        return Vec::new();
    }
    ["", "100", "90", "75", "50", "25"]
        .into_iter()
        .map(|value| Choice::plain(value, words::compression(locale, value)))
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
pub(super) fn only_for(locale: Locale, models: &[Model], has: fn(&Model) -> bool) -> String {
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
fn union(models: &[Model], list: fn(&Model) -> &Vec<String>) -> Vec<String> {
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
