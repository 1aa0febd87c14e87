//! The gallery: published pictures, newest first, complete in the HTML.

use super::{atom::ATOM, grid::PublicGrid, list::gallery};
use crate::{
    i18n::{td_string, use_locale},
    model::{Page, Site},
    routes::{GALLERY_FEED, PagePath, Route},
    server::public_cards::PublicCard,
    ui::{
        data::{Shared, load, when_loaded},
        density::density,
        error_view::ErrorPage,
        pager::{Pager, given, page_path, use_cursor},
        public_head::{Public, PublicHead, other_forms},
    },
};
use leptos::prelude::*;

/// One page of the gallery; `?cursor=` says where it starts.
#[component]
pub fn GalleryPage() -> impl IntoView {
    let shared = expect_context::<Shared>();
    let cursor = use_cursor();
    let pictures = load(move || cursor.get(), |cursor| gallery(given(cursor)));
    when_loaded(move || {
        let cursor = given(cursor.get());
        async move {
            let site = shared.site().await;
            match pictures.await {
                Ok(page) => view! { <Gallery site page cursor /> }.into_any(),
                Err(error) => view! { <ErrorPage error /> }.into_any(),
            }
        }
    })
}

#[component]
fn Gallery(site: Site, page: Page<PublicCard>, cursor: Option<String>) -> impl IntoView {
    let locale = use_locale();
    let title = td_string!(locale, gallery.title);
    let head = Public {
        title: title.to_string(),
        description: td_string!(locale, gallery.description).to_string(),
        path: page_path(Route::Gallery, cursor.as_deref()),
        picture: None,
        kind: "website",
    };
    let feed = PagePath::of(GALLERY_FEED).address(locale);
    let feed = (ATOM, title.to_string(), format!("{}{feed}", site.origin));
    let Page { items, next } = page;
    let list = if items.is_empty() {
        view! { <p class="empty">{td_string!(locale, gallery.empty)}</p> }.into_any()
    } else {
        view! { <PublicGrid items /> }.into_any()
    };
    view! {
        <PublicHead locale site page=head />
        {other_forms(vec![feed])}
        <section class="wall">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, gallery.lead)}</p>
                {density(locale)}
            </header>
            {list}
            <Pager list=Route::Gallery next paged=cursor.is_some() />
        </section>
    }
}
