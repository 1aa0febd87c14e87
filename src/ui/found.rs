//! What a page that only the server draws awaits.

use super::data::when_loaded;
use futures::FutureExt;
use leptos::prelude::AnyView;
use std::{future::Future, sync::Arc};

/// As [`when_loaded`], of a page that only the server draws. It draws more than
/// once, and what it awaits is asked for once all the same.
pub fn when_found<T: Clone + Send + Sync + 'static>(
    found: impl Future<Output = T> + Send + 'static,
    view: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let found = found.shared();
    let view = Arc::new(view);
    when_loaded(move || {
        let (found, view) = (found.clone(), view.clone());
        async move { view(found.await) }
    })
}
