//! The server's stand-ins for what only a browser can do.

mod grid;
mod head;
mod later;
mod served;

pub use grid::*;
pub use head::ssr_head;
pub use later::{hydrating, later};
pub use served::served;

use crate::{error::AppError, i18n::Locale, store::trips::Counter, ui::data::Writer, wire};
use axum::http::StatusCode;
use leptos::{
    prelude::{AnyView, use_context},
    web_sys::{
        ClipboardEvent, DragEvent, Event, HtmlCanvasElement, HtmlFormElement, HtmlTextAreaElement,
        PointerEvent,
    },
};
use leptos_axum::ResponseOptions;
use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation;

/// The server is asked already.
pub fn reload() {}

/// Work as it is.
pub fn of_this_thread<F: Future>(work: F) -> F {
    work
}

/// What a page loads belongs to the page's request. Its trips to the database count
/// there (Leptos loads it in tasks of its own, which would count for nobody), and
/// where it fails by our fault, so does the page, whatever else it shows.
pub fn of_request<T>(
    answer: impl Future<Output = Result<T, AppError>>,
) -> impl Future<Output = Result<T, AppError>> {
    let counter = Counter::current();
    let response = use_context::<ResponseOptions>();
    async move {
        let answer = match counter {
            Some(counter) => counter.within(answer).await,
            None => answer.await,
        };
        if let (Err(error), Some(response)) = (&answer, response)
            && let Ok(status) = StatusCode::from_u16(error.status())
            && status.is_server_error()
        {
            response.set_status(status);
        }
        answer
    }
}

/// The function that serializes an answer into the page.
pub fn writer<T: Serialize + 'static>() -> Writer {
    |answer| {
        let answer = answer.downcast_ref::<T>();
        answer.map(wire::to_text).unwrap_or_default()
    }
}

/// A stream of events; none on the server.
pub struct Listener;

impl Listener {
    /// There is nothing to close.
    pub fn is_closed(&self) -> bool {
        true
    }
}

/// Listens to nothing.
pub fn listen(
    _address: &str,
    _event: &str,
    _on_message: impl Fn(String) + 'static,
) -> Option<Listener> {
    None
}

/// Nobody looks here.
pub fn is_hidden() -> bool {
    false
}

/// Nobody can be notified from here.
pub fn may_notify() -> bool {
    false
}

/// Nobody can be asked here.
pub fn may_ask_to_notify() -> bool {
    false
}

/// Nobody can be asked here.
pub fn ask_to_notify() {}

/// Nobody can be notified from here.
pub fn notify(_text: &str, _href: &str) {}

/// What tells one press of a button from the next: another one each time it is drawn.
pub fn request_key() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Keys are on at first.
pub fn keys_are_on() -> bool {
    true
}

/// There is nothing to remember here.
pub fn set_keys_on(_on: bool) {}

/// No key is pressed here.
pub fn key_name(_event: &leptos::web_sys::KeyboardEvent) -> Option<String> {
    None
}

/// Nothing answers here.
pub fn answer_key(_name: &str) -> bool {
    false
}

/// The time a component may show must come from the data, never from a clock.
pub fn now_ms() -> i64 {
    0
}

/// A form's fields exist in a browser only.
pub fn field(_form: &HtmlFormElement, _name: &str) -> String {
    String::new()
}

/// Nothing is filled in here.
pub fn set_hidden(_form: &HtmlFormElement, _name: &str, _value: &str) {}

/// Nothing is sent from here.
pub fn destination(_event: &Event) -> String {
    String::new()
}

/// Nobody points here.
pub fn has_mouse() -> bool {
    false
}

/// A form's fields exist in a browser only.
pub fn form_query(_form: &HtmlFormElement) -> String {
    String::new()
}

/// Nothing can be submitted here.
pub fn submit(_form: &HtmlFormElement) {}

/// Nothing is sent from here.
pub fn send_quietly(_address: &str, _form: &HtmlFormElement) {}
/// Something to send along with a form; nothing on the server.
pub struct PickedFile;

impl PickedFile {
    /// Nothing is sent from here.
    pub fn text(_text: &str) -> PickedFile {
        PickedFile
    }

    /// It has no name.
    pub fn name(&self) -> String {
        String::new()
    }
}

/// Nothing is chosen here.
pub fn chosen_files(_event: &Event) -> Vec<PickedFile> {
    Vec::new()
}

/// Nothing is dropped here.
pub fn dropped_files(_event: &DragEvent) -> Vec<PickedFile> {
    Vec::new()
}

/// Nothing is pasted here.
pub fn pasted_files(_event: &ClipboardEvent) -> Vec<PickedFile> {
    Vec::new()
}

/// Nothing is posted from here.
pub fn post_form(
    _address: &str,
    _form: &HtmlFormElement,
    _fields: &[(&str, String)],
    _part: (&str, PickedFile),
    _on_answer: impl FnOnce(super::Answer) + 'static,
) {
}

/// Nothing is posted from here.
pub fn post_fields(
    _address: &str,
    _form: &HtmlFormElement,
    _fields: &[(&str, String)],
    _on_answer: impl FnOnce(super::Answer) + 'static,
) {
}

/// Nothing is asked for from here.
pub fn get(_address: &str, _on_answer: impl FnOnce(super::Answer) + 'static) {}

/// Nothing is folded here.
pub fn unfold(_id: &str) {}

/// Nothing has the focus here.
pub fn focus(_id: String) {}

/// There is no stage.
pub fn stage_size() -> (f64, f64) {
    (0.0, 0.0)
}

/// Nothing is pointed at here.
pub fn point_on_picture(_event: &leptos::ev::MouseEvent) -> Option<(f64, f64)> {
    None
}

/// Nothing is looked at here.
pub fn show_look(_scale: f64, _corner: (f64, f64), _sizes: &str) {}

/// Nothing listens here.
pub struct Listening;

impl Listening {
    /// Nothing did.
    pub fn end(self) {}
}

/// There are no events.
pub fn listen_on(
    _element: &leptos::web_sys::HtmlElement,
    _kinds: &[&str],
    _on_event: impl Fn(&Event) + 'static,
) -> Listening {
    Listening
}

/// Nothing has the focus here.
pub fn focus_on(_selector: &str) {}

/// Nothing is clicked here.
pub fn link_in_strip(_event: &Event) -> Option<String> {
    None
}

/// There is no panel.
pub fn in_panel(_event: &leptos::web_sys::KeyboardEvent) -> bool {
    false
}

/// Nothing is pointed at here.
pub fn capture_pointer(_event: &PointerEvent) {}

/// A canvas nobody paints on.
pub struct Sheet;

impl Sheet {
    /// There is none.
    pub fn open(_canvas: &HtmlCanvasElement) -> Option<Sheet> {
        None
    }

    /// Nowhere.
    pub fn point(&self, _event: &PointerEvent) -> (f64, f64) {
        (0.0, 0.0)
    }

    /// Paints nothing.
    pub fn line(&self, _from: (f64, f64), _to: (f64, f64), _width: f64, _erase: bool) {}

    /// There is nothing to take away.
    pub fn clear(&self) {}

    /// There is nothing to turn round.
    pub fn invert(&self) {}

    /// There is no mask.
    pub fn mask(&self, _on_done: impl FnOnce(Option<PickedFile>) + 'static) {}
}

/// The beginning of a text, at most so many characters of it, never cut inside
/// what is seen as one: a flag, a family, a letter with its marks.
pub fn beginning(text: &str, most: usize) -> String {
    if text.is_ascii() {
        // Each character is seen as one, but for a line break of two.
        return text[..text.len().min(most)].to_owned();
    }
    let mut left = most;
    let whole = text.graphemes(true).take_while(|seen| {
        let chars = seen.chars().count();
        let fits = chars <= left;
        left = left.saturating_sub(chars);
        fits
    });
    whole.collect()
}

/// Nothing can be typed here.
pub fn set_text(_area: &HtmlTextAreaElement, _text: &str) {}

/// The content of a `<textarea>`, escaped.
///
/// Leptos 0.8 writes these children unescaped, so a prompt that holds
/// `</textarea><script>` would break out: it is escaped here. A parser drops
/// one newline after the opening tag, so one is given for it to drop.
pub fn textarea_text(text: &str) -> String {
    format!("\n{}", escaped(text))
}

/// The content of `<title>`, escaped: `leptos_meta` 0.8 writes it as it is, and
/// a picture's title is somebody's prompt.
pub fn title_text(text: String) -> String {
    escaped(&text)
}

/// Server-rendered text, excluded from the WASM bundle: no page that a browser
/// renders itself has it.
pub fn server_words(_: Locale, words: impl FnOnce() -> &'static str) -> &'static str {
    words()
}

/// A message that the server alone has words for.
pub fn server_message(_: Locale, _: &str, message: impl FnOnce() -> String) -> String {
    message()
}

/// What is of use without a script only.
pub fn without_script(draw: impl FnOnce() -> AnyView) -> AnyView {
    draw()
}

/// Words that are of use without a script only.
pub fn words_without_script(make: impl FnOnce() -> String) -> String {
    make()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_cannot_break_out_of_its_element() {
        let html = textarea_text("</textarea><script>alert(1)</script> & \"more\"");
        assert!(!html.contains('<') && !html.contains('>'));
        let html = title_text("</title><script>alert(1)</script>".into());
        assert!(!html.contains('<') && !html.contains('>'));
        assert_eq!(textarea_text("\nkept"), "\n\nkept");
    }
}
