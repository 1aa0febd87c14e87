//! Keeps the form on the server while it is being filled in, so that a reload,
//! a crash or another device finds it. Nothing is kept in the browser.

use crate::{
    generate::api::{Edit, SaveDraft},
    ui::{dynamic::effect, platform},
};
use leptos::{html, leptos_dom::helpers::TimeoutHandle, prelude::*, server_fn::ServerFn};
use std::time::Duration;

/// The time without a change after which the form is kept.
const PAUSE: Duration = Duration::from_millis(1500);

/// Keeps the form of a signed-in person. While the form is on its way that waits for the
/// answer, which settles the draft, or for the page's end.
#[derive(Clone, Copy)]
pub(super) struct Autosave {
    form: NodeRef<html::Form>,
    sending: RwSignal<bool>,
    signed_in: bool,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Autosave {
    /// Watches for the page's end, when what was typed just before is kept.
    pub fn new(form: NodeRef<html::Form>, sending: RwSignal<bool>, signed_in: bool) -> Autosave {
        let autosave = Autosave {
            form,
            sending,
            signed_in,
            timer: StoredValue::new(None),
        };
        // Effects run in a browser only.
        effect(move || {
            if signed_in {
                let leaving = window_event_listener_untyped("pagehide", move |_| autosave.leave());
                // What is opened to be edited takes the draft's place, and keeps it.
                let editing = window_event_listener_untyped("submit", move |event| {
                    if platform::destination(&event) == Edit::url() {
                        autosave.rest();
                    }
                });
                // And where another page of the site takes this one's place.
                on_cleanup(move || {
                    leaving.remove();
                    editing.remove();
                    autosave.leave();
                });
            }
        });
        autosave
    }

    /// The form has changed: it is kept once it rests.
    pub fn changed(self) {
        if !self.signed_in {
            return;
        }
        self.rest();
        let later = move || match self.sending.try_get_untracked() {
            Some(true) => self.changed(),
            _ => self.leave(),
        };
        self.timer
            .set_value(set_timeout_with_handle(later, PAUSE).ok());
    }

    /// Nothing is to be kept any more; whether anything was.
    pub fn rest(self) -> bool {
        let timer = self.timer.try_update_value(Option::take).flatten();
        timer.inspect(TimeoutHandle::clear).is_some()
    }

    /// Keeps at once what would have been kept soon.
    fn leave(self) {
        if let (true, Some(form)) = (self.rest(), self.form.try_get_untracked().flatten()) {
            platform::send_quietly(SaveDraft::url(), &form);
        }
    }
}
