//! Earlier prompts, brought back with Alt and the arrow keys as in a shell.

use super::state::Form;
use crate::{generate::api::LoadPrompts, model::Prompt, ui::platform};
use leptos::{ev::KeyboardEvent, html, prelude::*, server_fn::ServerFn};

/// What the arrow keys go through.
#[derive(Default)]
struct Past {
    /// The prompts, once they were asked for.
    earlier: Option<Vec<String>>,
    /// What was being written before.
    unsent: String,
    /// Where in between the field stands: 0 is what was being written.
    place: usize,
}

/// The prompts of before, as the form's keys find them.
#[derive(Clone, Copy)]
pub(super) struct History(StoredValue<Past>);

impl History {
    /// A history that has not asked the server for the prompts yet.
    pub fn new() -> History {
        History(StoredValue::new(Past::default()))
    }

    /// Answers Alt+↑ and Alt+↓ in the prompt's field.
    pub fn on_key(self, event: &KeyboardEvent, form: Form, area: NodeRef<html::Textarea>) {
        let step = match (event.alt_key(), event.key().as_str()) {
            (true, "ArrowUp") => 1,
            (true, "ArrowDown") => -1,
            _ => return,
        };
        event.prevent_default();
        if self.0.with_value(|past| past.earlier.is_some()) {
            self.go(step, form, area);
            return;
        }
        platform::get(LoadPrompts::url(), move |answer| {
            let found = platform::told::<Vec<Prompt>>(answer).unwrap_or_default();
            let found = found.into_iter().map(|prompt| prompt.0).collect();
            self.0.update_value(|past| past.earlier = Some(found));
            self.go(step, form, area);
        });
    }

    /// Where in between the field stands: 0 is what is being written.
    pub fn place(self) -> usize {
        self.0.with_value(|past| past.place)
    }

    /// There is one more by now, which was sent from `place`: they are asked for anew.
    /// Whether the field has left that place since, and the words that were being written
    /// when an earlier prompt was sent instead of them.
    pub fn forget(self, place: usize) -> (bool, String) {
        let mut past = self.0.try_update_value(std::mem::take).unwrap_or_default();
        if past.place == place {
            let unsent = if place == 0 {
                String::new()
            } else {
                past.unsent
            };
            return (false, unsent);
        }
        // What was sent has become the newest of them, before the one that is shown.
        past.place += usize::from(past.place > 0);
        past.earlier = None;
        self.0.set_value(past);
        (true, String::new())
    }

    fn go(self, step: isize, form: Form, area: NodeRef<html::Textarea>) {
        // The page may have gone meanwhile.
        let Some(field) = area.try_get_untracked().flatten() else {
            return;
        };
        let text = self
            .0
            .try_update_value(|past| past.go(step, || field.value()));
        if let Some(text) = text.flatten() {
            platform::set_text(&field, &text);
            form.set_prompt(&text);
        }
    }
}

impl Past {
    /// One step, and the words there; `None` where it leads nowhere.
    fn go(&mut self, step: isize, written: impl FnOnce() -> String) -> Option<String> {
        let last = self.earlier.as_ref().map_or(0, Vec::len);
        let after = self.place.saturating_add_signed(step).min(last);
        if after == self.place {
            return None;
        }
        if self.place == 0 {
            self.unsent = written();
        }
        self.place = after;
        match after.checked_sub(1) {
            None => Some(self.unsent.clone()),
            Some(index) => self.earlier.as_ref()?.get(index).cloned(),
        }
    }
}
