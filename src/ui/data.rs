//! Loading a page's data and rendering what depends on it.
//!
//! Small wrappers that fix every type a page would otherwise choose anew: each
//! choice is compiled again for the browser, and a page's first load has a
//! budget (README, "How heavy it is").

use super::platform;
use crate::{
    error::AppError,
    model::{Site, Viewer},
    wire,
};
use leptos::{
    prelude::*,
    server::codee::{Decoder, Encoder},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    any::Any,
    convert::Infallible,
    future::{Future, IntoFuture},
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
};

/// A server function's answer, loaded on the server and taken over by the
/// browser. To await it is to get it.
pub struct Loaded<T> {
    kept: Resource<Payload, Payload>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Loaded<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Loaded<T> {}

/// An answer whose type is known again where it is awaited, so that Leptos'
/// machinery of resources is compiled once and not for each type.
#[derive(Clone)]
pub enum Payload {
    /// The answer as the page's HTML carries it.
    Serialized(String),
    /// An answer fetched here: a `Result<T, AppError>`, and its serializer.
    Value(Arc<dyn Any + Send + Sync>, Writer),
}

/// Writes what a [`Payload::Value`] holds into the page; see `platform::writer`.
pub type Writer = fn(&(dyn Any + Send + Sync)) -> String;

impl Encoder<Payload> for Payload {
    type Error = Infallible;
    type Encoded = String;

    fn encode(kept: &Payload) -> Result<String, Infallible> {
        Ok(match kept {
            Payload::Serialized(text) => text.clone(),
            Payload::Value(answer, write) => write(answer.as_ref()),
        })
    }
}

impl Decoder<Payload> for Payload {
    type Error = Infallible;
    type Encoded = str;

    fn decode(text: &str) -> Result<Payload, Infallible> {
        Ok(Payload::Serialized(text.to_owned()))
    }
}

impl<T: Clone + DeserializeOwned + 'static> IntoFuture for Loaded<T> {
    type Output = Result<T, AppError>;
    type IntoFuture = Boxed<Result<T, AppError>>;

    fn into_future(self) -> Self::IntoFuture {
        let kept = self.kept.into_future();
        Box::pin(async move {
            let answer: Option<Result<T, AppError>> = match kept.await {
                Payload::Serialized(text) => wire::from_text(&text),
                Payload::Value(answer, _) => answer.downcast_ref().cloned(),
            };
            answer.unwrap_or(Err(AppError::Connection))
        })
    }
}

/// A future whose kind no longer matters.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Loads `fetch(key())`, again whenever the key changes.
pub fn load<T, Fut>(
    key: impl Fn() -> String + Send + Sync + 'static,
    fetch: impl Fn(String) -> Fut + Send + Sync + 'static,
) -> Loaded<T>
where
    T: Serialize + Send + Sync + 'static,
    Fut: Future<Output = Result<T, AppError>> + Send + 'static,
{
    let key: Box<dyn Fn() -> String + Send + Sync> = Box::new(key);
    let fetch: Box<dyn Fn(String) -> Boxed<Payload> + Send + Sync> = Box::new(move |key| {
        let answer = platform::of_request(fetch(key));
        Box::pin(async move {
            let answer = answer.await;
            Payload::Value(Arc::new(answer), platform::writer::<Result<T, AppError>>())
        })
    });
    Loaded {
        kept: Resource::new_with_options(key, fetch, false),
        kind: PhantomData,
    }
}

/// Shows a view once what it awaits is there: on the server before the page
/// is sent. What was shown stays until what replaces it is there.
pub fn when_loaded<Fut>(view: impl Fn() -> Fut + Send + Sync + 'static) -> AnyView
where
    Fut: Future<Output = AnyView> + Send + 'static,
{
    let view: Box<dyn Fn() -> Boxed<AnyView> + Send + Sync> = Box::new(move || Box::pin(view()));
    boxed_when_loaded(view)
}

/// In a function of its own, so that it is compiled once: see `dynamic`.
fn boxed_when_loaded(view: Box<dyn Fn() -> Boxed<AnyView> + Send + Sync>) -> AnyView {
    view! { <Transition>{move || Suspend::new(view())}</Transition> }.into_any()
}

/// The data that every page may use, loaded once a page and found in context.
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

    /// The instance's description; an empty one where it could not be read,
    /// because a page without a banner is better than no page.
    pub async fn site(self) -> Site {
        self.site.await.unwrap_or_default()
    }

    /// The visitor; `None` for a stranger, and where that could not be read.
    pub async fn viewer(self) -> Option<Viewer> {
        self.viewer.await.ok().flatten()
    }
}
