//! Icons: drawings of the page's one sprite, which the server writes into every
//! page (`http/shell.rs`).

use leptos::prelude::*;

/// The drawing of this name in `http/icons.svg`. It says nothing to those who
/// listen: the words beside it, or the label around it, do.
pub fn icon(name: &'static str) -> AnyView {
    view! {
        <svg class="icon" aria-hidden="true">
            <use_ href=format!("#icon-{name}")></use_>
        </svg>
    }
    .into_any()
}
