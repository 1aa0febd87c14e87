//! Painting one part of a picture anew, for edits with a mask: what stands around the
//! part goes on into it, in the colours that the words ask for, with what they name.

use image::RgbaImage;
use imgc_scale::FilterType;
use tiny_skia::{BlendMode, FilterQuality, Mask, MaskType, Pixmap, PixmapPaint, Transform};

use super::{
    Painting,
    canvas::{Canvas, blank, resized},
    compose::{compose, fitted},
    paint, prepare, style,
};

/// The edge of the small mask that is looked at for where the part is.
const LOOKED_AT: u32 = 128;
/// How strongly the words' colours lie over what goes on.
const WASH: f32 = 0.34;

/// The reference with what the mask leaves open (alpha 0) painted anew; everywhere else
/// its pixels are as they are, scaled to the size asked for.
pub fn repaint(request: &Painting<'_>, reference: &RgbaImage, mask: &RgbaImage) -> RgbaImage {
    let (w, h) = (request.width.clamp(1, 8192), request.height.clamp(1, 8192));
    let hole = fitted(mask, w, h);
    let Some(area) = Area::of(&hole) else {
        // Nothing is to be painted, or nothing stays that could go on.
        return compose(&paint(request), reference, Some(mask));
    };
    let mut kept = blank(w, h);
    let open = Mask::from_pixmap(hole.as_ref(), MaskType::Alpha);
    let scaled = fitted(reference, w, h);
    put(&mut kept, &scaled, 1.0, (0, 0), Some(&open));
    let mut canvas = Canvas::new(w, h);
    canvas.pixmap = gone_on(kept);
    let work = prepare(request, area.width(w), area.height(h));
    let sky = work.palette.sky;
    let stops = [
        (0.0, sky[1].skia(WASH)),
        (0.6, sky[2].skia(WASH)),
        (1.0, work.palette.near.skia(WASH)),
    ];
    let (top, bottom) = (area.top * canvas.h, area.bottom * canvas.h);
    canvas.wash(&stops, top, bottom, BlendMode::SourceOver);
    let mut picture = canvas.pixmap;
    if !work.reading.subjects.is_empty() {
        let (width, height) = (area.width(w), area.height(h));
        let figure = paint(&Painting {
            width,
            height,
            transparent: true,
            detail: 1.0,
            ..request.clone()
        });
        let place = (px(area.left, w), px(area.top, h));
        put(
            &mut picture,
            &fitted(&figure, width, height),
            1.0,
            place,
            None,
        );
    }
    style::grain(&mut picture, work.key, work.reading.style);
    if request.detail < 0.97 {
        picture = style::unfinished(&picture, request.detail.clamp(0.0, 1.0));
    }
    let painted = RgbaImage::from_raw(w, h, picture.take_demultiplied());
    compose(
        &painted.unwrap_or_else(|| RgbaImage::new(w, h)),
        reference,
        Some(mask),
    )
}

/// Where a mask is open, as parts of its width and height.
struct Area {
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
}

impl Area {
    /// None where it is open nowhere, or nearly everywhere.
    fn of(mask: &Pixmap) -> Option<Area> {
        let small = resized(mask, LOOKED_AT, LOOKED_AT, FilterType::Bilinear);
        let open = |index: &usize| small.pixels()[*index].alpha() < 250;
        let edge = LOOKED_AT as usize;
        let found: Vec<usize> = (0..edge * edge).filter(open).collect();
        if found.is_empty() || found.len() * 50 > edge * edge * 49 {
            return None;
        }
        let part = |at: usize| at as f32 / edge as f32;
        let (first, last) = (found.first()? / edge, found.last()? / edge + 1);
        let columns = found.iter().map(|index| index % edge);
        Some(Area {
            left: part(columns.clone().min()?),
            right: part(columns.max()? + 1),
            top: part(first),
            bottom: part(last),
        })
    }

    fn width(&self, w: u32) -> u32 {
        px(self.right - self.left, w).max(1) as u32
    }

    fn height(&self, h: u32) -> u32 {
        px(self.bottom - self.top, h).max(1) as u32
    }
}

fn px(part: f32, edge: u32) -> i32 {
    (part * edge as f32).round() as i32
}

/// A picture whose transparent parts are filled from what surrounds them: it is made
/// smaller until nothing is open any more, and each step fills what is open in the one
/// before.
fn gone_on(picture: Pixmap) -> Pixmap {
    let mut steps = vec![picture];
    while let Some(last) = steps.last()
        && (last.width() > 1 || last.height() > 1)
    {
        let (w, h) = (last.width().div_ceil(2), last.height().div_ceil(2));
        steps.push(resized(last, w, h, FilterType::Bilinear));
    }
    let mut filled = steps.pop().unwrap_or_else(|| blank(1, 1));
    for pixel in filled.pixels_mut() {
        let colour = pixel.demultiply();
        *pixel = tiny_skia::ColorU8::from_rgba(colour.red(), colour.green(), colour.blue(), 255)
            .premultiply();
    }
    while let Some(step) = steps.pop() {
        filled = resized(&filled, step.width(), step.height(), FilterType::Bilinear);
        put(&mut filled, &step, 1.0, (0, 0), None);
    }
    filled
}

/// Lays one picture on another.
fn put(on: &mut Pixmap, what: &Pixmap, opacity: f32, at: (i32, i32), mask: Option<&Mask>) {
    let paint = PixmapPaint {
        opacity,
        quality: FilterQuality::Nearest,
        ..PixmapPaint::default()
    };
    on.draw_pixmap(
        at.0,
        at.1,
        what.as_ref(),
        &paint,
        Transform::identity(),
        mask,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    const W: u32 = 240;
    const H: u32 = 160;

    fn request(prompt: &str) -> Painting<'_> {
        Painting {
            prompt,
            width: W,
            height: H,
            seed: 3,
            transparent: false,
            detail: 1.0,
            quality: 1.0,
            painted_pixels: 3_000_000,
        }
    }

    /// A sky above a ground, and a dark block between them.
    fn scene() -> RgbaImage {
        RgbaImage::from_fn(W, H, |x, y| match (x, y) {
            (90..150, 50..110) => Rgba([20, 10, 10, 255]),
            (_, 0..80) => Rgba([120, 180, 240, 255]),
            _ => Rgba([60, 120, 50, 255]),
        })
    }

    fn mask(open: impl Fn(u32, u32) -> bool) -> RgbaImage {
        RgbaImage::from_fn(W, H, |x, y| {
            Rgba([0, 0, 0, if open(x, y) { 0 } else { 255 }])
        })
    }

    fn block(x: u32, y: u32) -> bool {
        (80..160).contains(&x) && (40..120).contains(&y)
    }

    #[test]
    fn outside_of_the_mask_every_pixel_stays_and_inside_the_scene_goes_on() {
        let source = scene();
        let made = repaint(&request("nothing there, empty"), &source, &mask(block));
        let mut changed = 0;
        for (x, y, pixel) in made.enumerate_pixels() {
            if block(x, y) {
                changed += u32::from(pixel != source.get_pixel(x, y));
            } else {
                assert_eq!(pixel, source.get_pixel(x, y), "{x} {y}");
            }
        }
        assert!(changed > 80 * 80 * 9 / 10, "{changed}");
        // What stood there is gone, and above it is the sky's side, below the ground's.
        let (above, below) = (made.get_pixel(120, 50).0, made.get_pixel(120, 110).0);
        assert!(above[2] > 100 && above[2] > below[2], "{above:?} {below:?}");
        assert!(made == repaint(&request("nothing there, empty"), &source, &mask(block)));
    }

    #[test]
    fn what_the_words_name_is_painted_into_the_part() {
        let (source, mask) = (scene(), mask(block));
        let without = repaint(&request("an empty meadow"), &source, &mask);
        let with = repaint(&request("a red fox in the meadow"), &source, &mask);
        // What goes on is smooth, and a figure has outlines.
        let outlines = |picture: &RgbaImage| {
            let red = |x, y| i32::from(picture.get_pixel(x, y).0[0]);
            let places = (40..120).flat_map(|y| (84..152).map(move |x| (x, y)));
            places
                .filter(|&(x, y)| (red(x, y) - red(x + 4, y)).abs() > 40)
                .count()
        };
        let (smooth, drawn) = (outlines(&without), outlines(&with));
        assert!(smooth < 20 && drawn > 100, "{smooth} {drawn}");
    }

    #[test]
    fn masks_over_everything_over_nothing_and_of_one_pixel() {
        let source = scene();
        let all = repaint(&request("a lake"), &source, &mask(|_, _| true));
        assert!(all != source);
        assert!(repaint(&request("a lake"), &source, &mask(|_, _| false)) == source);
        let one = repaint(&request("a lake"), &source, &mask(|x, y| (x, y) == (7, 9)));
        let differing = one.pixels().zip(source.pixels()).filter(|(a, b)| a != b);
        assert!(differing.count() <= 1);
    }
}
