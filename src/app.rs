//! The map of the site's pages that people work on; those that are only read
//! are in `reading`.
//!
//! English addresses have no prefix, French ones start with `/fr`; both share
//! one table of pages. Every page renders completely on the server
//! (`SsrMode::Async`), so that it works without any script.

use crate::{
    auth::{api::viewer, menu::Menu},
    gallery::api::site,
    generate::{
        composer::CreatePage,
        job_page::JobPage,
        news::{Announcer, News},
    },
    i18n::Locale,
    library::{image_page::ImagePage, page::LibraryPage},
    ui::{
        data::{Shared, load},
        dynamic::effect,
        keys::Keys,
        layout::Layout,
        platform,
    },
};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    components::{Outlet, ParentRoute, Route, Router, Routes},
    path,
};

/// The whole application.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=|| view! { <Elsewhere /> }>
                <ParentRoute path=path!("/fr") view=French ssr=SsrMode::Async>
                    <Pages />
                </ParentRoute>
                <ParentRoute path=path!("") view=English ssr=SsrMode::Async>
                    <Pages />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// The table of pages, the same in each language.
#[component(transparent)]
fn Pages() -> AnyNestedRoute {
    view! {
        <Route path=path!("/create") view=CreatePage ssr=SsrMode::Async />
        <Route path=path!("/jobs/:id") view=JobPage ssr=SsrMode::Async />
        <Route path=path!("/library") view=LibraryPage ssr=SsrMode::Async />
        <Route path=path!("/i/:id") view=ImagePage ssr=SsrMode::Async />
    }
    .into_inner()
    .into_any_nested_route()
}

/// The English pages' frame.
#[component]
pub fn English() -> impl IntoView {
    view! { <Frame locale=Locale::en /> }
}

/// The French pages' frame.
#[component]
pub fn French() -> impl IntoView {
    view! { <Frame locale=Locale::fr /> }
}

/// The page's frame in one language, with the page in it.
#[component]
fn Frame(locale: Locale) -> impl IntoView {
    let shared = provide(locale);
    News::provide();
    let menu = view! { <Menu /> }.into_any();
    view! {
        <Layout locale shared menu>
            <Outlet />
            <Announcer />
            <Keys />
        </Layout>
    }
}

/// Puts what every page needs into context: its language, the instance's
/// data, and who looks at it.
pub fn provide(locale: Locale) -> Shared {
    provide_context(locale);
    Shared::provide(
        load(String::new, |_| site()),
        load(String::new, |_| viewer()),
    )
}

/// An address that is not in this table: a page that is only read, or none.
/// The server knows.
#[component]
fn Elsewhere() -> impl IntoView {
    effect(platform::reload);
}
