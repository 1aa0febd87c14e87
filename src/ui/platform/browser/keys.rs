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
        return false;
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
