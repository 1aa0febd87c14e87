//! Published pictures as a list of tiles. The pages that show it are the server's alone,
//! so that each tile is drawn once and kept as HTML (`server/kept/tiles.rs`).

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

use crate::{
    i18n::{Locale, td_string, use_locale},
    model::{ImageCard, typed::isolated},
    routes::{Route, profile},
    server::{AppState, cards::is_veiled, public_cards::PublicCard},
    ui::{
        icon::icon,
        image_card::{IN_SIGHT, Tile, shape},
        placeholder::Placeholder,
    },
};
use leptos::prelude::*;

/// Pictures as strangers see them, on a page that no script takes over.
#[component]
pub fn PublicGrid(items: Vec<PublicCard>) -> impl IntoView {
    let locale = use_locale();
    let tiles = &expect_context::<AppState>().kept.tiles;
    let mut list = String::new();
    for (index, one) in items.into_iter().enumerate() {
        let lazy = index >= IN_SIGHT;
        tiles.write(&mut list, (locale, lazy), one, |one| {
            let class = shape(&one.card);
            let by = made_by(locale, &one);
            let tile = match is_veiled(&one.card) {
                true => veiled(locale, &one.card, lazy),
                false => view! { <Tile card=one.card marked=false lazy /> }.into_any(),
            };
            view! { <li class=class>{tile} {by}</li> }.to_html()
        });
    }
    view! { <ul class="grid" inner_html=list></ul> }
}

/// A tile that has a picture's shape and its colours, and nothing else of it.
fn veiled(locale: Locale, card: &ImageCard, lazy: bool) -> AnyView {
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
        <article class="tile">
            <a href=href rel="external nofollow">
                <Placeholder width=card.width height=card.height colour=card.placeholder.clone() />
                {blurred}
                <span class="badge">{td_string!(locale, measure.badge)}</span>
            </a>
        </article>
    }
    .into_any()
}

/// Who made it, with the way to their page where they have one, and how many like it.
fn made_by(locale: Locale, one: &PublicCard) -> AnyView {
    let name = isolated(&one.maker);
    let maker = match &one.profile {
        Some(handle) => {
            let href = profile(handle).address(locale);
            view! { <a href=href rel="external">{name}</a> }.into_any()
        }
        None => view! { <span>{name}</span> }.into_any(),
    };
    view! {
        <p class="tile-by">
            {maker} {(one.likes > 0).then(|| likes(locale, one.likes))}
        </p>
    }
    .into_any()
}

/// The number of those who like a picture.
pub fn likes(locale: Locale, count: u32) -> AnyView {
    view! {
        <span class="likes">
            {icon("heart")} <span class="unseen">{td_string!(locale, makers.likes_label)} " "</span>
            {count}
        </span>
    }
    .into_any()
}
