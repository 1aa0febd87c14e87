//! The sky: its gradient, the sun or moon and their light, stars, clouds and
//! the aurora.

use tiny_skia::{BlendMode, PathBuilder, Pixmap, Shader, Transform};

use super::{
    Work,
    canvas::{blank, circle, line_gradient, oval, polygon},
    colour::Colour,
    rng::SeededRng,
    words::{Scene, Style, Time, Weather},
};

/// How far down the sky the sun or moon stands, as a part of the horizon.
pub fn sun_height(time: Time, rng: &mut SeededRng) -> f32 {
    match time {
        Time::Dawn | Time::Sunset => rng.range(0.68, 0.84),
        Time::Noon => rng.range(0.24, 0.36),
        Time::Dusk => rng.range(0.42, 0.6),
        Time::Night => rng.range(0.26, 0.42),
    }
}

/// Paints the whole sky down to the bottom of the canvas.
pub fn paint(work: &mut Work) {
    let sky = work.palette.sky;
    let stops = [(0.0, sky[0]), (0.36, sky[1]), (0.7, sky[2]), (0.97, sky[3])]
        .map(|(at, colour)| (at, colour.skia(1.0)));
    let horizon = work.horizon;
    work.canvas
        .wash(&stops, 0.0, horizon, BlendMode::SourceOver);
    if work.palette.night {
        stars(work);
    }
    if work.reading.weather == Weather::Aurora {
        aurora(work);
    }
    sun(work);
    match work.reading.weather {
        Weather::Clear | Weather::Aurora if work.reading.style != Style::Ink => {}
        Weather::Storm | Weather::Rain => {
            veil(work, 0.34, 0.95);
            bank(work, 5);
        }
        Weather::Clouds => {
            veil(work, 0.5, 0.6);
            bank(work, 4);
        }
        _ => veil(work, 0.54, 0.5),
    }
    if work.reading.weather == Weather::Storm {
        lightning(work);
    }
}

fn sun(work: &mut Work) {
    let style = work.reading.style;
    // Ink paintings have one red thing in them, and this is it.
    let light = match style {
        Style::Ink => work.palette.accent,
        _ => work.palette.light,
    };
    let at = work.sun;
    let moon = matches!(work.reading.time, Time::Night | Time::Dusk);
    let r = if moon { 46.0 } else { 58.0 } * if style == Style::Neon { 2.6 } else { 1.0 };
    let hidden = matches!(work.reading.weather, Weather::Storm | Weather::Rain);
    if matches!(style, Style::Poster | Style::Paper) {
        // Flat styles show light as rings instead of a gradient.
        for ring in (1..=4).rev() {
            let colour = work.palette.sky[2].mix(light, 0.5);
            if let Some(path) = circle(at.0, at.1, r + 78.0 * ring as f32) {
                work.canvas.fill(&path, colour, 0.16);
            }
        }
    } else if style != Style::Ink {
        let warm = work.palette.sky[3].mix(light, 0.4);
        work.canvas.glow(
            at,
            900.0,
            warm,
            if moon { 0.3 } else { 0.6 },
            BlendMode::Screen,
        );
        work.canvas.glow(
            at,
            r * 4.6,
            light,
            if moon { 0.4 } else { 0.7 },
            BlendMode::Screen,
        );
    }
    let Some(disc) = circle(at.0, at.1, r) else {
        return;
    };
    if style == Style::Neon {
        let shader = line_gradient(
            (0.0, at.1 - r),
            (0.0, at.1 + r),
            &[
                (0.0, work.palette.light.skia(1.0)),
                (1.0, work.palette.sky[3].skia(1.0)),
            ],
        );
        work.canvas
            .paint(&disc, shader, BlendMode::SourceOver, Transform::identity());
        return;
    }
    work.canvas
        .fill(&disc, light, if hidden { 0.35 } else { 1.0 });
    if moon && !hidden {
        for (dx, dy, part) in [
            (-0.3, -0.2, 0.24),
            (0.25, 0.15, 0.18),
            (-0.05, 0.45, 0.15),
            (0.3, -0.4, 0.1),
        ] {
            if let Some(crater) = circle(at.0 + dx * r, at.1 + dy * r, part * r) {
                work.canvas.fill(&crater, work.palette.sky[2], 0.3);
            }
        }
    }
}

/// Stars, more and brighter towards the top.
pub fn stars(work: &mut Work) {
    let mut rng = work.rng("stars");
    let area = work.canvas.w * work.horizon.max(1.0) / 1_000_000.0;
    let count = (if work.reading.stars { 900.0 } else { 420.0 } * area) as usize;
    let fade = if work.reading.time == Time::Dusk {
        0.45
    } else {
        0.95
    };
    for _ in 0..count {
        let (x, v) = (rng.range(0.0, work.canvas.w), rng.range(0.0, 1.0));
        let y = v * v.sqrt() * work.horizon;
        let size = rng.range(0.0, 1.0).powi(6);
        let alpha = rng.range(0.25, 1.0) * fade * (1.0 - v * 0.8);
        let colour = work
            .palette
            .light
            .mix(work.palette.accent, rng.range(0.0, 0.5));
        if let Some(star) = circle(x, y, 0.7 + size * 2.6) {
            work.canvas.fill(&star, colour, alpha);
        }
        if size > 0.45 {
            work.canvas
                .glow((x, y), 22.0 * size, colour, alpha * 0.8, BlendMode::Screen);
        }
    }
}

/// Curtains of light, thin ray by thin ray.
fn aurora(work: &mut Work) {
    let mut rng = work.rng("aurora");
    let noise = rng.noise();
    for curtain in 0..3 {
        let hue = [158.0, 178.0, 310.0][curtain] + rng.range(-14.0, 14.0);
        let colour = Colour::lch(0.8, 0.19, hue);
        let base = work.horizon * (0.72 - 0.17 * curtain as f32);
        let steps = (work.canvas.w / 9.0) as i32;
        for step in 0..=steps {
            let x = step as f32 * 9.0;
            let drift = noise.fractal(x / 420.0, curtain as f32 * 9.0, 3) - 0.5;
            let (low, glow) = (
                base + drift * 420.0,
                noise.at(x / 37.0, 50.0 + curtain as f32),
            );
            let tall = work.horizon * (0.25 + 0.5 * noise.at(x / 120.0, 80.0 + curtain as f32));
            let alpha = 0.62 * glow * noise.at(x / 300.0, 99.0 + curtain as f32).powf(0.7);
            let ray = super::canvas::rect(x - 7.0, low - tall, 14.0, tall + 30.0);
            let stops = [
                (0.0, colour.skia(0.0)),
                (0.82, colour.skia(alpha)),
                (0.9, colour.skia(alpha)),
                (1.0, colour.skia(0.0)),
            ];
            let shader = line_gradient((0.0, low - tall), (0.0, low + 30.0), &stops);
            work.canvas
                .paint(&ray, shader, BlendMode::Screen, Transform::identity());
        }
    }
}

/// Soft clouds from noise, lit from the sun's side. `cover` is the level of
/// noise where clouds begin.
fn veil(work: &mut Work, cover: f32, opacity: f32) {
    if matches!(
        work.reading.style,
        Style::Poster | Style::Paper | Style::Neon
    ) {
        return;
    }
    let noise = work.rng("veil").noise();
    let wide = work.canvas.w / 1000.0;
    let (cols, rows) = ((150.0 * wide).min(420.0) as u32, 96);
    let lit = work.palette.sky[3].mix(work.palette.light, 0.6);
    let shade = work.palette.sky[1].mix(work.palette.far, 0.5);
    let ramp: Vec<[u8; 3]> = (0..16)
        .map(|step| shade.mix(lit, step as f32 / 15.0).rgb())
        .collect();
    let mut texture = blank(cols, rows);
    let (deep, sun) = (work.horizon / 260.0, work.sun.0 / work.canvas.w);
    for (index, pixel) in texture.pixels_mut().iter_mut().enumerate() {
        let (u, v) = (
            (index as u32 % cols) as f32 / cols as f32,
            (index as u32 / cols) as f32 / rows as f32,
        );
        // Clouds flatten towards the horizon, as their undersides do.
        let (x, y) = (u * wide * 3.4, v * deep * (1.0 + 1.8 * v));
        let thick = noise.fractal(x, y, 5);
        let ahead = noise.fractal(x + (sun - u).signum() * 0.07, y - 0.12, 3);
        let edges = (v * 8.0).min(1.0) * ((1.0 - v) * 3.5).min(1.0);
        let alpha = ((thick - cover) / 0.2).clamp(0.0, 1.0) * edges;
        let light = (0.62 + (thick - ahead) * 3.4).clamp(0.0, 1.0);
        let [r, g, b] = ramp[(light * 15.0) as usize];
        *pixel = tiny_skia::ColorU8::from_rgba(r, g, b, (alpha * 255.0) as u8).premultiply();
    }
    let area = [0.0, 0.0, work.canvas.w, work.horizon];
    work.canvas
        .texture(&texture, area, opacity, BlendMode::SourceOver);
}

/// Drawn cumulus clouds that sail above the horizon.
fn bank(work: &mut Work, count: usize) {
    if work.reading.style == Style::Ink {
        return;
    }
    let mut rng = work.rng("bank");
    let count = (count as f32 * (work.canvas.w / 1000.0).sqrt()).round() as usize;
    for index in 0..count {
        let depth = index as f32 / count as f32;
        let (x, y) = (
            rng.range(0.0, work.canvas.w),
            work.horizon * (0.74 - 0.55 * depth + rng.range(-0.05, 0.05)),
        );
        cumulus(
            work,
            &mut rng,
            (x, y),
            70.0 + 190.0 * depth,
            0.35 + 0.4 * depth,
        );
    }
}

fn cumulus(work: &mut Work, rng: &mut SeededRng, (x, y): (f32, f32), size: f32, alpha: f32) {
    let mut path = PathBuilder::new();
    let puffs = 9;
    for puff in 0..puffs {
        let t = puff as f32 / (puffs - 1) as f32 * 2.0 - 1.0;
        let r = size * (0.16 + 0.3 * (1.0 - t * t)) * rng.range(0.7, 1.15);
        path.push_circle(x + t * size * 1.25, y - r * 0.75, r);
    }
    let Some(path) = path.finish() else { return };
    let top = work.palette.sky[3].mix(work.palette.light, 0.75).lit(0.03);
    let low = work.palette.sky[2];
    // The flat, fading underside comes from the gradient, not the outline.
    let stops = [
        (0.0, top.skia(alpha)),
        (0.55, top.mix(low, 0.5).skia(alpha * 0.8)),
        (1.0, low.skia(0.0)),
    ];
    let shader = line_gradient((0.0, y - size * 0.75), (0.0, y + size * 0.06), &stops);
    work.canvas
        .paint(&path, shader, BlendMode::SourceOver, Transform::identity());
}

fn lightning(work: &mut Work) {
    let mut rng = work.rng("lightning");
    let (mut x, mut y) = (work.canvas.w * rng.range(0.2, 0.8), work.horizon * 0.12);
    let mut path = PathBuilder::new();
    path.move_to(x, y);
    while y < work.horizon * 0.97 {
        x += rng.range(-34.0, 34.0);
        y += rng.range(18.0, 48.0);
        path.line_to(x, y);
    }
    let Some(path) = path.finish() else { return };
    let white = Colour::hex(0xfdf6ff);
    for (width, alpha) in [(26.0, 0.08), (11.0, 0.2), (3.0, 0.95)] {
        work.canvas
            .stroke_with(&path, white, alpha, width, BlendMode::Screen);
    }
    work.canvas
        .glow((x, y * 0.6), 520.0, white, 0.3, BlendMode::Screen);
}

/// Beams that fan out from the sun over what is painted so far.
pub fn beams(work: &mut Work, strength: f32) {
    if matches!(
        work.reading.style,
        Style::Ink | Style::Poster | Style::Paper
    ) {
        return;
    }
    let mut rng = work.rng("beams");
    let (sun, light) = (work.sun, work.palette.light.mix(work.palette.sky[3], 0.5));
    let reach = work.canvas.h * 1.3;
    // Moonlight is too faint for strong beams.
    let strength = if work.palette.night {
        strength * 0.5
    } else {
        strength
    };
    for _ in 0..9 {
        let (angle, spread) = (rng.range(0.25, 2.9), rng.range(0.02, 0.08));
        let alpha = strength * rng.range(0.4, 1.0);
        let ends = [angle - spread, angle + spread]
            .map(|a: f32| (sun.0 + reach * a.cos(), sun.1 + reach * a.sin()));
        let Some(beam) = polygon(&[sun, ends[0], ends[1]]) else {
            continue;
        };
        let far = (sun.0 + reach * angle.cos(), sun.1 + reach * angle.sin());
        let shader = line_gradient(
            sun,
            far,
            &[(0.0, light.skia(alpha)), (0.75, light.skia(0.0))],
        );
        work.canvas
            .paint(&beam, shader, BlendMode::Screen, Transform::identity());
    }
}

/// A band of mist lying at height `y`.
pub fn mist(work: &mut Work, y: f32, thickness: f32, alpha: f32) {
    let quiet = matches!(
        work.reading.style,
        Style::Poster | Style::Paper | Style::Neon
    );
    if quiet || work.reading.scene == Scene::Abstract {
        return;
    }
    let extra = if work.reading.weather == Weather::Fog {
        1.7
    } else {
        1.0
    };
    let colour = work.palette.sky[3].mix(work.palette.sky[2], 0.4);
    let stops = [(0.0, 0.0), (0.5, alpha * extra), (1.0, 0.0)].map(|(at, a)| (at, colour.skia(a)));
    let band = super::canvas::rect(-2.0, y - thickness, work.canvas.w + 4.0, thickness * 2.0);
    let shader: Shader<'static> = line_gradient((0.0, y - thickness), (0.0, y + thickness), &stops);
    work.canvas
        .paint(&band, shader, BlendMode::SourceOver, Transform::identity());
    let mut rng = work.rng("mist");
    for _ in 0..5 {
        let (x, dy) = (
            rng.range(0.0, work.canvas.w),
            rng.range(-0.4, 0.4) * thickness,
        );
        let Some(path) = oval(x, y + dy, rng.range(160.0, 420.0), thickness * 0.22) else {
            continue;
        };
        work.canvas.fill(&path, colour, alpha * extra * 0.16);
    }
}

/// A small noise tile in grey, for textures; `contrast` 0 is even grey.
pub fn grey_tile(rng: &mut SeededRng, size: u32, grains: f32, contrast: f32) -> Pixmap {
    let mut tile = blank(size, size);
    let noise = rng.noise();
    for (index, pixel) in tile.pixels_mut().iter_mut().enumerate() {
        let (x, y) = ((index as u32 % size) as f32, (index as u32 / size) as f32);
        let rough = if grains > 0.0 {
            noise.fractal(x / grains, y / grains, 3) - 0.5
        } else {
            0.0
        };
        let value = 0.5 + rough * contrast + rng.range(-0.5, 0.5) * contrast * 0.5;
        let grey = (value.clamp(0.0, 1.0) * 255.0) as u8;
        *pixel = tiny_skia::ColorU8::from_rgba(grey, grey, grey, 255).premultiply();
    }
    tile
}
