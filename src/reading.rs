//! Pages that are only read: rendered by the server and never hydrated, so
//! that their code is in no download. Links to them say `rel="external"`, for
//! the browser's router does not know them.

use crate::{
    app::{English, French},
    usage::page::UsagePage,
};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    components::{ParentRoute, Route, Router, Routes},
    path,
};

/// The table of these pages in both languages.
#[component]
pub fn ReadingApp() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=|| ()>
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

#[component(transparent)]
fn Pages() -> AnyNestedRoute {
    view! { <Route path=path!("/usage") view=UsagePage ssr=SsrMode::Async /> }
        .into_inner()
        .into_any_nested_route()
}
