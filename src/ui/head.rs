//! A page's `<head>`.
//!
//! A page renders exactly one of this and `public_head.rs`'s, and nothing else writes tags
//! there: they are found again in their order when the page wakes up in a browser.

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

use super::platform;
use crate::{
    i18n::{Locale, td_string},
    model::typed::isolated,
};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

/// The head of a page for one person, which no crawler should keep.
#[component]
pub fn PrivateHead(locale: Locale, #[prop(into)] title: Signal<String>) -> impl IntoView {
    // A page that was left may be asked for its title once more before it is gone.
    let text = move || {
        let page = title.try_get().unwrap_or_default();
        platform::title_text(td_string!(locale, site.page_title, page = isolated(&page)))
    };
    view! {
        <Title text=text />
        <Meta name="robots" content="noindex" />
    }
}
