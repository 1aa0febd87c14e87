//! A picture in a grid, and the grid.

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

use super::{placeholder::Placeholder, words};
use crate::{
    i18n::{Locale, td_string, use_locale},
    model::{ImageCard, Rendition},
    routes::Route,
};
use leptos::prelude::*;

/// The `sizes` attribute of a picture beside its panel.
pub const STAGE_SIZES: &str = "(min-width: 1024px) calc(100vw - 440px), 100vw";
/// A tile's height in pixels, about, on a wide screen and on a narrow one: rows of tiles
/// are filled to the edge, and so are a little higher than the style sheet says.
const TILE_HEIGHT: (u32, u32) = (320, 220);
/// Tiles that are in sight when the page opens, so that they load at once.
pub const IN_SIGHT: usize = 6;
/// Characters of a prompt that describe a picture well enough.
pub const ALT_CHARS: usize = 160;
/// Characters of a prompt that stand for a title.
const TITLE_OF_WORDS: usize = 60;

/// A picture's `alt` text: its prompt, shortened, or a general sentence.
pub fn alt_text(locale: Locale, prompt: &str, painted: bool) -> String {
    let short = words::shortened(prompt, ALT_CHARS);
    match (short.is_empty(), painted) {
        (false, _) => short,
        (true, false) => td_string!(locale, picture.generic).to_string(),
        (true, true) => td_string!(locale, picture.generic_painted).to_string(),
    }
}

/// A picture's `alt` text: its maker's, or what it is called, or a general sentence.
pub fn alt_of(locale: Locale, card: &ImageCard, painted: bool) -> String {
    match card.alt.as_str() {
        "" => alt_text(locale, card.name(), painted),
        alt => alt.to_owned(),
    }
}

/// What a picture is called on a page of its own.
pub fn title_of(locale: Locale, card: &ImageCard, painted: bool) -> String {
    if !card.title.is_empty() {
        return card.title.clone();
    }
    let short = words::shortened(&card.prompt, TITLE_OF_WORDS);
    match short.is_empty() {
        true => alt_text(locale, "", painted),
        false => short,
    }
}

/// The renditions as `srcset` lists them.
pub fn srcset(renditions: &[Rendition]) -> String {
    let entries: Vec<String> = renditions
        .iter()
        .map(|r| format!("{} {}w", r.src, r.width))
        .collect();
    entries.join(", ")
}

/// The rendition to load where `srcset` is not understood: one of middling width.
pub fn fallback_source(renditions: &[Rendition]) -> String {
    renditions
        .iter()
        .find(|r| r.width >= 640)
        .or(renditions.last())
        .map(|r| r.src.clone())
        .unwrap_or_default()
}

/// A picture's width in tenths of its height, within what a row of tiles can show.
fn tenths(card: &ImageCard) -> u32 {
    let height = card.height.max(1);
    ((card.width * 10 + height / 2) / height).clamp(4, 30)
}

/// The class that gives a tile the shape of its picture (`style/grid.css`).
pub fn shape(card: &ImageCard) -> String {
    format!("w{}", tenths(card))
}

/// Pictures as a list of tiles.
#[component]
pub fn ImageGrid(items: Vec<ImageCard>) -> impl IntoView {
    let tiles: Vec<AnyView> = items
        .into_iter()
        .enumerate()
        .map(|(index, card)| {
            let lazy = index >= IN_SIGHT;
            let class = shape(&card);
            view! {
                <li class=class>
                    <Tile card marked=false lazy />
                </li>
            }
            .into_any()
        })
        .collect();
    view! { <ul class="grid">{tiles}</ul> }
}

/// One picture that leads to its page; `marked` shows whether it is public.
#[component]
pub fn Tile(card: ImageCard, marked: bool, lazy: bool) -> impl IntoView {
    let locale = use_locale();
    let href = Route::Image(&card.id).address(locale);
    let mark = marked.then(|| {
        let (class, word) = if card.public {
            ("badge badge-public", td_string!(locale, picture.public))
        } else {
            ("badge", td_string!(locale, picture.private))
        };
        view! { <span class=class>{word}</span> }
    });
    let caption = words::shortened(card.name(), 90);
    let width = |height| tenths(&card) * height / 10;
    // What is loaded later is measured by the browser, where it can.
    let measured = if lazy { "auto, " } else { "" };
    let sizes = format!(
        "{measured}(min-width: 768px) {}px, {}px",
        width(TILE_HEIGHT.0),
        width(TILE_HEIGHT.1)
    );
    view! {
        <article class="tile">
            <a href=href rel="external">
                <Placeholder width=card.width height=card.height colour=card.placeholder.clone() />
                <img
                    src=fallback_source(&card.renditions)
                    srcset=srcset(&card.renditions)
                    sizes=sizes
                    width=card.width
                    height=card.height
                    alt=alt_of(locale, &card, false)
                    loading=lazy.then_some("lazy")
                    decoding="async"
                />
                {(!caption.is_empty())
                    .then(|| {
                        view! {
                            <span class="tile-caption" aria-hidden="true" dir="auto">
                                {caption}
                            </span>
                        }
                    })}
            </a>
            {mark}
        </article>
    }
}
