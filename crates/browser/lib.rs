//! The browser's entry point, called by the loader in `http/shell.rs`.

use imgc::{
    http::app::{App, load_parts_of},
    ui::platform,
};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// Attaches the components to the page the server rendered, once the parts that
/// this page needs are there. Where one cannot be loaded nothing is attached, and
/// the page goes on working as without a script.
#[wasm_bindgen]
pub async fn hydrate() -> Result<(), JsError> {
    console_error_panic_hook::set_once();
    if load_parts_of(&platform::path()).await.is_err() {
        return Err(JsError::new("a part of the page could not be loaded"));
    }
    leptos::mount::hydrate_body(App);
    Ok(())
}
