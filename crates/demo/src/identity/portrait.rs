//! Portraits: a drawn face for each of the four people, and for everybody else a flower whose
//! colours and petals follow from their id (a face would have to guess at one from a name).

use tiny_skia::{Paint, Pixmap, Transform};

use super::brush::{
    Rgb, SIDE, backdrop, block, closed, curve, ellipse, fill, hsl, mix, solid, stroke, translucent,
};

/// The middle of the picture, which is 256 pixels wide.
const MIDDLE: f32 = 128.0;

/// The portrait of whoever has this id, as PNG. `None` only if memory runs out.
pub(super) fn png(id: &str) -> Option<Vec<u8>> {
    let mut canvas = Pixmap::new(SIDE, SIDE)?;
    match LOOKS.iter().find(|look| look.id == id) {
        Some(look) => draw_face(&mut canvas, look),
        None => draw_flower(&mut canvas, id),
    }
    canvas.encode_png().ok()
}

enum Hair {
    Bob,
    Curls,
    Crown,
    Crop,
}

/// How one of the four people looks.
struct Look {
    id: &'static str,
    hair: Hair,
    background: (Rgb, Rgb),
    skin: Rgb,
    hair_colour: Rgb,
    shirt: Rgb,
    glasses: bool,
    beard: bool,
}

const LOOKS: [Look; 4] = [
    Look {
        id: "ada",
        hair: Hair::Bob,
        background: (0xffd9a8, 0xf28f79),
        skin: 0xf6d2b8,
        hair_colour: 0x5a2f22,
        shirt: 0x2f5d7c,
        glasses: false,
        beard: false,
    },
    Look {
        id: "noe",
        hair: Hair::Curls,
        background: (0xbfe6d8, 0x4fa39a),
        skin: 0xecbf9c,
        hair_colour: 0xa8652f,
        shirt: 0xf3ead9,
        glasses: false,
        beard: true,
    },
    Look {
        id: "mina",
        hair: Hair::Crown,
        background: (0xffe08a, 0xe9a13b),
        skin: 0x8a5636,
        hair_colour: 0x241a1c,
        shirt: 0x8c2f5f,
        glasses: false,
        beard: false,
    },
    Look {
        id: "sam",
        hair: Hair::Crop,
        background: (0xc9c6ff, 0x7a72d8),
        skin: 0xc99068,
        hair_colour: 0x2b2530,
        shirt: 0x3a8f6b,
        glasses: true,
        beard: false,
    },
];

fn draw_face(canvas: &mut Pixmap, look: &Look) {
    let hair = solid(look.hair_colour);
    let shade = solid(mix(look.skin, 0x7a3b2e, 0.22));
    backdrop(canvas, look.background.0, look.background.1);
    fill(
        canvas,
        ellipse(200.0, 60.0, 90.0, 90.0),
        &translucent(0xffffff, 46),
    );
    hair_behind(canvas, &look.hair, &hair);
    fill(
        canvas,
        ellipse(MIDDLE, 286.0, 96.0, 84.0),
        &solid(look.shirt),
    );
    fill(canvas, ellipse(MIDDLE, 206.0, 34.0, 18.0), &shade);
    fill(canvas, block(108.0, 150.0, 148.0, 206.0), &shade);
    for side in [-1.0, 1.0] {
        fill(
            canvas,
            ellipse(MIDDLE + side * 48.0, 126.0, 9.0, 13.0),
            &shade,
        );
    }
    fill(
        canvas,
        ellipse(MIDDLE, 120.0, 48.0, 58.0),
        &solid(look.skin),
    );
    if look.beard {
        draw_beard(canvas, look);
    }
    draw_features(canvas, look);
    hair_before(canvas, &look.hair, &hair);
}

/// Eyes, brows, nose, cheeks and a smile.
fn draw_features(canvas: &mut Pixmap, look: &Look) {
    let ink = solid(0x2a1c1e);
    let line = solid(mix(look.skin, 0x5a2318, 0.5));
    for side in [-1.0, 1.0] {
        let x = MIDDLE + side * 19.0;
        fill(canvas, ellipse(x, 122.0, 4.6, 5.6), &ink);
        fill(canvas, ellipse(x + 1.5, 120.0, 1.5, 1.7), &solid(0xffffff));
        let brow = curve((x - 9.0, 107.0), (x, 102.0), (x + 9.0, 107.0));
        stroke(canvas, brow, &solid(look.hair_colour), 3.4);
        let cheek = ellipse(MIDDLE + side * 30.0, 140.0, 10.0, 7.0);
        fill(canvas, cheek, &translucent(0xe05a4e, 52));
        if look.glasses {
            stroke(canvas, ellipse(x, 122.0, 15.0, 14.0), &ink, 3.0);
        }
    }
    if look.glasses {
        let bridge = curve((124.0, 121.0), (MIDDLE, 118.0), (132.0, 121.0));
        stroke(canvas, bridge, &ink, 3.0);
    }
    let nose = curve((126.0, 126.0), (121.0, 139.0), (129.0, 140.0));
    stroke(canvas, nose, &line, 2.6);
    let smile = curve((112.0, 153.0), (MIDDLE, 166.0), (144.0, 153.0));
    stroke(canvas, smile, &solid(0x9c3b3b), 3.6);
}

fn draw_beard(canvas: &mut Pixmap, look: &Look) {
    let beard = closed(|path| {
        path.move_to(80.0, 122.0);
        path.cubic_to(84.0, 168.0, 98.0, 186.0, 128.0, 187.0);
        path.cubic_to(158.0, 186.0, 172.0, 168.0, 176.0, 122.0);
        path.cubic_to(168.0, 146.0, 158.0, 146.0, 128.0, 145.0);
        path.cubic_to(98.0, 146.0, 88.0, 146.0, 80.0, 122.0);
    });
    fill(
        canvas,
        beard,
        &solid(mix(look.hair_colour, look.skin, 0.25)),
    );
    let lips = ellipse(MIDDLE, 156.0, 18.0, 7.0);
    fill(canvas, lips, &solid(mix(look.skin, 0x9c3b3b, 0.25)));
}

/// The hair that falls behind the face.
fn hair_behind(canvas: &mut Pixmap, style: &Hair, hair: &Paint) {
    match style {
        Hair::Bob => {
            let back = closed(|path| {
                path.move_to(128.0, 44.0);
                path.cubic_to(208.0, 44.0, 196.0, 132.0, 200.0, 196.0);
                path.cubic_to(180.0, 208.0, 76.0, 208.0, 56.0, 196.0);
                path.cubic_to(60.0, 132.0, 48.0, 44.0, 128.0, 44.0);
            });
            fill(canvas, back, hair);
        }
        Hair::Crown => {
            for (x, y, radius) in CROWN {
                fill(canvas, ellipse(x, y, radius, radius), hair);
            }
        }
        Hair::Curls | Hair::Crop => {}
    }
}

/// A round crown of hair: circles by centre and radius.
const CROWN: [(f32, f32, f32); 8] = [
    (128.0, 92.0, 70.0),
    (74.0, 116.0, 32.0),
    (182.0, 116.0, 32.0),
    (80.0, 74.0, 32.0),
    (176.0, 74.0, 32.0),
    (106.0, 46.0, 30.0),
    (150.0, 46.0, 30.0),
    (128.0, 38.0, 26.0),
];

/// Short curls: circles by centre and radius.
const CURLS: [(f32, f32, f32); 9] = [
    (82.0, 100.0, 14.0),
    (84.0, 80.0, 19.0),
    (100.0, 64.0, 21.0),
    (124.0, 56.0, 23.0),
    (150.0, 60.0, 22.0),
    (168.0, 76.0, 20.0),
    (175.0, 98.0, 14.0),
    (112.0, 76.0, 17.0),
    (142.0, 76.0, 17.0),
];

/// The hair that falls over the face.
fn hair_before(canvas: &mut Pixmap, style: &Hair, hair: &Paint) {
    let front = match style {
        Hair::Bob => closed(|path| {
            path.move_to(76.0, 136.0);
            path.cubic_to(66.0, 84.0, 90.0, 52.0, 128.0, 52.0);
            path.cubic_to(166.0, 52.0, 190.0, 84.0, 180.0, 136.0);
            path.cubic_to(176.0, 108.0, 160.0, 88.0, 146.0, 78.0);
            path.cubic_to(126.0, 98.0, 86.0, 96.0, 76.0, 136.0);
        }),
        Hair::Crown => closed(|path| {
            path.move_to(78.0, 116.0);
            path.cubic_to(78.0, 36.0, 178.0, 36.0, 178.0, 116.0);
            path.cubic_to(166.0, 78.0, 90.0, 78.0, 78.0, 116.0);
        }),
        Hair::Crop => closed(|path| {
            path.move_to(78.0, 118.0);
            path.cubic_to(66.0, 66.0, 98.0, 44.0, 136.0, 46.0);
            path.cubic_to(176.0, 46.0, 190.0, 78.0, 178.0, 118.0);
            path.cubic_to(174.0, 104.0, 172.0, 96.0, 166.0, 88.0);
            path.cubic_to(140.0, 94.0, 112.0, 88.0, 100.0, 78.0);
            path.cubic_to(90.0, 88.0, 80.0, 98.0, 78.0, 118.0);
        }),
        Hair::Curls => {
            for (x, y, radius) in CURLS {
                fill(canvas, ellipse(x, y, radius, radius), hair);
            }
            return;
        }
    };
    fill(canvas, front, hair);
}

/// Two rings of petals around a heart, in two neighbouring hues and a third for the background.
fn draw_flower(canvas: &mut Pixmap, id: &str) {
    // FNV-1a: ids are hashes already for people who typed a name; this spreads any other.
    let seed = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let part = |shift: u32, choices: u64| ((seed >> shift) % choices) as f32;
    let hue = part(8, 360);
    let petals = 5 + ((seed >> 20) % 5) as u16;
    backdrop(
        canvas,
        hsl(hue + 170.0, 0.55, 0.90),
        hsl(hue + 200.0, 0.50, 0.72),
    );
    let outer = 84.0 + part(28, 20);
    let width = outer * (1.9 + part(36, 40) / 100.0) / f32::from(petals);
    ring(canvas, petals, 0.0, (outer, width), hsl(hue, 0.62, 0.60));
    let half_turn = 180.0 / f32::from(petals);
    let inner = (outer * 0.66, width * 0.66);
    ring(
        canvas,
        petals,
        half_turn,
        inner,
        hsl(hue + 28.0, 0.75, 0.70),
    );
    let heart = solid(hsl(hue + 60.0, 0.80, 0.58));
    fill(canvas, ellipse(MIDDLE, MIDDLE, 19.0, 19.0), &heart);
    let light = solid(hsl(hue + 60.0, 0.85, 0.78));
    fill(canvas, ellipse(124.0, 123.0, 8.0, 8.0), &light);
}

/// A ring of `(length, width)` petals, the first turned by some degrees.
fn ring(canvas: &mut Pixmap, petals: u16, turn: f32, (length, width): (f32, f32), colour: Rgb) {
    let paint = solid(colour);
    let edge = solid(mix(colour, 0xffffff, 0.35));
    for petal in 0..petals {
        let angle = turn + 360.0 * f32::from(petal) / f32::from(petals);
        let leaf = closed(|path| {
            let (tip, wide) = (MIDDLE - length, width * 0.75);
            path.move_to(MIDDLE, MIDDLE);
            path.cubic_to(MIDDLE - wide, 96.0, MIDDLE - wide, tip, MIDDLE, tip);
            path.cubic_to(MIDDLE + wide, tip, MIDDLE + wide, 96.0, MIDDLE, MIDDLE);
        });
        let turned =
            leaf.and_then(|leaf| leaf.transform(Transform::from_rotate_at(angle, MIDDLE, MIDDLE)));
        fill(canvas, turned.clone(), &paint);
        stroke(canvas, turned, &edge, 2.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portraits_are_square_pngs_and_repeatable() {
        for id in ["ada", "noe", "mina", "sam", "0123456789abcdef", "x"] {
            let picture = png(id).expect("a portrait is drawn");
            assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
            assert_eq!(picture[16..24], [0, 0, 1, 0, 0, 0, 1, 0]);
            assert_eq!(png(id).as_ref(), Some(&picture));
        }
        assert_ne!(png("a"), png("b"));
    }
}
