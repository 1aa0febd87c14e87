//! The canvas: tiny-skia drawing in units that do not depend on the size in
//! pixels, so that a rough small painting and the finished one agree.

use imgc_scale::{FilterType, Image, ImageRef, PixelType, ResizeAlg, ResizeOptions};
use tiny_skia::{
    BlendMode, Color, FillRule, FilterQuality, GradientStop, LineCap, LinearGradient, Paint, Path,
    PathBuilder, Pattern, Pixmap, PixmapPaint, Point, RadialGradient, Rect, Shader, SpreadMode,
    Stroke, Transform,
};

use super::colour::Colour;

/// How the land's shapes are finished, which is most of what a style is.
#[derive(Clone, Copy, Default)]
pub struct Finish {
    /// No gradients inside shapes (posters, cut paper).
    pub flat: bool,
    /// A soft shadow behind every layer (cut paper).
    pub shadow: bool,
    /// A line around every layer: colour, opacity, and whether it glows.
    pub line: Option<(Colour, f32, bool)>,
    /// How opaque layers are; watercolour lets the paper through.
    pub body: f32,
}

/// A picture in the making; its short edge is 1000 units long.
pub struct Canvas {
    /// The pixels so far.
    pub pixmap: Pixmap,
    /// Width in units.
    pub w: f32,
    /// Height in units.
    pub h: f32,
    /// Pixels per unit.
    pub k: f32,
    /// How layers are finished.
    pub finish: Finish,
}

impl Canvas {
    /// An empty, transparent canvas. Edges are kept between 1 and 8192 pixels.
    pub fn new(width: u32, height: u32) -> Self {
        let pixmap = blank(width, height);
        let k = pixmap.width().min(pixmap.height()) as f32 / 1000.0;
        Self {
            w: pixmap.width() as f32 / k,
            h: pixmap.height() as f32 / k,
            k,
            pixmap,
            finish: Finish {
                body: 1.0,
                ..Finish::default()
            },
        }
    }

    /// The transform from units to pixels.
    pub fn scale(&self) -> Transform {
        Transform::from_scale(self.k, self.k)
    }

    /// Fills a path with anything.
    pub fn paint(&mut self, path: &Path, shader: Shader<'_>, blend: BlendMode, place: Transform) {
        let paint = Paint {
            shader,
            blend_mode: blend,
            ..Paint::default()
        };
        let place = place.post_concat(self.scale());
        self.pixmap
            .fill_path(path, &paint, FillRule::Winding, place, None);
    }

    /// Fills a path with one colour.
    pub fn fill(&mut self, path: &Path, colour: Colour, alpha: f32) {
        let shader = Shader::SolidColor(colour.skia(alpha));
        self.paint(path, shader, BlendMode::SourceOver, Transform::identity());
    }

    /// Fills a path from `top` to `bottom`, colours running down from `y0` to `y1`.
    pub fn fill_down(&mut self, path: &Path, y0: f32, y1: f32, top: Color, bottom: Color) {
        let shader = down(y0, y1, &[(0.0, top), (1.0, bottom)]);
        self.paint(path, shader, BlendMode::SourceOver, Transform::identity());
    }

    /// Draws a line along a path.
    pub fn stroke(&mut self, path: &Path, colour: Colour, alpha: f32, width: f32) {
        self.stroke_with(path, colour, alpha, width, BlendMode::SourceOver);
    }

    /// Draws a line along a path, blended as told.
    pub fn stroke_with(
        &mut self,
        path: &Path,
        c: Colour,
        alpha: f32,
        width: f32,
        blend: BlendMode,
    ) {
        let paint = Paint {
            shader: Shader::SolidColor(c.skia(alpha)),
            blend_mode: blend,
            ..Paint::default()
        };
        let stroke = Stroke {
            width,
            line_cap: LineCap::Round,
            ..Stroke::default()
        };
        let scale = self.scale();
        self.pixmap.stroke_path(path, &paint, &stroke, scale, None);
    }

    /// A layer of land: filled from its own colour down to `mist`, and
    /// finished as the style asks.
    pub fn layer(&mut self, path: &Path, colour: Colour, mist: Colour, reach: f32) {
        let finish = self.finish;
        if finish.shadow {
            for width in [10.0, 22.0, 38.0, 58.0] {
                self.stroke(path, Colour::hex(0x100818), 0.07, width);
            }
        }
        let top = path.bounds().top();
        let low = if finish.flat { colour } else { mist };
        let (first, last) = (colour.skia(finish.body), low.skia(finish.body));
        self.fill_down(path, top, top + reach.max(1.0), first, last);
        match finish.line {
            Some((line, alpha, true)) => {
                for (width, part) in [(26.0, 0.05), (14.0, 0.09), (7.0, 0.2), (2.4, 1.0)] {
                    self.stroke_with(path, line, alpha * part, width, BlendMode::Screen);
                }
            }
            Some((line, alpha, false)) => self.stroke(path, line, alpha, 2.6),
            None => {}
        }
    }

    /// A round light that fades out.
    pub fn glow(
        &mut self,
        (x, y): (f32, f32),
        r: f32,
        colour: Colour,
        alpha: f32,
        blend: BlendMode,
    ) {
        // Five stops follow an eased curve: two would show a hard rim.
        let stops = [
            (0.0, 1.0),
            (0.2, 0.62),
            (0.45, 0.28),
            (0.72, 0.07),
            (1.0, 0.0),
        ]
        .map(|(at, part)| GradientStop::new(at, colour.skia(alpha * part)))
        .to_vec();
        let point = Point::from_xy(x, y);
        let shader = RadialGradient::new(
            point,
            0.0,
            point,
            r,
            stops,
            SpreadMode::Pad,
            Transform::identity(),
        );
        if let (Some(shader), Some(path)) = (shader, circle(x, y, r)) {
            self.paint(&path, shader, blend, Transform::identity());
        }
    }

    /// Washes the whole canvas with a vertical gradient.
    pub fn wash(&mut self, stops: &[(f32, Color)], y0: f32, y1: f32, blend: BlendMode) {
        let path = rect(-2.0, -2.0, self.w + 4.0, self.h + 4.0);
        self.paint(&path, down(y0, y1, stops), blend, Transform::identity());
    }

    /// Stretches a small texture over a rectangle given in units.
    pub fn texture(&mut self, texture: &Pixmap, area: [f32; 4], opacity: f32, blend: BlendMode) {
        let [x, y, w, h] = area.map(|v| v * self.k);
        let (pw, ph) = (w.round().max(1.0) as u32, h.round().max(1.0) as u32);
        let large = resized(texture, pw, ph, FilterType::CatmullRom);
        let paint = PixmapPaint {
            opacity,
            blend_mode: blend,
            quality: FilterQuality::Nearest,
        };
        self.pixmap.draw_pixmap(
            x as i32,
            y as i32,
            large.as_ref(),
            &paint,
            Transform::identity(),
            None,
        );
    }

    /// Repeats a tile over everything, one texel to `size` pixels.
    pub fn tile(&mut self, tile: &Pixmap, size: f32, opacity: f32, blend: BlendMode) {
        let quality = FilterQuality::Bilinear;
        let place = Transform::from_scale(size / self.k, size / self.k);
        let shader = Pattern::new(tile.as_ref(), SpreadMode::Repeat, quality, opacity, place);
        let path = rect(0.0, 0.0, self.w + 2.0, self.h + 2.0);
        self.paint(&path, shader, blend, Transform::identity());
    }
}

/// An empty pixmap with edges kept between 1 and 8192.
pub fn blank(width: u32, height: u32) -> Pixmap {
    let size = tiny_skia::IntSize::from_wh(width.clamp(1, 8192), height.clamp(1, 8192));
    let size = size.expect("clamped edges are never zero");
    let bytes = size.width() as usize * size.height() as usize * 4;
    Pixmap::from_vec(vec![0; bytes], size).expect("the buffer has the size's length")
}

/// A pixmap at another size.
pub fn resized(from: &Pixmap, w: u32, h: u32, filter: FilterType) -> Pixmap {
    let mut to = blank(w, h);
    let (tw, th) = (to.width(), to.height());
    let alg = match filter {
        FilterType::Box => ResizeAlg::Nearest,
        smooth => ResizeAlg::Convolution(smooth),
    };
    // The pixels are premultiplied already.
    let options = ResizeOptions::new().resize_alg(alg).use_alpha(false);
    let source = ImageRef::new(from.width(), from.height(), from.data(), PixelType::U8x4);
    let target = Image::from_slice_u8(tw, th, to.data_mut(), PixelType::U8x4);
    if let (Ok(source), Ok(mut target)) = (source, target) {
        // It does not fail: the pixel types are the same.
        let _ = imgc_scale::resize(&source, &mut target, &options);
    }
    if matches!(filter, FilterType::CatmullRom | FilterType::Lanczos3) {
        mend(&mut to);
    }
    to
}

/// Sharp filters overshoot: a premultiplied channel must not exceed its alpha.
/// Opaque pictures cannot break the rule, so they are left alone.
fn mend(pixmap: &mut Pixmap) {
    let mut opaque = true;
    for corner in [0, pixmap.pixels().len() / 2, pixmap.pixels().len() - 1] {
        opaque &= pixmap.pixels()[corner].alpha() == 255;
    }
    if opaque {
        return;
    }
    let over = pixmap.clone();
    pixmap.fill(Color::TRANSPARENT);
    // Drawing through the pipeline clamps every channel to its alpha.
    let paint = PixmapPaint::default();
    pixmap.draw_pixmap(0, 0, over.as_ref(), &paint, Transform::identity(), None);
}

/// A vertical gradient.
pub fn down(y0: f32, y1: f32, stops: &[(f32, Color)]) -> Shader<'static> {
    line_gradient((0.0, y0), (0.0, y1.max(y0 + 0.5)), stops)
}

/// A gradient along a line.
pub fn line_gradient(from: (f32, f32), to: (f32, f32), stops: &[(f32, Color)]) -> Shader<'static> {
    let first = stops.first().map_or(Color::TRANSPARENT, |stop| stop.1);
    let stops = stops
        .iter()
        .map(|&(at, c)| GradientStop::new(at, c))
        .collect();
    LinearGradient::new(
        Point::from_xy(from.0, from.1),
        Point::from_xy(to.0, to.1),
        stops,
        SpreadMode::Pad,
        Transform::identity(),
    )
    .unwrap_or(Shader::SolidColor(first))
}

/// A rectangle as a path.
pub fn rect(x: f32, y: f32, w: f32, h: f32) -> Path {
    let unit = Rect::from_xywh(0.0, 0.0, 1.0, 1.0).expect("a unit square is a rectangle");
    PathBuilder::from_rect(Rect::from_xywh(x, y, w.max(0.01), h.max(0.01)).unwrap_or(unit))
}

/// A circle as a path, unless the radius is nothing.
pub fn circle(x: f32, y: f32, r: f32) -> Option<Path> {
    PathBuilder::from_circle(x, y, r)
}

/// An ellipse as a path.
pub fn oval(x: f32, y: f32, rx: f32, ry: f32) -> Option<Path> {
    PathBuilder::from_oval(Rect::from_xywh(x - rx, y - ry, rx * 2.0, ry * 2.0)?)
}

/// A closed polygon.
pub fn polygon(points: &[(f32, f32)]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        if index == 0 {
            path.move_to(x, y)
        } else {
            path.line_to(x, y)
        }
    }
    path.close();
    path.finish()
}
