//! What the legal pages are made of: the frame with its date, sections, lists, links.

use super::{Document, dates};
use crate::{
    error::AppError,
    i18n::{Locale, td_string, use_locale},
    model::limits::DAY_MS,
    routes::PagePath,
    server::{AppState, Context},
    ui::{
        error_view::ErrorPage,
        format,
        found::when_found,
        public_head::{Public, PublicHead},
    },
};
use leptos::prelude::*;
use std::sync::Arc;

/// What a page says above its sections.
pub struct Opening {
    /// The heading, and the document's title.
    pub title: &'static str,
    /// A sentence for search engines.
    pub description: &'static str,
    /// Empty for none.
    pub lead: &'static str,
}

/// A legal page: heading, the date of its last change, and what `body` makes
/// of the running configuration.
pub fn document(
    document: Document,
    opening: fn(Locale) -> Opening,
    body: fn(&AppState, Locale) -> AnyView,
) -> impl IntoView {
    let locale = use_locale();
    let context = Arc::new(Context::take());
    let asked = context.clone();
    let found = async move { dates::changed_ms(&asked.state.db, document).await };
    when_found(found, move |found| match found {
        Ok(changed_ms) => {
            let state = &context.state;
            let opening = opening(locale);
            let body = body(state, locale);
            framed(state, locale, document, &opening, changed_ms, body)
        }
        Err(error) => {
            let error = context.with_status(AppError::from(error));
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

fn framed(
    state: &AppState,
    locale: Locale,
    document: Document,
    opening: &Opening,
    changed_ms: i64,
    body: AnyView,
) -> AnyView {
    let head = Public {
        title: opening.title.to_owned(),
        description: opening.description.to_owned(),
        path: document.route().path(),
        picture: None,
        kind: "article",
    };
    let date = format::date(locale, changed_ms);
    let lead = (!opening.lead.is_empty()).then(|| view! { <p class="lead">{opening.lead}</p> });
    view! {
        <PublicHead locale site=state.site() page=head />
        <article class="legal">
            <header class="page-header">
                <h1>{opening.title}</h1>
                {lead}
                <p class="quiet">
                    <time datetime=format::iso(changed_ms)>
                        {td_string!(locale, legal.changed, date = date)}
                    </time>
                </p>
            </header>
            {body}
        </article>
    }
    .into_any()
}

/// A section that can be linked to.
pub fn section(
    id: impl Into<String>,
    title: impl Into<String>,
    body: impl IntoView + 'static,
) -> AnyView {
    let (id, title): (String, String) = (id.into(), title.into());
    view! {
        <section aria-labelledby=id.clone()>
            <h2 id=id.clone()>{title}</h2>
            {body.into_any()}
        </section>
    }
    .into_any()
}

/// A paragraph.
pub fn words(text: impl Into<String>) -> AnyView {
    let text: String = text.into();
    view! { <p>{text}</p> }.into_any()
}

/// A list of short texts.
pub fn bullets(texts: Vec<&'static str>) -> AnyView {
    let items: Vec<AnyView> = texts
        .into_iter()
        .map(|text| view! { <li>{text}</li> }.into_any())
        .collect();
    view! { <ul>{items}</ul> }.into_any()
}

/// A link to a page of ours, in the page's language.
pub fn ours(locale: Locale, page: impl Into<PagePath>, label: impl Into<String>) -> AnyView {
    let label: String = label.into();
    view! { <a href=page.into().address(locale)>{label}</a> }.into_any()
}

/// A link to somebody else's page.
pub fn theirs(address: &str, label: impl Into<String>) -> AnyView {
    let label: String = label.into();
    view! {
        <a href=address.to_owned() rel="external noreferrer">
            {label}
        </a>
    }
    .into_any()
}

/// A row of the policy's inventory: what, what for, on which basis, how long.
pub fn row(what: &str, why: &str, basis: &str, kept: String) -> Vec<String> {
    vec![what.to_owned(), why.to_owned(), basis.to_owned(), kept]
}

/// A table that scrolls by itself on a narrow screen.
pub fn table(id: impl Into<String>, heads: &[&'static str], rows: Vec<Vec<String>>) -> AnyView {
    let id: String = id.into();
    // Where the columns do not fit beside each other, each cell names its own.
    let names = heads.to_vec();
    let heads: Vec<AnyView> = heads
        .iter()
        .map(|head| view! { <th scope="col">{*head}</th> }.into_any())
        .collect();
    let rows: Vec<AnyView> = rows
        .into_iter()
        .map(|row| {
            let mut cells = row.into_iter();
            let first = cells.next().unwrap_or_default();
            let rest: Vec<AnyView> = cells
                .zip(names.iter().skip(1))
                .map(|(cell, name)| view! { <td data-column=*name>{cell}</td> }.into_any())
                .collect();
            view! {
                <tr>
                    <th scope="row">{first}</th>
                    {rest}
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <div class="table-scroll" tabindex="0" role="group" aria-labelledby=id>
            <table>
                <thead>
                    <tr>{heads}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Who runs the service.
pub fn operator(state: &AppState, locale: Locale) -> String {
    let name = state.config.imgc.operator.name.clone();
    name.unwrap_or_else(|| td_string!(locale, legal.no_operator).to_owned())
}

/// Words that end with the address to write to, as a link; without one, the
/// sentence that says so.
pub fn write_to(state: &AppState, locale: Locale, words: &'static str) -> AnyView {
    match &state.config.imgc.contact {
        Some(contact) => view! {
            <p>
                {words} " " <a href=format!("mailto:{contact}")>{contact.clone()}</a>
            </p>
        }
        .into_any(),
        None => view! { <p>{td_string!(locale, legal.contact_none)}</p> }.into_any(),
    }
}

/// A period in days, or minutes where it is shorter.
pub fn period(locale: Locale, ms: i64) -> String {
    match ms / DAY_MS {
        0 => td_string!(locale, legal.minutes, count = ms / 60_000),
        1 => td_string!(locale, legal.days_one).to_owned(),
        days => td_string!(locale, legal.days, count = days),
    }
}
