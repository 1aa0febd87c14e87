//! The way to a fresh sign-in, for what only its owner may do.

use crate::{
    i18n::{self, Locale, td_string},
    model::local_path::LocalPath,
    routes::{PagePath, SIGN_IN_START},
};
use leptos::prelude::*;

/// Says that one is to sign in once more, and leads there and back to `page`.
pub fn confirm(locale: Locale, page: impl Into<PagePath>) -> AnyView {
    let next = LocalPath::parse(&page.into().address(locale))
        .map_or_else(String::new, |next| next.in_query());
    let href = format!(
        "{SIGN_IN_START}?again=1&lang={}&next={next}",
        i18n::code(locale)
    );
    view! {
        <p>{td_string!(locale, account.confirm_text)}</p>
        <p>
            <a class="button" rel="external" href=href>
                {td_string!(locale, account.confirm)}
            </a>
        </p>
    }
    .into_any()
}
