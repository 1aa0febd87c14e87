//! The tables of pages and the list of routes name the same pages.

use super::harness::Server;
use imgc::{
    http::{app::App, ssr_pages::SsrPages},
    i18n::LANGUAGES,
    routes::{Route, served},
};
use leptos::prelude::provide_context;
use leptos_axum::generate_route_list_with_exclusions_and_ssg_and_context;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn every_page_has_its_place_in_a_table_and_in_the_list() {
    let server = Server::start(&[]).await;
    let context = {
        let state = server.state.clone();
        move || provide_context(state.clone())
    };
    let (worked_on, _) =
        generate_route_list_with_exclusions_and_ssg_and_context(App, None, context.clone());
    let (read, _) =
        generate_route_list_with_exclusions_and_ssg_and_context(SsrPages, None, context);
    let tables: BTreeSet<String> = worked_on
        .iter()
        .chain(&read)
        .map(|listing| listing.path().to_owned())
        .collect();
    let list: BTreeSet<String> = LANGUAGES
        .iter()
        .flat_map(|(locale, _)| {
            let pages = Route::every("{id}").map(Route::path).into_iter();
            pages
                .chain(served("{id}"))
                .map(|page| page.address(*locale))
        })
        .collect();
    assert_eq!(tables, list);
}
