//! The browser's entry point, called by the loader in `http/shell.rs`.

use imgc::{
    http::app::{App, load_parts_of},
    ui::platform,
};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// Attaches the components to the page the server rendered, once the parts that
/// this page needs are there. Where one cannot be loaded nothing is attached, and
/// the page goes on working as without a script.
///
/// `path` is where the page was when it began. Whoever has gone on since to an address of
/// the lightbox, which loads no page, is given that address's page.
#[wasm_bindgen]
pub async fn hydrate(path: String) -> Result<(), JsError> {
    console_error_panic_hook::set_once();
    if load_parts_of(&path).await.is_err() {
        return Err(JsError::new("a part of the page could not be loaded"));
    }
    if platform::path() != path {
        platform::reload();
        return std::future::pending().await;
    }
    leptos::mount::hydrate_body(App);
    Ok(())
}
