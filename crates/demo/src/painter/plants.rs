//! Things that grow: firs, round trees, palms, grass and flowers.

use tiny_skia::{PathBuilder, Transform};

use super::{
    Work,
    canvas::{circle, oval, rect},
    colour::Colour,
    land::{Ridge, snowy},
    rng::SeededRng,
    words::Style,
};

/// A row of firs along a ridge; `dense` is the part of places that hold one.
pub fn firs(
    work: &mut Work,
    rng: &mut SeededRng,
    ridge: &Ridge,
    colour: Colour,
    tall: f32,
    dense: f32,
) {
    let gap = tall * 0.27;
    let places = (work.canvas.w / gap) as i32 + 2;
    let patches = rng.noise();
    for place in -1..places {
        let x = place as f32 * gap + rng.range(-0.5, 0.5) * gap;
        let height = tall * rng.range(0.55, 1.15);
        let shade = rng.range(-0.025, 0.03);
        // Woods grow in patches, with clearings between.
        if patches.at(x / (tall * 4.0), 3.0) < dense + rng.range(-0.12, 0.12) {
            fir(
                work,
                rng,
                (x, ridge.at(x.max(0.0)) + tall * 0.06),
                height,
                colour.lit(shade),
            );
        }
    }
}

/// One fir: a spire of ragged boughs.
pub fn fir(work: &mut Work, rng: &mut SeededRng, (x, y): (f32, f32), tall: f32, colour: Colour) {
    let tiers = (5.0 + tall / 60.0).min(13.0) as i32;
    let wide = tall * 0.21;
    let mut left = Vec::new();
    let mut path = PathBuilder::new();
    path.move_to(x, y - tall);
    for tier in 1..=tiers {
        let t = tier as f32 / tiers as f32;
        let reach = wide * t.powf(0.85) * rng.range(0.82, 1.1);
        let level = y - tall * (1.0 - t * 0.93);
        path.line_to(x + reach, level + tall * 0.015);
        path.line_to(x + reach * 0.45, level - tall * 0.012);
        left.push((
            x - reach * rng.range(0.85, 1.1),
            level + tall * 0.015,
            x - reach * 0.45,
            level - tall * 0.012,
        ));
    }
    path.line_to(x + wide * 0.09, y);
    path.line_to(x - wide * 0.09, y);
    for &(out_x, out_y, in_x, in_y) in left.iter().rev() {
        path.line_to(in_x, in_y);
        path.line_to(out_x, out_y);
    }
    path.close();
    let Some(path) = path.finish() else { return };
    let low = if work.canvas.finish.flat {
        colour
    } else {
        colour.mix(work.palette.far, 0.22)
    };
    work.canvas
        .fill_down(&path, y - tall, y, colour.skia(1.0), low.skia(1.0));
    if snowy(work) && tall > 30.0 && work.reading.style != Style::Neon {
        let white = work.palette.sky[3].mix(
            Colour::hex(0xffffff),
            if work.palette.night { 0.2 } else { 0.7 },
        );
        for &(out_x, out_y, in_x, in_y) in left.iter().step_by(2) {
            let mut bough = PathBuilder::new();
            bough.move_to(out_x, out_y);
            bough.quad_to(
                in_x,
                in_y - tall * 0.03,
                x + (x - in_x) * 0.4,
                in_y - tall * 0.02,
            );
            if let Some(bough) = bough.finish() {
                work.canvas.stroke(&bough, white, 0.75, tall * 0.013);
            }
        }
    }
}

/// A leafy tree with a crown of puffs, lit from the sun's side.
pub fn round_tree(
    work: &mut Work,
    rng: &mut SeededRng,
    (x, y): (f32, f32),
    tall: f32,
    leaf: Colour,
) {
    let leaf = if work.reading.autumn {
        leaf.mix(
            [
                Colour::hex(0xd9622b),
                Colour::hex(0xe2a233),
                Colour::hex(0xb03a2e),
            ][rng.below(3)],
            0.6,
        )
    } else {
        leaf
    };
    let trunk = rect(x - tall * 0.028, y - tall * 0.5, tall * 0.056, tall * 0.5);
    work.canvas
        .fill(&trunk, work.palette.near.lit(-0.08).vivid(0.6), 1.0);
    let side = if work.sun.0 > x { 1.0 } else { -1.0 };
    for (layer, (shift, lift)) in [(0.0, -0.05), (0.03, 0.0), (0.07, 0.045)]
        .into_iter()
        .enumerate()
    {
        let mut crown = PathBuilder::new();
        for _ in 0..8 {
            let (angle, out) = (rng.range(0.0, std::f32::consts::TAU), rng.range(0.05, 0.22));
            let r = tall * (0.2 - 0.045 * layer as f32) * rng.range(0.7, 1.1);
            let out = out * (1.0 - 0.22 * layer as f32);
            crown.push_circle(
                x + (angle.cos() * out + side * shift) * tall,
                y + (angle.sin() * out * 1.15 - 0.66 - lift) * tall,
                r,
            );
        }
        if let Some(crown) = crown.finish() {
            let lit = leaf.mix(work.palette.light, 0.13 * layer as f32);
            work.canvas.fill(&crown, lit, 0.96);
        }
    }
}

/// A palm that leans over the water.
pub fn palm(work: &mut Work, rng: &mut SeededRng, (x, y): (f32, f32), tall: f32, colour: Colour) {
    let lean = rng.range(-0.35, 0.35) * tall;
    let (tx, ty) = (x + lean, y - tall);
    let mut trunk = PathBuilder::new();
    trunk.move_to(x - tall * 0.035, y);
    trunk.quad_to(x - tall * 0.02, y - tall * 0.6, tx, ty);
    trunk.quad_to(x + tall * 0.03, y - tall * 0.55, x + tall * 0.04, y);
    trunk.close();
    if let Some(trunk) = trunk.finish() {
        work.canvas
            .fill(&trunk, colour.mix(Colour::hex(0x6b4a32), 0.3), 1.0);
    }
    for frond in 0..9 {
        let angle = (frond as f32 / 8.0 * 200.0 + 170.0 + rng.range(-8.0, 8.0)).to_radians();
        let (dx, dy) = (angle.cos(), angle.sin());
        let reach = tall * rng.range(0.36, 0.5);
        let (ex, ey) = (tx + dx * reach, ty + dy * reach * 0.55 + reach * 0.42);
        let mut leaf = PathBuilder::new();
        leaf.move_to(tx, ty);
        leaf.quad_to(
            tx + dx * reach * 0.6,
            ty + dy * reach * 0.8 - reach * 0.1,
            ex,
            ey,
        );
        leaf.quad_to(
            tx + dx * reach * 0.45,
            ty + dy * reach * 0.5 + reach * 0.16,
            tx,
            ty,
        );
        if let Some(leaf) = leaf.finish() {
            work.canvas
                .fill(&leaf, colour.lit(rng.range(-0.03, 0.05)), 1.0);
        }
    }
}

/// Blades of grass along the nearest ridge.
pub fn grass(work: &mut Work, rng: &mut SeededRng, ridge: &Ridge, colour: Colour) {
    let count = (work.canvas.w / 3.2) as i32;
    let clumps = rng.noise();
    for _ in 0..count {
        let x = rng.range(0.0, work.canvas.w);
        let thick = clumps.fractal(x / 150.0, 7.0, 2);
        let deep = rng.range(0.0, 1.0).powi(2) * (work.canvas.h - ridge.at(x)).max(0.0);
        let (y, tall) = (
            ridge.at(x) + deep + 4.0,
            (8.0 + 40.0 * thick * thick) * (1.0 + deep / 90.0),
        );
        let lean = rng.range(-0.5, 0.5) * tall;
        let mut blade = PathBuilder::new();
        blade.move_to(x - 1.5, y);
        blade.quad_to(x, y - tall * 0.6, x + lean, y - tall);
        blade.quad_to(x + 1.8, y - tall * 0.5, x + 2.0, y);
        blade.close();
        if let Some(blade) = blade.finish() {
            let tip = colour.mix(work.palette.light, rng.range(0.0, 0.22));
            work.canvas
                .fill_down(&blade, y - tall, y, tip.skia(0.95), colour.skia(0.7));
        }
    }
}

/// Flowers in the foreground, larger as they come nearer.
pub fn flowers(work: &mut Work, rng: &mut SeededRng, ridge: &Ridge) {
    let accent = work.palette.accent;
    let kinds = [
        accent,
        accent.mix(work.palette.light, 0.55),
        work.palette.sky[2].mix(Colour::hex(0xffffff), 0.4),
        accent.mix(work.palette.sky[1], 0.5).vivid(1.2),
    ];
    let count = (work.canvas.w * 0.13) as i32;
    let patches = rng.noise();
    for index in 0..count {
        let t = index as f32 / count as f32;
        let x = rng.range(0.0, work.canvas.w);
        let room = (work.canvas.h - ridge.at(x)).max(10.0);
        let y = ridge.at(x) + room * (t * 1.15 - 0.05);
        let size = (4.0 + 15.0 * t * t) * rng.range(0.7, 1.25);
        let kind = (patches.at(x / 170.0, t * 2.0) * 5.5) as usize % kinds.len();
        let tall = size * rng.range(2.4, 4.6);
        let mut stem = PathBuilder::new();
        stem.move_to(x, y);
        let head = (x + rng.range(-0.4, 0.4) * tall, y - tall);
        stem.quad_to(x, y - tall * 0.6, head.0, head.1);
        if let Some(stem) = stem.finish() {
            work.canvas
                .stroke(&stem, work.palette.near.lit(-0.05), 0.9, 0.8 + size * 0.1);
        }
        bloom(work, rng, head, size, kinds[kind]);
    }
}

/// One flower: a ring of petals, turned a little away.
fn bloom(work: &mut Work, rng: &mut SeededRng, (x, y): (f32, f32), size: f32, colour: Colour) {
    let petals = 5 + rng.below(3);
    let turn = rng.range(0.0, std::f32::consts::TAU);
    let Some(petal) = oval(0.0, -size * 0.62, size * 0.36, size * 0.55) else {
        return;
    };
    for index in 0..petals {
        let angle = (turn + index as f32 * std::f32::consts::TAU / petals as f32).to_degrees();
        let place = Transform::from_rotate(angle)
            .post_scale(1.0, 0.72)
            .post_translate(x, y);
        let shade = colour.lit(if index % 2 == 0 { 0.02 } else { -0.03 });
        let shader = tiny_skia::Shader::SolidColor(shade.skia(0.95));
        work.canvas
            .paint(&petal, shader, tiny_skia::BlendMode::SourceOver, place);
    }
    if let Some(heart) = circle(x, y, size * 0.24) {
        work.canvas.fill(
            &heart,
            work.palette.light.mix(work.palette.accent, 0.4),
            1.0,
        );
    }
}
