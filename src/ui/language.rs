//! The switch to the same page in the other language.

use super::dynamic::dynamic;
use crate::i18n::{self, td_string, use_locale};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A plain link, so that the whole document changes its language at once.
#[component]
pub fn LanguageSwitch() -> impl IntoView {
    let locale = use_locale();
    let target = i18n::other(locale);
    let location = use_location();
    let href = dynamic(move || {
        let (_, path) = location.pathname.with(|path| i18n::split(path));
        let address = i18n::address(target, &path);
        // An error belongs to the moment it was shown in; cursors stay.
        let search = location.search.get();
        if search.is_empty() || search.contains("error=") {
            address
        } else {
            format!("{address}?{search}")
        }
    });
    view! {
        <a
            class="language"
            href=href
            rel="alternate external"
            hreflang=i18n::code(target)
            lang=i18n::code(target)
        >
            {td_string!(locale, nav.other_language)}
        </a>
    }
}
