//! What a picture looks like, in 256 bits, by which copies of it are found again: re-encoded,
//! resized, mirrored, or with their edges cut off.
//!
//! The bits are the signs of the lowest frequencies of its grey values (a discrete cosine
//! transform). Scaling and compression leave those nearly as they are, and mirroring turns over
//! every second column of them. Cutting edges off moves them, so of a picture whose copies are
//! looked for several are kept: as it is, and with its edges cut in some measures. A copy that was
//! cut in another measure is close to one of those. A copy itself has one.
//!
//! Which distance is near enough was measured on painted pictures: `src/tests/copies.rs` of the
//! server holds the rates.

use super::{
    Inspection, PictureError,
    scale::{NEUTRAL, decode, resize, seen, turn},
    slots::Effort,
};
use imgc_scale::{Image, PixelType};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Two pictures that differ in at most so many of the 256 bits look alike.
pub const SIMILAR: u32 = 52;

/// Side of the grid that is transformed.
const GRID: usize = 32;
/// Frequencies that are kept in each direction.
const KEPT: usize = 16;
/// Width that pictures are scaled to before they are looked at, in pixels.
const WIDTH: u32 = 320;
/// A grid whose values all lie this close to each other is a picture of one colour.
const FLAT: f64 = 2.0;
/// What is cut off two opposite edges, in parts of the side.
pub(super) const CUTS: [(f64, f64); 7] = [
    (0.0, 0.0),
    (0.025, 0.025),
    (0.05, 0.05),
    (0.05, 0.0),
    (0.0, 0.05),
    (0.1, 0.0),
    (0.0, 0.1),
];
/// Hexadecimal digits of one.
const DIGITS: usize = 64;

/// What a picture looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Looks([u64; 4]);

/// What a picture is found again by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Hex SHA-256 of its pixels.
    pub pixels: String,
    /// What it looks like, and what it does with its edges cut off; nothing for a picture that is
    /// all of one colour.
    pub looks: Vec<Looks>,
}

impl Looks {
    /// In how many of the 256 bits two differ.
    #[must_use]
    pub fn distance(self, other: Looks) -> u32 {
        let pairs = self.0.iter().zip(other.0);
        pairs.map(|(a, b)| (a ^ b).count_ones()).sum()
    }

    /// The picture's in a mirror: every second column of frequencies changes its sign.
    #[must_use]
    pub fn mirrored(self) -> Looks {
        Looks(self.0.map(|bits| bits ^ 0xAAAA_AAAA_AAAA_AAAA))
    }

    /// How near a picture that looks like this comes to any of these, mirrored or not; `None` where
    /// there are none.
    #[must_use]
    pub fn nearest(self, others: &[Looks]) -> Option<u32> {
        let mirrored = self.mirrored();
        let both = |other: &Looks| self.distance(*other).min(mirrored.distance(*other));
        others.iter().map(both).min()
    }

    /// 64 digits each, one after the other.
    #[must_use]
    pub fn to_text(all: &[Looks]) -> String {
        let mut text = String::with_capacity(all.len() * DIGITS);
        for bits in all.iter().flat_map(|looks| looks.0) {
            let _ = write!(text, "{bits:016x}");
        }
        text
    }

    /// Reads what [`Looks::to_text`] wrote; what is not of its form is left out.
    #[must_use]
    pub fn from_text(text: &str) -> Vec<Looks> {
        let read = |digits: &[u8]| {
            let mut bits = [0; 4];
            for (bits, digits) in bits.iter_mut().zip(digits.chunks_exact(DIGITS / 4)) {
                *bits = u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
            }
            Some(Looks(bits))
        };
        let each = text.as_bytes().chunks_exact(DIGITS);
        each.filter_map(read).collect()
    }
}

/// Decodes a picture and tells what it is found again by; what it looks like, with as many of the
/// cuts in each direction.
pub(super) fn fingerprint(
    bytes: &[u8],
    inspection: Inspection,
    cuts: usize,
    effort: Effort,
) -> Result<Fingerprint, PictureError> {
    let (stored, orientation) = decode(bytes, inspection, effort)?;
    let pixels = sum(&stored);
    effort.check()?;
    let (width, height) = seen((stored.width(), stored.height()), orientation);
    let size = match width > WIDTH {
        true => (WIDTH, small_height(width, height)),
        false => (width, height),
    };
    let small = turn(resize(&stored, seen(size, orientation), None)?, orientation)?;
    let grey = Grey::of(&small);
    let mut looks = Vec::new();
    for across in &CUTS[..cuts] {
        for down in &CUTS[..cuts] {
            looks.extend(grey.looks(*across, *down));
        }
    }
    Ok(Fingerprint { pixels, looks })
}

fn small_height(width: u32, height: u32) -> u32 {
    let exact = u64::from(height) * u64::from(WIDTH) / u64::from(width.max(1));
    u32::try_from(exact).unwrap_or(WIDTH).max(1)
}

/// What a small copy of a picture looks like; `None` if it is all of one colour.
pub(super) fn looks(small: &Image<'_>) -> Option<Looks> {
    Grey::of(small).looks(CUTS[0], CUTS[0])
}

/// Hex SHA-256 of a picture's pixels and its size. One that could be transparent and is nowhere
/// counts as one that could not.
pub(super) fn sum(image: &Image<'_>) -> String {
    let mut hash = Sha256::new();
    hash.update(image.width().to_le_bytes());
    hash.update(image.height().to_le_bytes());
    let buffer = image.buffer();
    let opaque = || buffer.chunks_exact(4).all(|pixel| pixel[3] == u8::MAX);
    if image.pixel_type() == PixelType::U8x4 && opaque() {
        let mut row = Vec::new();
        for pixels in buffer.chunks(4 * image.width().max(1) as usize) {
            row.clear();
            for pixel in pixels.chunks_exact(4) {
                row.extend_from_slice(&pixel[..3]);
            }
            hash.update(&row);
        }
    } else {
        hash.update(buffer);
    }
    hex(&hash.finalize())
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(DIGITS);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A picture's grey values, summed up from its corner, so that the mean of any part is four
/// look-ups away.
struct Grey {
    width: usize,
    height: usize,
    /// One row and one column more than the picture has.
    sums: Vec<f64>,
}

impl Grey {
    fn of(image: &Image<'_>) -> Grey {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let channels = match image.pixel_type() {
            PixelType::U8x4 => 4,
            _ => 3,
        };
        let mut sums = vec![0.0; (width + 1) * (height + 1)];
        for (y, row) in image.buffer().chunks_exact(width * channels).enumerate() {
            let mut so_far = 0.0;
            for (x, pixel) in row.chunks_exact(channels).enumerate() {
                // What shows through is what shows through elsewhere.
                let clear = match pixel.get(3) {
                    Some(alpha) => f64::from(u8::MAX - alpha) / 255.0 * NEUTRAL[0],
                    None => 0.0,
                };
                let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(f64::from);
                so_far += 0.299 * red + 0.587 * green + 0.114 * blue + clear;
                sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + so_far;
            }
        }
        Grey {
            width,
            height,
            sums,
        }
    }

    /// The sum of everything above and to the left of a point, which may lie within a pixel.
    fn sum(&self, x: f64, y: f64) -> f64 {
        let (left, top) = (x.floor() as usize, y.floor() as usize);
        let (left, top) = (left.min(self.width - 1), top.min(self.height - 1));
        let (across, down) = (x - left as f64, y - top as f64);
        let at = |x: usize, y: usize| self.sums[y * (self.width + 1) + x];
        let above = at(left, top) * (1.0 - across) + at(left + 1, top) * across;
        let below = at(left, top + 1) * (1.0 - across) + at(left + 1, top + 1) * across;
        above * (1.0 - down) + below * down
    }

    /// What it looks like with these parts of its edges cut off.
    fn looks(&self, across: (f64, f64), down: (f64, f64)) -> Option<Looks> {
        let edges = |side: usize, (first, last): (f64, f64)| {
            let side = side as f64;
            let (from, to) = (side * first, side * (1.0 - last));
            let edge = move |cell: usize| from + (to - from) * cell as f64 / GRID as f64;
            std::array::from_fn::<f64, { GRID + 1 }, _>(edge)
        };
        let (xs, ys) = (edges(self.width, across), edges(self.height, down));
        let mut grid = [[0.0; GRID]; GRID];
        for (y, row) in grid.iter_mut().enumerate() {
            for (x, cell) in row.iter_mut().enumerate() {
                let sum = self.sum(xs[x + 1], ys[y + 1])
                    - self.sum(xs[x], ys[y + 1])
                    - self.sum(xs[x + 1], ys[y])
                    + self.sum(xs[x], ys[y]);
                *cell = sum / ((xs[x + 1] - xs[x]) * (ys[y + 1] - ys[y]));
            }
        }
        let all = || grid.iter().flatten().copied();
        let (low, high) = (all().fold(f64::MAX, f64::min), all().fold(0.0, f64::max));
        (high - low > FLAT).then(|| signs(&grid))
    }
}

/// The signs of the lowest frequencies of a grid, row by row.
fn signs(grid: &[[f64; GRID]; GRID]) -> Looks {
    let wave = |frequency: usize, at: usize| {
        (std::f64::consts::PI * frequency as f64 * (at as f64 + 0.5) / GRID as f64).cos()
    };
    let waves: [[f64; GRID]; KEPT] =
        std::array::from_fn(|frequency| std::array::from_fn(|at| wave(frequency, at)));
    let across = grid.map(|row| {
        let of = |wave: &[f64; GRID]| row.iter().zip(wave).map(|(a, b)| a * b).sum::<f64>();
        waves.each_ref().map(of)
    });
    let mut bits = [0; 4];
    for (v, wave) in waves.iter().enumerate() {
        for u in 0..KEPT {
            let value: f64 = across.iter().zip(wave).map(|(row, w)| row[u] * w).sum();
            // The first is the picture's brightness.
            if value > 0.0 && (u, v) != (0, 0) {
                let at = v * KEPT + u;
                bits[at / 64] |= 1_u64 << (at % 64);
            }
        }
    }
    Looks(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, of: impl Fn(f64, f64) -> [u8; 3]) -> Image<'static> {
        let mut buffer = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let at = |at, side| (f64::from(at) + 0.5) / f64::from(side);
                buffer.extend(of(at(x, width), at(y, height)));
            }
        }
        Image::from_vec_u8(width, height, buffer, PixelType::U8x3).expect("as large as it says")
    }

    fn waves(x: f64, y: f64) -> [u8; 3] {
        let value = (x * 9.0).sin() + (y * 7.0 + x * 3.0).cos() + (x * y * 40.0).sin();
        [(128.0 + 40.0 * value) as u8; 3]
    }

    /// Rectangles of greys that follow no rule.
    fn blocks(x: f64, y: f64) -> [u8; 3] {
        let number = (x * 16.0) as u32 * 31 + (y * 10.0) as u32;
        [(number.wrapping_mul(2_654_435_761) >> 24) as u8; 3]
    }

    #[test]
    fn a_smaller_and_a_mirrored_copy_look_alike_and_others_do_not() {
        let looks = |image: &Image<'_>| looks(image).expect("it is of many colours");
        let one = looks(&picture(320, 200, waves));
        assert!(one.distance(looks(&picture(160, 100, waves))) < 10);
        let mirrored = looks(&picture(320, 200, |x, y| waves(1.0 - x, y)));
        assert!(one.distance(mirrored) > SIMILAR);
        assert!(one.nearest(&[mirrored]).expect("one") < 10);
        let other = looks(&picture(320, 200, blocks));
        assert!(one.nearest(&[other]).expect("one") > SIMILAR);
        assert_eq!(
            Looks::from_text(&Looks::to_text(&[one, other])),
            [one, other]
        );
        assert_eq!(Looks::from_text("no"), []);
    }

    #[test]
    fn a_picture_of_one_colour_looks_like_nothing() {
        assert_eq!(looks(&picture(40, 30, |_, _| [200, 10, 10])), None);
    }

    #[test]
    fn an_opaque_picture_has_the_same_sum_with_and_without_a_channel_for_it() {
        let plain = picture(3, 2, |x, _| [(x * 200.0) as u8, 1, 2]);
        let mut buffer = Vec::new();
        for pixel in plain.buffer().chunks_exact(3) {
            buffer.extend_from_slice(pixel);
            buffer.push(255);
        }
        let other = Image::from_vec_u8(3, 2, buffer, PixelType::U8x4).expect("as large");
        assert_eq!(sum(&plain), sum(&other));
        assert_ne!(sum(&plain), sum(&picture(2, 3, waves)));
    }
}
