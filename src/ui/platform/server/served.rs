//! What the server alone draws of a page that the browser takes over.

use super::of_request;
use crate::{error::AppError, ui::data::when_loaded};
use leptos::prelude::*;

/// A part of a page that the server alone draws, with its data in no download: to the
/// browser it is an element whose content is left alone.
pub fn served<T, Fut>(
    load: impl Fn() -> Fut + Send + Sync + 'static,
    draw: impl Fn(Result<T, AppError>) -> AnyView + Copy + Send + Sync + 'static,
) -> AnyView
where
    T: Send + 'static,
    Fut: Future<Output = Result<T, AppError>> + Send + 'static,
{
    when_loaded(move || {
        let loaded = of_request(load());
        async move {
            let view = draw(loaded.await);
            view! { <div class="served">{view}</div> }.into_any()
        }
    })
}
