//! The brush the portraits are drawn with: a few shapes, two ways of laying them down, and
//! colours, over `tiny_skia`. A shape that cannot be made (`None`) is simply not drawn.

use tiny_skia::{
    Color, FillRule, GradientStop, LineCap, LinearGradient, Paint, Path, PathBuilder, Pixmap,
    Point, Rect, Shader, SpreadMode, Stroke, Transform,
};

/// A colour as `0xRRGGBB`.
pub(super) type Rgb = u32;

/// The width and height of a picture, in pixels.
pub(super) const SIDE: u32 = 256;

/// Covers the picture with a slanting gradient.
pub(super) fn backdrop(canvas: &mut Pixmap, top: Rgb, bottom: Rgb) {
    let side = SIDE as f32;
    let shader = LinearGradient::new(
        Point::from_xy(0.0, 0.0),
        Point::from_xy(side * 0.4, side),
        vec![
            GradientStop::new(0.0, colour(top, 255)),
            GradientStop::new(1.0, colour(bottom, 255)),
        ],
        SpreadMode::Pad,
        Transform::identity(),
    );
    let paint = Paint {
        shader: shader.unwrap_or(Shader::SolidColor(colour(bottom, 255))),
        ..Paint::default()
    };
    fill(canvas, block(0.0, 0.0, side, side), &paint);
}

/// An ellipse by its centre and its two radii.
pub(super) fn ellipse(x: f32, y: f32, across: f32, down: f32) -> Option<Path> {
    Rect::from_ltrb(x - across, y - down, x + across, y + down).and_then(PathBuilder::from_oval)
}

/// A rectangle by its edges.
pub(super) fn block(left: f32, top: f32, right: f32, bottom: f32) -> Option<Path> {
    Rect::from_ltrb(left, top, right, bottom).map(PathBuilder::from_rect)
}

/// An open curve from one point to another, drawn towards the middle one.
pub(super) fn curve(from: (f32, f32), through: (f32, f32), to: (f32, f32)) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.move_to(from.0, from.1);
    path.quad_to(through.0, through.1, to.0, to.1);
    path.finish()
}

/// A closed outline.
pub(super) fn closed(draw: impl FnOnce(&mut PathBuilder)) -> Option<Path> {
    let mut path = PathBuilder::new();
    draw(&mut path);
    path.close();
    path.finish()
}

/// Fills a shape.
pub(super) fn fill(canvas: &mut Pixmap, path: Option<Path>, paint: &Paint) {
    if let Some(path) = path {
        canvas.fill_path(&path, paint, FillRule::Winding, Transform::identity(), None);
    }
}

/// Draws along a shape with a round pen.
pub(super) fn stroke(canvas: &mut Pixmap, path: Option<Path>, paint: &Paint, width: f32) {
    if let Some(path) = path {
        let pen = Stroke {
            width,
            line_cap: LineCap::Round,
            ..Stroke::default()
        };
        canvas.stroke_path(&path, paint, &pen, Transform::identity(), None);
    }
}

/// An opaque paint.
pub(super) fn solid(rgb: Rgb) -> Paint<'static> {
    translucent(rgb, 255)
}

/// A paint one can see through: 0 is clear, 255 opaque.
pub(super) fn translucent(rgb: Rgb, alpha: u8) -> Paint<'static> {
    Paint {
        shader: Shader::SolidColor(colour(rgb, alpha)),
        anti_alias: true,
        ..Paint::default()
    }
}

fn colour(rgb: Rgb, alpha: u8) -> Color {
    let [_, red, green, blue] = rgb.to_be_bytes();
    Color::from_rgba8(red, green, blue, alpha)
}

/// One colour with a share (0 to 1) of another in it.
pub(super) fn mix(one: Rgb, other: Rgb, share: f32) -> Rgb {
    let (one, other) = (one.to_be_bytes(), other.to_be_bytes());
    let blend = |at: usize| {
        (f32::from(one[at]) * (1.0 - share) + f32::from(other[at]) * share).round() as u8
    };
    Rgb::from_be_bytes([0, blend(1), blend(2), blend(3)])
}

/// A colour by hue (degrees), saturation and lightness (0 to 1).
pub(super) fn hsl(hue: f32, saturation: f32, lightness: f32) -> Rgb {
    let reach = saturation * lightness.min(1.0 - lightness);
    let channel = |offset: f32| {
        let turn = (offset + hue / 30.0) % 12.0;
        let value = lightness - reach * (turn - 3.0).min(9.0 - turn).clamp(-1.0, 1.0);
        (value * 255.0).round() as u8
    };
    Rgb::from_be_bytes([0, channel(0.0), channel(8.0), channel(4.0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hues_are_the_ones_of_the_wheel() {
        assert_eq!(hsl(0.0, 1.0, 0.5), 0xff0000);
        assert_eq!(hsl(120.0, 1.0, 0.5), 0x00ff00);
        assert_eq!(hsl(600.0, 1.0, 0.5), 0x0000ff);
    }
}
