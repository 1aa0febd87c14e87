//! The library: what a person made, seen by nobody else, and its trash.

mod finder;
mod places;
mod results;
mod selection;

use super::{api::library, lightbox::Lightbox};
use crate::{
    i18n::{self, td_string, use_locale},
    ui::{
        data::{load, when_loaded},
        error_view::{ErrorNote, error_in_address},
        head::PrivateHead,
    },
};
use finder::Finder;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use places::Places;
use results::Results;

/// The library under the filters of its address; `?trash=1` is the trash.
///
/// New results change the page in place: the field somebody types in stays
/// the same element, and keeps the focus.
#[component]
pub fn LibraryPage() -> impl IntoView {
    let locale = use_locale();
    let language = i18n::code(locale).to_owned();
    let search = use_location().search;
    let query = use_query_map();
    let trash = query.with_untracked(|query| query.get_str("trash").is_some());
    // In the library itself the pictures say it.
    let (title, lead, class) = if trash {
        (
            td_string!(locale, library.trash),
            td_string!(locale, library.trash_lead),
            "lead",
        )
    } else {
        (
            td_string!(locale, library.title),
            td_string!(locale, library.lead),
            "lead unseen",
        )
    };
    // What is changed in the lightbox changes what lies under it.
    let changes = RwSignal::new(0);
    let view = load(
        move || format!("{}#{}", search.get(), changes.get()),
        move |key| {
            let query = key.split('#').next().unwrap_or_default();
            library(query.to_owned(), language.clone())
        },
    );
    let (waiting, chosen) = (StoredValue::new(None), StoredValue::new(None));
    let found = when_loaded(move || async move {
        match view.await {
            Ok(view) => view! {
                <Places facets=view.facets.clone() />
                <Finder facets=view.facets.clone() waiting />
                <Results view chosen />
            }
            .into_any(),
            Err(error) => view! { <ErrorNote error=Some(error) /> }.into_any(),
        }
    });
    view! {
        <PrivateHead locale title=title.to_string() />
        <Lightbox changes>
        <section class="wall library">
            <header class="page-header">
                <h1>{title}</h1>
                <p class=class>{lead}</p>
            </header>
            <ErrorNote error=error_in_address() />
            {found}
        </section>
        </Lightbox>
    }
}
