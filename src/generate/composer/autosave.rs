//! Keeps the form on the server while it is being filled in, so that a reload,
//! a crash or another device finds it. Nothing is kept in the browser.

use crate::{
    generate::api::SaveDraft,
    ui::{dynamic::effect, platform},
};
use leptos::{html, leptos_dom::helpers::TimeoutHandle, prelude::*, server_fn::ServerFn};
use std::time::Duration;

/// The time without a change after which the form is kept.
const PAUSE: Duration = Duration::from_millis(1500);

/// Watches the form of a signed-in person; the function is to be called at
/// each change. Nothing is kept once the form is on its way: sending it
/// empties the draft.
pub(super) fn autosave(
    form: NodeRef<html::Form>,
    sending: RwSignal<bool>,
    signed_in: bool,
) -> impl Fn() + Copy + 'static {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let keep = move || {
        // By then another page of the site may have taken this one's place.
        let sending = sending.try_get_untracked();
        let form = form.try_get_untracked().flatten();
        if let (Some(false), Some(form)) = (sending, form) {
            platform::send_quietly(SaveDraft::url(), &form);
        }
    };
    // What would have been kept soon, where the page goes away before.
    let leave = move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
            keep();
        }
    };
    // Effects run in a browser only.
    effect(move || {
        if signed_in {
            let leaving = window_event_listener_untyped("pagehide", move |_| leave());
            on_cleanup(move || {
                leaving.remove();
                leave();
            });
        }
    });
    move || {
        if !signed_in {
            return;
        }
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        let later = move || {
            timer.set_value(None);
            keep();
        };
        timer.set_value(set_timeout_with_handle(later, PAUSE).ok());
    }
}
