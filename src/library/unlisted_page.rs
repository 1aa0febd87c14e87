//! An unlisted picture's page: for whoever has its address, until that ends. It is in no
//! index, and tells no other site where it is.

use super::{
    image_page::{SHOW, share, shown},
    picture::title,
    views::{Placed, unlisted},
};
use crate::{
    i18n::{self, Locale, td_string, use_locale},
    routes::{self, Route},
    server::Context,
    ui::{error_view::ErrorPage, found::when_found, head::PrivateHead},
};
use axum::http::{HeaderName, HeaderValue};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use std::sync::Arc;

/// The page of the picture at the key that the address has.
#[component]
pub fn UnlistedPage() -> impl IntoView {
    let locale = use_locale();
    let key = use_params_map().with_untracked(|params| params.get("id").unwrap_or_default());
    let asked = use_query_map().with_untracked(|query| query.get(SHOW).is_some());
    let context = Arc::new(Context::take());
    context.keep_address_secret();
    let robots = HeaderName::from_static("x-robots-tag");
    context.set_header(robots, HeaderValue::from_static("noindex"));
    let (asking, wanted) = (context.clone(), key.clone());
    let found = async move { unlisted(&asking, &wanted, i18n::code(locale)).await };
    when_found(found, move |found| match found {
        Ok(placed) => page(locale, &key, &placed, asked),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

fn page(locale: Locale, key: &str, placed: &Placed, asked: bool) -> AnyView {
    let here = routes::unlisted(key);
    let report = Route::Report(key).address(locale);
    view! {
        <PrivateHead locale title=title(locale, &placed.detail) />
        <nav class="beside" aria-label=td_string!(locale, picture.beside)>
            {share(locale, placed.detail.canonical.clone())}
        </nav>
        {shown(locale, placed, here, asked)}
        <p class="field-hint">{td_string!(locale, visibility.not_listed)}</p>
        <p class="report-link">
            <a href=report rel="nofollow">
                {td_string!(locale, notice.link)}
            </a>
        </p>
    }
    .into_any()
}
