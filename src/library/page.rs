//! The library: what a person made, seen by nobody else, and its trash.
//!
//! Its pictures, and all that finds and sorts them, are drawn by the server alone: plain
//! links and forms. Where scripts run, `public/scripts/library.js` answers them in place; what the
//! browser takes over here is the lightbox.

mod bar;
mod finder;
mod places;
mod results;
mod tiles;

use super::{api::library, lightbox::Lightbox};
use crate::{
    error::AppError,
    i18n::{self, td_string, use_locale},
    model::library::LibraryView,
    ui::{
        error_view::{ErrorNote, error_in_address},
        head::PrivateHead,
        platform,
    },
};
use finder::Finder;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use places::Places;
use results::{Results, told};

/// The name of the tiles' checkboxes.
const PICKS: &str = "ids[]";

/// The library under the filters of its address; `?trash=1` is the trash.
#[component]
pub fn LibraryPage() -> impl IntoView {
    let locale = use_locale();
    let trash = is_trash();
    let title = match trash {
        true => td_string!(locale, library.trash),
        false => td_string!(locale, library.title),
    };
    let search = use_location().search.get_untracked();
    let language = i18n::code(locale);
    let drawn = platform::served(move || library(search.clone(), language.to_owned()), page);
    view! {
        <PrivateHead locale title=title.to_string() />
        <Lightbox>{drawn}</Lightbox>
    }
}

fn is_trash() -> bool {
    use_query_map().with_untracked(|query| query.get_str("trash").is_some())
}

/// All of the page but its lightbox.
fn page(view: Result<LibraryView, AppError>) -> AnyView {
    let locale = use_locale();
    // In the library itself the pictures say it.
    let (title, lead, class) = if is_trash() {
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
    let found = match view {
        Ok(view) => view! {
            <Places facets=view.facets.clone() />
            <Finder facets=view.facets.clone() />
            {told(&view)}
            <Results view />
        }
        .into_any(),
        Err(error) => view! { <ErrorNote error=Some(error) /> }.into_any(),
    };
    view! {
        <section class="wall library" data-offline=td_string!(locale, error.connection)>
            <header class="page-header">
                <h1>{title}</h1>
                <p class=class>{lead}</p>
            </header>
            <ErrorNote error=error_in_address() />
            {found}
        </section>
    }
    .into_any()
}
