//! The server's stand-ins for what only a browser can do.

use leptos::web_sys::{HtmlFormElement, HtmlInputElement, HtmlTextAreaElement};

/// A stream of events; none on the server.
pub struct Listener;

/// Listens to nothing.
pub fn listen(
    _address: &str,
    _event: &str,
    _on_message: impl Fn(String) + 'static,
) -> Option<Listener> {
    None
}

/// The time a component may show must come from the data, never from a clock.
pub fn now_ms() -> i64 {
    0
}

/// A form's fields exist in a browser only.
pub fn field(_form: &HtmlFormElement, _name: &str) -> String {
    String::new()
}

/// A form's fields exist in a browser only.
pub fn form_query(_form: &HtmlFormElement) -> String {
    String::new()
}

/// A form's fields exist in a browser only.
pub fn checkboxes(_form: &HtmlFormElement, _name: &str) -> Vec<HtmlInputElement> {
    Vec::new()
}

/// Nothing can be submitted here.
pub fn submit(_form: &HtmlFormElement) {}

/// Nothing can be typed here.
pub fn set_text(_area: &HtmlTextAreaElement, _text: &str) {}

/// What goes between `<textarea>` and `</textarea>`.
///
/// Leptos 0.8 writes these children unescaped, so a prompt that holds
/// `</textarea><script>` would break out: it is escaped here. A parser drops
/// one newline after the opening tag, so one is given for it to drop.
pub fn textarea_text(text: &str) -> String {
    format!("\n{}", escaped(text))
}

/// What goes between `<title>` and `</title>`: `leptos_meta` 0.8 writes it
/// unescaped, and a picture's title is somebody's prompt.
pub fn title_text(text: String) -> String {
    escaped(&text)
}

/// What only readers of the HTML look at: made here.
pub fn for_crawlers(make: impl FnOnce() -> String) -> String {
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
