//! Sends the composer's form for its pictures in the background, and keeps
//! what the server says of them.

use super::tray::Tray;
use crate::{
    error::AppError,
    i18n::{Locale, singular, td_string},
    model::draft::Draft,
    routes::UPLOADS,
    ui::{
        dynamic::effect,
        platform::{self, PickedFile},
        words,
    },
    wire,
};
use leptos::{html, prelude::*};
use std::time::Duration;

/// The list of pictures as the page knows it, and the way to change it.
#[derive(Clone, Copy)]
pub(super) struct Sender {
    /// The pictures and the mask, as the server last answered.
    pub tray: RwSignal<Tray>,
    /// The message for what is under way.
    pub status: RwSignal<String>,
    /// The messages for what went wrong, one a file.
    pub problems: RwSignal<Vec<String>>,
    /// True while something is on its way: one thing at a time.
    pub busy: RwSignal<bool>,
    draft: RwSignal<Draft>,
    form_ref: NodeRef<html::Form>,
}

/// The time that a request waits, while another is on its way, before it tries again.
const TURN: Duration = Duration::from_millis(300);

/// A callback for the server's answer; its argument is true if the upload was taken.
pub(super) type Done = Box<dyn FnOnce(bool)>;

impl Sender {
    /// A sender for this form, which keeps `draft` at the pictures' fields.
    pub fn new(tray: Tray, draft: RwSignal<Draft>, form_ref: NodeRef<html::Form>) -> Sender {
        let sender = Sender {
            tray: RwSignal::new(tray),
            status: RwSignal::new(String::new()),
            problems: RwSignal::new(Vec::new()),
            busy: RwSignal::new(false),
            draft,
            form_ref,
        };
        // The price follows the pictures.
        effect(move || {
            let [references, mask, parent] = sender.tray.with(Tray::fields);
            sender.draft.update(|draft| {
                draft.references = references.1;
                draft.mask = mask.1;
                draft.parent = parent.1;
            });
        });
        sender
    }

    /// Adds files, one after the other, so that each has its own answer.
    pub fn add(self, locale: Locale, files: Vec<PickedFile>) {
        if files.is_empty() {
            return;
        }
        self.in_turn(Box::new(move || {
            self.begin();
            let count = files.len();
            self.add_next(locale, files.into_iter(), 1, count, 0);
        }));
    }

    fn add_next(
        self,
        locale: Locale,
        mut rest: std::vec::IntoIter<PickedFile>,
        number: usize,
        count: usize,
        added: usize,
    ) {
        let Some(file) = rest.next() else {
            self.busy.set(false);
            self.status.set(match added {
                0 => String::new(),
                count if singular(locale, count) => {
                    td_string!(locale, reference.added_one).to_string()
                }
                count => td_string!(locale, reference.added_many, count = count),
            });
            return;
        };
        let text = td_string!(locale, reference.adding, number = number, count = count);
        self.status.set(text);
        let name = file.name();
        let next = move |taken: bool| {
            let added = added + usize::from(taken);
            self.add_next(locale, rest, number + 1, count, added);
        };
        self.post(locale, ("files[]", file), name, Box::new(next));
    }

    /// Sends a mask; `done` hears whether it was taken.
    pub fn mask(self, locale: Locale, file: PickedFile, done: Done) {
        self.in_turn(Box::new(move || {
            self.begin();
            self.status
                .set(td_string!(locale, reference.working).to_string());
            let finish = Box::new(move |taken| {
                self.end(locale);
                done(taken);
            });
            self.post(locale, ("mask_file", file), String::new(), finish);
        }));
    }

    /// Asks for a change as a button of the form would. Then the element of
    /// the id `then` has the focus, because the button may be gone.
    pub fn change(self, locale: Locale, change: String, then: String) {
        if self.busy.get_untracked() {
            return;
        }
        self.begin();
        self.status
            .set(td_string!(locale, reference.working).to_string());
        let finish = Box::new(move |_| {
            self.end(locale);
            platform::focus(then);
        });
        self.post(
            locale,
            ("change", PickedFile::text(&change)),
            String::new(),
            finish,
        );
    }

    /// Does this at once, or when what is on its way has come to its end.
    fn in_turn(self, work: Box<dyn FnOnce()>) {
        match self.busy.try_get_untracked() {
            Some(true) => set_timeout(move || self.in_turn(work), TURN),
            Some(false) => work(),
            // The page has been left meanwhile.
            None => {}
        }
    }

    fn begin(self) {
        self.busy.set(true);
        self.problems.set(Vec::new());
        self.tray.update(|tray| tray.refused.clear());
    }

    fn end(self, locale: Locale) {
        self.busy.set(false);
        let fine = self.problems.with_untracked(Vec::is_empty);
        self.status.set(if fine {
            td_string!(locale, reference.done).to_string()
        } else {
            String::new()
        });
    }

    /// Posts the composer's form with one more part, and takes the answer over.
    fn post(self, locale: Locale, part: (&'static str, PickedFile), name: String, done: Done) {
        let Some(form) = self.form_ref.get_untracked() else {
            self.busy.set(false);
            return;
        };
        let fields = self.tray.with_untracked(Tray::fields);
        platform::post_form(UPLOADS, &form, &fields, part, move |answer| {
            let error = match read(answer) {
                Ok(mut tray) => {
                    let refused = std::mem::take(&mut tray.refused);
                    self.tray.set(tray);
                    let refused = refused.into_iter().next();
                    refused.map(|refusal| words::problem(locale, &refusal.problem))
                }
                Err(error) => Some(words::error(locale, &error)),
            };
            let taken = error.is_none();
            if let Some(text) = error {
                let line = if name.is_empty() {
                    text
                } else {
                    td_string!(locale, reference.named, name = name, words = text)
                };
                self.problems.update(|problems| problems.push(line));
            }
            done(taken);
        });
    }
}

/// The list, or the error that was answered in its place.
fn read(answer: platform::Answer) -> Result<Tray, AppError> {
    let told = match answer {
        Some(Ok(bytes)) => wire::from_bytes(bytes).map(Ok),
        Some(Err(bytes)) => wire::from_bytes(bytes).map(Err),
        None => None,
    };
    told.unwrap_or(Err(AppError::Connection))
}
