//! A closer look at the lightbox's picture: by the wheel, two fingers, a double click,
//! buttons and keys. What is looked at closely is moved by dragging it, or by the
//! arrow keys; a swipe over the whole picture leads to its neighbour.

#![expect(
    clippy::manual_clamp,
    reason = "clamp can panic with words about floats, and the code that writes those weighs more than all of this"
)]

use crate::ui::{image_card::STAGE_SIZES, platform};
use leptos::{
    ev::{Event, KeyboardEvent, MouseEvent, PointerEvent, WheelEvent},
    prelude::*,
    wasm_bindgen::JsCast,
};

/// The closest look: so many times as large as the whole.
const CLOSEST: f64 = 8.0;
/// What one press of a button adds.
pub(super) const STEP: f64 = 1.5;
/// What a double click adds to the whole.
const CLOSE: f64 = 2.5;
/// How far the arrow keys move it, as a part of the stage.
const KEY_STEP: f64 = 0.15;
/// How far a finger goes to swipe, in CSS pixels.
const SWIPE: f64 = 50.0;
/// What a finger may tremble while it taps, in CSS pixels.
const TAP: f64 = 6.0;
/// What a pixel of the wheel adds, as a part of the whole.
const WHEEL: f64 = 0.002;
/// CSS pixels of a line, for wheels that count in lines.
const LINE: f64 = 16.0;

/// A point, or a way, on the stage: from its corner, in CSS pixels.
type Point = (f64, f64);

/// The part of a picture that is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Look {
    /// How many times as large as the whole.
    scale: f64,
    /// Where the picture's corner is.
    corner: Point,
}

/// The picture fills its stage.
const WHOLE: Look = Look {
    scale: 1.0,
    corner: (0.0, 0.0),
};

impl Look {
    /// So many times as large, with what is at this point staying there.
    fn zoomed(self, by: f64, at: Point) -> Look {
        let scale = match self.scale * by {
            // As good as the whole, which rounding would miss.
            less if less < 1.001 => 1.0,
            more => more.min(CLOSEST),
        };
        let by = scale / self.scale;
        Look {
            scale,
            corner: (
                at.0 - (at.0 - self.corner.0) * by,
                at.1 - (at.1 - self.corner.1) * by,
            ),
        }
    }

    fn moved(self, way: Point) -> Look {
        Look {
            corner: (self.corner.0 + way.0, self.corner.1 + way.1),
            ..self
        }
    }

    /// Moved back where the stage would show more ground than it has to.
    fn within(self, (width, height): Point) -> Look {
        let least = 1.0 - self.scale;
        let kept = |corner: f64, side: f64| corner.max(side * least).min(0.0);
        Look {
            corner: (kept(self.corner.0, width), kept(self.corner.1, height)),
            ..self
        }
    }
}

/// A finger, or the mouse's button, that is down on the picture.
#[derive(Clone, Copy)]
struct Finger {
    id: i32,
    began: Point,
    at: Point,
}

/// The look at the picture that is shown.
#[derive(Clone, Copy)]
pub(super) struct Zoom {
    look: StoredValue<Look>,
    down: StoredValue<Vec<Finger>>,
    /// Whether two fingers were down since none was: what ends so is no swipe.
    pinched: StoredValue<bool>,
}

impl Zoom {
    pub fn new() -> Zoom {
        Zoom {
            look: StoredValue::new(WHOLE),
            down: StoredValue::new(Vec::new()),
            pinched: StoredValue::new(false),
        }
    }

    /// The whole of another picture.
    pub fn reset(self) {
        self.let_go();
        self.show(WHOLE);
    }

    /// What happens on the picture; where a swipe leads: 1 to the next picture, -1 to the
    /// one before.
    pub fn on_event(self, event: &Event) -> Option<isize> {
        match event.type_().as_str() {
            "wheel" => self.on_wheel(event.unchecked_ref()),
            "dblclick" => self.on_double_click(event.unchecked_ref()),
            "pointerdown" => self.on_down(event.unchecked_ref()),
            "pointermove" => self.on_move(event.unchecked_ref()),
            "pointerup" => return self.on_up(event.unchecked_ref()),
            // What the browser takes over is no swipe.
            "pointercancel" => self.let_go(),
            "keydown" => self.on_key(event.unchecked_ref()),
            _ => {}
        }
        None
    }

    /// Every finger is up.
    fn let_go(self) {
        self.down.set_value(Vec::new());
    }

    fn is_close(self) -> bool {
        self.look.get_value().scale > 1.0
    }

    fn show(self, look: Look) {
        let look = look.within(platform::stage_size());
        self.look.set_value(look);
        platform::show_look(look.scale, look.corner, STAGE_SIZES);
    }

    /// So many times as large, around the middle.
    pub fn by(self, by: f64) {
        let (width, height) = platform::stage_size();
        let look = self.look.get_value();
        self.show(look.zoomed(by, (width / 2.0, height / 2.0)));
    }

    fn on_wheel(self, event: &WheelEvent) {
        let Some(at) = platform::point_on_picture(event) else {
            return;
        };
        let unit = if event.delta_mode() == 0 { 1.0 } else { LINE };
        // A step up and one down come to the same size.
        let part = (event.delta_y() * unit * WHEEL).max(-1.0).min(1.0);
        let by = match part < 0.0 {
            true => 1.0 - part,
            false => 1.0 / (1.0 + part),
        };
        let (look, was) = (self.look.get_value().zoomed(by, at), self.look.get_value());
        // Where it changes nothing the wheel scrolls to the panel.
        if look.scale != was.scale || event.ctrl_key() {
            event.prevent_default();
            self.show(look);
        }
    }

    fn on_double_click(self, event: &MouseEvent) {
        if let Some(at) = platform::point_on_picture(event) {
            self.show(match self.is_close() {
                true => WHOLE,
                false => WHOLE.zoomed(CLOSE, at),
            });
        }
    }

    fn on_down(self, event: &PointerEvent) {
        let Some(at) = platform::point_on_picture(event).filter(|_| event.button() == 0) else {
            return;
        };
        platform::capture_pointer(event);
        let first = self.down.with_value(Vec::is_empty);
        self.pinched.set_value(!first);
        self.down.update_value(|down| {
            // Further fingers change nothing.
            if down.len() < 2 {
                down.push(Finger {
                    id: event.pointer_id(),
                    began: at,
                    at,
                });
            }
        });
    }

    fn on_move(self, event: &PointerEvent) {
        let mut down = self.down.get_value();
        let Some(moves) = down.iter().position(|f| f.id == event.pointer_id()) else {
            return;
        };
        let Some(at) = platform::point_on_picture(event) else {
            return;
        };
        let from = down[moves].at;
        down[moves].at = at;
        let look = self.look.get_value();
        match down.iter().find(|f| f.id != event.pointer_id()) {
            // Two fingers: as far apart as they are now, around the one that rests.
            Some(other) => {
                let apart = |p: Point| {
                    let (x, y) = (p.0 - other.at.0, p.1 - other.at.1);
                    (x * x + y * y).sqrt().max(1.0)
                };
                self.show(look.zoomed(apart(at) / apart(from), other.at));
            }
            None if look.scale > 1.0 => self.show(look.moved((at.0 - from.0, at.1 - from.1))),
            None => {}
        }
        self.down.set_value(down);
    }

    /// The end of a touch; where to, if it was a swipe over the whole picture. A tap on
    /// one that is close brings that place to the middle, so that nobody has to drag.
    fn on_up(self, event: &PointerEvent) -> Option<isize> {
        let up = self.down.try_update_value(|down| {
            let at = down.iter().position(|f| f.id == event.pointer_id())?;
            Some(down.remove(at))
        });
        let up = up.flatten().filter(|_| !self.pinched.get_value())?;
        let way = (up.at.0 - up.began.0, up.at.1 - up.began.1);
        if self.is_close() {
            if way.0.abs() + way.1.abs() < TAP {
                let (width, height) = platform::stage_size();
                let to = (width / 2.0 - up.at.0, height / 2.0 - up.at.1);
                self.show(self.look.get_value().moved(to));
            }
            return None;
        }
        let swipes = way.0.abs() > SWIPE && way.0.abs() > 2.0 * way.1.abs();
        (swipes && event.pointer_type() != "mouse").then_some(if way.0 < 0.0 { 1 } else { -1 })
    }

    /// Arrow keys move what is looked at closely, and lead on otherwise.
    fn on_key(self, event: &KeyboardEvent) {
        let way = match event.key().as_str() {
            "ArrowLeft" => (KEY_STEP, 0.0),
            "ArrowRight" => (-KEY_STEP, 0.0),
            "ArrowUp" => (0.0, KEY_STEP),
            "ArrowDown" => (0.0, -KEY_STEP),
            _ => return,
        };
        let with_others =
            event.alt_key() || event.ctrl_key() || event.meta_key() || event.shift_key();
        if self.is_close() && !with_others && !platform::in_panel(event) {
            event.prevent_default();
            let (width, height) = platform::stage_size();
            self.show(self.look.get_value().moved((way.0 * width, way.1 * height)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAGE: Point = (800.0, 600.0);

    #[test]
    fn what_is_under_the_pointer_stays_there() {
        let at = (200.0, 450.0);
        let mut look = WHOLE;
        for by in [1.5, 1.3, 0.7, 2.0] {
            // The place in the picture, as a part of it.
            let place = |look: Look| (at.0 - look.corner.0) / (look.scale * STAGE.0);
            let closer = look.zoomed(by, at).within(STAGE);
            assert!((place(look) - place(closer)).abs() < 1e-9);
            look = closer;
        }
    }

    #[test]
    fn it_is_never_smaller_than_the_whole_nor_closer_than_the_closest() {
        let at = (790.0, 10.0);
        assert_eq!(WHOLE.zoomed(0.1, at).within(STAGE), WHOLE);
        let closest = WHOLE.zoomed(1000.0, at);
        assert_eq!(closest.scale, CLOSEST);
        assert_eq!(closest.zoomed(0.0001, (5.0, 5.0)).within(STAGE), WHOLE);
    }

    #[test]
    fn it_is_moved_up_to_its_edges() {
        let look = WHOLE.zoomed(2.0, (400.0, 300.0));
        assert_eq!(look.corner, (-400.0, -300.0));
        assert_eq!(look.moved((9e9, -9e9)).within(STAGE).corner, (0.0, -600.0));
        assert_eq!(look.moved((-9e9, 9e9)).within(STAGE).corner, (-800.0, 0.0));
        assert_eq!(WHOLE.moved((30.0, 30.0)).within(STAGE), WHOLE);
    }
}
