//! Water: the sea, islands, lakes that mirror their shores, and rivers.

use tiny_skia::{BlendMode, FilterQuality, PathBuilder, PixmapPaint, Transform};

use super::{
    Stage, Work,
    canvas::{line_gradient, oval, polygon, rect},
    colour::Colour,
    land::{self, Ridge, lay, opposite},
    plants::{firs, grass, palm},
    rng::SeededRng,
    sky,
    words::{Style, Weather},
};

/// Open sea with a path of light under the sun.
pub fn sea(work: &mut Work) -> Stage {
    sky::paint(work);
    let mut rng = work.rng("sea");
    let horizon = work.horizon;
    if rng.chance(0.6) {
        let coast = Ridge::new(work, &mut rng, horizon + 18.0, 70.0, 380.0, 4);
        lay(work, &coast, 0.12, 90.0);
    }
    surface(work);
    glitter(work, &mut rng);
    waves(work, &mut rng);
    let x = opposite(work);
    let room = work.canvas.h - horizon;
    let ground = headland(work, &mut rng);
    Stage {
        ground,
        water: Some((x, horizon + room * 0.24)),
        size: 210.0,
    }
}

/// Fills from the horizon down with what the water takes from the sky.
fn surface(work: &mut Work) {
    let sky = work.palette.sky;
    let deep = sky[0].mix(work.palette.near, 0.45);
    let stops = [
        (0.0, sky[3].mix(sky[2], 0.5)),
        (0.12, sky[2].mix(work.palette.far, 0.35)),
        (0.45, sky[1].mix(deep, 0.35)),
        (1.0, deep),
    ]
    .map(|(at, colour)| (at, colour.skia(1.0)));
    let (w, h, y) = (work.canvas.w, work.canvas.h, work.horizon);
    let shader = line_gradient((0.0, y), (0.0, h), &stops);
    let water = rect(-2.0, y, w + 4.0, h - y + 4.0);
    work.canvas
        .paint(&water, shader, BlendMode::SourceOver, Transform::identity());
}

/// The sun's path: short bright strokes that widen as they come nearer.
pub fn glitter(work: &mut Work, rng: &mut SeededRng) {
    let (sun, light, top) = (work.sun, work.palette.light, work.horizon);
    let room = work.canvas.h - top;
    if work.reading.style != Style::Ink {
        work.canvas
            .glow((sun.0, top), 420.0, light, 0.25, BlendMode::Screen);
    }
    for index in 0..260 {
        let t = (index as f32 / 260.0).powf(1.5);
        let spread = 24.0 + 190.0 * t;
        let x = sun.0 + (rng.range(-1.0, 1.0) + rng.range(-1.0, 1.0)) * 0.5 * spread;
        let long = (6.0 + 46.0 * t) * rng.range(0.5, 1.5);
        let alpha = 0.85 * (1.0 - t * 0.85) * rng.range(0.3, 1.0);
        if let Some(path) = oval(x, top + 3.0 + t * room * 0.9, long, 0.9 + 2.6 * t) {
            work.canvas.fill(&path, light, alpha);
        }
    }
}

/// Rows of swell, each lit along its crest.
fn waves(work: &mut Work, rng: &mut SeededRng) {
    let rough = if work.reading.weather == Weather::Storm {
        2.4
    } else {
        1.0
    };
    let room = work.canvas.h - work.horizon;
    for row in 0..9 {
        let t = ((row as f32 + 1.0) / 9.0).powf(1.7);
        let base = work.horizon + room * t;
        let crest = Ridge::new(
            work,
            rng,
            base,
            (3.0 + 20.0 * t) * rough,
            90.0 + 260.0 * t,
            2,
        );
        let colour = work.palette.sky[1].mix(work.palette.near, 0.3 + 0.45 * t);
        let Some(path) = crest.path(work) else {
            continue;
        };
        let reach = 40.0 + 130.0 * t;
        work.canvas.fill_down(
            &path,
            base - 20.0 * t,
            base + reach,
            colour.skia(0.5),
            colour.skia(0.0),
        );
        let foam = work.palette.light.mix(work.palette.sky[2], 0.4);
        for _ in 0..(26.0 * work.canvas.w / 1000.0) as i32 {
            let (x, long) = (
                rng.range(0.0, work.canvas.w),
                (10.0 + 60.0 * t) * rng.range(0.4, 1.4),
            );
            let mut line = PathBuilder::new();
            line.move_to(x - long, crest.at((x - long).max(0.0)) + 2.0);
            line.quad_to(x, crest.at(x), x + long, crest.at(x + long) + 2.0);
            if let Some(line) = line.finish() {
                work.canvas.stroke(
                    &line,
                    foam,
                    rng.range(0.1, 0.4) * rough.sqrt(),
                    0.8 + 2.2 * t,
                );
            }
        }
    }
}

/// Rocks at the side away from the sun; returns the top of the headland.
fn headland(work: &mut Work, rng: &mut SeededRng) -> (f32, f32) {
    let (w, h) = (work.canvas.w, work.canvas.h);
    let left = work.sun.0 > w / 2.0;
    let at = |part: f32| if left { w * part } else { w * (1.0 - part) };
    let top = work.horizon + (h - work.horizon) * 0.3;
    let mut outline = vec![(at(-0.05), h + 20.0), (at(-0.05), top - 18.0)];
    for step in 0..=16 {
        let t = step as f32 / 16.0;
        let y = top + (h * 1.02 - top) * t.powf(2.1) + rng.range(-10.0, 10.0);
        outline.push((at(0.02 + 0.42 * t), y));
    }
    let dark = work.palette.near.lit(-0.02);
    if let Some(path) = polygon(&outline) {
        work.canvas
            .layer(&path, dark.mix(work.palette.far, 0.2), dark, 240.0);
    }
    (at(0.12), top + 22.0)
}

/// One of the island's hills; `tall` is its height in widths of the island, `t`
/// how far away its colour says it is.
fn island_hill(work: &mut Work, (cx, y): (f32, f32), wide: f32, tall: f32, t: f32) {
    let (mut hill, half) = (PathBuilder::new(), wide * 0.62);
    hill.move_to(cx - half, y + 4.0);
    hill.cubic_to(
        cx - half * 0.4,
        y - wide * tall * 0.4,
        cx - half * 0.3,
        y - wide * tall,
        cx,
        y - wide * tall,
    );
    hill.cubic_to(
        cx + half * 0.35,
        y - wide * tall,
        cx + half * 0.5,
        y - wide * tall * 0.3,
        cx + half,
        y + 4.0,
    );
    hill.close();
    if let Some(hill) = hill.finish() {
        let colour = work.palette.land(t).mix(
            Colour::hex(0x3f8f5a),
            if work.palette.night { 0.1 } else { 0.4 },
        );
        work.canvas.layer(
            &hill,
            colour.mix(work.palette.light, 0.12),
            colour.lit(-0.06),
            wide * tall,
        );
    }
}

/// A green hump with palms, a beach and a lagoon.
pub fn island(work: &mut Work) -> Stage {
    sky::paint(work);
    let mut rng = work.rng("island");
    surface(work);
    glitter(work, &mut rng);
    waves(work, &mut rng);
    let (x, y) = (
        opposite(work),
        work.horizon + (work.canvas.h - work.horizon) * 0.24,
    );
    let wide = (work.canvas.w * 0.3).clamp(220.0, 420.0);
    let lagoon = Colour::hex(0x5fd0c5).mix(work.palette.sky[2], 0.45);
    for part in [1.5, 1.3, 1.12] {
        if let Some(path) = oval(x, y + 14.0, wide * part, 40.0 * part) {
            work.canvas
                .fill(&path, lagoon, if work.palette.night { 0.1 } else { 0.28 });
        }
    }
    let sand = work.palette.light.mix(Colour::hex(0xe8c48a), 0.7).mix(
        work.palette.near,
        if work.palette.night { 0.55 } else { 0.08 },
    );
    if let Some(path) = oval(x, y + 6.0, wide, 26.0) {
        work.canvas.fill(&path, sand, 1.0);
    }
    for (dx, tall, t) in [(-0.2, 0.62, 0.45), (0.25, 0.42, 0.6), (-0.02, 0.24, 0.78)] {
        island_hill(work, (x + dx * wide, y), wide, tall, t);
    }
    let leaf = work.palette.near.mix(Colour::hex(0x1f6b45), 0.35);
    for _ in 0..7 {
        let at = (x + rng.range(-0.8, 0.8) * wide, y + rng.range(0.0, 14.0));
        let tall = rng.range(90.0, 170.0);
        palm(work, &mut rng, at, tall, leaf);
    }
    let boat = if x > work.canvas.w / 2.0 { 0.24 } else { 0.76 };
    let room = work.canvas.h - work.horizon;
    Stage {
        ground: (x + wide * 0.2, y + 10.0),
        water: Some((work.canvas.w * boat, work.horizon + room * 0.5)),
        size: 180.0,
    }
}

/// Mountains mirrored in still water.
pub fn lake(work: &mut Work) -> Stage {
    sky::paint(work);
    super::peaks::range(work);
    let mut rng = work.rng("lake");
    let shore = Ridge::new(work, &mut rng, work.horizon + 6.0, 20.0, 420.0, 3);
    lay(work, &shore, 0.55, 120.0);
    let trees = work.palette.land(0.62);
    firs(work, &mut rng, &shore, trees, 60.0, 0.6);
    let line = work.horizon + 34.0;
    mirror(work, line);
    ripples(work, &mut rng, line);
    let room = work.canvas.h - line;
    let front = Ridge::new(work, &mut rng, work.canvas.h - room * 0.06, 30.0, 460.0, 2);
    land::whiten(work);
    lay(work, &front, 1.0, 120.0);
    let dark = work.palette.near;
    grass(work, &mut rng, &front, dark);
    let x = opposite(work);
    Stage {
        ground: (x, front.at(x) + 10.0),
        water: Some((x, line + room * 0.36)),
        size: 170.0,
    }
}

/// Reflects everything above `line` below it.
pub fn mirror(work: &mut Work, line: f32) {
    let k = work.canvas.k;
    let above = work.canvas.pixmap.clone();
    surface(work);
    let paint = PixmapPaint {
        opacity: 0.72,
        quality: FilterQuality::Nearest,
        ..PixmapPaint::default()
    };
    // A whole number of pixels keeps the mirrored rows from blurring.
    let edge = (line * k).round();
    let flip = Transform::from_row(1.0, 0.0, 0.0, -1.0, 0.0, edge * 2.0);
    let mut below = super::canvas::blank(above.width(), above.height());
    below.draw_pixmap(0, 0, above.as_ref(), &paint, flip, None);
    let keep = tiny_skia::IntRect::from_xywh(
        0,
        edge as i32,
        above.width(),
        above.height().saturating_sub(edge as u32).max(1),
    );
    let top =
        tiny_skia::IntRect::from_xywh(0, 0, above.width(), (edge as u32).clamp(1, above.height()));
    let source = PixmapPaint::default();
    if let Some(part) = keep.and_then(|area| below.clone_rect(area)) {
        let deep = work.palette.sky[0].mix(work.palette.near, 0.5);
        work.canvas.pixmap.draw_pixmap(
            0,
            edge as i32,
            part.as_ref(),
            &source,
            Transform::identity(),
            None,
        );
        let (w, h) = (work.canvas.w, work.canvas.h);
        let veil = rect(-2.0, line, w + 4.0, h - line + 4.0);
        work.canvas
            .fill_down(&veil, line, h, deep.skia(0.08), deep.skia(0.55));
    }
    if let Some(part) = top.and_then(|area| above.clone_rect(area)) {
        work.canvas
            .pixmap
            .draw_pixmap(0, 0, part.as_ref(), &source, Transform::identity(), None);
    }
}

/// Thin lines that tell water from glass.
pub fn ripples(work: &mut Work, rng: &mut SeededRng, line: f32) {
    let room = work.canvas.h - line;
    let count = (130.0 * work.canvas.w / 1000.0) as i32;
    for index in 0..count {
        let t = (index as f32 / count as f32).powf(1.6);
        let (x, long) = (
            rng.range(0.0, work.canvas.w),
            (20.0 + 120.0 * t) * rng.range(0.4, 1.3),
        );
        let bright = rng.chance(0.6);
        let colour = if bright {
            work.palette.sky[3]
        } else {
            work.palette.sky[0]
        };
        if let Some(path) = oval(x, line + 2.0 + t * room, long, 0.7 + 1.8 * t) {
            work.canvas.fill(&path, colour, rng.range(0.06, 0.3));
        }
    }
}

/// A river that winds from the hills to our feet.
pub fn river(work: &mut Work) -> Stage {
    let keep = work.reading.scene;
    let mut stage = land::meadow(work);
    work.reading.scene = keep;
    let (w, h, top) = (work.canvas.w, work.canvas.h, work.horizon + 12.0);
    let bends = work.rng("river").range(0.0, std::f32::consts::TAU);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for step in 0..=60 {
        let t = step as f32 / 60.0;
        let y = top + (h + 30.0 - top) * t.powf(1.5);
        let middle = w * 0.5
            + (bends + t.powf(0.6) * 9.0).sin() * (30.0 + 150.0 * t)
            + (stage.ground.0 - w * 0.5) * -0.3 * t;
        let half = 3.0 + 170.0 * t.powf(1.7);
        left.push((middle - half, y));
        right.push((middle + half, y));
    }
    left.extend(right.iter().rev());
    let Some(path) = polygon(&left) else {
        return stage;
    };
    let sky = work.palette.sky;
    let stops = [
        (0.0, sky[3]),
        (0.35, sky[2]),
        (1.0, sky[1].mix(work.palette.near, 0.35)),
    ]
    .map(|(at, c)| (at, c.skia(1.0)));
    let bank = work.palette.near.lit(-0.06);
    work.canvas.stroke(&path, bank, 0.6, 9.0);
    let shader = line_gradient((0.0, top), (0.0, h), &stops);
    work.canvas
        .paint(&path, shader, BlendMode::SourceOver, Transform::identity());
    let mut rng = work.rng("currents");
    for _ in 0..90 {
        let step = 6 + rng.below(54);
        let ((from, y), (to, _)) = (left[step], right[step]);
        let x = from + (to - from) * rng.range(0.15, 0.85);
        if let Some(line) = oval(
            x,
            y,
            (to - from) * rng.range(0.04, 0.13),
            0.6 + (to - from) * 0.006,
        ) {
            work.canvas
                .fill(&line, work.palette.light, rng.range(0.1, 0.5));
        }
    }
    stage.water = left
        .get(44)
        .zip(right.get(44))
        .map(|(a, b)| ((a.0 + b.0) / 2.0, a.1));
    stage
}
