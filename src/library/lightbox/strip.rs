//! The filmstrip on wide screens: the pictures beside the one that is open, as small
//! links to their pages. The lightbox takes over the clicks on them.

use super::Open;
use crate::ui::{dynamic::each, platform::Tile};
use leptos::prelude::*;

/// Pictures on either side of the one that is open.
const BESIDE: usize = 8;

impl Open {
    /// The pictures around the one that is open, and whether it is that.
    fn around(&self) -> Vec<(Tile, bool)> {
        let first = self.index.saturating_sub(BESIDE);
        let tiles = self.tiles.iter().enumerate().skip(first);
        let shown = tiles.take(2 * BESIDE + 1);
        shown
            .map(|(place, tile)| (tile.clone(), place == self.index))
            .collect()
    }
}

/// The pictures around the one that is open.
pub(super) fn strip(open: RwSignal<Option<Open>>) -> AnyView {
    let around = move || open.with(|open| open.as_ref().map(Open::around).unwrap_or_default());
    let tiles = each(
        around,
        |(tile, here)| [&*tile.id, if *here { "#" } else { "" }].concat(),
        |(tile, here)| {
            // The smallest is the first.
            let small = tile.srcset.split(' ').next().map(str::to_owned);
            view! {
                <a href=tile.href rel="external" aria-current=here.then_some("true")>
                    <img src=small alt=tile.words loading="lazy" />
                </a>
            }
            .into_any()
        },
    );
    view! { <div class="filmstrip">{tiles}</div> }.into_any()
}
