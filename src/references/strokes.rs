//! The strokes on a mask, as a list of acts: undoing drops the last one and
//! paints the rest again, which costs no copies of large pictures.

use crate::ui::platform::Sheet;

/// One thing done to the mask.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    /// A line through these points, in the picture's pixels.
    Line {
        points: Vec<(f64, f64)>,
        width: f64,
        erase: bool,
    },
    Clear,
    Invert,
}

/// Everything done so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Strokes {
    acts: Vec<Act>,
}

impl Strokes {
    /// Begins a line and paints its first dot.
    pub fn begin(&mut self, sheet: &Sheet, at: (f64, f64), width: f64, erase: bool) {
        sheet.line(at, at, width, erase);
        self.acts.push(Act::Line {
            points: vec![at],
            width,
            erase,
        });
    }

    /// Carries the line on.
    pub fn extend(&mut self, sheet: &Sheet, to: (f64, f64)) {
        if let Some(Act::Line {
            points,
            width,
            erase,
        }) = self.acts.last_mut()
        {
            let from = points.last().copied().unwrap_or(to);
            sheet.line(from, to, *width, *erase);
            points.push(to);
        }
    }

    /// Does something that is no line.
    pub fn act(&mut self, sheet: &Sheet, act: Act) {
        paint(sheet, &act);
        self.acts.push(act);
    }

    /// Takes the last act back.
    pub fn undo(&mut self, sheet: &Sheet) {
        self.acts.pop();
        self.repaint(sheet);
    }

    /// Paints everything anew.
    pub fn repaint(&self, sheet: &Sheet) {
        sheet.clear();
        for act in &self.acts {
            paint(sheet, act);
        }
    }

    /// True if something may be marked: only a look at the pixels tells for
    /// sure, and the server takes it.
    pub fn marks(&self) -> bool {
        let since = self
            .acts
            .iter()
            .rposition(|act| *act == Act::Clear)
            .map_or(0, |at| at + 1);
        let marking = |act: &Act| !matches!(act, Act::Line { erase: true, .. });
        self.acts[since..].iter().any(marking)
    }
}

fn paint(sheet: &Sheet, act: &Act) {
    match act {
        Act::Line {
            points,
            width,
            erase,
        } => {
            let mut from = points.first().copied().unwrap_or_default();
            for to in points {
                sheet.line(from, *to, *width, *erase);
                from = *to;
            }
        }
        Act::Clear => sheet.clear(),
        Act::Invert => sheet.invert(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoing_and_clearing_tell_whether_something_is_marked() {
        let sheet = Sheet;
        let mut strokes = Strokes::default();
        assert!(!strokes.marks());
        strokes.begin(&sheet, (1.0, 1.0), 10.0, true);
        assert!(!strokes.marks(), "the eraser marks nothing");
        strokes.begin(&sheet, (1.0, 1.0), 10.0, false);
        strokes.extend(&sheet, (5.0, 5.0));
        assert!(strokes.marks());
        strokes.act(&sheet, Act::Clear);
        assert!(!strokes.marks());
        strokes.undo(&sheet);
        assert!(strokes.marks());
        strokes.act(&sheet, Act::Clear);
        strokes.act(&sheet, Act::Invert);
        assert!(strokes.marks(), "inverting nothing marks everything");
    }
}
