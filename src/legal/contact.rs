//! Whom people and authorities write to (Digital Services Act, Articles 11 and 12).

use super::parts::{operator, ours, section, words, write_to};
use crate::{
    i18n::{Locale, td_string, use_locale},
    routes::{CONTACT, ORDERS, PagePath, Route},
    server::{AppState, Context},
    ui::public_head::{Public, PublicHead},
};
use leptos::prelude::*;

/// The page.
#[component]
pub fn ContactPage() -> impl IntoView {
    let locale = use_locale();
    let state = Context::take().state;
    let title = td_string!(locale, contact.title);
    let head = Public {
        title: title.to_owned(),
        description: td_string!(locale, contact.description).to_owned(),
        path: PagePath::of(CONTACT),
        picture: None,
        kind: "article",
    };
    view! {
        <PublicHead locale site=state.site() page=head />
        <article class="legal">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">
                    {td_string!(locale, contact.lead, name = operator(&state, locale))}
                </p>
            </header>
            {people(&state, locale)}
            {authorities(&state, locale)}
        </article>
    }
}

fn people(state: &AppState, locale: Locale) -> AnyView {
    let body = view! {
        {words(td_string!(locale, contact.people_text))}
        {write_to(state, locale, td_string!(locale, contact.write_to))}
        <p>{ours(locale, Route::Imprint, td_string!(locale, imprint.title))}</p>
    };
    section("people", td_string!(locale, contact.people), body)
}

fn authorities(state: &AppState, locale: Locale) -> AnyView {
    let settings = &state.config.imgc.operator;
    let written = settings.authority_contact.clone();
    let mail = match written.or(state.config.imgc.contact.clone()) {
        Some(contact) => view! {
            <p>
                {td_string!(locale, contact.write_to)} " "
                <a href=format!("mailto:{contact}")>{contact.clone()}</a>
            </p>
        }
        .into_any(),
        None => words(td_string!(locale, legal.contact_none)),
    };
    let languages = match settings.contact_languages.is_empty() {
        true => td_string!(locale, contact.languages_default).to_owned(),
        false => settings.contact_languages.join(", "),
    };
    let body = view! {
        {words(td_string!(locale, contact.authorities_text))}
        {mail}
        <p>{ours(locale, PagePath::of(ORDERS), td_string!(locale, order.title))}</p>
        {words(td_string!(locale, contact.languages, languages = languages))}
    };
    section("authorities", td_string!(locale, contact.authorities), body)
}
