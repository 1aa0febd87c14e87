//! Land: mountains, dunes, woods and meadows, in layers that pale with
//! distance.

use tiny_skia::{BlendMode, Path, PathBuilder, Transform};

use super::{
    Stage, Work,
    canvas::{line_gradient, oval, polygon},
    colour::Colour,
    peaks,
    plants::{firs, flowers, grass, round_tree},
    rng::SeededRng,
    sky,
    words::{Composition, Scene, Style, Weather},
};

/// The heights of a skyline, a point every few units.
pub struct Ridge {
    points: Vec<(f32, f32)>,
}

impl Ridge {
    /// A ridge about `base`, rising `rise` units, with humps `wave` units wide;
    /// `octaves` makes it smooth (1) or rugged (5).
    pub fn new(
        work: &Work,
        rng: &mut SeededRng,
        base: f32,
        rise: f32,
        wave: f32,
        octaves: u32,
    ) -> Self {
        let (noise, shift) = (rng.noise(), rng.range(0.0, 90.0));
        let steps = (work.canvas.w / 5.0).ceil() as i32 + 2;
        let points = (-1..=steps).map(|step| {
            let x = step as f32 * 5.0;
            // Noise keeps near its middle; the factor gives the hills their height.
            (
                x,
                base - rise * 1.7 * (noise.fractal(x / wave + shift, 0.5, octaves) * 2.0 - 1.0),
            )
        });
        Self {
            points: points.collect(),
        }
    }

    /// Height of the skyline at `x`.
    pub fn at(&self, x: f32) -> f32 {
        let index = ((x / 5.0) as usize + 1).min(self.points.len() - 1);
        self.points[index].1
    }

    /// Everything under the skyline, down to below the canvas.
    pub fn path(&self, work: &Work) -> Option<Path> {
        let mut outline = self.points.clone();
        outline.push((work.canvas.w + 60.0, work.canvas.h + 60.0));
        outline.push((-60.0, work.canvas.h + 60.0));
        polygon(&outline)
    }
}

/// Fills a ridge as a layer at depth `t`, misty at its foot.
pub fn lay(work: &mut Work, ridge: &Ridge, t: f32, reach: f32) {
    let colour = work.palette.land(t);
    let mist = colour.mix(
        work.palette.sky[3].mix(work.palette.far, 0.4),
        0.62 * (1.0 - t * 0.75),
    );
    if let Some(path) = ridge.path(work) {
        work.canvas.layer(&path, colour, mist, reach);
    }
}

/// Whether the ground is white.
pub fn snowy(work: &Work) -> bool {
    work.reading.scene == Scene::Winter || work.reading.weather == Weather::Snow
}

/// White ground still takes its colour from the sky.
pub fn whiten(work: &mut Work) {
    if snowy(work) && !matches!(work.reading.style, Style::Neon) {
        let white = work.palette.sky[3].mix(Colour::hex(0xf4f7ff), 0.65);
        let depth = if work.palette.night { 0.36 } else { 0.8 };
        work.palette.near = work.palette.near.mix(white, depth);
        work.palette.far = work.palette.far.mix(white, depth * 0.5);
    }
}

/// Peaks, then wooded foothills; the scene of mountains and of winter.
pub fn mountains(work: &mut Work) -> Stage {
    sky::paint(work);
    peaks::range(work);
    let dark = work.palette.near;
    whiten(work);
    let (h, horizon) = (work.canvas.h, work.horizon);
    let mut rng = work.rng("foothills");
    let room = h - horizon;
    for step in 0..3 {
        let t = 0.5 + 0.2 * step as f32;
        let base = horizon + room * (0.16 + 0.26 * step as f32);
        let ridge = Ridge::new(work, &mut rng, base, 46.0 + 14.0 * step as f32, 420.0, 3);
        lay(work, &ridge, t, room * 0.6);
        let trunks = work.palette.far.mix(dark, t);
        firs(
            work,
            &mut rng,
            &ridge,
            trunks,
            26.0 + 40.0 * step as f32,
            0.4 + 0.1 * step as f32,
        );
        if step < 2 {
            sky::mist(work, base + 50.0, 70.0, 0.3);
        }
    }
    sky::beams(work, 0.12);
    let base = h - room * 0.1;
    let ridge = Ridge::new(work, &mut rng, base, 34.0, 620.0, 2);
    lay(work, &ridge, 1.0, room * 0.5);
    grass(work, &mut rng, &ridge, dark);
    let x = opposite(work);
    let y = ridge.at(x) + 12.0;
    Stage {
        ground: (x, y),
        water: None,
        size: 190.0,
    }
}

/// Dunes with a lit face and a shaded face.
pub fn desert(work: &mut Work) -> Stage {
    if work.reading.tints.is_empty() && !work.palette.night && work.reading.style != Style::Ink {
        let sand = Colour::hex(0xd98b4a);
        work.palette.near = work.palette.near.mix(sand, 0.66).vivid(1.15);
        work.palette.far = work.palette.far.mix(Colour::hex(0xf0c08c), 0.75);
    }
    sky::paint(work);
    let mut rng = work.rng("dunes");
    let (h, horizon) = (work.canvas.h, work.horizon);
    let mesas = Ridge::new(work, &mut rng, horizon - 6.0, 44.0, 260.0, 2);
    lay(work, &mesas, 0.08, 120.0);
    sky::mist(work, horizon + 6.0, 50.0, 0.5);
    let mut stage = (0.0, 0.0);
    for step in 0..5 {
        let t = 0.2 + 0.17 * step as f32;
        let base = horizon + (h - horizon) * (0.08 + 0.19 * step as f32);
        let rise = 44.0 + 30.0 * step as f32;
        let ridge = Ridge::new(work, &mut rng, base, rise, 380.0 + 90.0 * step as f32, 1);
        lay(work, &ridge, t, 320.0);
        shade_dunes(work, &ridge, t);
        if step == 2 {
            let x = opposite(work);
            stage = (x, ridge.at(x) + 8.0);
        }
    }
    Stage {
        ground: stage,
        water: None,
        size: 150.0,
    }
}

/// Darkens the side of each dune that looks away from the sun.
fn shade_dunes(work: &mut Work, ridge: &Ridge, t: f32) {
    let away = if work.sun.0 < work.canvas.w / 2.0 {
        1.0
    } else {
        -1.0
    };
    let dark = work
        .palette
        .land(t)
        .mix(work.palette.sky[0], 0.35)
        .lit(-0.07);
    let step = 10.0_f32;
    let mut x = step * 4.0;
    while x < work.canvas.w + 200.0 {
        let (before, here, after) = (
            ridge.at(x - step * 3.0),
            ridge.at(x),
            ridge.at(x + step * 3.0),
        );
        if here < before && here <= after {
            let mut path = PathBuilder::new();
            path.move_to(x, here);
            let mut end = x;
            for walk in 1..46 {
                end = x + away * step * walk as f32;
                let low = ridge.at(end.max(0.0));
                path.line_to(end, low);
                if ridge.at((end + away * step).max(0.0)) < low {
                    break;
                }
            }
            if (end - x).abs() < 130.0 {
                // Too small a dip to cast a shadow worth drawing.
                x += step;
                continue;
            }
            // The slip face tapers off down the slope, as wind leaves it.
            let low = ridge.at(end.max(0.0));
            path.line_to(end, low + 16.0);
            path.cubic_to(
                end - away * 160.0,
                low + 60.0,
                x + away * 150.0,
                here + 190.0,
                x + away * 20.0,
                here + 150.0,
            );
            path.cubic_to(
                x + away * 60.0,
                here + 100.0,
                x - away * 10.0,
                here + 40.0,
                x,
                here,
            );
            path.close();
            if let Some(path) = path.finish() {
                let stops = [(0.0, dark.skia(0.62)), (1.0, dark.skia(0.0))];
                let shader = line_gradient((x, here), (end, low + 120.0), &stops);
                work.canvas
                    .paint(&path, shader, BlendMode::SourceOver, Transform::identity());
            }
            x += step * 6.0;
        }
        x += step;
    }
}

/// A wood in depth: rows of trees, each nearer, darker and taller.
pub fn forest(work: &mut Work) -> Stage {
    sky::paint(work);
    let dark = work.palette.near;
    whiten(work);
    let mut rng = work.rng("forest");
    let hills = Ridge::new(work, &mut rng, work.horizon - 90.0, 80.0, 500.0, 3);
    lay(work, &hills, 0.1, 200.0);
    let room = work.canvas.h - work.horizon;
    let mut stage = (0.0, 0.0);
    for step in 0..4 {
        let t = 0.22 + 0.22 * step as f32;
        let base = work.horizon + room * (0.02 + 0.24 * step as f32);
        let ridge = Ridge::new(work, &mut rng, base, 26.0, 480.0, 2);
        lay(work, &ridge, t, room * 0.5);
        let trees = work.palette.far.mix(dark, t).vivid(1.15);
        let tall = 90.0 + 72.0 * step as f32;
        firs(
            work,
            &mut rng,
            &ridge,
            trees,
            tall,
            if step == 3 { 0.16 } else { 0.85 },
        );
        for _ in 0..if work.reading.autumn { 7 } else { 0 } {
            let x = rng.range(0.0, work.canvas.w);
            round_tree(work, &mut rng, (x, ridge.at(x) + 6.0), tall * 0.62, trees);
        }
        sky::mist(work, base + 26.0, 80.0, 0.42 - 0.1 * step as f32);
        if step == 1 {
            sky::beams(work, 0.2);
        }
        let x = opposite(work);
        stage = (x, ridge.at(x) + 34.0);
    }
    let floor = Ridge::new(work, &mut rng, work.canvas.h - room * 0.1, 18.0, 500.0, 2);
    lay(work, &floor, 1.0, room * 0.3);
    grass(work, &mut rng, &floor, dark);
    frame(work, &mut rng, dark);
    Stage {
        ground: stage,
        water: None,
        size: 180.0,
    }
}

/// Two tall trunks at the edges that lead the eye in.
fn frame(work: &mut Work, rng: &mut SeededRng, dark: Colour) {
    let (w, h) = (work.canvas.w, work.canvas.h);
    for (x, tall) in [(w * -0.01, h * 0.94), (w * 1.01, h * 0.78)] {
        super::plants::fir(work, rng, (x, h + 40.0), tall, dark.lit(-0.02));
    }
}

/// Rolling hills with trees, and flowers at our feet.
pub fn meadow(work: &mut Work) -> Stage {
    let green = Colour::hex(if work.reading.autumn {
        0xa8752e
    } else {
        0x5f9a45
    });
    if work.reading.tints.is_empty() && !matches!(work.reading.style, Style::Neon | Style::Ink) {
        let fresh = if work.palette.night { 0.12 } else { 0.42 };
        work.palette.near = work.palette.near.mix(green, fresh).vivid(1.1);
        work.palette.far = work.palette.far.mix(green, fresh * 0.75).vivid(1.1);
    }
    sky::paint(work);
    let dark = work.palette.near;
    whiten(work);
    let mut rng = work.rng("meadow");
    let (h, horizon) = (work.canvas.h, work.horizon);
    let mut stage = (0.0, 0.0);
    for step in 0..5 {
        let t = 0.08 + 0.21 * step as f32;
        let base = horizon + (h - horizon) * (-0.1 + 0.2 * step as f32);
        let ridge = Ridge::new(work, &mut rng, base, 52.0, 460.0, 2);
        lay(work, &ridge, t, 300.0);
        for _ in 0..if step == 0 || step == 4 { 0 } else { 5 } {
            let x = rng.range(0.0, work.canvas.w);
            let leaf = work.palette.far.mix(dark, (t + 0.14).min(1.0)).vivid(1.1);
            round_tree(
                work,
                &mut rng,
                (x, ridge.at(x) + 4.0),
                34.0 + 24.0 * step as f32,
                leaf,
            );
        }
        if step < 3 {
            sky::mist(work, base + 40.0, 60.0, 0.22);
        }
        if step == 3 {
            let x = opposite(work);
            stage = (x, ridge.at(x) + 26.0);
        }
    }
    sky::beams(work, 0.1);
    let front = Ridge::new(work, &mut rng, h - (h - horizon) * 0.16, 30.0, 520.0, 2);
    lay(work, &front, 1.0, 260.0);
    grass(work, &mut rng, &front, dark);
    if !snowy(work) {
        flowers(work, &mut rng, &front);
    }
    Stage {
        ground: stage,
        water: None,
        size: 230.0,
    }
}

/// Where a subject balances the sun: on the other side.
pub fn opposite(work: &Work) -> f32 {
    match work.reading.composition {
        Composition::Centred => work.canvas.w * 0.5,
        _ if work.sun.0 > work.canvas.w * 0.5 => work.canvas.w * 0.34,
        _ => work.canvas.w * 0.66,
    }
}

/// A soft shadow on the ground under a thing.
pub fn shadow(work: &mut Work, (x, y): (f32, f32), wide: f32) {
    let dark = work.palette.near.lit(-0.2);
    for part in [1.0, 0.8, 0.55] {
        if let Some(path) = oval(x, y, wide * part, wide * 0.13 * part) {
            work.canvas.fill(&path, dark, 0.13);
        }
    }
}
