//! Finishing: what a style does to the whole picture, the vignette, the grain,
//! and the roughness of a picture that is not finished yet.

use imgc_scale::FilterType;
use tiny_skia::{BlendMode, PathBuilder, Pixmap};

use super::{
    Work,
    canvas::{Canvas, Finish, polygon, rect, resized},
    colour::{Colour, Palette},
    rng::SeededRng,
    sky::grey_tile,
    words::{Reading, Style},
};

/// How layers of land are drawn in a style.
pub fn finish_of(reading: &Reading, palette: &Palette) -> Finish {
    let plain = Finish {
        body: 1.0,
        ..Finish::default()
    };
    match reading.style {
        Style::Paper => Finish {
            flat: true,
            shadow: true,
            ..plain
        },
        Style::Poster => Finish {
            flat: true,
            ..plain
        },
        Style::Neon => Finish {
            line: Some((palette.accent, 0.8, true)),
            ..plain
        },
        Style::Ink => Finish {
            body: 0.9,
            line: Some((palette.near, 0.5, false)),
            ..plain
        },
        Style::Watercolour => Finish {
            body: 0.86,
            line: Some((palette.near, 0.13, false)),
            ..plain
        },
        _ => plain,
    }
}

/// Redoes the landscape in strokes or facets. The subjects come after it, since
/// strokes this broad would swallow them.
pub fn rework(work: &mut Work) {
    let mut rng = work.rng("rework");
    match work.reading.style {
        Style::Oil => oil(work, &mut rng),
        Style::Geometric => facets(work, &mut rng),
        _ => {}
    }
}

/// Turns the painted scene into its style, and closes it with a vignette.
pub fn finish(work: &mut Work) {
    let mut rng = work.rng("finish");
    match work.reading.style {
        Style::Watercolour => watercolour(work, &mut rng),
        Style::Ink => ink(work, &mut rng),
        Style::Pastel => chalk(work, &mut rng),
        Style::Pixel => pixels(work),
        Style::Poster => poster(work),
        _ => {}
    }
    if !matches!(
        work.reading.style,
        Style::Pixel | Style::Poster | Style::Watercolour | Style::Ink
    ) {
        vignette(work);
    }
}

fn vignette(work: &mut Work) {
    let (w, h) = (work.canvas.w, work.canvas.h);
    let dark = work.palette.sky[0].mix(work.palette.near, 0.6).lit(-0.1);
    let top = [(0.0, dark.skia(0.1)), (1.0, dark.skia(0.0))];
    work.canvas.wash(&top, 0.0, h * 0.3, BlendMode::SourceOver);
    let low = [(0.0, dark.skia(0.0)), (1.0, dark.skia(0.34))];
    work.canvas.wash(&low, h * 0.72, h, BlendMode::SourceOver);
    let edge = rect(-2.0, -2.0, w + 4.0, h + 4.0);
    let stops = [
        (0.0, dark.skia(0.13)),
        (0.2, dark.skia(0.0)),
        (0.8, dark.skia(0.0)),
        (1.0, dark.skia(0.13)),
    ];
    let shader = super::canvas::line_gradient((0.0, 0.0), (w, 0.0), &stops);
    work.canvas.paint(
        &edge,
        shader,
        BlendMode::SourceOver,
        tiny_skia::Transform::identity(),
    );
}

/// Pigment that pools and pales, rough paper, and an unpainted border.
fn watercolour(work: &mut Work, rng: &mut SeededRng) {
    let area = [0.0, 0.0, work.canvas.w, work.canvas.h];
    let pools = grey_tile(rng, 72, 15.0, 1.5);
    work.canvas
        .texture(&pools, area, 0.36, BlendMode::SoftLight);
    let paper = grey_tile(rng, 256, 3.0, 0.55);
    let size = (work.canvas.k * 1.6).max(0.6);
    work.canvas.tile(&paper, size, 0.5, BlendMode::SoftLight);
    let white = Colour::hex(0xfbf7ee);
    let veil = rect(-2.0, -2.0, work.canvas.w + 4.0, work.canvas.h + 4.0);
    work.canvas.fill(&veil, white, 0.1);
    border(work, rng, white, 34.0);
}

/// A ragged border of bare paper, with a darker line where the wash dried.
fn border(work: &mut Work, rng: &mut SeededRng, paper: Colour, width: f32) {
    let (w, h) = (work.canvas.w, work.canvas.h);
    let noise = rng.noise();
    let ragged = |t: f32| width + (noise.fractal(t / 46.0, 4.0, 4) - 0.5) * 34.0;
    let mut inner = Vec::new();
    let span = |length: f32| (0..(length / 6.0) as i32).map(|step| step as f32 * 6.0);
    for x in span(w - width * 2.0) {
        inner.push((width + x, ragged(x)));
    }
    for y in span(h - width * 2.0) {
        inner.push((w - ragged(y + 4000.0), width + y));
    }
    for x in span(w - width * 2.0) {
        inner.push((w - width - x, h - ragged(x + 8000.0)));
    }
    for y in span(h - width * 2.0) {
        inner.push((ragged(y + 12000.0), h - width - y));
    }
    let Some(edge) = polygon(&inner) else { return };
    work.canvas.stroke(&edge, work.palette.near, 0.16, 5.0);
    let mut frame = PathBuilder::new();
    frame.push_path(&rect(-40.0, -40.0, w + 80.0, h + 80.0));
    frame.push_path(&edge);
    if let Some(frame) = frame.finish() {
        let paint = tiny_skia::Paint {
            shader: tiny_skia::Shader::SolidColor(paper.skia(1.0)),
            ..tiny_skia::Paint::default()
        };
        let scale = work.canvas.scale();
        work.canvas
            .pixmap
            .fill_path(&frame, &paint, tiny_skia::FillRule::EvenOdd, scale, None);
    }
}

/// Rice paper, blotted washes and a red seal.
fn ink(work: &mut Work, rng: &mut SeededRng) {
    let area = [0.0, 0.0, work.canvas.w, work.canvas.h];
    let washes = grey_tile(rng, 64, 13.0, 1.2);
    work.canvas
        .texture(&washes, area, 0.55, BlendMode::SoftLight);
    let fibres = grey_tile(rng, 256, 2.0, 0.4);
    work.canvas.tile(
        &fibres,
        (work.canvas.k * 2.0).max(0.6),
        0.45,
        BlendMode::Overlay,
    );
    let (x, y) = (work.canvas.w - 96.0, work.canvas.h - 104.0);
    work.canvas
        .fill(&rect(x, y, 46.0, 52.0), work.palette.accent, 0.92);
    let paper = work.palette.sky[3];
    for (dx, dy, w, h) in [
        (9.0, 9.0, 28.0, 4.0),
        (9.0, 22.0, 28.0, 4.0),
        (21.0, 9.0, 4.0, 34.0),
        (9.0, 34.0, 8.0, 4.0),
        (30.0, 34.0, 8.0, 4.0),
    ] {
        work.canvas.fill(&rect(x + dx, y + dy, w, h), paper, 0.9);
    }
}

fn chalk(work: &mut Work, rng: &mut SeededRng) {
    let tooth = grey_tile(rng, 256, 1.6, 1.0);
    work.canvas.tile(
        &tooth,
        (work.canvas.k * 1.7).max(0.7),
        0.34,
        BlendMode::SoftLight,
    );
}

/// The painting as colours to pick from: a small copy.
struct Sampler {
    small: Pixmap,
    step: f32,
}

impl Sampler {
    fn new(canvas: &Canvas, step: f32) -> Self {
        let (w, h) = (
            (canvas.w / step).ceil() as u32,
            (canvas.h / step).ceil() as u32,
        );
        let small = resized(&canvas.pixmap, w, h, FilterType::Bilinear);
        Self { small, step }
    }

    fn at(&self, x: f32, y: f32) -> Colour {
        let x = ((x / self.step).max(0.0) as u32).min(self.small.width() - 1);
        let y = ((y / self.step).max(0.0) as u32).min(self.small.height() - 1);
        let pixel = self.small.pixels()[(y * self.small.width() + x) as usize];
        Colour::hex(
            u32::from(pixel.red()) << 16 | u32::from(pixel.green()) << 8 | u32::from(pixel.blue()),
        )
    }
}

/// Brush strokes that follow a slow wind, broad ones first.
fn oil(work: &mut Work, rng: &mut SeededRng) {
    let wind = rng.noise();
    for (step, width, alpha) in [(26.0, 30.0, 0.9), (15.0, 14.0, 0.85), (11.5, 8.0, 0.75)] {
        let colours = Sampler::new(&work.canvas, 5.0);
        // A wide picture gets longer strokes rather than more of them.
        let stretch = (work.canvas.w * work.canvas.h / 1_800_000.0)
            .max(1.0)
            .sqrt();
        let step = step * stretch;
        let (cols, rows) = (
            (work.canvas.w / step) as i32 + 2,
            (work.canvas.h / step) as i32 + 2,
        );
        for cell in 0..cols * rows {
            let x = (cell % cols) as f32 * step + rng.range(-0.6, 0.6) * step;
            let y = (cell / cols) as f32 * step + rng.range(-0.6, 0.6) * step;
            let colour = colours
                .at(x, y)
                .lit(rng.range(-0.03, 0.035))
                .vivid(rng.range(0.95, 1.2));
            let angle = wind.fractal(x / 420.0, y / 420.0, 2) * 5.0 - 2.5;
            let (dx, dy) = (angle.cos() * width * 1.5, angle.sin() * width * 0.9);
            let mut stroke = PathBuilder::new();
            stroke.move_to(x - dx, y - dy);
            stroke.quad_to(x + dy * 0.3, y - dx * 0.1, x + dx, y + dy);
            if let Some(stroke) = stroke.finish() {
                work.canvas.stroke(
                    &stroke,
                    colour,
                    alpha,
                    width * stretch * rng.range(0.6, 1.0),
                );
            }
        }
    }
    let weave = grey_tile(rng, 128, 2.2, 0.8);
    work.canvas.tile(
        &weave,
        (work.canvas.k * 1.4).max(0.6),
        0.3,
        BlendMode::SoftLight,
    );
}

/// Triangles, each in the colour under its middle.
fn facets(work: &mut Work, rng: &mut SeededRng) {
    let colours = Sampler::new(&work.canvas, 6.0);
    let cell = 31.0
        * (work.canvas.w * work.canvas.h / 2_000_000.0)
            .max(1.0)
            .sqrt();
    let (cols, rows) = (
        (work.canvas.w / cell) as usize + 3,
        (work.canvas.h / cell) as usize + 3,
    );
    let points: Vec<(f32, f32)> = (0..cols * rows)
        .map(|index| {
            let (col, row) = ((index % cols) as f32, (index / cols) as f32);
            let (dx, dy) = (rng.range(-0.36, 0.36), rng.range(-0.36, 0.36));
            ((col - 0.8 + dx) * cell, (row - 0.8 + dy) * cell)
        })
        .collect();
    for index in 0..cols * (rows - 1) {
        if index % cols == cols - 1 {
            continue;
        }
        let (a, b, c, d) = (
            points[index],
            points[index + 1],
            points[index + cols],
            points[index + cols + 1],
        );
        let halves = if (index / cols + index % cols).is_multiple_of(2) {
            [[a, b, c], [b, d, c]]
        } else {
            [[a, b, d], [a, d, c]]
        };
        for corners in halves {
            let x = (corners[0].0 + corners[1].0 + corners[2].0) / 3.0;
            let y = (corners[0].1 + corners[1].1 + corners[2].1) / 3.0;
            let colour = colours.at(x, y).lit(rng.range(-0.022, 0.026)).vivid(1.12);
            if let Some(path) = polygon(&corners) {
                work.canvas.fill(&path, colour, 1.0);
                // The hairline closes the seam that anti-aliasing leaves.
                work.canvas
                    .stroke(&path, colour, 1.0, 1.1 / work.canvas.k.max(0.2));
            }
        }
    }
}

/// Few, large pixels in few colours, dithered in a checkerboard.
fn pixels(work: &mut Work) {
    let (w, h) = (work.canvas.pixmap.width(), work.canvas.pixmap.height());
    let scale = (144.0 / w.min(h) as f32).min(1.0);
    let (sw, sh) = (
        ((w as f32 * scale) as u32).max(1),
        ((h as f32 * scale) as u32).max(1),
    );
    let mut small = resized(&work.canvas.pixmap, sw, sh, FilterType::Bilinear);
    for (index, pixel) in small.pixels_mut().iter_mut().enumerate() {
        let (x, y) = (index as u32 % sw, index as u32 / sw);
        let lift = [[-5, 2], [4, -2]][(y % 2) as usize][(x % 2) as usize];
        let level = |value: u8| {
            let stepped = (i32::from(value) + lift + 9) / 18 * 18;
            stepped.clamp(0, 255) as u8
        };
        let (r, g, b) = (
            level(pixel.red()),
            level(pixel.green()),
            level(pixel.blue()),
        );
        *pixel = tiny_skia::ColorU8::from_rgba(r, g, b, 255).premultiply();
    }
    work.canvas.pixmap = resized(&small, w, h, FilterType::Box);
}

/// A cream margin, as a printed poster has.
fn poster(work: &mut Work) {
    let (w, h) = (work.canvas.w, work.canvas.h);
    let cream = Colour::hex(0xf6ecd8);
    let margin = 38.0;
    for [x, y, wide, tall] in [
        [0.0, 0.0, w, margin],
        [0.0, h - margin, w, margin],
        [0.0, 0.0, margin, h],
        [w - margin, 0.0, margin, h],
    ] {
        work.canvas.fill(&rect(x, y, wide, tall), cream, 1.0);
    }
}

/// A rough stage of a picture: blurred to what `detail` has worked out so far.
pub fn unfinished(picture: &Pixmap, detail: f32) -> Pixmap {
    let (w, h) = (picture.width(), picture.height());
    let edge = 12.0 + 420.0 * detail * detail;
    let scale = (edge / w.min(h) as f32).min(1.0);
    let small = ((w as f32 * scale) as u32).max(1);
    let low = resized(
        picture,
        small,
        ((h as f32 * scale) as u32).max(1),
        FilterType::Bilinear,
    );
    resized(&low, w, h, FilterType::CatmullRom)
}

/// Fine grain at the final resolution, which keeps gradients from banding.
pub fn grain(pixmap: &mut Pixmap, key: u64, style: Style) {
    if style == Style::Pixel {
        return;
    }
    let tile = grey_tile(&mut SeededRng::new(key, "grain"), 192, 0.0, 0.7);
    let strength = if matches!(style, Style::Neon | Style::Poster | Style::Geometric) {
        0.05
    } else {
        0.1
    };
    let quality = tiny_skia::FilterQuality::Nearest;
    let identity = tiny_skia::Transform::identity();
    let paint = tiny_skia::Paint {
        shader: tiny_skia::Pattern::new(
            tile.as_ref(),
            tiny_skia::SpreadMode::Repeat,
            quality,
            strength,
            identity,
        ),
        blend_mode: BlendMode::Overlay,
        ..tiny_skia::Paint::default()
    };
    let (w, h) = (pixmap.width() as f32, pixmap.height() as f32);
    if let Some(all) = tiny_skia::Rect::from_xywh(0.0, 0.0, w, h) {
        pixmap.fill_rect(all, &paint, identity, None);
    }
}
