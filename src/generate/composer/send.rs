//! Sends the form without leaving the page: the answer says whether it is a job by
//! now, and the list of jobs shows it.
//!
//! The code comes after the page, with the settings. Until it is there, for strangers
//! (who sign in first), and where nothing would show the job, the form is sent as
//! without a script, and the job's page answers.

use super::{autosave::Autosave, history::History, state::Form};
use crate::{
    error::AppError,
    generate::{api::Generate, job_feed::JobFeed},
    i18n::{Locale, td_string, use_locale},
    model::draft::Draft,
    references::turn::Turn,
    ui::{
        dynamic::effect,
        platform::{self, Answer},
        words,
    },
};
use leptos::{ev::SubmitEvent, html, prelude::*, server_fn::ServerFn, web_sys::HtmlFormElement};
use std::sync::Arc;

/// What answers the form's `submit` event, if it does.
type Handler = Arc<dyn Fn(&SubmitEvent) -> bool + Send + Sync>;

/// The characters of a job's id, by which an answer is known to be the server's.
const ID: usize = 36;

/// The composer as the pieces of its page share it.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    /// The page's language.
    pub locale: Locale,
    /// The form as it stands.
    pub form: Form,
    /// The form's element.
    pub form_ref: NodeRef<html::Form>,
    /// The field of the words.
    pub area_ref: NodeRef<html::Textarea>,
    /// What keeps the form on the server.
    pub autosave: Autosave,
    /// Earlier prompts.
    pub history: History,
    /// True while the form is on its way.
    pub sending: RwSignal<bool>,
    /// What the form and its pictures have on their way.
    pub turn: Turn,
    /// Why it was refused; empty if it was not.
    pub error: RwSignal<String>,
    /// Whether an age is still to be stated.
    pub age: RwSignal<bool>,
    /// Pictures that may still be made today.
    pub left: RwSignal<u32>,
    /// The words that are on their way; none if they have been replaced since.
    going: RwSignal<String>,
    signed_in: bool,
    drawn_here: bool,
    handler: StoredValue<Option<Handler>>,
}

/// A form on its way.
struct Sent {
    /// Its fields; the words in it may be newer than those that were sent.
    draft: Draft,
    /// Where among the earlier prompts the field stood.
    place: usize,
}

impl Desk {
    /// A desk with nothing on it but the form.
    pub fn new(form: Form, sending: RwSignal<bool>, signed_in: bool, drawn_here: bool) -> Desk {
        let form_ref = NodeRef::new();
        Desk {
            locale: use_locale(),
            form,
            form_ref,
            area_ref: NodeRef::new(),
            autosave: Autosave::new(form_ref, sending, signed_in),
            history: History::new(),
            sending,
            turn: Turn::free(),
            error: RwSignal::new(String::new()),
            age: RwSignal::new(false),
            left: RwSignal::new(0),
            going: RwSignal::new(String::new()),
            signed_in,
            drawn_here,
            handler: StoredValue::new(None),
        }
    }

    /// Sends the form in the background, if the code for that is there; whether it is.
    pub fn submitted(self, event: &SubmitEvent) -> bool {
        let handler = self.handler.get_value();
        handler.is_some_and(|handler| handler(event))
    }

    /// From now on the form is sent in the background. Somebody who came here from
    /// another page by a mouse may type at once; on a first visit the page's own script
    /// sees to that.
    pub fn live(self) {
        let feed = expect_context::<JobFeed>();
        if self.signed_in {
            let handler: Handler = Arc::new(move |event: &SubmitEvent| self.send(feed, event));
            self.handler.set_value(Some(handler));
        }
        if self.drawn_here {
            effect(move || {
                let wanted = platform::has_mouse() && nobody_tabs();
                if let (true, Some(area)) = (wanted, self.area_ref.get()) {
                    // Fails only where nothing can have the focus.
                    let _ = area.focus();
                }
            });
        }
    }

    /// Notes what has been typed: words that no longer begin with those that are on
    /// their way are others.
    pub fn typed(self) {
        let replaced = self.area_ref.get_untracked().is_some_and(|area| {
            let typed = area.value();
            self.going.with_untracked(|going| !typed.starts_with(going))
        });
        if replaced {
            self.going.set(String::new());
        }
    }

    fn send(self, feed: JobFeed, event: &SubmitEvent) -> bool {
        // A button that sends the form for its pictures, before those are awake.
        let elsewhere = event
            .submitter()
            .is_some_and(|button| button.has_attribute("formaction"));
        // Pictures that are on their way belong to it, whichever way it goes.
        let waits = self.turn.is_taken();
        let here = !elsewhere && (waits || feed.is_live());
        let (true, Some(area)) = (here, self.area_ref.get_untracked()) else {
            return false;
        };
        event.prevent_default();
        self.sending.set(true);
        self.error.set(String::new());
        self.turn.status.set(String::new());
        if !waits {
            // What went wrong before is not this form's.
            self.turn.problems.set(String::new());
        }
        let words = area.value();
        self.going.set(words.clone());
        // Whoever leaves the page before its turn, or whose picture is refused, finds the
        // words again.
        self.autosave.changed();
        self.turn.wait(Box::new(move |waited| {
            // Without a picture that failed it would be another job: the person decides.
            if waited && !self.turn.problems.with_untracked(String::is_empty) {
                self.sending.set(false);
            } else if feed.is_live() {
                self.post(words);
            } else {
                self.submit_plainly();
            }
        }));
        true
    }

    /// Sends the form as without a script; nothing waits for an answer here.
    fn submit_plainly(self) {
        self.handler.set_value(None);
        self.sending.set(false);
        if let Some(form) = self.form_ref.get_untracked() {
            platform::submit(&form);
        }
    }

    fn post(self, words: String) {
        let Some(form) = self.form_ref.get_untracked() else {
            return;
        };
        self.turn.busy.set(true);
        // What is sent needs not be kept.
        self.autosave.rest();
        let sent = Sent {
            draft: self.form.draft.get_untracked(),
            place: self.history.place(),
        };
        let fields = [("draft[prompt]", words)];
        let element = form.clone();
        platform::post_fields(Generate::url(), &form, &fields, move |answer| {
            // Whoever has left the page meanwhile finds the job elsewhere.
            if self.sending.try_set(false).is_none() {
                self.turn.busy.set(false);
                self.answered(&element, &sent, answer);
            }
        });
    }

    fn answered(self, form: &HtmlFormElement, sent: &Sent, answer: Answer) {
        match platform::told::<String>(answer) {
            Ok(id) if id.len() == ID => self.accept(form, sent, &id),
            // What stands between here and the server may say anything.
            Ok(_) => self.refuse(&AppError::Connection),
            Err(AppError::SignInNeeded) => {
                // With what has been typed by now, which waits there. A field that has been
                // emptied meanwhile keeps the form here: then it is said why.
                self.refuse(&AppError::SignInNeeded);
                self.submit_plainly();
                return;
            }
            Err(error) => self.refuse(&error),
        }
        // What is kept by now may be of a moment before the answer.
        self.autosave.changed();
    }

    /// Says why the form was refused.
    pub fn refuse(self, error: &AppError) {
        self.error.set(words::error(self.locale, error));
    }

    /// The form is job `id`: its words and pictures go, the settings stay. What has been
    /// typed meanwhile stays, too.
    fn accept(self, form: &HtmlFormElement, sent: &Sent, id: &str) {
        let Some(area) = self.area_ref.get_untracked() else {
            return;
        };
        let typed = area.value();
        let (moved, unsent) = self.history.forget(sent.place);
        let going = self.going.get_untracked();
        // Words from before that took the place of what was sent may begin like it.
        let rest = match typed.strip_prefix(&going) {
            Some(rest) if !moved => rest,
            _ => &typed,
        };
        // Half-written words come first, which an earlier prompt was sent instead of.
        let joined = [unsent.as_str(), rest].join("\n");
        let rest = match unsent.is_empty() {
            true => rest,
            false => joined.trim_end(),
        };
        area.set_value(rest);
        self.form.set_prompt(rest);
        // The next form is another job, which the id of this one makes unique.
        platform::set_hidden(form, "request_key", id);
        // As many as were asked for, whatever has been chosen since. A form whose answer
        // was lost, and that was sent again, has not been counted before.
        let count: u32 = sent.draft.count.parse().unwrap_or(1);
        self.left.update(|left| *left = left.saturating_sub(count));
        self.age.set(false);
        let Draft {
            references,
            mask,
            parent,
            ..
        } = &sent.draft;
        let gone = [references.as_str(), mask, parent].join(" ");
        self.turn.accepted.set(gone);
        // A picture that failed before is not the next form's affair.
        self.turn.problems.set(String::new());
        let told = td_string!(self.locale, create.accepted);
        self.turn.status.set(told.to_string());
    }
}

/// Whether nothing has the focus that was given it by a key, or is written into: a link
/// that was clicked has it, too, and is done with.
fn nobody_tabs() -> bool {
    let found = document().query_selector(":focus-visible");
    found.is_ok_and(|focused| focused.is_none())
}
