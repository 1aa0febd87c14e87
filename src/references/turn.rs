//! What the composer's form and its pictures share, because they are sent one after
//! the other, in the order in which they were asked for: a form that overtook its
//! picture would be another job.

use leptos::prelude::*;
use std::time::Duration;

/// The time after which what waits looks again whether it is next.
const TURN: Duration = Duration::from_millis(100);

/// What a button elsewhere on the page asks of the composer's pictures, as a button of the
/// form would; empty for nothing. It is found in context where the pictures are alive.
#[derive(Clone, Copy)]
pub struct Wanted(pub RwSignal<String>);

/// The state of what the form or its pictures have on its way.
#[derive(Clone, Copy)]
pub struct Turn {
    /// True while something is on its way: one thing at a time.
    pub busy: RwSignal<bool>,
    /// The message for what is under way or done.
    pub status: RwSignal<String>,
    /// The messages for what went wrong with pictures, a line a file, until one is added
    /// that had not to wait for another.
    pub problems: RwSignal<String>,
    /// The ids of the pictures and the mask that went with a job, and of its parent, until
    /// they have been put away.
    pub accepted: RwSignal<String>,
    /// How many have asked for their turn.
    asked: RwSignal<u32>,
    /// How many have had it.
    served: RwSignal<u32>,
}

impl Turn {
    /// Nothing is on its way.
    pub fn free() -> Turn {
        Turn {
            busy: RwSignal::new(false),
            status: RwSignal::new(String::new()),
            problems: RwSignal::new(String::new()),
            accepted: RwSignal::new(String::new()),
            asked: RwSignal::new(0),
            served: RwSignal::new(0),
        }
    }

    /// Whether something is on its way, or waits for that.
    pub fn is_taken(self) -> bool {
        self.busy.get_untracked() || self.asked.get_untracked() != self.served.get_untracked()
    }

    /// Does this at once, or when all that was asked for before has come to its end; the
    /// work is told whether it has waited.
    pub fn wait(self, work: Box<dyn FnOnce(bool)>) {
        let Some(before) = self.asked.try_get_untracked() else {
            return;
        };
        self.asked.set(before + 1);
        self.after(before, false, work);
    }

    /// Does this once so many have been served.
    fn after(self, before: u32, waited: bool, work: Box<dyn FnOnce(bool)>) {
        let (Some(busy), Some(served)) = (
            self.busy.try_get_untracked(),
            self.served.try_get_untracked(),
        ) else {
            // The page has been left meanwhile.
            return;
        };
        if busy || served != before {
            set_timeout(move || self.after(before, true, work), TURN);
        } else {
            self.served.set(before + 1);
            work(waited);
        }
    }
}
