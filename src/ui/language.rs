//! The switch to the same page in another language.

use super::{
    data::{Shared, when_loaded},
    dynamic::dynamic,
};
use crate::i18n::{self, Locale, td_string, use_locale};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A link a language. The one the reader is known to prefer says so in its own
/// words: a suggestion, for nobody is sent elsewhere than they asked.
#[component]
pub fn LanguageSwitch() -> impl IntoView {
    let locale = use_locale();
    let shared = expect_context::<Shared>();
    when_loaded(move || async move {
        let preferred = shared.site().await.preferred_language;
        let links: Vec<AnyView> = i18n::others(locale)
            .map(|target| link(target, preferred.as_deref() == Some(i18n::code(target))))
            .collect();
        links.into_any()
    })
}

fn link(target: Locale, suggested: bool) -> AnyView {
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
    let class = if suggested {
        "language language-suggested"
    } else {
        "language"
    };
    // Where there is room, the suggestion is a sentence.
    let sentence = suggested.then(|| {
        let words = td_string!(target, language.read_here);
        view! { <span class="language-sentence">{words}</span> }
    });
    view! {
        <a
            class=class
            href=href
            rel="alternate external"
            hreflang=i18n::code(target)
            lang=i18n::code(target)
        >
            {sentence}
            <span class="language-name">{td_string!(target, language.name)}</span>
        </a>
    }
    .into_any()
}
