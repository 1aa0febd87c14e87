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
/// display choice, and the only thing of ours in the browser's storage.
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
    // Tiles of the first row begin at the same height.
    let top = |e: &HtmlElement| e.get_bounding_client_rect().top();
    let columns = (0..tiles.length())
        .take_while(|i| tile(*i).is_some_and(|t| (top(&t) - top(&first)).abs() < 4.0))
        .count()
        .max(1) as i64;
    let step = match name {
        "ArrowRight" => 1,
        "ArrowLeft" => -1,
        "ArrowDown" => columns,
        "ArrowUp" => -columns,
        _ => return false,
    };
    let next = match focused {
        None => 0,
        Some(index) => i64::from(index) + step,
    };
    let Some(next) = u32::try_from(next).ok().and_then(tile) else {
        return false;
    };
    let _ = next.focus();
    true
}
