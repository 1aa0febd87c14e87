//! What the server alone draws of a page.

use super::{hydrating, reload};
use crate::{
    error::AppError,
    ui::{data::when_loaded, dynamic::effect},
};
use leptos::prelude::*;

/// What the server drew is left alone. Where the page is reached without its document,
/// that is asked for.
pub fn served<T, Fut>(
    _load: impl Fn() -> Fut + Send + Sync + 'static,
    _draw: fn(Result<T, AppError>) -> AnyView,
) -> AnyView {
    empty()
}

/// In a function of its own, so that nothing of what is drawn is compiled for it.
fn empty() -> AnyView {
    if !hydrating() {
        effect(reload);
    }
    when_loaded(|| async { view! { <div class="served"></div> }.into_any() })
}
