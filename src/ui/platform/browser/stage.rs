//! The lightbox's stage: where its picture is pointed at, and how it is shown.

use leptos::{
    ev::{KeyboardEvent, MouseEvent},
    prelude::document,
    wasm_bindgen::{JsCast, closure::Closure},
    web_sys::{Element, Event, HtmlElement},
};
use send_wrapper::SendWrapper;

/// What a picture is seen through.
const STAGE: &str = ".lightbox .picture-stage";
/// What is scaled and moved behind it.
const FRAME: &str = ".lightbox .frame";

/// The size of the stage in CSS pixels; of one that is not there, nothing.
pub fn stage_size() -> (f64, f64) {
    match document().query_selector(STAGE) {
        Ok(Some(stage)) => (
            f64::from(stage.client_width()),
            f64::from(stage.client_height()),
        ),
        _ => (0.0, 0.0),
    }
}

/// Where on the stage the picture is pointed at, in CSS pixels from the stage's corner;
/// `None` beside it.
pub fn point_on_picture(event: &MouseEvent) -> Option<(f64, f64)> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest(FRAME).ok()??;
    let stage = document().query_selector(STAGE).ok()??;
    let stage = stage.get_bounding_client_rect();
    Some((
        f64::from(event.client_x()) - stage.left(),
        f64::from(event.client_y()) - stage.top(),
    ))
}

/// Shows the picture so many times as large as its stage, with its corner there; the
/// closer it is looked at, the larger the file. `sizes` is what the whole one has.
pub fn show_look(scale: f64, corner: (f64, f64), sizes: &str) {
    let Ok(Some(frame)) = document().query_selector(FRAME) else {
        return;
    };
    // Whole numbers: writing others takes code that nothing else here needs.
    let (x, y) = (corner.0 as i32, corner.1 as i32);
    let (thousandths, hundredths) = ((scale * 1000.0) as i32, (scale * 100.0) as i32);
    let transform = format!("translate({x}px,{y}px) scale(calc({thousandths}/1000))");
    let style = frame.unchecked_ref::<HtmlElement>().style();
    let _ = style.set_property("transform", &transform);
    let (close, sizes) = match scale > 1.0 {
        true => ("1", &*format!("{hundredths}vw")),
        false => ("", sizes),
    };
    let _ = frame.set_attribute("data-close", close);
    if let Ok(Some(picture)) = frame.query_selector("img") {
        let _ = picture.set_attribute("sizes", sizes);
    }
}

/// Whether a key was pressed in the panel beside the stage, which it belongs to.
pub fn in_panel(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    target.is_some_and(|target| matches!(target.closest(".picture-panel"), Ok(Some(_))))
}

/// The address of the picture of the filmstrip that was clicked, if it was one and nothing
/// else is meant by it (a new tab).
pub fn link_in_strip(event: &Event) -> Option<String> {
    let click: &MouseEvent = event.unchecked_ref();
    let target: Element = event.target()?.dyn_into().ok()?;
    let link = target.closest(".filmstrip a").ok()??;
    let elsewhere = click.ctrl_key() || click.meta_key() || click.shift_key();
    link.get_attribute("href").filter(|_| !elsewhere)
}

/// What listens to events of an element, until it ends with it.
pub struct Listening(SendWrapper<Closure<dyn Fn(Event)>>);

impl Listening {
    /// The element is gone.
    pub fn end(self) {
        drop(self.0);
    }
}

/// Listens to events of these kinds on an element and what is in it, and may say that
/// the browser shall do nothing else about them.
pub fn listen_on(
    element: &HtmlElement,
    kinds: &[&str],
    on_event: impl Fn(&Event) + 'static,
) -> Listening {
    let closure = Closure::<dyn Fn(Event)>::new(move |event: Event| on_event(&event));
    for kind in kinds {
        let _ = element.add_event_listener_with_callback(kind, closure.as_ref().unchecked_ref());
    }
    Listening(SendWrapper::new(closure))
}

/// Puts the focus on the first element of a selector that can have it.
pub fn focus_on(selector: &str) {
    if let Ok(Some(element)) = document().query_selector(selector) {
        let _ = element.unchecked_into::<HtmlElement>().focus();
    }
}
