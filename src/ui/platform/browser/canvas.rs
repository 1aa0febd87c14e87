//! A canvas that is painted on with a pointer.

use super::files::PickedFile;
use leptos::wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Blob, CanvasRenderingContext2d, Element, HtmlCanvasElement, PointerEvent};

/// The colour of marks. The style sheet lets the picture shine through.
const INK: &str = "#ff3b1f";

/// A canvas and its brush; points and widths are in the canvas' own pixels.
pub struct Sheet {
    canvas: HtmlCanvasElement,
    brush: CanvasRenderingContext2d,
}

impl Sheet {
    /// Takes a canvas into use; `None` where the browser cannot paint on it.
    pub fn open(canvas: &HtmlCanvasElement) -> Option<Sheet> {
        let brush = canvas.get_context("2d").ok()??;
        let brush: CanvasRenderingContext2d = brush.unchecked_into();
        brush.set_line_cap("round");
        brush.set_line_join("round");
        Some(Sheet {
            canvas: canvas.clone(),
            brush,
        })
    }

    /// The pointer's position in canvas pixels, however large the canvas is shown.
    pub fn point(&self, event: &PointerEvent) -> (f64, f64) {
        let shown = self.canvas.get_bounding_client_rect();
        let scale = f64::from(self.canvas.width()) / shown.width().max(1.0);
        (
            (f64::from(event.client_x()) - shown.left()) * scale,
            (f64::from(event.client_y()) - shown.top()) * scale,
        )
    }

    /// Paints a line, or takes it out of what is painted; a dot where both ends are one.
    pub fn line(&self, from: (f64, f64), to: (f64, f64), width: f64, erase: bool) {
        self.mode(if erase {
            "destination-out"
        } else {
            "source-over"
        });
        self.brush.set_line_width(width);
        self.brush.set_stroke_style_str(INK);
        self.brush.begin_path();
        self.brush.move_to(from.0, from.1);
        self.brush.line_to(to.0, to.1);
        self.brush.stroke();
    }

    /// Takes everything away.
    pub fn clear(&self) {
        let (width, height) = self.size();
        self.brush.clear_rect(0.0, 0.0, width, height);
    }

    /// Paints what is bare, and bares what is painted.
    pub fn invert(&self) {
        self.cover("xor", INK);
    }

    /// Hands over the mask: a PNG, transparent where something is painted.
    /// The canvas holds the mask itself then, and has to be painted anew.
    pub fn mask(&self, on_done: impl FnOnce(Option<PickedFile>) + 'static) {
        self.cover("source-out", "#000000");
        let done = Closure::once_into_js(move |blob: Option<Blob>| {
            on_done(blob.map(PickedFile::bytes));
        });
        let _ = self.canvas.to_blob(done.unchecked_ref());
    }

    fn cover(&self, mode: &str, colour: &str) {
        let (width, height) = self.size();
        self.mode(mode);
        self.brush.set_fill_style_str(colour);
        self.brush.fill_rect(0.0, 0.0, width, height);
        self.mode("source-over");
    }

    fn mode(&self, mode: &str) {
        let _ = self.brush.set_global_composite_operation(mode);
    }

    fn size(&self) -> (f64, f64) {
        (
            f64::from(self.canvas.width()),
            f64::from(self.canvas.height()),
        )
    }
}

/// Keeps a pointer's moves coming while it is held, even beyond the element's edge.
pub fn capture_pointer(event: &PointerEvent) {
    if let Some(element) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) {
        let _ = element.set_pointer_capture(event.pointer_id());
    }
}
