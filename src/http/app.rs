//! The map of the site's pages that people work on; those that are only read
//! are in `reading`.
//!
//! Each language has addresses of its own (see `i18n`) and all share one table
//! of pages. Every page renders completely on the server
//! (`SsrMode::Async`), so that it works without any script.

use crate::{
    auth::{api::viewer, menu::Menu},
    gallery::api::site,
    generate::{
        composer::CreatePage,
        job_feed::{JobFeed, JobToasts},
    },
    i18n::{self, Locale, languages},
    library::page::LibraryPage,
    routes,
    ui::{
        data::{Shared, load},
        dynamic::effect,
        keys::Keys,
        layout::Layout,
        part::{Missing, MissingNote, MissingPage, NotLoaded, later, part},
        platform,
    },
};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    ChooseView, SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    components::{Outlet, ParentRoute, Route, Router, Routes},
    path,
};

/// The router over one table of pages in every language, and what it shows at
/// other addresses.
macro_rules! pages_in {
    ($fallback:ident $pages:ident $(($language:ident $prefix:tt))*) => {
        view! {
            <Router>
                <Routes fallback=|| view! { <$fallback /> }>
                    $(
                        <ParentRoute
                            path=path!($prefix)
                            // One type of view for all languages is compiled once.
                            view={(|| frame(Locale::$language)) as fn() -> AnyView}
                            ssr=SsrMode::Async
                        >
                            <$pages />
                        </ParentRoute>
                    )*
                </Routes>
            </Router>
        }
    };
}
// Used by `reading`, which is the server's only.
#[allow(unused_imports)]
pub(crate) use pages_in;

/// The whole application.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    languages!(pages_in Elsewhere Pages)
}

/// The table of pages, the same in each language.
#[component(transparent)]
fn Pages() -> AnyNestedRoute {
    view! {
        <Route path=path!("/create") view=CreatePage ssr=SsrMode::Async />
        <Route path=path!("/library") view=LazyLibrary ssr=SsrMode::Async />
    }
    .into_inner()
    .into_any_nested_route()
}

/// The library, whose code is in the part `rest`. The router shows the former page until
/// it is there.
#[derive(Clone, Copy)]
struct LazyLibrary;

part! {
    /// The library.
    rest, load_rest:
    fn lazy_library() {
        view! { <LibraryPage /> }.into_any()
    }
}

impl ChooseView for LazyLibrary {
    async fn choose(self) -> AnyView {
        let page = lazy_library().await;
        page.unwrap_or_else(|_| view! { <MissingPage /> }.into_any())
    }

    async fn preload(&self) {
        // Whether that failed shows when the page is chosen.
        let _ = load_rest().await;
    }
}

/// Loads what the page at an address needs besides the main module, before it is
/// hydrated.
pub async fn load_parts_of(path: &str) -> Result<(), NotLoaded> {
    if parts_of(path).is_empty() {
        return Ok(());
    }
    load_rest().await.map_err(|_| NotLoaded)
}

/// The parts that the page at an address needs before it is awake.
pub fn parts_of(path: &str) -> &'static [&'static str] {
    let (_, path) = i18n::split(path);
    if routes::Route::Library.begins(&path) {
        &["rest"]
    } else {
        &[]
    }
}

/// The page's frame in one language, with the page in it.
pub fn frame(locale: Locale) -> AnyView {
    let shared = provide(locale);
    JobFeed::provide();
    let missing = Missing::provide();
    let menu = view! { <Menu /> }.into_any();
    view! {
        <Layout locale shared menu>
            <Outlet />
            <JobToasts />
            <MissingNote missing />
            {later(live_keys)}
        </Layout>
    }
    .into_any()
}

part! {
    /// The keys, which show nothing until one is pressed.
    later, load_keys:
    fn live_keys() {
        view! { <Keys /> }.into_any()
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
