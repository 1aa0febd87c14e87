//! The pictures of a grid as they stand on the page, and the address bar.

use leptos::{
    ev::MouseEvent,
    prelude::{document, window},
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{Element, HtmlElement, HtmlImageElement},
};

/// The links of a grid's pictures.
const TILES: &str = ".grid a[href*='/i/']";

/// A picture in a grid.
#[derive(Clone, Debug)]
pub struct Tile {
    /// The picture's id.
    pub id: String,
    /// Its page.
    pub href: String,
    /// Its renditions, as `srcset` lists them.
    pub srcset: String,
}

/// Every picture on the page, in reading order.
pub fn tiles() -> Vec<Tile> {
    let Ok(links) = document().query_selector_all(TILES) else {
        return Vec::new();
    };
    let tile = |index| {
        let link: Element = links.item(index)?.unchecked_into();
        let href = link.get_attribute("href")?;
        let picture = link.query_selector("img").ok().flatten();
        Some(Tile {
            id: href.rsplit('/').next()?.to_owned(),
            srcset: picture
                .and_then(|picture| picture.get_attribute("srcset"))
                .unwrap_or_default(),
            href,
        })
    };
    (0..links.length()).filter_map(tile).collect()
}

/// The page of the picture that was clicked, if it was one.
pub fn tile_of(event: &MouseEvent) -> Option<String> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest(TILES).ok()??.get_attribute("href")
}

/// Puts the focus on the picture with that page.
pub fn focus_tile(href: &str) {
    let found = tiles().iter().position(|tile| tile.href == href);
    let links = document().query_selector_all(TILES);
    if let (Some(index), Ok(links)) = (found, links)
        && let Some(link) = u32::try_from(index).ok().and_then(|i| links.item(i))
    {
        let _ = link.unchecked_into::<HtmlElement>().focus();
    }
}

/// Loads a picture that may be looked at next.
pub fn preload(srcset: &str, sizes: &str) {
    if let Ok(picture) = HtmlImageElement::new() {
        picture.set_sizes(sizes);
        picture.set_srcset(srcset);
    }
}

/// Shows an address as a new place, which Back leaves again.
pub fn push_address(address: &str) {
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(address));
    }
}

/// Shows an address in the place of the present one.
pub fn replace_address(address: &str) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(address));
    }
}

/// Calls `history.back()`.
pub fn go_back() {
    if let Ok(history) = window().history() {
        let _ = history.back();
    }
}
