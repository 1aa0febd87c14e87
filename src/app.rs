//! The map of the site: every page and its address.
//!
//! English addresses have no prefix, French ones start with `/fr`; both share
//! one table of pages. Every page renders completely on the server
//! (`SsrMode::Async`), so that it works without any script.

use crate::{
    auth::{api::viewer, menu::Menu, page::SignInPage},
    error::AppError,
    gallery::{api::site, page::GalleryPage},
    generate::{
        composer::CreatePage,
        job_page::JobPage,
        news::{Announcer, News},
    },
    home::HomePage,
    i18n::{self, Locale},
    library::{image_page::ImagePage, page::LibraryPage},
    ui::{
        data::{Shared, load},
        error_view::ErrorPage,
        keys::Keys,
        layout::Layout,
    },
};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    components::{Outlet, ParentRoute, Route, Router, Routes},
    hooks::use_location,
    path,
};

/// The whole application.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=|| view! { <Missing /> }>
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
        <Route path=path!("") view=HomePage ssr=SsrMode::Async />
        <Route path=path!("/create") view=CreatePage ssr=SsrMode::Async />
        <Route path=path!("/jobs/:id") view=JobPage ssr=SsrMode::Async />
        <Route path=path!("/library") view=LibraryPage ssr=SsrMode::Async />
        <Route path=path!("/i/:id") view=ImagePage ssr=SsrMode::Async />
        <Route path=path!("/gallery") view=GalleryPage ssr=SsrMode::Async />
        <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
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
fn provide(locale: Locale) -> Shared {
    provide_context(locale);
    Shared::provide(
        load(String::new, |_| site()),
        load(String::new, |_| viewer()),
    )
}

/// An address that leads nowhere, in the language it asks for.
#[component]
fn Missing() -> impl IntoView {
    let (locale, _) = use_location()
        .pathname
        .with_untracked(|path| i18n::split(path));
    let shared = provide(locale);
    let menu = view! { <Menu /> }.into_any();
    view! {
        <Layout locale shared menu>
            <ErrorPage error=AppError::NotFound />
        </Layout>
    }
}
