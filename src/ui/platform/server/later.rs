//! What wakes after the page, drawn.

use crate::ui::part::Coming;
use futures::FutureExt;
use leptos::prelude::*;

/// The piece of the page in the element it wakes in.
pub fn later(load: Box<dyn Fn() -> Coming + Send + Sync>) -> AnyView {
    let shared = Owner::current_shared_context();
    let hydrating = shared
        .as_ref()
        .is_some_and(|shared| shared.get_is_hydrating());
    let asleep = |shown| {
        if let Some(shared) = &shared {
            shared.set_is_hydrating(shown);
        }
    };
    // The browser does not hydrate it: no number of the page's data goes to it.
    asleep(false);
    let view = load().now_or_never().and_then(Result::ok);
    asleep(hydrating);
    view! { <div class="later">{view}</div> }.into_any()
}

/// Everything is drawn here.
pub fn hydrating() -> bool {
    false
}
