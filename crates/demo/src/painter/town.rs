//! Towns: a city's skyline in depth, and a village of gabled houses.

use tiny_skia::BlendMode;

use super::{
    Stage, Work,
    canvas::{circle, polygon, rect},
    colour::Colour,
    land::{self, Ridge, lay, opposite},
    plants::firs,
    rng::SeededRng,
    sky,
    water::{mirror, ripples},
};

/// A skyline over a waterfront that gives its lights back.
pub fn city(work: &mut Work) -> Stage {
    work.horizon = work.horizon.max(work.canvas.h * 0.62);
    sky::paint(work);
    let mut rng = work.rng("city");
    for step in 0..4 {
        let t = 0.12 + 0.26 * step as f32;
        row(work, &mut rng, t);
        sky::mist(work, work.horizon - 30.0, 130.0, 0.34 - 0.07 * step as f32);
    }
    let line = work.horizon + 14.0;
    let quay = rect(-2.0, work.horizon - 2.0, work.canvas.w + 4.0, 17.0);
    let dark = work.palette.near.lit(-0.03);
    work.canvas.fill(&quay, dark, 1.0);
    for lamp in 0..(work.canvas.w / 46.0) as i32 {
        let at = (lamp as f32 * 46.0 + 20.0, work.horizon - 4.0);
        work.canvas
            .glow(at, 26.0, work.palette.accent, 0.8, BlendMode::Screen);
    }
    mirror(work, line);
    ripples(work, &mut rng, line);
    let room = work.canvas.h - line;
    let x = opposite(work);
    let front = Ridge::new(work, &mut rng, work.canvas.h - room * 0.1, 8.0, 500.0, 1);
    lay(work, &front, 1.0, 100.0);
    Stage {
        ground: (x, front.at(x) + 6.0),
        water: Some((x, line + room * 0.4)),
        size: 170.0,
    }
}

/// One row of towers at depth `t`.
fn row(work: &mut Work, rng: &mut SeededRng, t: f32) {
    let tallest = (work.horizon * 0.72).min(620.0) * (1.0 - 0.45 * t);
    let swell = rng.noise();
    let mut x = -30.0;
    while x < work.canvas.w + 30.0 {
        let wide = rng.range(34.0, 92.0) * (0.7 + 0.6 * t);
        let shape = swell.at(x / 300.0, t * 9.0);
        let tall = tallest * (0.22 + 0.78 * shape * rng.range(0.5, 1.15));
        tower(work, rng, [x, tall, wide], t);
        x += wide * rng.range(0.78, 1.15);
    }
}

fn tower(work: &mut Work, rng: &mut SeededRng, [x, tall, wide]: [f32; 3], t: f32) {
    let (base, top) = (work.horizon, work.horizon - tall);
    let colour = work.palette.land(t).lit(rng.range(-0.025, 0.03));
    let mut outline = vec![(x, base), (x, top)];
    match rng.below(5) {
        0 => outline.push((x + wide / 2.0, top - wide * 0.7)),
        1 => outline.extend([
            (x + wide * 0.25, top),
            (x + wide * 0.25, top - wide * 0.4),
            (x + wide * 0.75, top - wide * 0.4),
            (x + wide * 0.75, top),
        ]),
        2 => outline.push((x + wide * 0.1, top - wide * 0.3)),
        3 => outline.extend([
            (x + wide * 0.47, top),
            (x + wide * 0.5, top - wide * 1.5),
            (x + wide * 0.53, top),
        ]),
        _ => {}
    }
    outline.extend([(x + wide, top), (x + wide, base)]);
    if let Some(path) = polygon(&outline) {
        let mist = colour.mix(work.palette.sky[3], 0.45 * (1.0 - t));
        work.canvas.layer(&path, colour, mist, tall + 40.0);
        let side = if work.sun.0 > x { x + wide * 0.72 } else { x };
        let lit = rect(side, top, wide * 0.28, tall);
        work.canvas.fill_down(
            &lit,
            top,
            base,
            work.palette.light.skia(0.16),
            work.palette.light.skia(0.0),
        );
    }
    windows(work, rng, [x, top, wide, tall], t);
}

fn windows(work: &mut Work, rng: &mut SeededRng, [x, top, wide, tall]: [f32; 4], t: f32) {
    let gap = 9.0 + 6.0 * t;
    let (cols, rows) = ((wide / gap) as i32 - 1, (tall / (gap * 1.35)) as i32 - 1);
    let lit = if work.palette.night { 0.42 } else { 0.14 };
    for row in 0..rows.min(44) {
        for col in 0..cols {
            if !rng.chance(lit) {
                continue;
            }
            let warm = work
                .palette
                .accent
                .mix(work.palette.light, rng.range(0.0, 0.8));
            let pane = rect(
                x + gap * (col as f32 + 0.8),
                top + gap * 1.35 * (row as f32 + 0.8),
                gap * 0.5,
                gap * 0.7,
            );
            work.canvas
                .fill(&pane, warm, rng.range(0.35, 0.95) * (0.35 + 0.65 * t));
        }
    }
}

/// Gabled houses on a hillside, a church among them, hills behind.
pub fn village(work: &mut Work) -> Stage {
    sky::paint(work);
    super::peaks::range(work);
    let dark = work.palette.near;
    land::whiten(work);
    let mut rng = work.rng("village");
    let room = work.canvas.h - work.horizon;
    let mut stage = (0.0, 0.0);
    for step in 0..4 {
        let t = 0.34 + 0.2 * step as f32;
        let base = work.horizon + room * (0.08 + 0.22 * step as f32);
        let ridge = Ridge::new(work, &mut rng, base, 34.0, 460.0, 2);
        lay(work, &ridge, t, room * 0.5);
        let trees = work.palette.far.mix(dark, t);
        firs(
            work,
            &mut rng,
            &ridge,
            trees,
            40.0 + 22.0 * step as f32,
            0.28,
        );
        if step < 3 {
            let size = 34.0 + 24.0 * step as f32;
            let count = (work.canvas.w / (size * 2.1)) as i32;
            for index in 0..count {
                let x = (index as f32 + rng.range(0.1, 0.9)) * size * 2.1;
                let church = step == 1 && index == count / 3;
                if church || rng.chance(0.72) {
                    house(
                        work,
                        &mut rng,
                        (x, ridge.at(x) + size * 0.2),
                        size,
                        (t, church),
                    );
                }
            }
        }
        sky::mist(work, base + 50.0, 60.0, 0.16);
        let x = opposite(work);
        stage = (x, ridge.at(x) + 16.0);
    }
    Stage {
        ground: stage,
        water: None,
        size: 170.0,
    }
}

/// A house (or the church) seen from the front and one side.
fn house(
    work: &mut Work,
    rng: &mut SeededRng,
    (x, y): (f32, f32),
    size: f32,
    (t, church): (f32, bool),
) {
    let shade = work.palette.land(t);
    let dim = if work.palette.night { 0.5 } else { 0.16 };
    let walls = [0xf4e4cb, 0xe9c9a3, 0xdfd3c6, 0xf0d9d2];
    let wall = Colour::hex(walls[rng.below(4)]).vivid(1.2).mix(shade, dim);
    let roofs = [
        Colour::hex(0xb5533c),
        Colour::hex(0x8c4a3f),
        Colour::hex(0x5b5f77),
        work.palette.accent,
    ];
    let mut roof = roofs[rng.below(4)].mix(shade, dim);
    if land::snowy(work) {
        roof = work.palette.sky[3]
            .mix(Colour::hex(0xffffff), 0.6)
            .mix(shade, dim * 0.6);
    }
    let (wide, tall) = (size * rng.range(0.9, 1.3), size * rng.range(0.6, 0.9));
    let eaves = y - tall;
    if church {
        let tower = rect(x - size * 0.45, y - size * 1.7, size * 0.42, size * 1.7);
        work.canvas.fill(&tower, wall.lit(0.02), 1.0);
        let tip = (x - size * 0.24, y - size * 2.9);
        if let Some(spire) = polygon(&[
            (x - size * 0.5, y - size * 1.7),
            tip,
            (x + size * 0.02, y - size * 1.7),
        ]) {
            work.canvas.fill(&spire, roof.lit(-0.06), 1.0);
        }
    }
    work.canvas.fill(&rect(x, eaves, wide, tall), wall, 1.0);
    work.canvas
        .fill(&rect(x, eaves, wide * 0.36, tall), wall.lit(-0.07), 1.0);
    let ridge = eaves - size * 0.5;
    let side = [
        (x - size * 0.06, eaves + 1.0),
        (x + wide * 0.18, ridge),
        (x + wide * 0.84, ridge),
        (x + wide + size * 0.07, eaves + 1.0),
    ];
    if let Some(path) = polygon(&side) {
        work.canvas.layer(
            &path,
            roof.mix(work.palette.light, 0.1),
            roof.lit(-0.04),
            size * 0.5,
        );
    }
    let chimney = rect(
        x + wide * 0.66,
        ridge - size * 0.16,
        size * 0.12,
        size * 0.34,
    );
    work.canvas.fill(&chimney, roof.lit(-0.1), 1.0);
    house_windows(work, rng, (x, eaves), (wide, tall), size, shade);
    if rng.chance(0.4) {
        smoke(work, rng, (x + wide * 0.72, ridge - size * 0.2), size);
    }
}

/// Three windows, some of them lit.
fn house_windows(
    work: &mut Work,
    rng: &mut SeededRng,
    (x, eaves): (f32, f32),
    (wide, tall): (f32, f32),
    size: f32,
    shade: Colour,
) {
    for col in 0..3 {
        let pane = [x + wide * (0.12 + 0.3 * col as f32), eaves + tall * 0.3];
        let lit = rng.chance(if work.palette.night { 0.75 } else { 0.25 });
        let glass = if lit {
            work.palette.accent.mix(work.palette.light, 0.4)
        } else {
            shade.lit(-0.1)
        };
        work.canvas.fill(
            &rect(pane[0], pane[1], wide * 0.13, tall * 0.32),
            glass,
            0.95,
        );
        if lit && work.palette.night {
            let at = (pane[0] + wide * 0.06, pane[1] + tall * 0.16);
            work.canvas
                .glow(at, size * 0.8, work.palette.accent, 0.3, BlendMode::Screen);
        }
    }
}

fn smoke(work: &mut Work, rng: &mut SeededRng, (x, y): (f32, f32), size: f32) {
    let lean = rng.range(0.1, 0.5);
    for puff in 0..9 {
        let t = puff as f32 / 8.0;
        if let Some(path) = circle(
            x + size * lean * t * t * 2.0,
            y - size * t * 1.6,
            size * (0.06 + 0.16 * t),
        ) {
            work.canvas
                .fill(&path, work.palette.sky[3], 0.22 * (1.0 - t));
        }
    }
}
