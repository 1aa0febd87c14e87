//! The size of the tiles, which the browser remembers.

use super::icon::icon;
use crate::i18n::{Locale, td_string};
use leptos::prelude::*;

/// Two buttons that make the page's tiles smaller and larger. The page's own small
/// script answers them (`http/shell.rs`); seen only where scripts run.
pub fn density(locale: Locale) -> AnyView {
    let button = |step, words, drawing| {
        view! {
            <button class="button" type="button" data-density=step aria-label=words title=words>
                {icon(drawing)}
            </button>
        }
        .into_any()
    };
    view! {
        <div class="density scripted">
            {button("-1", td_string!(locale, gallery.smaller), "zoom-out")}
            {button("1", td_string!(locale, gallery.larger), "zoom-in")}
        </div>
    }
    .into_any()
}
