//! Published pictures as a list of tiles. The pages that show it are the server's alone,
//! so that each tile is drawn once and kept as HTML (`server/kept/tiles.rs`).

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

use crate::{
    i18n::use_locale,
    model::ImageCard,
    server::AppState,
    ui::image_card::{IN_SIGHT, Tile, shape},
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
