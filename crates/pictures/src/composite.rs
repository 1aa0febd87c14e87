//! Puts an edit into the picture it was made of: what the mask did not mark is the source's,
//! pixel for pixel, and what it marked is the answer's, with a soft seam on the inside.
//!
//! Image models paint the whole picture anew, also where a mask says "keep". Whoever wants the
//! rest as it was can have that only from the picture itself.

use bytes::Bytes;
use imgc_scale::{Image, PixelType};
use png::{BitDepth, ColorType, Compression, Encoder};

use super::{
    PictureError, inspect,
    scale::{decode, decode_plain, resize, straight, turn},
    slots::{Effort, PAID, off_thread},
    webp_xmp,
};

/// What a step to the next pixel counts, beside and aslant, where distances are measured.
const BESIDE: u8 = 3;
const ASLANT: u8 = 4;

/// The reach of the widest filters that [`widest`] is made of. Three of the first make it look
/// 13 pixels far, which is how wide a seam is.
const REACHES: [usize; 4] = [1, 3, 9, 27];
/// From so many pixels of the shorter side on, the seam is as wide as so many filters look.
const WIDER_FROM: [u32; 3] = [128, 512, 2048];

/// How far two sides may be from the same shape: a part in so many.
const ALIKE: u64 = 200;

/// A picture put together.
#[derive(Clone, Debug)]
pub struct Composite {
    /// Width in pixels: the source's.
    pub width: u32,
    /// Height in pixels: the source's.
    pub height: u32,
    /// A PNG, marked as put together with what a trained model made.
    pub bytes: Bytes,
}

/// What became of putting a picture together.
#[derive(Clone, Debug)]
pub enum Composed {
    /// It is done.
    Made(Composite),
    /// Everything was marked, so that nothing is left of the source: the answer is the picture.
    AllMarked,
    /// The answer has another shape than the source, so that nothing in it is at its place.
    OtherShape,
}

/// Whether two pictures have the same shape, so that one can be scaled to the other.
#[must_use]
pub fn fits(one: (u32, u32), other: (u32, u32)) -> bool {
    let (a, b) = (
        u64::from(one.0) * u64::from(other.1),
        u64::from(one.1) * u64::from(other.0),
    );
    a > 0 && a.abs_diff(b) * ALIKE <= a.max(b)
}

/// Puts what came back for a source and its mask into the source. All of them are files; of the
/// mask, what is fully transparent is what may change, and it has the source's size.
///
/// # Errors
/// Everything in [`PictureError`] but `TooSlow` and `Busy`; `Damaged` also for a mask of another
/// size.
pub async fn composite(
    source: Bytes,
    mask: Bytes,
    answer: Bytes,
) -> Result<Composed, PictureError> {
    off_thread(&PAID, move |effort| {
        compose(&source, &mask, &answer, effort)
    })
    .await
}

fn compose(
    source: &[u8],
    mask: &[u8],
    answer: &[u8],
    effort: Effort,
) -> Result<Composed, PictureError> {
    let (plain, orientation) = decode_plain(source, inspect(source)?, effort)?;
    let source = turn(plain, orientation)?;
    let size = (source.width(), source.height());
    let Some(depths) = depths(mask, size, effort)? else {
        return Ok(Composed::AllMarked);
    };
    let (stored, orientation) = decode(answer, inspect(answer)?, effort)?;
    let answer = turn(stored, orientation)?;
    let came = (answer.width(), answer.height());
    if !fits(came, size) {
        return Ok(Composed::OtherShape);
    }
    effort.check()?;
    let answer = if came == size {
        answer
    } else {
        resize(&answer, size, None)?
    };
    let answer = straight(answer);
    effort.check()?;
    let bytes = written(size, &mixed(&source, &answer, &depths))?;
    Ok(Composed::Made(Composite {
        width: size.0,
        height: size.1,
        bytes: bytes.into(),
    }))
}

/// How deep each pixel lies inside of what is marked, and how deep that goes around it.
struct Depths {
    own: Vec<u8>,
    around: Vec<u8>,
}

/// Measures a mask; `None` if all of it is marked. The picture's own edges are no seam.
fn depths(mask: &[u8], size: (u32, u32), effort: Effort) -> Result<Option<Depths>, PictureError> {
    let (picture, _) = decode(mask, inspect(mask)?, effort)?;
    if (picture.width(), picture.height()) != size {
        return Err(PictureError::Damaged);
    }
    let width = size.0 as usize;
    let shorter = size.0.min(size.1);
    let filters = 1 + WIDER_FROM.iter().filter(|from| shorter >= **from).count();
    let reach: usize = REACHES[..filters].iter().sum();
    // One step further than anybody looks: deeper than that, nothing is mixed.
    let deepest = u8::try_from((reach + 1) * usize::from(BESIDE)).unwrap_or(u8::MAX);
    let mut own: Vec<u8> = match picture.pixel_type() {
        PixelType::U8x4 => {
            let pixels = picture.buffer().chunks_exact(4);
            pixels
                .map(|pixel| if pixel[3] == 0 { deepest } else { 0 })
                .collect()
        }
        // Without transparency nothing is marked.
        _ => vec![0; width * size.1 as usize],
    };
    if own.iter().all(|depth| *depth > 0) {
        return Ok(None);
    }
    effort.check()?;
    measure(&mut own, width);
    effort.check()?;
    let around = widest(&own, width, &REACHES[..filters]);
    Ok(Some(Depths { own, around }))
}

/// Turns marks into distances from the nearest pixel that is not marked, by one sweep there and
/// one back; what is deeper than the marks say stays as they are.
fn measure(depths: &mut [u8], width: usize) {
    let rows = depths.len() / width;
    let nearer = |depths: &[u8], at: usize, column: usize, above: Option<usize>, back: bool| {
        let mut least = depths[at];
        let mut look = |from: usize, step: u8| least = least.min(depths[from].saturating_add(step));
        let (first, last) = (column == 0, column + 1 == width);
        match back {
            false if !first => look(at - 1, BESIDE),
            true if !last => look(at + 1, BESIDE),
            _ => {}
        }
        if let Some(above) = above {
            look(above, BESIDE);
            if !first {
                look(above - 1, ASLANT);
            }
            if !last {
                look(above + 1, ASLANT);
            }
        }
        least
    };
    for row in 0..rows {
        for column in 0..width {
            let at = row * width + column;
            if depths[at] > 0 {
                let above = (row > 0).then(|| at - width);
                depths[at] = nearer(depths, at, column, above, false);
            }
        }
    }
    for row in (0..rows).rev() {
        for column in (0..width).rev() {
            let at = row * width + column;
            if depths[at] > 0 {
                let below = (row + 1 < rows).then(|| at + width);
                depths[at] = nearer(depths, at, column, below, true);
            }
        }
    }
}

/// The greatest depth in the square around each pixel, as far as the filters reach together. By
/// it a thin line is as much the answer's in its middle as a wide field is.
fn widest(depths: &[u8], width: usize, reaches: &[usize]) -> Vec<u8> {
    let mut now = depths.to_vec();
    let mut next = vec![0; now.len()];
    let rows = now.len() / width;
    for reach in reaches {
        for (from, to) in now.chunks_exact(width).zip(next.chunks_exact_mut(width)) {
            for (column, deepest) in to.iter_mut().enumerate() {
                let left = from[column.saturating_sub(*reach)];
                let right = from[(column + reach).min(width - 1)];
                *deepest = from[column].max(left).max(right);
            }
        }
        for row in 0..rows {
            let (above, below) = (row.saturating_sub(*reach), (row + reach).min(rows - 1));
            let line = |row: usize| &next[row * width..(row + 1) * width];
            let lines = line(above).iter().zip(line(below)).zip(line(row));
            let to = &mut now[row * width..(row + 1) * width];
            for (deepest, ((above, below), own)) in to.iter_mut().zip(lines) {
                *deepest = (*own).max(*above).max(*below);
            }
        }
    }
    now
}

/// A picture's pixels as they are written: colours alone, or with their alpha.
struct Pixels {
    alpha: bool,
    bytes: Vec<u8>,
}

/// The source, and inside of the marks what came back.
fn mixed(source: &Image<'_>, answer: &Image<'_>, depths: &Depths) -> Pixels {
    let has_alpha = |image: &Image<'_>| image.pixel_type() == PixelType::U8x4;
    let alpha = has_alpha(source) || has_alpha(answer);
    let channels = if alpha { 4 } else { 3 };
    let of = |image: &Image<'_>, index: usize| {
        let pixels = image.buffer();
        match has_alpha(image) {
            true => {
                let at = index * 4;
                [pixels[at], pixels[at + 1], pixels[at + 2], pixels[at + 3]]
            }
            false => {
                let at = index * 3;
                [pixels[at], pixels[at + 1], pixels[at + 2], u8::MAX]
            }
        }
    };
    let mut bytes = Vec::with_capacity(depths.own.len() * channels);
    for (index, (own, around)) in depths.own.iter().zip(&depths.around).enumerate() {
        let pixel = match own {
            0 => of(source, index),
            own if own == around => of(answer, index),
            own => mix(of(source, index), of(answer, index), *own, *around),
        };
        bytes.extend_from_slice(&pixel[..channels]);
    }
    Pixels { alpha, bytes }
}

/// So many parts of one pixel and the rest of another, each as much as it can be seen.
fn mix(source: [u8; 4], answer: [u8; 4], parts: u8, of: u8) -> [u8; 4] {
    let whole = u32::from(of);
    let answers = u32::from(answer[3]) * u32::from(parts);
    let sources = u32::from(source[3]) * (whole - u32::from(parts));
    let seen = answers + sources;
    if seen == 0 {
        return [0; 4];
    }
    let mut pixel = [0; 4];
    for channel in 0..3 {
        let sum = u32::from(source[channel]) * sources + u32::from(answer[channel]) * answers;
        pixel[channel] = ((sum + seen / 2) / seen) as u8;
    }
    pixel[3] = ((seen + whole / 2) / whole) as u8;
    pixel
}

/// A PNG of these pixels that says what it is.
fn written((width, height): (u32, u32), pixels: &Pixels) -> Result<Vec<u8>, PictureError> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(match pixels.alpha {
        true => ColorType::Rgba,
        false => ColorType::Rgb,
    });
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    let done = encoder
        .add_itxt_chunk(
            "XML:com.adobe.xmp".to_owned(),
            webp_xmp::COMPOSITE.to_owned(),
        )
        .and_then(|()| encoder.write_header())
        .and_then(|mut writer| {
            writer.write_image_data(&pixels.bytes)?;
            writer.finish()
        });
    match done {
        Ok(()) => Ok(file),
        Err(error) => {
            tracing::error!(%error, "a composite could not be written");
            Err(PictureError::Failed)
        }
    }
}

/// How far into a file its mark is looked for, in bytes: ours stands before the pixels.
const MARK_WITHIN: usize = 4096;

/// The mark that what is made of a picture carries: a composite's smaller copies say that
/// they are of one.
pub(super) fn mark_of(bytes: &[u8]) -> &'static str {
    let head = &bytes[..bytes.len().min(MARK_WITHIN)];
    let packet = webp_xmp::COMPOSITE.as_bytes();
    match head.windows(packet.len()).any(|window| window == packet) {
        true => webp_xmp::COMPOSITE,
        false => webp_xmp::AI_GENERATED,
    }
}

/// A mask for a picture of this size that marks a rectangle, or the ellipse within: its left and
/// upper edge, its width and its height, in percent of the picture's. What lies outside of the
/// picture is cut off; what is left is at least one pixel.
///
/// # Errors
/// `Failed` when encoding fails.
pub fn rectangle_mask(
    (width, height): (u32, u32),
    [left, top, wide, high]: [f64; 4],
    ellipse: bool,
) -> Result<Vec<u8>, PictureError> {
    let edges = |from: f64, long: f64, side: u32| {
        let side = f64::from(side);
        let pixel = |percent: f64| percent / 100.0 * side;
        let begin = pixel(from).floor().clamp(0.0, side - 1.0);
        let end = pixel(from + long).ceil().clamp(begin + 1.0, side);
        (begin, end)
    };
    let (columns, rows) = (edges(left, wide, width), edges(top, high, height));
    let marks = |x: u32, y: u32| {
        let at = |value: u32, (begin, end): (f64, f64)| {
            // From -1 at one edge to 1 at the other.
            ((f64::from(value) + 0.5 - begin) / (end - begin) - 0.5) * 2.0
        };
        let (x, y) = (at(x, columns), at(y, rows));
        match ellipse {
            true => x * x + y * y <= 1.0,
            false => x.abs() <= 1.0 && y.abs() <= 1.0,
        }
    };
    let mut bytes = Vec::with_capacity(width as usize * height as usize * 4);
    for y in 0..height {
        for x in 0..width {
            let alpha = if marks(x, y) { 0 } else { u8::MAX };
            bytes.extend_from_slice(&[0, 0, 0, alpha]);
        }
    }
    written((width, height), &Pixels { alpha: true, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
    use std::io::Cursor;

    fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture
            .into()
            .write_to(&mut bytes, format)
            .expect("written");
        bytes.into_inner()
    }

    fn noise(x: u32, y: u32) -> u8 {
        (x.wrapping_mul(31) ^ y.wrapping_mul(17)).wrapping_mul(97) as u8
    }

    fn source(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            Rgb([noise(x, y), noise(y, x), x as u8])
        })
    }

    fn mask(width: u32, height: u32, marks: impl Fn(u32, u32) -> bool) -> Vec<u8> {
        let alpha = |x, y| if marks(x, y) { 0 } else { 255 };
        let mask = RgbaImage::from_fn(width, height, |x, y| Rgba([0, 0, 0, alpha(x, y)]));
        file(mask, ImageFormat::Png)
    }

    fn composed(source: &[u8], mask: &[u8], answer: &[u8]) -> Composed {
        compose(source, mask, answer, Effort::unbounded()).expect("composed")
    }

    fn made(source: &[u8], mask: &[u8], answer: &[u8]) -> (Composite, RgbaImage) {
        let Composed::Made(composite) = composed(source, mask, answer) else {
            panic!("no composite");
        };
        let read = image::load_from_memory(&composite.bytes).expect("a PNG");
        (composite, read.into_rgba8())
    }

    #[test]
    fn outside_of_the_mask_no_pixel_differs_and_inside_it_is_the_answer() {
        let (width, height) = (320, 200);
        let picture = source(width, height);
        let within = |x: u32, y: u32| (60..220).contains(&x) && (30..150).contains(&y);
        // Half as large: it is scaled to the source.
        let answer = RgbImage::from_pixel(width / 2, height / 2, Rgb([250, 10, 200]));
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let bytes = file(picture.clone(), format);
            let before = image::load_from_memory(&bytes).expect("read").into_rgba8();
            let answer = file(answer.clone(), ImageFormat::Png);
            let (composite, after) = made(&bytes, &mask(width, height, within), &answer);
            assert_eq!((composite.width, composite.height), (width, height));
            let mut seam = 0;
            for (x, y, pixel) in after.enumerate_pixels() {
                let deep = x.abs_diff(139) < 70 && y.abs_diff(89) < 50;
                if !within(x, y) {
                    assert_eq!(pixel, before.get_pixel(x, y), "{format:?} {x} {y}");
                } else if deep {
                    assert_eq!(pixel.0, [250, 10, 200, 255], "{x} {y}");
                } else {
                    seam += u32::from(pixel.0 != [250, 10, 200, 255]);
                }
            }
            assert!(seam > 500, "the seam is soft: {seam}");
        }
    }

    #[test]
    fn one_pixel_and_a_thin_line_are_the_answers_in_full() {
        let bytes = file(source(90, 60), ImageFormat::Png);
        let before = source(90, 60);
        let answer = file(
            RgbImage::from_pixel(90, 60, Rgb([1, 2, 3])),
            ImageFormat::Png,
        );
        let (_, after) = made(&bytes, &mask(90, 60, |x, y| (x, y) == (40, 30)), &answer);
        let changed = after.enumerate_pixels().filter(|(x, y, pixel)| {
            let Rgb([r, g, b]) = *before.get_pixel(*x, *y);
            pixel.0 != [r, g, b, 255]
        });
        let changed: Vec<_> = changed.map(|(x, y, pixel)| (x, y, pixel.0)).collect();
        assert_eq!(changed, [(40, 30, [1, 2, 3, 255])]);
        let (_, after) = made(&bytes, &mask(90, 60, |x, _| x == 10), &answer);
        assert_eq!(after.get_pixel(10, 5).0, [1, 2, 3, 255]);
        assert_eq!(after.get_pixel(11, 5).0[..3], before.get_pixel(11, 5).0);
    }

    #[test]
    fn transparency_of_the_source_stays_to_the_last_bit() {
        let clear = RgbaImage::from_fn(64, 64, |x, y| {
            Rgba([noise(x, y), 7, noise(y, x), (x * 4).max(1) as u8])
        });
        let bytes = file(clear.clone(), ImageFormat::Png);
        let answer = file(
            RgbImage::from_pixel(64, 64, Rgb([9, 9, 9])),
            ImageFormat::Png,
        );
        let (_, after) = made(&bytes, &mask(64, 64, |x, _| x >= 32), &answer);
        for (x, y, pixel) in after.enumerate_pixels().filter(|(x, ..)| *x < 32) {
            assert_eq!(pixel, clear.get_pixel(x, y), "{x} {y}");
        }
        assert_eq!(after.get_pixel(63, 20).0, [9, 9, 9, 255]);
    }

    #[test]
    fn a_whole_mask_another_shape_and_another_size_are_told() {
        let bytes = file(source(64, 48), ImageFormat::Png);
        let answer = |w, h| file(RgbImage::new(w, h), ImageFormat::Png);
        let all = composed(&bytes, &mask(64, 48, |_, _| true), &answer(64, 48));
        assert!(matches!(all, Composed::AllMarked));
        let some = mask(64, 48, |x, _| x < 8);
        let other = composed(&bytes, &some, &answer(64, 64));
        assert!(matches!(other, Composed::OtherShape));
        let small = compose(
            &bytes,
            &mask(32, 24, |_, _| false),
            &answer(64, 48),
            Effort::unbounded(),
        );
        assert_eq!(small.err(), Some(PictureError::Damaged));
        assert!(fits((1024, 1024), (640, 640)) && fits((1920, 1088), (1920, 1084)));
        assert!(!fits((1536, 1024), (1024, 1024)) && !fits((0, 4), (0, 4)));
    }

    #[tokio::test]
    async fn it_says_that_it_is_a_composite_and_so_do_its_smaller_copies() {
        let bytes = file(source(400, 300), ImageFormat::Png);
        let answer = file(RgbImage::new(400, 300), ImageFormat::Png);
        let (composite, _) = made(&bytes, &mask(400, 300, |x, _| x < 90), &answer);
        let says = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            text.contains("/compositeWithTrainedAlgorithmicMedia<")
        };
        assert!(says(&composite.bytes) && !crate::credentials::present(&composite.bytes));
        let (sender, made) = std::sync::mpsc::channel();
        let copy = move |thumbnail: crate::Thumbnail| sender.send(thumbnail.bytes).expect("taken");
        crate::derive(composite.bytes.clone(), copy)
            .await
            .expect("derived");
        let copies: Vec<Bytes> = made.iter().collect();
        assert!(!copies.is_empty() && copies.iter().all(|copy| says(copy)));
        let card = crate::card(composite.bytes, (400, 300))
            .await
            .expect("a card");
        assert!(says(&card));
    }

    #[test]
    fn a_rectangle_in_percent_is_cut_at_the_picture_and_never_empty() {
        let open = |rectangle, ellipse| {
            let mask = rectangle_mask((50, 40), rectangle, ellipse).expect("a mask");
            let read = image::load_from_memory(&mask).expect("a PNG").into_rgba8();
            let open = read
                .enumerate_pixels()
                .filter(|(.., pixel)| pixel.0[3] == 0);
            open.map(|(x, y, _)| (x, y)).collect::<Vec<_>>()
        };
        let half = open([50.0, 0.0, 50.0, 100.0], false);
        assert!(half.len() == 25 * 40 && half.iter().all(|(x, _)| *x >= 25));
        assert_eq!(open([200.0, 200.0, 0.0, 0.0], false), [(49, 39)]);
        assert_eq!(open([-10.0, -10.0, 10.0, 10.0], true), [(0, 0)]);
        let round = open([0.0, 0.0, 100.0, 100.0], true);
        assert!((1500..1600).contains(&round.len()), "{}", round.len());
        assert!(!round.contains(&(0, 0)) && round.contains(&(25, 20)));
    }

    #[test]
    fn a_source_for_editing_keeps_every_pixel() {
        let photo = file(source(120, 80), ImageFormat::Jpeg);
        let folder = std::env::temp_dir().join(format!("imgc-source-{}", std::process::id()));
        std::fs::write(&folder, &photo).expect("written");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let kept = runtime
            .block_on(crate::source(folder.clone()))
            .expect("kept");
        std::fs::remove_file(folder).expect("removed");
        assert_eq!((kept.format, kept.width), (crate::PictureFormat::Png, 120));
        let before = image::load_from_memory(&photo).expect("read").into_rgb8();
        let after = image::load_from_memory(&kept.bytes)
            .expect("read")
            .into_rgb8();
        assert!(before == after);
    }
}
