//! The browser's entry point, called by the loader in `server/shell.rs`.

use imgc::http::app::App;
use wasm_bindgen::prelude::wasm_bindgen;

/// Attaches the components to the page the server rendered.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(App);
}
