//! The browser's side of `platform`: DOM, storage, network and notifications.

mod canvas;
mod files;
mod grid;
mod keys;
mod later;
mod served;
mod stage;

pub use canvas::{Sheet, capture_pointer};
pub use files::{
    PickedFile, chosen_files, dropped_files, focus, get, pasted_files, post_fields, post_form,
    unfold,
};
pub use grid::*;
pub use keys::*;
pub use later::{hydrating, later};
pub use served::served;
pub use stage::*;

use crate::{
    i18n::{Locale, td_string},
    ui::data::Writer,
};
use js_sys::{Array, Intl::Segmenter, Object, Reflect};
use leptos::{
    prelude::{AnyView, IntoAny, document, window},
    wasm_bindgen::{JsCast, closure::Closure},
    web_sys::{Element, Event, FormData, HtmlFormElement, HtmlTextAreaElement},
};
use send_wrapper::SendWrapper;
use web_sys::{EventSource, MessageEvent, Notification, NotificationPermission, UrlSearchParams};

/// Asks the server for the page at the address shown.
pub fn reload() {
    let location = window().location();
    // Fails only where the page may not navigate at all.
    let _ = location.reload();
}

/// The path of the address shown.
pub fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// Work of the one thread there is, for who wants to be told that it may move.
pub fn of_this_thread<F: Future>(work: F) -> SendWrapper<F> {
    SendWrapper::new(work)
}

/// There is no request to belong to here.
pub fn of_request<F>(answer: F) -> F {
    answer
}

/// Nothing is written into pages here.
pub fn writer<T>() -> Writer {
    |_| String::new()
}

/// A stream of server-sent events, open as long as this is kept.
pub struct Listener {
    source: EventSource,
    // The browser calls it, so it must live as long as the stream.
    _on_message: Closure<dyn Fn(MessageEvent)>,
}

impl Listener {
    /// True if the browser has given up, which it does where the answer was an
    /// error; a connection that merely broke it opens again by itself.
    pub fn is_closed(&self) -> bool {
        self.source.ready_state() == EventSource::CLOSED
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.source.close();
    }
}

/// Opens `address` as a stream and hands the data of each event of that name
/// on. The browser reconnects by itself until the listener is dropped.
pub fn listen(
    address: &str,
    event: &str,
    on_message: impl Fn(String) + 'static,
) -> Option<Listener> {
    let source = EventSource::new(address).ok()?;
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        if let Some(data) = message.data().as_string() {
            on_message(data);
        }
    });
    let listening =
        source.add_event_listener_with_callback(event, on_message.as_ref().unchecked_ref());
    let listener = Listener {
        source,
        _on_message: on_message,
    };
    listening.is_ok().then_some(listener)
}

/// True if nobody can see the page: another tab is in front, or the window is put away.
pub fn is_hidden() -> bool {
    document().hidden()
}

/// True if the permission to show notifications is granted.
pub fn may_notify() -> bool {
    Notification::permission() == NotificationPermission::Granted
}

/// True if the permission was neither granted nor denied yet.
pub fn may_ask_to_notify() -> bool {
    Notification::permission() == NotificationPermission::Default
}

/// Lets the browser ask; it remembers the answer.
pub fn ask_to_notify() {
    let _ = Notification::request_permission();
}

/// Shows a notification that leads to one of our pages, if the person wanted any.
pub fn notify(text: &str, href: &str) {
    if !may_notify() {
        return;
    }
    let Ok(shown) = Notification::new(text) else {
        return;
    };
    let href = href.to_owned();
    let open = Closure::once_into_js(move || {
        let _ = window().focus();
        let _ = window().location().assign(&href);
    });
    shown.set_onclick(Some(open.unchecked_ref()));
}

/// The browser's clock, Unix milliseconds; good for differences only.
pub fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// The current value of a form's field.
pub fn field(form: &HtmlFormElement, name: &str) -> String {
    FormData::new_with_form(form)
        .ok()
        .and_then(|data| data.get(name).as_string())
        .unwrap_or_default()
}

/// Gives a hidden field of a form another value.
pub fn set_hidden(form: &HtmlFormElement, name: &str, value: &str) {
    if let Ok(Some(field)) = form.query_selector(&format!("[name={name}]")) {
        let _ = field.set_attribute("value", value);
    }
}

/// True where a mouse, or what is like one, is the main way to point.
pub fn has_mouse() -> bool {
    let hovers = window().match_media("(hover: hover)").ok().flatten();
    hovers.is_some_and(|hovers| hovers.matches())
}

/// Where the form goes that this event sends.
pub fn destination(event: &Event) -> String {
    let form = event
        .target()
        .and_then(|form| form.dyn_into::<Element>().ok());
    form.and_then(|form| form.get_attribute("action"))
        .unwrap_or_default()
}

/// The query string of a form that is sent by GET, empty fields left out.
pub fn form_query(form: &HtmlFormElement) -> String {
    let query = FormData::new_with_form(form)
        .and_then(|data| UrlSearchParams::new_with_str_sequence_sequence(&data))
        .map(|params| String::from(params.to_string()))
        .unwrap_or_default();
    let filled: Vec<&str> = query.split('&').filter(|p| !p.ends_with('=')).collect();
    filled.join("&")
}

/// Submits a form as its button would: validation and handlers included.
pub fn submit(form: &HtmlFormElement) {
    // Fails only on a button that belongs elsewhere, and none is given.
    let _ = form.request_submit();
}

/// Posts a form's fields in the background; the page may go away meanwhile.
/// Browsers refuse more than 64 KiB this way, and then nothing is sent.
pub fn send_quietly(address: &str, form: &HtmlFormElement) {
    let fields = FormData::new_with_form(form).ok().and_then(|data| {
        let entries = data.unchecked_into::<Object>();
        UrlSearchParams::new_with_str_sequence_sequence(&entries).ok()
    });
    if let Some(fields) = fields {
        let _ = window()
            .navigator()
            .send_beacon_with_opt_url_search_params(address, Some(&fields));
    }
}

/// The beginning of a text, at most so many characters of it, never cut inside
/// what is seen as one: a flag, a family, a letter with its marks.
pub fn beginning(text: &str, most: usize) -> String {
    let end: usize = text.chars().take(most).map(char::len_utf16).sum();
    let mut left = boundary(text, end).unwrap_or(end);
    let whole = text.chars().take_while(|c| {
        let fits = c.len_utf16() <= left;
        left = left.saturating_sub(c.len_utf16());
        fits
    });
    whole.collect()
}

/// The last place at or before `end` (in UTF-16) where a text may be cut, as
/// the browser knows it; `None` from one too old to know, and at the text's end.
fn boundary(text: &str, end: usize) -> Option<usize> {
    let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    let known = Reflect::get(&intl, &"Segmenter".into()).ok()?;
    if !known.is_function() {
        return None;
    }
    let segments = Segmenter::new(&Array::new(), &Object::new()).segment(text);
    let found = segments.containing(u32::try_from(end).ok()?)?;
    usize::try_from(found.index()).ok()
}

/// Replaces what is typed, and moves the caret there.
pub fn set_text(area: &HtmlTextAreaElement, text: &str) {
    area.set_value(text);
    let _ = area.focus();
}

/// What tells one press of a button from the next: when it was drawn, and later the id of
/// what came of the press before (`set_hidden`).
pub fn request_key() -> String {
    now_ms().to_string()
}

/// The content of a `<textarea>`: a text node, which needs no escaping here.
pub fn textarea_text(text: &str) -> String {
    text.to_owned()
}

/// Server-rendered text, excluded from the WASM bundle. Should it be asked for
/// after all, this text is true of every error.
pub fn server_words(locale: Locale, _: impl FnOnce() -> &'static str) -> &'static str {
    td_string!(locale, error.trouble_title)
}

/// A message that the server alone has words for, as it came with the answer. What came in
/// an address was drawn by the server; should it be drawn anew, see [`server_words`].
pub fn server_message(locale: Locale, came: &str, _: impl FnOnce() -> String) -> String {
    match came {
        "" => server_words(locale, || "").to_owned(),
        came => came.to_owned(),
    }
}

/// What is of use without a script only: nothing here, so that the code that draws it
/// is not in the WASM bundle. For what is not hydrated, but drawn anew as it wakes.
pub fn without_script(_draw: impl FnOnce() -> AnyView) -> AnyView {
    ().into_any()
}

/// Words that are of use without a script only; see [`without_script`].
pub fn words_without_script(_make: impl FnOnce() -> String) -> String {
    String::new()
}

/// The document's title: a property, which needs no escaping here.
pub fn title_text(text: String) -> String {
    text
}
