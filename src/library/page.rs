//! The library: what a person made, newest first, seen by nobody else.

use super::{api::library, lightbox::Lightbox};
use crate::{
    i18n::{self, td_string, use_locale},
    model::{ImageCard, Page},
    ui::{
        data::{load, when_loaded},
        error_view::{ErrorNote, ErrorPage, error_in_address},
        head::PrivateHead,
        image_card::ImageGrid,
        pager::{Pager, given, use_cursor},
    },
};
use leptos::prelude::*;

/// One page of the library; `?cursor=` says where it starts.
#[component]
pub fn LibraryPage() -> impl IntoView {
    let language = i18n::code(use_locale()).to_owned();
    let cursor = use_cursor();
    let pictures = load(
        move || cursor.get(),
        move |cursor| library(given(cursor), language.clone()),
    );
    when_loaded(move || {
        let paged = !cursor.get().is_empty();
        async move {
            match pictures.await {
                Ok(page) => view! { <Library page paged /> }.into_any(),
                Err(error) => view! { <ErrorPage error /> }.into_any(),
            }
        }
    })
}

#[component]
fn Library(page: Page<ImageCard>, paged: bool) -> impl IntoView {
    let locale = use_locale();
    let title = td_string!(locale, library.title);
    let Page { items, next } = page;
    let list = match (items.is_empty(), paged) {
        (true, false) => view! {
            <div class="empty">
                <p>{td_string!(locale, library.empty)}</p>
                <a class="button button-primary" href=i18n::address(locale, "/create")>
                    {td_string!(locale, home.start)}
                </a>
            </div>
        }
        .into_any(),
        (true, true) => view! { <p class="empty">{td_string!(locale, library.end)}</p> }.into_any(),
        (false, _) => view! { <ImageGrid items marked=true /> }.into_any(),
    };
    view! {
        <PrivateHead locale title=title.to_string() />
        <Lightbox>
        <section class="wall">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, library.lead)}</p>
            </header>
            <ErrorNote error=error_in_address() />
            {list}
            <Pager path="/library" next paged />
        </section>
        </Lightbox>
    }
}
