//! What is done to one picture by one press, where it stands among others: on the tiles of
//! the library, and on those of the composer's feed.
//!
//! A button says what it does and to which picture (`about[one]`), so that it needs no
//! form of its own inside of the form around it.

use crate::{
    i18n::{Locale, td_string},
    model::ImageCard,
    routes,
    ui::icon::icon,
};
use leptos::prelude::*;

/// A button that does one thing to one picture: a drawing, and words for those who do not
/// see it or have room for them.
pub fn act(one: String, drawing: &'static str, words: &'static str, on: Option<bool>) -> AnyView {
    let key = match one.split(' ').next() {
        Some("favourite" | "unfavourite") => Some("."),
        Some("trash") => Some("Delete"),
        _ => None,
    };
    let pressed = on.map(|on| on.to_string());
    view! {
        <button
            type="submit"
            name="about[one]"
            value=one
            title=words
            aria-pressed=pressed
            data-tile-key=key
        >
            {icon(drawing)}
            <span>{words}</span>
        </button>
    }
    .into_any()
}

/// Leads to where the picture is edited.
fn edit(locale: Locale, id: &str) -> AnyView {
    let words = td_string!(locale, remix.edit);
    view! {
        <a href=routes::edit(id).address(locale) rel="external" title=words>
            {icon("pencil")}
            <span>{words}</span>
        </a>
    }
    .into_any()
}

/// Saves the original.
pub fn download(locale: Locale, id: &str, original: String) -> AnyView {
    let file = original.rsplit('.').next().unwrap_or_default();
    let name = format!("imgc-{id}.{file}");
    let words = td_string!(locale, picture.download);
    view! {
        <a href=original download=name rel="external" title=words>
            {icon("download")}
            <span>{words}</span>
        </a>
    }
    .into_any()
}

/// What can be done to a picture, with `more` before the trash.
pub fn acts(
    locale: Locale,
    card: &ImageCard,
    original: String,
    more: Vec<AnyView>,
) -> Vec<AnyView> {
    let id = card.id.as_str();
    let of = |action: &str| [action, " ", id].concat();
    let (favourite, heart) = match card.favourite {
        true => ("unfavourite", "heart-filled"),
        false => ("favourite", "heart"),
    };
    let publish = ["publish", "unpublish"][usize::from(card.public)];
    let mut acts = vec![
        act(
            of(favourite),
            heart,
            td_string!(locale, library.favourite),
            Some(card.favourite),
        ),
        download(locale, id, original),
        act(
            of(publish),
            "globe",
            td_string!(locale, picture.public),
            Some(card.public),
        ),
        edit(locale, id),
    ];
    acts.extend(more);
    acts.push(act(
        of("trash"),
        "trash-2",
        td_string!(locale, library.to_trash),
        None,
    ));
    acts
}
