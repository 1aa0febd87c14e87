//! Earlier prompts, brought back with Alt and the arrow keys as in a shell.

use super::state::Form;
use crate::{generate::api::prompts, ui::platform};
use leptos::{ev::KeyboardEvent, html, prelude::*, task::spawn_local};

/// The prompts once they were asked for, what was being written before, and
/// where in between the field stands (0 is what was being written).
#[derive(Clone, Copy)]
pub(super) struct History {
    earlier: StoredValue<Option<Vec<String>>>,
    unsent: StoredValue<String>,
    place: StoredValue<usize>,
}

impl History {
    /// A history that has not asked the server for the prompts yet.
    pub fn new() -> History {
        History {
            earlier: StoredValue::new(None),
            unsent: StoredValue::new(String::new()),
            place: StoredValue::new(0),
        }
    }

    /// Answers Alt+↑ and Alt+↓ in the prompt's field.
    pub fn on_key(self, event: &KeyboardEvent, form: Form, area: NodeRef<html::Textarea>) {
        let step = match (event.alt_key(), event.key().as_str()) {
            (true, "ArrowUp") => 1,
            (true, "ArrowDown") => -1,
            _ => return,
        };
        event.prevent_default();
        if self.earlier.with_value(Option::is_some) {
            self.go(step, form, area);
            return;
        }
        spawn_local(async move {
            let found = prompts().await.unwrap_or_default();
            let found = found.into_iter().map(|prompt| prompt.0).collect();
            self.earlier.set_value(Some(found));
            self.go(step, form, area);
        });
    }

    fn go(self, step: isize, form: Form, area: NodeRef<html::Textarea>) {
        let last = self.earlier.with_value(|e| e.as_ref().map_or(0, Vec::len));
        let before = self.place.get_value();
        let after = before.saturating_add_signed(step).min(last);
        let Some(field) = area.get_untracked().filter(|_| after != before) else {
            return;
        };
        if before == 0 {
            self.unsent.set_value(field.value());
        }
        self.place.set_value(after);
        let text = match after.checked_sub(1) {
            None => self.unsent.get_value(),
            Some(index) => self
                .earlier
                .with_value(|e| e.as_ref().and_then(|e| e.get(index).cloned()))
                .unwrap_or_default(),
        };
        platform::set_text(&field, &text);
        form.set_prompt(&text);
    }
}
