//! Mountain ranges: faceted peaks with a lit side, a shaded side and snow.

use tiny_skia::Path;

use super::{
    Work,
    canvas::polygon,
    colour::Colour,
    land::{Ridge, lay, snowy},
    rng::SeededRng,
    sky,
    words::Composition,
};

/// A range of faceted peaks standing on the horizon.
pub fn range(work: &mut Work) {
    let mut rng = work.rng("range");
    for step in 0..2 {
        let base = work.horizon - 40.0 + 34.0 * step as f32;
        let ridge = Ridge::new(work, &mut rng, base - 60.0, 110.0, 330.0, 5);
        lay(work, &ridge, 0.05 + 0.12 * step as f32, 210.0);
    }
    sky::mist(work, work.horizon - 10.0, 60.0, 0.4);
    let lone = matches!(
        work.reading.composition,
        Composition::Minimal | Composition::Centred
    );
    let count = if lone {
        1
    } else {
        (work.canvas.w / 330.0).round().max(2.0) as usize
    };
    let tallest = (work.horizon * 0.62).min(520.0);
    let mut order: Vec<usize> = (0..count).collect();
    // Painting from the outside in lets the middle peaks stand in front.
    order.sort_by_key(|i| usize::abs_diff(2 * i, count));
    order.reverse();
    // Without mist to hide them, the feet go down behind the foothills.
    let foot = if work.canvas.finish.flat { 220.0 } else { 30.0 };
    for index in order {
        let x = work.canvas.w * (index as f32 + 0.5 + rng.range(-0.28, 0.28)) / count as f32;
        let x = if lone { work.canvas.w * 0.5 } else { x };
        let tall = tallest * rng.range(0.55, 1.0) * if lone { 1.1 } else { 1.0 };
        peak(
            work,
            &mut rng,
            (x, work.horizon + foot),
            tall + foot - 30.0,
            0.3,
        );
    }
    sky::mist(work, work.horizon + 6.0, 90.0, 0.55);
}

/// A zigzag from one point to another, its steps drawn from `rng`.
fn jagged(rng: &mut SeededRng, from: (f32, f32), to: (f32, f32), rough: f32) -> Vec<(f32, f32)> {
    let steps = 11;
    let mut points = vec![from];
    for step in 1..steps {
        let t = step as f32 / steps as f32;
        let x = from.0 + (to.0 - from.0) * t + rng.range(-rough, rough);
        // Slopes are steep at the top and ease towards the foot.
        let y = from.1 + (to.1 - from.1) * t.powf(0.88) + rng.range(-rough, rough) * 0.5;
        points.push((x, y));
    }
    points.push(to);
    points
}

/// One mountain with a lit side, a shaded side and a cap of snow.
fn peak(work: &mut Work, rng: &mut SeededRng, (x, base): (f32, f32), tall: f32, t: f32) {
    let (top, wide) = ((x, base - tall), tall * rng.range(0.85, 1.15));
    let left = jagged(rng, top, (x - wide, base), tall * 0.035);
    let right = jagged(rng, top, (x + wide, base), tall * 0.035);
    let foot = (x + rng.range(-0.2, 0.2) * wide, base);
    let spine = jagged(rng, top, foot, tall * 0.07);
    let side = |a: &[(f32, f32)], b: &[(f32, f32)]| -> Vec<(f32, f32)> {
        a.iter().copied().chain(b.iter().rev().copied()).collect()
    };
    let whole = polygon(&side(&left, &right));
    let lit_right = work.sun.0 > x;
    let shaded = if lit_right { &left } else { &right };
    let shade = polygon(&side(shaded, &spine));
    let colour = work.palette.land(t);
    let mist = colour.mix(work.palette.sky[3], 0.7);
    if let Some(path) = &whole {
        let lit = colour.mix(work.palette.light, 0.24);
        work.canvas.layer(path, lit, mist.mix(lit, 0.2), tall);
    }
    if let Some(path) = &shade {
        let dark = colour.lit(-0.05);
        work.canvas.fill_down(
            path,
            base - tall,
            base,
            dark.skia(0.95),
            dark.mix(mist, 0.7).skia(0.9),
        );
    }
    let white = work.palette.light.mix(Colour::hex(0xffffff), 0.5);
    let cool = colour.mix(work.palette.sky[2], 0.55).lit(0.1);
    let depth = if snowy(work) { 0.72 } else { 0.4 };
    for (edge, bright) in [(&left, !lit_right), (&right, lit_right)] {
        if let Some(cap) = snowcap(rng, edge, &spine, base - tall * (1.0 - depth)) {
            let night = if work.palette.night { 0.45 } else { 0.0 };
            work.canvas.fill(
                &cap,
                if bright {
                    white.mix(colour, night)
                } else {
                    cool
                },
                0.92,
            );
        }
    }
}

/// The part of a mountain's side above a ragged snow line.
fn snowcap(
    rng: &mut SeededRng,
    edge: &[(f32, f32)],
    spine: &[(f32, f32)],
    line: f32,
) -> Option<Path> {
    let above = |points: &[(f32, f32)]| -> Vec<(f32, f32)> {
        points
            .iter()
            .copied()
            .take_while(|point| point.1 < line)
            .collect()
    };
    let (outer, inner) = (above(edge), above(spine));
    let (from, to) = (*outer.last()?, *inner.last()?);
    let mut outline = outer;
    let teeth = 6;
    for tooth in 1..teeth {
        let t = tooth as f32 / teeth as f32;
        let drop = if tooth % 2 == 1 {
            rng.range(8.0, 42.0)
        } else {
            rng.range(-34.0, -6.0)
        };
        outline.push((
            from.0 + (to.0 - from.0) * t,
            from.1 + (to.1 - from.1) * t + drop,
        ));
    }
    outline.extend(inner.iter().rev());
    polygon(&outline)
}
