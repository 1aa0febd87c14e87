//! What is done to the picture in the lightbox: its panel's forms are sent in the
//! background, so that the lightbox stays, with the ways to the neighbours. What cannot
//! be shown here (the last picture went to the trash) is sent as without a script.

use super::Open;
use crate::{
    error::AppError,
    i18n::{Locale, td_string},
    library::api::{Change, Publish, Undo, Unpublish},
    model::typed::isolated,
    ui::{
        dynamic::part,
        platform::{self, Answer},
        words,
    },
};
use leptos::{
    ev::{Event, SubmitEvent},
    prelude::*,
    server_fn::ServerFn,
    wasm_bindgen::JsCast,
    web_sys::HtmlFormElement,
};

/// What has the focus after an act whose own button is gone.
const NEXT_FOCUS: &str = ".lightbox .notice button, .lightbox [data-key=\".\"]";

/// What is done in the lightbox. It outlives the dialog, which may be closed before an
/// answer comes.
#[derive(Clone, Copy)]
pub(super) struct Acts {
    locale: Locale,
    /// What is shown.
    pub open: RwSignal<Option<Open>>,
    /// Why the last act was refused; empty if it was not.
    refused: RwSignal<String>,
    /// Where the focus goes once the picture is drawn anew; empty for nowhere.
    focus: StoredValue<String>,
    phase: StoredValue<Phase>,
}

/// Whether something can be done.
#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Free,
    /// An act is on its way: until its answer everything stays where it is.
    UnderWay,
    /// A form is going to be sent as without a script.
    Leaving,
}

/// What a form of the panel does.
#[derive(Clone, Copy, PartialEq)]
enum Act {
    Trash,
    Undo,
    Other,
}

impl Acts {
    pub fn new(locale: Locale, open: RwSignal<Option<Open>>) -> Acts {
        Acts {
            locale,
            open,
            refused: RwSignal::new(String::new()),
            focus: StoredValue::new(String::new()),
            phase: StoredValue::new(Phase::Free),
        }
    }

    /// Shows the picture `step` places on, if there is one.
    pub fn go(self, step: isize) {
        self.turn_to(|open| open.place(step));
    }

    fn turn_to(self, place: impl FnOnce(&Open) -> Option<usize>) {
        let next = self.open.get_untracked().and_then(|open| {
            let place = place(&open)?;
            Some(Open::at(open.tiles, place))
        });
        if let (Some(next), Phase::Free) = (next, self.phase.get_value()) {
            self.forgive();
            platform::replace_address(&next.tile().href);
            self.open.set(Some(next));
        }
    }

    /// What was refused is another picture's.
    pub fn forgive(self) {
        // A page that was to be left, and was not.
        if self.phase.get_value() == Phase::Leaving {
            self.phase.set_value(Phase::Free);
        }
        self.refused.set(String::new());
        self.focus.set_value(String::new());
    }

    /// A form is sent, or a picture of the filmstrip chosen.
    pub fn on_event(self, event: &Event) {
        match event.type_().as_str() {
            "submit" => self.on_submit(event.unchecked_ref()),
            "click" => {
                if let Some(href) = platform::link_in_strip(event) {
                    event.prevent_default();
                    self.turn_to(|open| open.tiles.iter().position(|tile| tile.href == href));
                }
            }
            _ => {}
        }
    }

    /// The window is called after the picture that is shown.
    pub fn name(self, picture: &str) {
        let page = isolated(picture);
        platform::set_title(&td_string!(self.locale, site.page_title, page = page));
    }

    fn on_submit(self, event: &SubmitEvent) {
        let form = event.target().and_then(|target| target.dyn_into().ok());
        let Some(form): Option<HtmlFormElement> = form else {
            return;
        };
        let address = platform::destination(event);
        // Where each kind of form names its picture.
        let (act, picture) = if address == Change::url() {
            let trash = platform::field(&form, "action") == "trash";
            (if trash { Act::Trash } else { Act::Other }, "ids[]")
        } else if address == Undo::url() {
            (Act::Undo, "picture")
        } else if address == Publish::url() || address == Unpublish::url() {
            (Act::Other, "id")
        } else {
            return;
        };
        let picture = platform::field(&form, picture);
        let shown = self.open.with_untracked(|open| {
            let open = open.as_ref().filter(|open| open.tile().id == picture)?;
            Some(open.tiles.len())
        });
        let last = act == Act::Trash && shown == Some(1);
        match self.phase.get_value() {
            Phase::Leaving => return,
            // The page that answers says what became of it, and how it is taken back.
            Phase::Free if last => return,
            Phase::Free if shown.is_some() => {}
            // The panel is still that of the picture before, or the last act is on its way.
            _ => return event.prevent_default(),
        }
        event.prevent_default();
        self.phase.set_value(Phase::UnderWay);
        self.refused.set(String::new());
        let key = event
            .submitter()
            .and_then(|button| button.get_attribute("data-key"));
        self.focus.set_value(match key {
            Some(key) => [".lightbox [data-key=\"", &key, "\"]"].concat(),
            None => NEXT_FOCUS.to_owned(),
        });
        let sent = form.clone();
        platform::post_fields(&address, &form, &[], move |answer| {
            self.answered(act, &picture, &sent, answer);
        });
    }

    fn answered(self, act: Act, picture: &str, form: &HtmlFormElement, answer: Answer) {
        self.phase.try_set_value(Phase::Free);
        // It may have been closed, and another picture been opened.
        let shown = self.open.try_with_untracked(|open| {
            let open = open.as_ref().filter(|open| open.tile().id == picture)?;
            Some(open.tiles.len())
        });
        let Some(shown) = shown else { return };
        match platform::told::<String>(answer) {
            Ok(done) => {
                // What was typed into it is a tag by now.
                form.reset();
                self.tell(act, picture);
                match shown {
                    Some(1) if act == Act::Trash => platform::go_back(),
                    Some(_) => self.open.update(|open| {
                        if let Some(open) = open {
                            open.after(act, done);
                        }
                    }),
                    None => {}
                }
            }
            Err(AppError::SignInNeeded) if shown.is_some() => {
                self.phase.set_value(Phase::Leaving);
                platform::submit(form);
            }
            Err(error) => {
                self.focus.set_value(String::new());
                self.refused.set(words::error(self.locale, &error));
            }
        }
    }

    /// Tells the page under the lightbox which picture is another now.
    fn tell(self, act: Act, picture: &str) {
        let href = self.open.with_untracked(|open| {
            let open = open.as_ref()?;
            let back = open.trashed.as_ref().filter(|_| act == Act::Undo);
            let back = back.map(|(_, tile)| tile);
            let tile = back.or_else(|| open.tiles.iter().find(|tile| tile.id == picture));
            tile.map(|tile| tile.href.clone())
        });
        platform::tell_tile(&href.unwrap_or_default());
    }

    /// Puts the focus back where it was, once the picture is drawn anew.
    pub fn focus_again(self) {
        let focus = self.focus.try_update_value(std::mem::take);
        if let Some(focus) = focus.filter(|focus| !focus.is_empty()) {
            request_animation_frame(move || platform::focus_on(&focus));
        }
    }

    /// Why the last act was refused: told in the dialog while that is open, and on the
    /// page under it afterwards.
    pub fn refusal(self, in_dialog: bool) -> AnyView {
        part(move || {
            let words = self.refused.get();
            let here = self.open.with(Option::is_some) == in_dialog;
            (here && !words.is_empty()).then(|| {
                view! {
                    <p class="note note-error lightbox-note" role="alert">
                        {words}
                    </p>
                }
            })
        })
        .into_any()
    }
}

impl Open {
    /// How things stand after an act, which is taken back under the id `done`.
    fn after(&mut self, act: Act, done: String) {
        let shown = self.tile().href.clone();
        let trashed = self.trashed.take();
        match act {
            // The next one follows; there is another, or it would not have been sent here.
            Act::Trash => {
                let tile = self.tiles.remove(self.index);
                self.trashed = Some((self.index, tile));
                self.index = self.index.min(self.tiles.len() - 1);
            }
            Act::Undo => {
                if let Some((index, tile)) = trashed {
                    self.tiles.insert(index, tile);
                    self.index = index;
                }
            }
            Act::Other => {}
        }
        self.done = done;
        self.acts += 1;
        if self.tile().href != shown {
            platform::replace_address(&self.tile().href);
        }
    }
}
