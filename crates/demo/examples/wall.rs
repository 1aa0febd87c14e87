//! Paints the pictures that come with the site, as WebP files of 640 pixels' width:
//! `cargo run --package imgc-demo --example wall -- public` writes the examples of the
//! home page (`examples/`) and the sheet of the composer's looks (`looks.webp`).
//!
//! Made by the demo's painter, they belong to nobody and show nobody. The examples' words
//! are those that the page offers with them (`home.example_…` of `locales/en.json`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

use bytes::Bytes;
use image::{
    RgbaImage,
    imageops::{self, FilterType},
};
use imgc_demo::painter::{Painting, paint};
use std::{
    env, fs,
    io::Cursor,
    path::{Path, PathBuf},
};

/// A picture's words and the seed of its painting: looked through, and the best kept.
const PICTURES: [(&str, u64); 12] = [
    (
        "A lighthouse on a cliff at dawn, calm sea, soft watercolour",
        1,
    ),
    (
        "Paper lanterns above a river at night, light rain, wide view",
        3,
    ),
    (
        "Snowy mountains above a pine forest, full moon, drifting mist, woodcut print",
        1,
    ),
    ("A fox in the first snow, mountains in the evening light", 2),
    (
        "A sailing boat between small islands at noon, vintage travel poster",
        1,
    ),
    (
        "A hot-air balloon over lavender fields, golden evening light",
        4,
    ),
    ("A whale above a reef, shafts of light, deep blue", 2),
    (
        "A ringed planet and two moons, nebula in violet and teal",
        2,
    ),
    (
        "A windmill in a tulip field, spring morning, oil painting",
        3,
    ),
    ("A neon city at night, mirrored in the water, synthwave", 5),
    ("A castle by a mountain lake, autumn, paper cut-out", 4),
    ("Dunes at sunset, a lone traveller, warm colours", 3),
];
const WIDTH: u32 = 640;

/// The looks in the order of the sheet, left to right and down (`style/composer.css`), and
/// what of the painter's manners comes nearest to each.
const LOOKS: [(&str, &str); 8] = [
    ("photo", ""),
    ("watercolour", "watercolour"),
    ("oil", "oil"),
    ("ink", "ink"),
    ("paper", "paper"),
    ("pixel", "pixel"),
    ("comic", "poster"),
    ("model", "polygon"),
];
/// What each of them shows.
const MOTIF: &str = "A lighthouse by the sea at sunset, clouds";
/// Columns of the sheet, and the size of one of its pictures.
const SHEET: (u32, u32, u32) = (4, 320, 240);

#[tokio::main]
async fn main() {
    let folder = PathBuf::from(env::args().nth(1).expect("a folder"));
    let examples = folder.join("examples");
    fs::create_dir_all(&examples).unwrap();
    for (number, (prompt, seed)) in (1..).zip(PICTURES) {
        let picture = painted(prompt, seed, 1280, 960);
        write(&examples.join(format!("{number}.webp")), &picture).await;
    }
    let (columns, width, height) = SHEET;
    let rows = u32::try_from(LOOKS.len()).unwrap().div_ceil(columns);
    let mut sheet = RgbaImage::new(columns * width, rows * height);
    for (place, (look, manner)) in (0..).zip(LOOKS) {
        let words = match manner {
            "" => MOTIF.to_owned(),
            manner => format!("{MOTIF}, {manner}"),
        };
        let mut picture = painted(&words, 0, 1024, 768);
        if look == "pixel" {
            // Its pixels are to be seen.
            picture = imageops::resize(&picture, 64, 48, FilterType::Triangle);
            picture = imageops::resize(&picture, width, height, FilterType::Nearest);
        } else {
            picture = imageops::resize(&picture, width, height, FilterType::Lanczos3);
        }
        let (x, y) = (place % columns * width, place / columns * height);
        imageops::replace(&mut sheet, &picture, x.into(), y.into());
    }
    write(&folder.join("looks.webp"), &sheet).await;
}

fn painted(prompt: &str, seed: u64, width: u32, height: u32) -> RgbaImage {
    paint(&Painting {
        prompt,
        width,
        height,
        seed,
        transparent: false,
        detail: 1.0,
        quality: 1.0,
        painted_pixels: 3_000_000,
    })
}

async fn write(file: &Path, picture: &RgbaImage) {
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let made = move |thumbnail| drop(sender.send(thumbnail));
    imgc_pictures::derive(Bytes::from(png.into_inner()), made)
        .await
        .unwrap();
    let wanted = receiver.into_iter().find(|made| made.width == WIDTH);
    fs::write(file, without_label(&wanted.expect("this width").bytes)).unwrap();
    println!("{}", file.display());
}

/// The file without the label of a trained model: no model took part.
fn without_label(webp: &[u8]) -> Vec<u8> {
    let mut kept = webp[..12].to_vec();
    let mut rest = &webp[12..];
    while rest.len() >= 8 {
        let bytes = u32::from_le_bytes(rest[4..8].try_into().unwrap()) as usize;
        let (chunk, others) = rest.split_at((8 + bytes + bytes % 2).min(rest.len()));
        match &chunk[..4] {
            b"XMP " => {}
            b"VP8X" => {
                let mut flags = chunk.to_vec();
                flags[8] &= !0x04;
                kept.extend(flags);
            }
            _ => kept.extend(chunk),
        }
        rest = others;
    }
    let bytes = u32::try_from(kept.len() - 8).unwrap();
    kept[4..8].copy_from_slice(&bytes.to_le_bytes());
    kept
}
