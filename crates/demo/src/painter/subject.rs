//! Placing the subjects of a prompt in the scene, in its light.

use tiny_skia::{BlendMode, Path, PathBuilder, Rect, Transform};

use super::{
    Stage, Work,
    canvas::{circle, oval, polygon, rect},
    colour::Colour,
    figures::{Ink, figure},
    land,
    words::{Composition, Scene, Style, Subject},
};

/// Paints each subject where it belongs: on the ground, on water, in the air.
pub fn place(work: &mut Work, stage: &Stage) {
    let scale = match work.reading.composition {
        Composition::Close => 2.1,
        Composition::Wide => 0.62,
        Composition::Minimal => 0.8,
        _ => 1.0,
    };
    for (index, subject) in work.reading.subjects.clone().into_iter().enumerate() {
        let size = stage.size * scale * proportion(subject);
        // A second subject stands apart from the first.
        let step = [0.0, -0.24, 0.2][index.min(2)] * work.canvas.w;
        let flip = work.sun.0 < work.canvas.w * 0.5;
        let step = if flip { step } else { -step };
        put(work, stage, subject, step, size);
    }
}

fn proportion(subject: Subject) -> f32 {
    match subject {
        Subject::Lighthouse => 1.7,
        Subject::Castle => 1.5,
        Subject::Tree => 1.5,
        Subject::Balloon => 1.35,
        Subject::Windmill => 1.4,
        Subject::Whale => 1.0,
        Subject::Rocket => 1.5,
        Subject::Mushroom | Subject::Wanderer => 0.8,
        Subject::Fish => 0.6,
        Subject::Birds => 0.32,
        Subject::Lantern => 0.5,
        _ => 1.0,
    }
}

fn put(work: &mut Work, stage: &Stage, subject: Subject, step: f32, size: f32) {
    let mut rng = work.rng("subject");
    let (w, h) = (work.canvas.w, work.canvas.h);
    let x = (stage.ground.0 + step).clamp(size * 0.4, (w - size * 0.4).max(size * 0.4));
    let ground = (x, stage.ground.1);
    let deep = work.reading.scene == Scene::Underwater;
    match subject {
        Subject::Moon if work.reading.scene != Scene::Abstract => {}
        Subject::Birds => flock(work, size),
        Subject::Balloon => {
            let at = (land::opposite(work) + step, work.horizon * 0.66);
            draw(work, subject, at, size);
            for _ in 0..3 {
                let at = (
                    rng.range(0.08, 0.92) * w,
                    work.horizon * rng.range(0.3, 0.8),
                );
                draw(work, subject, at, size * rng.range(0.16, 0.34));
            }
        }
        Subject::Rocket => draw(work, subject, (land::opposite(work) + step, h * 0.56), size),
        Subject::Fish => {
            for _ in 0..9 {
                let at = (rng.range(0.1, 0.9) * w, h * rng.range(0.28, 0.72));
                draw(work, subject, at, size * rng.range(0.3, 0.6));
            }
            draw(work, subject, (land::opposite(work) + step, h * 0.5), size);
        }
        Subject::Lantern => {
            for _ in 0..16 {
                let t = rng.range(0.0, 1.0);
                let at = (rng.range(0.04, 0.96) * w, h * (0.1 + 0.62 * t));
                draw(work, subject, at, size * (0.25 + 0.75 * t * t));
            }
        }
        Subject::Whale if !deep => breach(work, stage, size),
        Subject::Whale => draw(work, subject, (w * 0.5 + step, h * 0.52), size * 1.25),
        Subject::Boat if stage.water.is_some() => {
            let (x, y) = stage.water.unwrap_or(ground);
            draw(work, subject, (x + step, y), size);
            wake(work, (x + step, y + size * 0.02), size);
        }
        Subject::Lighthouse => {
            draw(work, subject, ground, size);
            beam(work, (ground.0, ground.1 - size * 0.81), size);
        }
        _ => {
            land::shadow(work, (ground.0, ground.1 + 2.0), size * 0.42);
            draw(work, subject, ground, size);
        }
    }
}

/// The subject alone on nothing, large and in the middle.
pub fn alone(work: &mut Work) {
    let (w, h) = (work.canvas.w, work.canvas.h);
    let Some(subject) = work.reading.subjects.first().copied() else {
        return emblem(work);
    };
    let wide = matches!(subject, Subject::Whale | Subject::Fish | Subject::Birds);
    let size = if wide {
        (w * 0.4).min(h * 0.8)
    } else {
        (h * 0.78).min(w * 0.78)
    };
    work.palette.night = false;
    draw(
        work,
        subject,
        (
            w * 0.5
                - if subject == Subject::Whale {
                    size * 0.14
                } else {
                    0.0
                },
            h * 0.5 + size * 0.5,
        ),
        size,
    );
}

/// Discs and arches in the picture's colours: what stands for a subject the painter has
/// no figure of.
fn emblem(work: &mut Work) {
    let (x, y) = (work.canvas.w * 0.5, work.canvas.h * 0.5);
    let reach = x.min(y) * 0.78;
    let mut rng = work.rng("alone");
    let lean = rng.range(-0.16, 0.16) * reach;
    let (sky, near, accent, light) = (
        work.palette.sky,
        work.palette.near,
        work.palette.accent,
        work.palette.light,
    );
    for (size, step, colour) in [
        (1.0, 0.0, sky[1]),
        (0.8, 0.35, sky[2]),
        (0.6, 0.7, accent),
        (0.34, 1.0, light),
    ] {
        if let Some(disc) = circle(
            x + lean * step,
            y + reach * (1.0 - size) * 0.5,
            reach * size,
        ) {
            work.canvas.layer(&disc, colour, colour.lit(-0.06), reach);
        }
    }
    for step in 0..3 {
        let y = y + reach * (0.3 + 0.2 * step as f32);
        if let Some(hill) = oval(
            x + lean * 1.5,
            y,
            reach * (0.86 - 0.2 * step as f32),
            reach * 0.1,
        ) {
            work.canvas.fill(&hill, near, 0.3 + 0.2 * step as f32);
        }
    }
}

/// Draws one figure standing at a point, `size` units tall.
fn draw(work: &mut Work, subject: Subject, (x, y): (f32, f32), size: f32) {
    let (own, shapes) = figure(subject);
    let inks = inks(work, own);
    let place = Transform::from_scale(size, size).post_translate(x, y);
    if work.reading.style == Style::Paper {
        for (_, text) in shapes {
            if let Some(path) = parse(text).and_then(|path| path.transform(place)) {
                work.canvas.stroke(&path, Colour::hex(0x100818), 0.1, 14.0);
            }
        }
    }
    for (ink, text) in shapes {
        let Some(path) = parse(text).and_then(|path| path.transform(place)) else {
            continue;
        };
        let colour = inks(*ink);
        let bounds = path.bounds();
        let low = if work.canvas.finish.flat || *ink == Ink::Lamp {
            colour
        } else {
            colour.lit(-0.075).mix(work.palette.far, 0.08)
        };
        work.canvas.fill_down(
            &path,
            bounds.top(),
            bounds.bottom(),
            colour.skia(1.0),
            low.skia(1.0),
        );
        if let Some((line, alpha, _)) = work.canvas.finish.line {
            work.canvas
                .stroke(&path, line, alpha, (size * 0.008).max(1.2));
        }
        if *ink == Ink::Lamp && work.palette.night {
            let middle = (
                (bounds.left() + bounds.right()) / 2.0,
                (bounds.top() + bounds.bottom()) / 2.0,
            );
            work.canvas.glow(
                middle,
                size * 0.55,
                work.palette.accent,
                0.5,
                BlendMode::Screen,
            );
        }
    }
}

/// The colours of a figure in the scene's light.
fn inks(work: &Work, own: u32) -> impl Fn(Ink) -> Colour + use<> {
    let palette = work.palette.clone();
    let shade = match (palette.night, work.reading.style) {
        (true, Style::Neon) => 0.45,
        (true, _) => 0.5,
        (false, Style::Ink) => 0.86,
        _ => 0.12,
    };
    let tone = palette.near.mix(palette.far, 0.35);
    let body = Colour::hex(own).mix(tone, shade);
    move |ink| match ink {
        Ink::Body => body,
        Ink::Light => body.mix(palette.light, 0.38),
        Ink::Shade => body.lit(-0.1).mix(palette.near, 0.25),
        Ink::White => Colour::hex(0xfbf3e4).mix(tone, shade * 0.7),
        Ink::Accent => palette.accent.mix(tone, shade * 0.5),
        Ink::Dark => palette.near.mix(Colour::hex(0x1a1622), 0.72),
        Ink::Lamp if palette.night => palette.accent.mix(palette.light, 0.45),
        Ink::Lamp => Colour::hex(0xffd98a).mix(palette.light, 0.2),
    }
}

/// Birds in a loose line, off towards the light.
fn flock(work: &mut Work, size: f32) {
    let mut rng = work.rng("flock");
    let (x, y) = (land::opposite(work), work.horizon * 0.42);
    for index in 0..11 {
        let side = if index % 2 == 0 { 1.0 } else { -1.0 };
        let out = (index as f32 * 0.5).ceil();
        let at = (
            x + side * out * size * 1.15 + rng.range(-20.0, 20.0),
            y + out * size * 0.5 + rng.range(-16.0, 16.0),
        );
        draw(work, Subject::Birds, at, size * rng.range(0.5, 0.95));
    }
}

/// A whale's back breaks the surface, with a spout above it.
fn breach(work: &mut Work, stage: &Stage, size: f32) {
    let (x, y) = stage.water.unwrap_or(stage.ground);
    let light = work.palette.light;
    for (lean, tall) in [(-0.12, 0.5), (0.0, 0.62), (0.13, 0.48)] {
        let mut jet = PathBuilder::new();
        jet.move_to(x - size * 0.4, y - size * 0.5);
        jet.quad_to(
            x - size * 0.4,
            y - size * (0.6 + tall),
            x - size * (0.4 - lean * 2.0),
            y - size * (0.35 + tall),
        );
        if let Some(jet) = jet.finish() {
            work.canvas.stroke(&jet, light, 0.5, size * 0.03);
        }
    }
    draw(work, Subject::Whale, (x, y + size * 0.3), size);
    let water = work.palette.sky[1].mix(work.palette.near, 0.42);
    let band = rect(x - size * 1.2, y - size * 0.1, size * 2.6, size * 0.45);
    work.canvas.fill_down(
        &band,
        y - size * 0.1,
        y + size * 0.08,
        water.skia(0.0),
        water.skia(0.0),
    );
    wake(work, (x, y), size * 1.9);
}

/// Light and foam where a hull meets the water, and its reflection.
fn wake(work: &mut Work, (x, y): (f32, f32), size: f32) {
    let (dark, light) = (work.palette.near, work.palette.light);
    for step in 0..7 {
        let t = step as f32 / 6.0;
        if let Some(path) = oval(
            x,
            y + size * (0.02 + 0.3 * t),
            size * (0.42 - 0.28 * t),
            size * 0.014,
        ) {
            work.canvas.fill(&path, dark, 0.36 * (1.0 - t));
        }
        if let Some(path) = oval(
            x + size * 0.1 * t,
            y + size * (0.012 + 0.07 * t),
            size * (0.52 + 0.1 * t),
            size * 0.006,
        ) {
            work.canvas.fill(&path, light, 0.4 * (1.0 - t));
        }
    }
}

/// The lighthouse's light sweeping over the sea.
fn beam(work: &mut Work, lamp: (f32, f32), size: f32) {
    if work.reading.style == Style::Ink {
        return;
    }
    let strength = if work.palette.night { 0.5 } else { 0.14 };
    let away = if lamp.0 > work.canvas.w / 2.0 {
        -1.0
    } else {
        1.0
    };
    let reach = work.canvas.w * 0.8;
    for (side, part) in [(away, 1.0), (-away, 0.6)] {
        let far = (lamp.0 + side * reach, lamp.1 - size * 0.12);
        let ends = [(far.0, far.1 - size * 0.28), (far.0, far.1 + size * 0.3)];
        let Some(path) = polygon(&[lamp, ends[0], ends[1]]) else {
            continue;
        };
        let light = work.palette.light.mix(work.palette.accent, 0.3);
        let stops = [(0.0, light.skia(strength * part)), (1.0, light.skia(0.0))];
        let shader = super::canvas::line_gradient(lamp, far, &stops);
        work.canvas
            .paint(&path, shader, BlendMode::Screen, Transform::identity());
    }
    work.canvas.glow(
        lamp,
        size * 0.5,
        work.palette.light,
        strength,
        BlendMode::Screen,
    );
}

/// Reads the path language of `figures.rs`; nothing if it is malformed.
fn parse(text: &str) -> Option<Path> {
    let mut path = PathBuilder::new();
    let mut words = text.split_ascii_whitespace();
    while let Some(command) = words.next() {
        let count = match command {
            "M" | "L" => 2,
            "Q" | "O" => 4,
            "C" => 6,
            "Z" => 0,
            _ => return None,
        };
        let mut n = [0.0_f32; 6];
        for slot in n.iter_mut().take(count) {
            *slot = words.next()?.parse().ok()?;
        }
        match command {
            "M" => path.move_to(n[0], n[1]),
            "L" => path.line_to(n[0], n[1]),
            "Q" => path.quad_to(n[0], n[1], n[2], n[3]),
            "C" => path.cubic_to(n[0], n[1], n[2], n[3], n[4], n[5]),
            "O" => path.push_oval(Rect::from_xywh(
                n[0] - n[2],
                n[1] - n[3],
                n[2] * 2.0,
                n[3] * 2.0,
            )?),
            _ => path.close(),
        }
    }
    path.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_every_figure_can_be_read() {
        use Subject::*;
        for subject in [
            Boat, Lighthouse, Cat, Fox, Whale, Balloon, Castle, House, Rocket, Windmill, Fish,
            Mushroom, Robot, Wanderer, Lantern, Cup, Flower, Birds, Tree, Moon,
        ] {
            for (_, text) in figure(subject).1 {
                assert!(parse(text).is_some(), "{subject:?}: {text}");
            }
        }
    }
}
