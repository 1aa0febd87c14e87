//! What stands below every page: what the site is, whom to write to, the legal
//! pages. The server's alone, and outside what the browser takes over, so that
//! none of it is in any download.

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

use super::Document;
use crate::{
    i18n::{Locale, td_string},
    routes::{self, PagePath},
};
use leptos::prelude::*;

/// The footer in the page's language.
#[component]
pub fn Footer(locale: Locale, contact: Option<String>) -> impl IntoView {
    let contact = contact.map(|contact| {
        view! {
            <p>
                {td_string!(locale, site.contact)} " "
                <a href=format!("mailto:{contact}")>{contact.clone()}</a>
            </p>
        }
    });
    let links: Vec<AnyView> = Document::ALL
        .into_iter()
        .map(|document| {
            view! { <a href=document.route().address(locale)>{label(locale, document)}</a> }
                .into_any()
        })
        .collect();
    let served = [
        (routes::TRANSPARENCY, td_string!(locale, transparency.link)),
        (routes::CONTACT, td_string!(locale, contact.link)),
    ];
    let served = served.map(|(page, label)| {
        view! { <a href=PagePath::of(page).address(locale)>{label}</a> }.into_any()
    });
    view! {
        <footer class="site-footer">
            <p>{td_string!(locale, site.about)}</p>
            {contact}
            <nav class="legal-links" aria-label=td_string!(locale, legal.documents)>
                {links}
                {served.into_iter().collect::<Vec<AnyView>>()}
            </nav>
            <Appearance locale />
        </footer>
    }
}

fn label(locale: Locale, document: Document) -> &'static str {
    match document {
        Document::Privacy => td_string!(locale, privacy.link),
        Document::Terms => td_string!(locale, terms.link),
        Document::Cookies => td_string!(locale, cookies.link),
        Document::Imprint => td_string!(locale, imprint.link),
        Document::Accessibility => td_string!(locale, accessibility.link),
    }
}

/// The choice between light and dark. The page's own small script answers it
/// (`server/shell.rs`), so that it works on pages that never wake up; without
/// scripts the system's setting holds.
#[component]
fn Appearance(locale: Locale) -> impl IntoView {
    let option = |value, label| view! { <option value=value>{label}</option> }.into_any();
    view! {
        <p class="appearance scripted">
            <label for="theme">{td_string!(locale, site.theme)}</label>
            <select id="theme" autocomplete="off">
                {option("", td_string!(locale, site.theme_system))}
                {option("light", td_string!(locale, site.theme_light))}
                {option("dark", td_string!(locale, site.theme_dark))}
            </select>
        </p>
    }
}
