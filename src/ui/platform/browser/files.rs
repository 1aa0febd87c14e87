//! Files that are chosen, dropped or pasted, and the form that carries them.

use crate::{ui::platform::Answer, wire};
use leptos::wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    Blob, ClipboardEvent, DataTransfer, DragEvent, Event, FileList, FormData, HtmlElement,
    HtmlFormElement, HtmlInputElement, UrlSearchParams, XmlHttpRequest, XmlHttpRequestResponseType,
};

/// The composer's fields of files.
const FILES: [&str; 2] = ["files[]", "mask_file"];

/// Something to send along with a form.
pub struct PickedFile(Content);

enum Content {
    File { name: String, bytes: Blob },
    Text(String),
}

impl PickedFile {
    /// A field of text in the place of a file.
    pub fn text(text: &str) -> PickedFile {
        PickedFile(Content::Text(text.to_owned()))
    }

    /// Bytes that never were a file.
    pub(super) fn bytes(bytes: Blob) -> PickedFile {
        let name = String::new();
        PickedFile(Content::File { name, bytes })
    }

    /// The file's name, for its owner's eyes: it is not sent.
    pub fn name(&self) -> String {
        match &self.0 {
            Content::File { name, .. } => name.clone(),
            Content::Text(_) => String::new(),
        }
    }
}

fn listed(files: Option<FileList>) -> Vec<PickedFile> {
    let Some(files) = files else {
        return Vec::new();
    };
    let file = |index| {
        let file = files.get(index)?;
        let name = file.name();
        let bytes = file.unchecked_into();
        Some(PickedFile(Content::File { name, bytes }))
    };
    (0..files.length()).filter_map(file).collect()
}

/// Takes the files out of a file field and empties it: the same file can be
/// chosen twice, and the form does not send it once more.
pub fn chosen_files(event: &Event) -> Vec<PickedFile> {
    let Some(input) = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
    else {
        return Vec::new();
    };
    let files = listed(input.files());
    input.set_value("");
    files
}

fn carried(data: Option<DataTransfer>) -> Vec<PickedFile> {
    listed(data.and_then(|data| data.files()))
}

/// The files of a `drop` event.
pub fn dropped_files(event: &DragEvent) -> Vec<PickedFile> {
    carried(event.data_transfer())
}

/// The files of a `paste` event; empty if text was pasted.
pub fn pasted_files(event: &ClipboardEvent) -> Vec<PickedFile> {
    carried(event.clipboard_data())
}

/// The longest that words alone wait for their answer, in milliseconds. A file takes as
/// long as the line does.
const ANSWER_MS: u32 = 60_000;

/// Posts a form as it stands, with `fields` as they are said here (the page may
/// not show them yet) and `part` in the place of its file fields, and hands the
/// answer on.
pub fn post_form(
    address: &str,
    form: &HtmlFormElement,
    fields: &[(&str, String)],
    part: (&str, PickedFile),
    on_answer: impl FnOnce(Answer) + 'static,
) {
    post(address, form, fields, Some(part), Box::new(on_answer));
}

/// Posts a form's fields as its button would, with `fields` as they are said here, and
/// hands the answer on. Files are not among them: what was chosen is on its way or there.
pub fn post_fields(
    address: &str,
    form: &HtmlFormElement,
    fields: &[(&str, String)],
    on_answer: impl FnOnce(Answer) + 'static,
) {
    post(address, form, fields, None, Box::new(on_answer));
}

fn post(
    address: &str,
    form: &HtmlFormElement,
    fields: &[(&str, String)],
    part: Option<(&str, PickedFile)>,
    on_answer: Box<dyn FnOnce(Answer)>,
) {
    let (Ok(data), Ok(request)) = (FormData::new_with_form(form), XmlHttpRequest::new()) else {
        return on_answer(None);
    };
    prepare(&request, "POST", address, on_answer);
    for name in FILES {
        data.delete(name);
    }
    for (name, value) in fields {
        let _ = data.set_with_str(name, value);
    }
    let Some((name, part)) = part else {
        request.set_timeout(ANSWER_MS);
        let fields = UrlSearchParams::new_with_str_sequence_sequence(&data).ok();
        let _ = request.send_with_opt_url_search_params(fields.as_ref());
        return;
    };
    let _ = match &part.0 {
        // Names of files are nobody's business but their owner's.
        Content::File { bytes, .. } => data.append_with_blob_and_filename(name, bytes, "picture"),
        Content::Text(text) => data.append_with_str(name, text),
    };
    let _ = request.send_with_opt_form_data(Some(&data));
}

/// Asks for what is at an address, and hands the answer on.
pub fn get(address: &str, on_answer: impl FnOnce(Answer) + 'static) {
    let Ok(request) = XmlHttpRequest::new() else {
        return on_answer(None);
    };
    prepare(&request, "GET", address, Box::new(on_answer));
    let _ = request.send();
}

/// Opens a request whose answer is bytes of ours. What fails afterwards is told by the
/// same event.
fn prepare(
    request: &XmlHttpRequest,
    method: &str,
    address: &str,
    on_answer: Box<dyn FnOnce(Answer)>,
) {
    let answered = request.clone();
    let done = Closure::once_into_js(move || {
        let bytes = answered.response().ok().filter(JsValue::is_object);
        let bytes = bytes.map(|buffer| js_sys::Uint8Array::new(&buffer).to_vec());
        let good = answered.status().is_ok_and(|status| status == 200);
        on_answer(bytes.map(|bytes| if good { Ok(bytes) } else { Err(bytes) }));
    });
    request.set_onloadend(Some(done.unchecked_ref()));
    let _ = request.open(method, address);
    let _ = request.set_request_header("accept", wire::CONTENT_TYPE);
    request.set_response_type(XmlHttpRequestResponseType::Arraybuffer);
}

/// Opens the `<details>` of that id.
pub fn unfold(id: &str) {
    let details = leptos::prelude::document().get_element_by_id(id);
    let _ = details.map(|details| details.set_attribute("open", ""));
}

/// Moves the focus to the element of that id, once the page shows it.
pub fn focus(id: String) {
    let found = move || {
        let element = leptos::prelude::document().get_element_by_id(&id);
        if let Some(element) = element.and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    };
    leptos::prelude::set_timeout(found, std::time::Duration::ZERO);
}
