//! The gallery: published pictures, newest first, complete in the HTML.

use super::api::gallery;
use crate::{
    i18n::{td_string, use_locale},
    model::{ImageCard, Page, Site},
    ui::{
        error_view::ErrorPage,
        head::{Public, PublicHead},
        image_card::ImageGrid,
        layout::SiteData,
        pager::{Pager, page_path},
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// One page of the gallery; `?cursor=` says where it starts.
#[component]
pub fn GalleryPage() -> impl IntoView {
    let site = expect_context::<SiteData>();
    let query = use_query_map();
    let cursor = Memo::new(move |_| query.with(|query| query.get("cursor")));
    let pictures = Resource::new(move || cursor.get(), gallery);
    view! {
        <Suspense>
            {move || {
                let cursor = cursor.get();
                Suspend::new(async move {
                    let site = site.read().await;
                    match pictures.await {
                        Ok(page) => view! { <Gallery site page cursor /> }.into_any(),
                        Err(error) => view! { <ErrorPage error /> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
}

#[component]
fn Gallery(site: Site, page: Page<ImageCard>, cursor: Option<String>) -> impl IntoView {
    let locale = use_locale();
    let title = td_string!(locale, gallery.title);
    let head = Public {
        title: title.to_string(),
        description: td_string!(locale, gallery.description).to_string(),
        path: page_path("/gallery", cursor.as_deref()),
        picture: None,
        kind: "website",
    };
    let Page { items, next } = page;
    let list = if items.is_empty() {
        view! { <p class="empty">{td_string!(locale, gallery.empty)}</p> }.into_any()
    } else {
        view! { <ImageGrid items /> }.into_any()
    };
    view! {
        <PublicHead locale site page=head />
        <section class="wall">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, gallery.lead)}</p>
            </header>
            {list}
            <Pager path="/gallery" next paged=cursor.is_some() />
        </section>
    }
}
