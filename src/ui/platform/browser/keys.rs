//! Keys: what was pressed, and what on the page answers to it.
//!
//! An element says in `data-key` which key it answers to, so that a page's
//! keys are found in its markup and need no code of their own.

use leptos::{
    prelude::{document, window},
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement, KeyboardEvent},
};

/// The `localStorage` key for the choice to have no single-key shortcuts: a
/// display choice. `http/shell.rs` has the others.
const OFF: &str = "imgc-keys-off";

/// True if single-key shortcuts are on.
pub fn keys_are_on() -> bool {
    let storage = window().local_storage().ok().flatten();
    storage.is_none_or(|storage| !matches!(storage.get_item(OFF), Ok(Some(_))))
}

/// Keeps the choice; nothing is stored while keys are on, as they are at first.
pub fn set_keys_on(on: bool) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = match on {
            true => storage.remove_item(OFF),
            false => storage.set_item(OFF, "1"),
        };
    }
}

/// The name of the key as `data-key` has it; `None` where the key belongs to a
/// field, a control or the browser.
pub fn key_name(event: &KeyboardEvent) -> Option<String> {
    if event.alt_key() || event.is_composing() || event.default_prevented() {
        return None;
    }
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let busy =
        "input:not([type=checkbox]):not([type=radio]), textarea, select, canvas, [contenteditable]";
    if target.closest(busy).ok().flatten().is_some() {
        return None;
    }
    let key = event.key();
    let key = if key.len() == 1 {
        key.to_lowercase()
    } else {
        key
    };
    Some(if event.ctrl_key() || event.meta_key() {
        format!("Ctrl+{key}")
    } else {
        key
    })
}

/// Does what the element for this key does; false if there is none.
pub fn answer_key(name: &str) -> bool {
    // A name holds no quotes but for that key itself, which nothing answers to.
    if name.contains(['"', '\\']) {
        return false;
    }
    // In an open dialog nothing behind it answers.
    let scope = match document().query_selector("dialog[open]") {
        Ok(Some(_)) => "dialog[open] ",
        _ => "",
    };
    let Some(element) = shown(&format!("{scope}[data-key~=\"{name}\"]")) else {
        return scope.is_empty() && move_in_grid(name);
    };
    if element.matches("input[type=search]").unwrap_or(false) {
        let _ = element.focus();
    } else {
        element.click();
    }
    true
}

/// The first element of a selector that can be seen: what is hidden (a bar
/// with nothing selected) answers to nothing.
fn shown(selector: &str) -> Option<HtmlElement> {
    let found = document().query_selector_all(selector).ok()?;
    (0..found.length())
        .filter_map(|index| found.item(index))
        .map(|node| node.unchecked_into::<HtmlElement>())
        .find(|element| element.get_client_rects().length() > 0)
}

/// Arrows move between the pictures of a grid, from the first where none has
/// the focus.
fn move_in_grid(name: &str) -> bool {
    let Ok(tiles) = document().query_selector_all(".grid a[href*='/i/']") else {
        return false;
    };
    let tile = |index: u32| {
        tiles
            .item(index)
            .map(|node| node.unchecked_into::<HtmlElement>())
    };
    let Some(first) = tile(0) else { return false };
    let here = document().active_element();
    let focused = (0..tiles.length()).find(|i| tile(*i).as_deref() == here.as_ref());
    let forward = match name {
        "ArrowRight" | "ArrowDown" => true,
        "ArrowLeft" | "ArrowUp" => false,
        _ => return false,
    };
    let beside = |index: u32| match forward {
        true => tile(index + 1),
        false => tile(index.checked_sub(1)?),
    };
    let next = match focused {
        None => Some(first),
        Some(index) if name == "ArrowRight" || name == "ArrowLeft" => beside(index),
        // Rows differ in length: of the next one, the tile that is nearest.
        Some(mut index) => {
            let place = |e: &HtmlElement| {
                let rect = e.get_bounding_client_rect();
                (rect.top() as i32, (rect.left() + rect.right()) as i32)
            };
            let Some(from) = tile(index).as_ref().map(place) else {
                return false;
            };
            let (mut row, mut best) = (from.0, None::<(i32, HtmlElement)>);
            while let Some(other) = beside(index) {
                index = if forward { index + 1 } else { index - 1 };
                let (top, middle) = place(&other);
                let is_new = (top - row).abs() > 3;
                if is_new && row != from.0 {
                    break;
                }
                if is_new {
                    row = top;
                }
                let far = (middle - from.1).abs();
                if row != from.0 && best.as_ref().is_none_or(|(least, _)| far < *least) {
                    best = Some((far, other));
                }
            }
            best.map(|(_, tile)| tile)
        }
    };
    let Some(next) = next else { return false };
    let _ = next.focus();
    true
}
