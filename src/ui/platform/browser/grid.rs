//! The pictures of a grid as they stand on the page, and the address bar.

use leptos::{
    ev::MouseEvent,
    prelude::{document, window},
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{Element, Event, HtmlElement, HtmlImageElement},
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
    /// What it shows, in words.
    pub words: String,
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
        let of_picture = |name| {
            let picture = picture.as_ref();
            let value = picture.and_then(|picture| picture.get_attribute(name));
            value.unwrap_or_default()
        };
        Some(Tile {
            id: href.rsplit('/').next()?.to_owned(),
            srcset: of_picture("srcset"),
            words: of_picture("alt"),
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

/// The link to that page, or the page itself where the picture is no longer on it.
fn tile_or_page(href: &str) -> Element {
    let links = document().query_selector_all(TILES).ok();
    let count = links.as_ref().map_or(0, |links| links.length());
    let mut links = (0..count).filter_map(|index| links.as_ref()?.item(index)?.dyn_into().ok());
    let link = links.find(|link: &Element| link.get_attribute("href").as_deref() == Some(href));
    link.or(document().body().map(Into::into))
        .unwrap_or_else(|| document().unchecked_into())
}

/// Puts the focus on the picture with that page.
pub fn focus_tile(href: &str) {
    let _ = tile_or_page(href).unchecked_into::<HtmlElement>().focus();
}

/// Tells the page that something was done to this picture (`public/scripts/library.js`).
pub fn tell_tile(href: &str) {
    if let Ok(event) = Event::new("changed") {
        let _ = tile_or_page(href).dispatch_event(&event);
    }
}

/// The document's title.
pub fn title() -> String {
    document().title()
}

/// Gives the document this title.
pub fn set_title(title: &str) {
    document().set_title(title);
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
