//! Pages of a list: real links, so that they work, are kept and are crawled
//! like any other address.

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

use super::dynamic::memo;
use crate::{
    i18n::{td_string, use_locale},
    routes::{PagePath, Route},
};
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, location::Url};

/// The cursor in the address; empty on a list's first page.
pub fn use_cursor() -> Memo<String> {
    let query = use_query_map();
    memo(move || query.with(|query| query.get("cursor").unwrap_or_default()))
}

/// The cursor as server functions take it.
pub fn given(cursor: String) -> Option<String> {
    Some(cursor).filter(|cursor| !cursor.is_empty())
}

/// The address of a page of a list, without its language.
pub fn page_path(list: Route<'_>, cursor: Option<&str>) -> PagePath {
    match cursor {
        Some(cursor) => list.with("cursor", &Url::escape(cursor)),
        None => list.path(),
    }
}

/// Links to the next page of a list and back to its start.
#[component]
pub fn Pager(list: Route<'static>, next: Option<String>, paged: bool) -> impl IntoView {
    let locale = use_locale();
    let first = paged.then(|| {
        view! { <a href=list.address(locale)>{td_string!(locale, gallery.first)}</a> }
    });
    let more = next.map(|cursor| {
        let href = page_path(list, Some(&cursor)).address(locale);
        view! {
            <a class="button" rel="next" href=href>
                {td_string!(locale, gallery.more)}
            </a>
        }
    });
    view! { <nav class="pager">{first} {more}</nav> }
}
