//! What the server alone draws of a page.

use super::hydrating;
use crate::{
    error::AppError,
    ui::{data::when_loaded, dynamic::effect},
};
use leptos::{prelude::*, web_sys::Event};

/// What the server drew is left alone. Where the page is reached without its document,
/// the page's script asks for it (`public/scripts/library.js`).
pub fn served<T, Fut>(
    _load: impl Fn() -> Fut + Send + Sync + 'static,
    _draw: impl Fn(Result<T, AppError>) -> AnyView,
) -> AnyView {
    empty()
}

/// In a function of its own, so that nothing of what is drawn is compiled for it.
fn empty() -> AnyView {
    if !hydrating() {
        effect(|| {
            // Fails only for an event that is on its way.
            let _ = Event::new("arrived").and_then(|event| document().dispatch_event(&event));
        });
    }
    when_loaded(|| async { view! { <div class="served"></div> }.into_any() })
}
