//! Sends the composer's form for its pictures in the background, and keeps
//! what the server says of them.

use super::{tray::Tray, turn::Turn};
use crate::{
    i18n::{Locale, singular, td_string},
    model::draft::Draft,
    routes::UPLOADS,
    ui::{
        dynamic::effect,
        platform::{self, PickedFile},
        words,
    },
};
use leptos::{html, prelude::*};

/// The list of pictures as the page knows it, and the way to change it.
#[derive(Clone, Copy)]
pub(super) struct Sender {
    /// The pictures and the mask, as the server last answered.
    pub tray: RwSignal<Tray>,
    /// The message for what is under way.
    pub status: RwSignal<String>,
    /// The messages for what went wrong, a line a file.
    pub problems: RwSignal<String>,
    /// True while something is on its way: one thing at a time.
    pub busy: RwSignal<bool>,
    turn: Turn,
    draft: RwSignal<Draft>,
    form_ref: NodeRef<html::Form>,
}

/// A callback for the server's answer; its argument is true if the upload was taken.
pub(super) type Done = Box<dyn FnOnce(bool)>;

impl Sender {
    /// A sender for this form, which keeps `draft` at the pictures' fields, and puts away
    /// the pictures of a form that was accepted.
    pub fn new(
        tray: Tray,
        draft: RwSignal<Draft>,
        turn: Turn,
        form_ref: NodeRef<html::Form>,
    ) -> Sender {
        let sender = Sender {
            tray: RwSignal::new(tray),
            status: turn.status,
            problems: turn.problems,
            busy: turn.busy,
            turn,
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
        effect(move || {
            let sent = turn.accepted.get();
            if !sent.is_empty() {
                turn.accepted.set(String::new());
                sender.tray.update(|tray| tray.put_away(&sent));
            }
        });
        sender
    }

    /// Adds files, one after the other, so that each has its own answer.
    pub fn add(self, locale: Locale, files: Vec<PickedFile>) {
        if files.is_empty() {
            return;
        }
        self.turn.wait(Box::new(move |waited| {
            self.begin(waited);
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
        self.turn.wait(Box::new(move |waited| {
            self.begin(waited);
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
        if self.turn.is_taken() {
            return;
        }
        self.begin(false);
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

    /// Asks for a change once what is on its way has come to its end.
    pub fn change_in_turn(self, locale: Locale, change: String) {
        self.turn.wait(Box::new(move |waited| {
            self.begin(waited);
            let part = ("change", PickedFile::text(&change));
            let finish = Box::new(move |_| self.end(locale));
            self.post(locale, part, String::new(), finish);
        }));
    }

    /// What went wrong with the pictures before one that `waited` for them is still to be
    /// read, by the person and by a form that waits for all of them.
    fn begin(self, waited: bool) {
        self.busy.set(true);
        if !waited {
            self.problems.set(String::new());
        }
        self.tray.update(|tray| tray.refused.clear());
    }

    fn end(self, locale: Locale) {
        self.busy.set(false);
        let fine = self.problems.with_untracked(String::is_empty);
        self.status.set(if fine {
            td_string!(locale, reference.done).to_string()
        } else {
            String::new()
        });
    }

    /// Posts the composer's form with one more part, and takes the answer over.
    fn post(self, locale: Locale, part: (&'static str, PickedFile), name: String, done: Done) {
        // The page may have been left between two files.
        let Some(form) = self.form_ref.try_get_untracked().flatten() else {
            let _ = self.busy.try_set(false);
            return;
        };
        let fields = self.tray.with_untracked(Tray::fields);
        platform::post_form(UPLOADS, &form, &fields, part, move |answer| {
            // Whoever has left the page meanwhile finds the picture in the kept form.
            if self.busy.is_disposed() {
                return;
            }
            let error = match platform::told::<Tray>(answer) {
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
                self.problems.update(|problems| *problems += &(line + "\n"));
            }
            done(taken);
        });
    }
}
