//! What falls from the sky in front of everything: rain, snow, fog.

use tiny_skia::PathBuilder;

use super::{
    Work,
    canvas::{circle, rect},
    colour::Colour,
    words::{Scene, Weather},
};

/// Adds the weather nearest to the eye.
pub fn fall(work: &mut Work) {
    if matches!(
        work.reading.scene,
        Scene::Space | Scene::Underwater | Scene::Abstract
    ) {
        return;
    }
    match work.reading.weather {
        Weather::Rain | Weather::Storm => rain(work),
        Weather::Snow => snow(work),
        Weather::Fog => fog(work),
        _ => {}
    }
}

fn rain(work: &mut Work) {
    let mut rng = work.rng("rain");
    let colour = work.palette.sky[3].mix(Colour::hex(0xffffff), 0.4);
    let (w, h) = (work.canvas.w, work.canvas.h);
    // Three depths, one path each: thousands of separate strokes would be slow.
    for (count, long, width, alpha) in [
        (420.0, 26.0, 0.9, 0.22),
        (240.0, 46.0, 1.4, 0.26),
        (90.0, 84.0, 2.2, 0.24),
    ] {
        let mut drops = PathBuilder::new();
        for _ in 0..(count * w * h / 1_000_000.0) as i32 {
            let (x, y, part) = (
                rng.range(-40.0, w),
                rng.range(-60.0, h),
                rng.range(0.6, 1.3),
            );
            drops.move_to(x, y);
            drops.line_to(x + long * 0.2 * part, y + long * part);
        }
        if let Some(drops) = drops.finish() {
            work.canvas.stroke(&drops, colour, alpha, width);
        }
    }
}

fn snow(work: &mut Work) {
    let mut rng = work.rng("snow");
    let white = Colour::hex(0xffffff).mix(work.palette.light, 0.2);
    let (w, h) = (work.canvas.w, work.canvas.h);
    for (count, low, high, alpha) in [
        (420.0, 0.8, 2.0, 0.6),
        (150.0, 2.0, 4.2, 0.75),
        (26.0, 5.0, 10.0, 0.3),
    ] {
        for _ in 0..(count * w * h / 1_000_000.0) as i32 {
            let (x, y, r) = (rng.range(0.0, w), rng.range(0.0, h), rng.range(low, high));
            if let Some(flake) = circle(x, y, r) {
                work.canvas.fill(&flake, white, alpha);
            }
        }
    }
}

fn fog(work: &mut Work) {
    let (h, w) = (work.canvas.h, work.canvas.w);
    let colour = work.palette.sky[3].mix(work.palette.sky[2], 0.5);
    let low = rect(-2.0, h * 0.3, w + 4.0, h * 0.72);
    work.canvas
        .fill_down(&low, h * 0.3, h * 0.62, colour.skia(0.0), colour.skia(0.24));
    super::sky::mist(work, h * 0.72, 150.0, 0.28);
}
