//! A button that copies words.

use super::icon::icon;
use leptos::prelude::*;

/// Copies the words that stand before it; the page's own small script answers it
/// (`http/shell.rs`). Seen only where scripts run.
pub fn copy_button(copy: &'static str, copied: &'static str) -> AnyView {
    view! {
        <button class="button copy scripted" type="button" aria-live="polite">
            {icon("copy")}
            <span data-copied=copied>{copy}</span>
        </button>
    }
    .into_any()
}
