//! Published pictures as a list of tiles. The pages that show it are the server's alone,
//! so that each tile is drawn once and kept as HTML (`server/kept/tiles.rs`).

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

use crate::{
    i18n::{Locale, td_string, use_locale},
    model::ImageCard,
    routes::Route,
    server::{AppState, cards::is_veiled},
    ui::{
        image_card::{IN_SIGHT, Tile, shape},
        placeholder::Placeholder,
    },
};
use leptos::prelude::*;

/// Pictures as strangers see them, on a page that no script takes over.
#[component]
pub fn PublicGrid(items: Vec<ImageCard>) -> impl IntoView {
    let locale = use_locale();
    let tiles = &expect_context::<AppState>().kept.tiles;
    let mut list = String::new();
    for (index, card) in items.into_iter().enumerate() {
        let lazy = index >= IN_SIGHT;
        tiles.write(&mut list, (locale, lazy), card, |card| {
            let class = shape(&card);
            if is_veiled(&card) {
                return veiled(locale, class, &card, lazy);
            }
            view! {
                <li class=class>
                    <Tile card marked=false lazy />
                </li>
            }
            .to_html()
        });
    }
    view! { <ul class="grid" inner_html=list></ul> }
}

/// A tile that has a picture's shape and its colours, and nothing else of it.
fn veiled(locale: Locale, class: String, card: &ImageCard, lazy: bool) -> String {
    let href = Route::Image(&card.id).address(locale);
    let loading = lazy.then_some("lazy");
    let blurred = card.renditions.first().map(|rendition| {
        view! {
            <img
                class="veil"
                src=rendition.src.clone()
                width=card.width
                height=card.height
                loading=loading
                alt=""
            />
        }
    });
    view! {
        <li class=class>
            <article class="tile">
                <a href=href rel="external nofollow">
                    <Placeholder
                        width=card.width
                        height=card.height
                        colour=card.placeholder.clone()
                    />
                    {blurred}
                    <span class="badge">{td_string!(locale, measure.badge)}</span>
                </a>
            </article>
        </li>
    }
    .to_html()
}
