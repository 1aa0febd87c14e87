//! How pages load their data and show what depends on it.
//!
//! Small wrappers that fix every type a page would otherwise choose anew: each
//! choice is compiled again for the browser, and a page's first load has a
//! budget (README, "How heavy it is").

use crate::{
    error::AppError,
    model::{Site, Viewer},
    wire,
};
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use std::{future::Future, pin::Pin};

/// What a server function answers, loaded on the server and taken over by the browser.
pub type Loaded<T> = Resource<Result<T, AppError>, wire::Text>;

/// A future whose kind no longer matters.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Loads `fetch(key())`, again whenever the key changes.
pub fn load<T, Fut>(
    key: impl Fn() -> String + Send + Sync + 'static,
    fetch: impl Fn(String) -> Fut + Send + Sync + 'static,
) -> Loaded<T>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    Fut: Future<Output = Result<T, AppError>> + Send + 'static,
{
    let key: Box<dyn Fn() -> String + Send + Sync> = Box::new(key);
    let fetch: Box<dyn Fn(String) -> Boxed<Result<T, AppError>> + Send + Sync> =
        Box::new(move |key| Box::pin(fetch(key)));
    Loaded::new_with_options(key, fetch, false)
}

/// Shows a view once what it awaits is there: on the server before the page
/// is sent. What was shown stays until what replaces it is there.
pub fn when_loaded<Fut>(view: impl Fn() -> Fut + Send + Sync + 'static) -> AnyView
where
    Fut: Future<Output = AnyView> + Send + 'static,
{
    let view: Box<dyn Fn() -> Boxed<AnyView> + Send + Sync> = Box::new(move || Box::pin(view()));
    view! { <Transition>{move || Suspend::new(view())}</Transition> }.into_any()
}

/// What every page may ask for, loaded once a page and found in context.
#[derive(Clone, Copy)]
pub struct Shared {
    site: Loaded<Site>,
    viewer: Loaded<Option<Viewer>>,
}

impl Shared {
    /// Keeps both where every component of the page finds them.
    pub fn provide(site: Loaded<Site>, viewer: Loaded<Option<Viewer>>) -> Shared {
        let shared = Shared { site, viewer };
        provide_context(shared);
        shared
    }

    /// What the instance says of itself; an empty one where it could not be
    /// read, because a page without a banner is better than no page.
    pub async fn site(self) -> Site {
        self.site.await.unwrap_or_default()
    }

    /// Who looks at the page; nobody where that could not be read.
    pub async fn viewer(self) -> Option<Viewer> {
        self.viewer.await.ok().flatten()
    }
}
