//! Parts of the browser's code that are files of their own, loaded when they are
//! needed. What of them is needed for which page, and why, is in ARCHITECTURE.md.
//!
//! `part!` marks a function whose code is in a part. Where nobody splits the
//! module (the server, `cargo leptos watch`) the same function is there at once.

#[cfg(feature = "split")]
mod split;
#[cfg(not(feature = "split"))]
mod whole;

#[cfg(feature = "split")]
pub(crate) use split::part;
#[cfg(not(feature = "split"))]
pub(crate) use whole::part;

use super::{
    dynamic::{on, part as changing},
    platform,
};
use crate::i18n::{td_string, use_locale};
use leptos::prelude::*;
use std::{future::Future, pin::Pin, sync::Arc};

/// A part's code could not be had: no connection, or another release's server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotLoaded;

/// A part's view, on its way.
pub type Coming = Pin<Box<dyn Future<Output = Result<AnyView, NotLoaded>>>>;

/// A piece of a page that wakes after the page: the server draws it as any other,
/// and where scripts run it stays as it was drawn (its links and forms work as
/// without a script) until the page is awake and the part's code has come.
///
/// What `load` shows may take no data by itself, because the browser finds data
/// by the order in which it is asked for: data is asked for outside and given to
/// it. What was chosen or typed in it meanwhile is its own to look for.
pub fn later<Fut>(load: impl Fn() -> Fut + Send + Sync + 'static) -> AnyView
where
    Fut: Future<Output = Result<AnyView, NotLoaded>> + 'static,
{
    platform::later(Box::new(move || Box::pin(load())))
}

/// The way to try again to load a part.
type Again = Arc<dyn Fn() + Send + Sync>;

/// The parts that could not be loaded, found in context.
#[derive(Clone, Copy)]
pub struct Missing(RwSignal<Vec<Again>>);

impl Missing {
    /// Keeps it where every component of the page finds it.
    pub fn provide() -> Missing {
        let missing = Missing(RwSignal::new(Vec::new()));
        provide_context(missing);
        missing
    }

    /// Tells the person that a part is missing; `again` is what they may try.
    pub fn tell(self, again: impl Fn() + Send + Sync + 'static) {
        let again: Again = Arc::new(again);
        self.0.update(|missing| missing.push(again));
    }

    fn try_again(self) {
        let missing = std::mem::take(&mut *self.0.write());
        missing.iter().for_each(|again| again());
    }
}

/// Says that a part is missing, and offers to try again.
#[component]
pub fn MissingNote(
    /// The parts that are missing.
    missing: Missing,
) -> impl IntoView {
    let locale = use_locale();
    let shown = move || missing.0.with(|missing| !missing.is_empty());
    changing(move || {
        shown().then(|| {
            view! {
                <div class="toasts toasts-missing" role="alert">
                    <div class="toast">
                        <p>{td_string!(locale, part.missing)}</p>
                        <button class="button" type="button" on:click=on(move |_| missing.try_again())>
                            {td_string!(locale, part.again)}
                        </button>
                    </div>
                </div>
            }
        })
    })
}

/// In the place of a page whose code is missing. The whole document is loaded anew,
/// because another release has other code for it.
#[component]
pub fn MissingPage() -> impl IntoView {
    let locale = use_locale();
    view! {
        <section class="error-page" role="alert">
            <p>{td_string!(locale, part.missing)}</p>
            <div class="actions">
                <button
                    class="button button-primary"
                    type="button"
                    on:click=on(|_| platform::reload())
                >
                    {td_string!(locale, part.again)}
                </button>
            </div>
        </section>
    }
}
