//! Scenes that are not landscapes: space, the deep sea, and pure forms.

use tiny_skia::{BlendMode, PathBuilder, Transform};

use super::{
    Stage, Work,
    canvas::{blank, circle, line_gradient, oval, polygon, rect},
    colour::Colour,
    land::{Ridge, lay, opposite},
    rng::SeededRng,
    sky,
    words::Style,
};

/// Stars, a nebula and planets; the ground of one of them is near.
pub fn space(work: &mut Work) -> Stage {
    if work.reading.style != Style::Ink && !work.palette.night {
        // Space is dark at any hour; only the hues of the palette stay.
        let night = Colour::hex(0x080a1e);
        let sky = work.palette.sky;
        work.palette.sky = [
            night.mix(sky[0], 0.14),
            night.mix(sky[1], 0.3),
            night.mix(sky[2], 0.42),
            night.mix(sky[3], 0.5),
        ];
        work.palette.near = work.palette.near.mix(night, 0.5);
        work.palette.night = true;
    }
    let (w, h) = (work.canvas.w, work.canvas.h);
    let stops =
        [(0.0, 0), (0.55, 1), (1.0, 2)].map(|(at, index)| (at, work.palette.sky[index].skia(1.0)));
    work.canvas.wash(&stops, 0.0, h, BlendMode::SourceOver);
    let horizon = std::mem::replace(&mut work.horizon, h);
    work.reading.stars = true;
    nebula(work);
    sky::stars(work);
    work.horizon = horizon;
    let mut rng = work.rng("planets");
    let big = rng.range(150.0, 230.0);
    let main = (work.sun.0, h * rng.range(0.3, 0.42));
    planet(work, &mut rng, main, big, true);
    let away = opposite(work);
    let small = (away + rng.range(-60.0, 60.0), h * rng.range(0.14, 0.24));
    planet(work, &mut rng, small, big * 0.28, false);
    let tiny = (w * rng.range(0.1, 0.9), h * rng.range(0.45, 0.6));
    planet(work, &mut rng, tiny, big * 0.12, false);
    let mut stage = (away, h);
    for step in 0..3 {
        let base = h * (0.8 + 0.075 * step as f32);
        let ridge = Ridge::new(work, &mut rng, base, 50.0, 340.0, 4 - step);
        lay(work, &ridge, 0.4 + 0.3 * step as f32, 200.0);
        stage = (away, ridge.at(away) + 10.0);
    }
    Stage {
        ground: stage,
        water: None,
        size: 210.0,
    }
}

/// Coloured clouds of gas: noise in two hues, added as light.
fn nebula(work: &mut Work) {
    let mut rng = work.rng("nebula");
    let (one, two) = (rng.noise(), rng.noise());
    let (cols, rows) = (120, 120);
    let hues = [
        work.palette.accent,
        work.palette.sky[3],
        work.palette.sky[2].vivid(1.6),
    ];
    let (w, h) = (work.canvas.w, work.canvas.h);
    let mut texture = blank(cols, rows);
    for (index, pixel) in texture.pixels_mut().iter_mut().enumerate() {
        let (x, y) = (
            (index as u32 % cols) as f32 / 120.0 * w / 420.0,
            (index as u32 / cols) as f32 / 120.0 * h / 420.0,
        );
        let warp = two.fractal(x + 4.0, y, 2) * 1.8;
        let dense = one.fractal(x + warp, y * 1.3 + warp * 0.6 - x * 0.5, 5);
        let alpha = ((dense - 0.42) * 2.6).clamp(0.0, 0.9).powf(1.3);
        let [r, g, b] = hues[1]
            .mix(hues[0], (warp * 0.9 - 0.3).clamp(0.0, 1.0))
            .mix(hues[2], (0.9 - dense).clamp(0.0, 1.0))
            .rgb();
        *pixel = tiny_skia::ColorU8::from_rgba(r, g, b, (alpha * 255.0) as u8).premultiply();
    }
    work.canvas
        .texture(&texture, [0.0, 0.0, w, h], 0.7, BlendMode::Screen);
}

/// A planet with bands, a night side and perhaps rings.
fn planet(work: &mut Work, rng: &mut SeededRng, (x, y): (f32, f32), r: f32, rings: bool) {
    let hue = rng.range(0.0, 1.0);
    let base = work
        .palette
        .accent
        .mix(work.palette.far, hue)
        .mix(work.palette.light, 0.2);
    let Some(disc) = circle(x, y, r) else { return };
    let tilt = Transform::from_rotate_at(-18.0, x, y);
    work.canvas
        .glow((x, y), r * 1.7, base.lit(0.1), 0.45, BlendMode::Screen);
    if rings {
        ring(work, (x, y), r, tilt, base, false);
    }
    let mut stops = Vec::new();
    for band in 0..=12 {
        stops.push((band as f32 / 12.0, base.lit(rng.range(-0.1, 0.1)).skia(1.0)));
    }
    let shader = line_gradient((x, y - r), (x, y + r), &stops);
    work.canvas
        .paint(&disc, shader, BlendMode::SourceOver, tilt);
    let dark = work.palette.sky[0];
    let side = if x > work.canvas.w / 2.0 { 1.0 } else { -1.0 };
    let night = [
        (0.0, dark.skia(0.0)),
        (0.45, dark.skia(0.12)),
        (1.0, dark.skia(0.94)),
    ];
    let shader = line_gradient(
        (x - side * r * 0.7, y - r * 0.6),
        (x + side * r * 0.8, y + r * 0.7),
        &night,
    );
    work.canvas
        .paint(&disc, shader, BlendMode::SourceOver, Transform::identity());
    if rings {
        ring(work, (x, y), r, tilt, base, true);
    }
}

/// The half of a planet's rings that lies before or behind it.
fn ring(work: &mut Work, (x, y): (f32, f32), r: f32, tilt: Transform, colour: Colour, front: bool) {
    for (step, reach) in [1.45, 1.6, 1.78, 1.92].into_iter().enumerate() {
        let (rx, ry) = (r * reach, r * reach * 0.2);
        let mut arc = PathBuilder::new();
        arc.move_to(x - rx, y);
        let bow = if front { ry * 1.34 } else { -ry * 1.34 };
        arc.cubic_to(x - rx, y + bow, x + rx, y + bow, x + rx, y);
        let Some(arc) = arc.finish().and_then(|arc| arc.transform(tilt)) else {
            continue;
        };
        let wide = r * [0.1, 0.05, 0.12, 0.03][step];
        work.canvas
            .stroke(&arc, colour.mix(work.palette.light, 0.35), 0.62, wide);
    }
}

/// Light falling through blue water on a reef.
pub fn underwater(work: &mut Work) -> Stage {
    let (w, h) = (work.canvas.w, work.canvas.h);
    if work.reading.tints.is_empty() && !matches!(work.reading.style, Style::Ink | Style::Neon) {
        let blue = [0x8fe3df, 0x3fb4c8, 0x1a7fa8, 0x0f4f86].map(Colour::hex);
        let sink = if work.palette.night { 0.28 } else { 0.0 };
        work.palette.sky =
            std::array::from_fn(|i| blue[i].mix(work.palette.sky[i], 0.14).lit(-sink));
        work.palette.far = Colour::hex(0x1b6a96).lit(-sink * 0.5);
        work.palette.near = Colour::hex(0x08254c);
        work.palette.light = Colour::hex(0xeafff4);
    }
    let stops = [(0.0, 0), (0.25, 1), (0.6, 2), (1.0, 3)]
        .map(|(at, index)| (at, work.palette.sky[index].skia(1.0)));
    work.canvas.wash(&stops, 0.0, h, BlendMode::SourceOver);
    work.sun.1 = -60.0;
    let sun = work.sun;
    let light = work.palette.light;
    work.canvas.glow(sun, 760.0, light, 0.75, BlendMode::Screen);
    let keep = std::mem::replace(&mut work.palette.sky[3], light);
    sky::beams(work, 0.3);
    work.palette.sky[3] = keep;
    let mut rng = work.rng("reef");
    let mut stage = (0.0, 0.0);
    for step in 0..4 {
        let t = 0.1 + 0.3 * step as f32;
        let base = h * (0.74 + 0.075 * step as f32);
        let ridge = Ridge::new(work, &mut rng, base, 60.0, 300.0, 3);
        lay(work, &ridge, t, 260.0);
        for _ in 0..(w / 110.0) as i32 {
            let x = rng.range(0.0, w);
            coral(
                work,
                &mut rng,
                (x, ridge.at(x) + 8.0),
                40.0 + 34.0 * step as f32,
                t,
            );
        }
        stage = (opposite(work), ridge.at(opposite(work)));
    }
    for _ in 0..70 {
        let (x, y, r) = (rng.range(0.0, w), rng.range(0.0, h), rng.range(1.5, 9.0));
        if let Some(bubble) = circle(x, y, r) {
            work.canvas.stroke(&bubble, light, 0.4, 1.2);
        }
    }
    Stage {
        ground: stage,
        water: Some((opposite(work), h * 0.5)),
        size: 230.0,
    }
}

/// A branching coral or a ribbon of weed.
fn coral(work: &mut Work, rng: &mut SeededRng, (x, y): (f32, f32), tall: f32, t: f32) {
    let hues = [
        work.palette.accent,
        Colour::hex(0xff8f7a),
        Colour::hex(0xf2c14e),
        work.palette.far,
        Colour::hex(0x9b6fd0),
    ];
    let colour =
        hues[rng.below(5)].mix(work.palette.far.mix(work.palette.near, t), 0.72 - 0.34 * t);
    let weed = rng.chance(0.5);
    for branch in 0..6 {
        let lean = (branch as f32 - 2.5) * if weed { 0.08 } else { 0.24 };
        let long = tall * rng.range(0.6, 1.2);
        let sway = rng.range(-0.2, 0.2) * tall;
        let mut path = PathBuilder::new();
        path.move_to(x + lean * tall * 0.2, y);
        path.cubic_to(
            x + lean * tall + sway,
            y - long * 0.4,
            x + lean * tall - sway,
            y - long * 0.6,
            x + lean * tall * 1.3,
            y - long,
        );
        if let Some(path) = path.finish() {
            work.canvas.stroke(
                &path,
                colour.lit(rng.range(-0.03, 0.04)),
                1.0,
                tall * if weed { 0.06 } else { 0.085 },
            );
        }
    }
}

/// Forms without a subject: discs, arches, bands and dots in balance.
pub fn abstraction(work: &mut Work) -> Stage {
    let (w, h) = (work.canvas.w, work.canvas.h);
    let paper = work.palette.sky[3].mix(work.palette.light, 0.5);
    let stops = [
        (0.0, paper.skia(1.0)),
        (1.0, paper.mix(work.palette.sky[2], 0.35).skia(1.0)),
    ];
    work.canvas.wash(&stops, 0.0, h, BlendMode::SourceOver);
    let mut rng = work.rng("forms");
    if rng.chance(0.5) {
        bands(work, &mut rng)
    } else {
        tiles(work, &mut rng)
    }
    Stage {
        ground: (w * 0.5, h * 0.82),
        water: None,
        size: 430.0,
    }
}

/// Flowing bands with a great disc behind them.
fn bands(work: &mut Work, rng: &mut SeededRng) {
    let (w, h) = (work.canvas.w, work.canvas.h);
    let disc = (work.sun.0, h * 0.38);
    let accent = work.palette.accent;
    for part in [1.0, 0.74, 0.5] {
        if let Some(path) = circle(disc.0, disc.1, 300.0 * part) {
            let colour = accent.mix(work.palette.light, 1.0 - part);
            work.canvas
                .layer(&path, colour, colour.mix(work.palette.sky[2], 0.5), 500.0);
        }
    }
    let all = [
        work.palette.far,
        work.palette.sky[1],
        accent,
        work.palette.sky[2],
        work.palette.near,
        work.palette.sky[0],
        work.palette.near,
    ];
    for (index, colour) in all.into_iter().enumerate() {
        let base = h * (0.4 + 0.085 * index as f32);
        let ridge = Ridge::new(work, rng, base, 120.0, 520.0, 1);
        if let Some(path) = ridge.path(work) {
            work.canvas
                .layer(&path, colour, colour.mix(work.palette.sky[3], 0.4), 420.0);
            work.canvas.stroke(&path, work.palette.light, 0.35, 1.6);
        }
    }
    for _ in 0..26 {
        if let Some(dot) = circle(rng.range(0.0, w), rng.range(0.0, h), rng.range(2.0, 7.0)) {
            work.canvas.fill(&dot, work.palette.light, 0.7);
        }
    }
}

/// A grid of quarter circles, rings and halves.
fn tiles(work: &mut Work, rng: &mut SeededRng) {
    let side = 200.0_f32;
    let (cols, rows) = (
        (work.canvas.w / side).round().max(1.0),
        (work.canvas.h / side).round().max(1.0),
    );
    let (tw, th) = (work.canvas.w / cols, work.canvas.h / rows);
    let sky = work.palette.sky;
    let inks = [
        sky[0],
        sky[1],
        sky[2],
        sky[3],
        work.palette.near,
        work.palette.accent,
        work.palette.far,
        work.palette.light,
    ];
    for cell in 0..(cols * rows) as i32 {
        let (x, y) = (
            (cell % cols as i32) as f32 * tw,
            (cell / cols as i32) as f32 * th,
        );
        let first = rng.below(8);
        let second = inks[(first + 1 + rng.below(7)) % 8];
        let (first, third) = (inks[first], inks[rng.below(8)]);
        work.canvas
            .fill(&rect(x, y, tw + 0.6, th + 0.6), first, 1.0);
        let (cx, cy) = (x + tw * rng.below(2) as f32, y + th * rng.below(2) as f32);
        let forms = match rng.below(5) {
            0 => [
                slice([x, y, tw, th], (cx, cy), 1.0),
                slice([x, y, tw, th], (cx, cy), 0.52),
            ],
            1 => [
                oval(x + tw / 2.0, y + th / 2.0, tw * 0.4, th * 0.4),
                oval(x + tw / 2.0, y + th / 2.0, tw * 0.2, th * 0.2),
            ],
            2 => [
                polygon(&[(x, y), (x + tw, y), (x, y + th)]),
                slice([x, y, tw, th], (x + tw, y + th), 0.5),
            ],
            3 => [
                Some(rect(x, y + th / 2.0, tw, th / 2.0)),
                oval(x + tw / 2.0, y + th / 2.0, tw * 0.25, th * 0.25),
            ],
            _ => [
                slice([x, y, tw, th], (x, y), 0.72),
                slice([x, y, tw, th], (x + tw, y + th), 0.72),
            ],
        };
        for (form, colour) in forms.into_iter().zip([second, third]) {
            if let Some(form) = form {
                work.canvas.layer(&form, colour, colour.lit(-0.05), th);
            }
        }
    }
}

/// A quarter of an ellipse around one corner of a cell.
fn slice([x, y, w, h]: [f32; 4], (cx, cy): (f32, f32), part: f32) -> Option<tiny_skia::Path> {
    let (dx, dy) = (
        if cx > x { -1.0 } else { 1.0 },
        if cy > y { -1.0 } else { 1.0 },
    );
    let mut points = vec![(cx, cy)];
    for step in 0..=24 {
        let angle = step as f32 / 24.0 * std::f32::consts::FRAC_PI_2;
        points.push((
            cx + dx * w * part * angle.cos(),
            cy + dy * h * part * angle.sin(),
        ));
    }
    polygon(&points)
}
