//! The card that stands for a picture where its page is shared: a JPEG, because several sites show
//! no WebP, and small, because several fetch nothing large.

use bytes::Bytes;
use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder};
use imgc_scale::{Image, PixelType};

use super::{
    Inspection, PictureError,
    composite::mark_of,
    inspect,
    scale::{NEUTRAL, decode, resize, seen, turn},
    slots::{Effort, SENT, off_thread},
};

/// The longest side of a card, in pixels.
const CARD_SIDE: u32 = 1200;
/// The longest side of what stands for a sensitive picture, in pixels.
const VEIL_SIDE: u32 = 24;
/// How often its pixels are mixed: then one has something of all within six.
const VEIL_PASSES: usize = 6;
/// JPEG's quality, of 100.
const QUALITY: u8 = 85;
/// What an XMP packet in a JPEG begins with.
const XMP_NAME: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// The size of the card of a picture of this size: no side longer than 1200 pixels.
#[must_use]
pub fn card_size(width: u32, height: u32) -> (u32, u32) {
    let (width, height) = (width.max(1), height.max(1));
    let scaled = |side: u32, to: u32, from: u32| {
        let exact = u64::from(side) * u64::from(to);
        let rounded = (exact + u64::from(from) / 2) / u64::from(from);
        u32::try_from(rounded).unwrap_or(u32::MAX).max(1)
    };
    let card_width = if width >= height {
        width.min(CARD_SIDE)
    } else {
        scaled(width, height.min(CARD_SIDE), height)
    };
    (card_width, scaled(height, card_width, width))
}

/// Makes a picture's card of exactly this size, marked as made by a trained model.
///
/// # Errors
/// Everything in [`super::PictureError`].
pub async fn card(bytes: Bytes, size: (u32, u32)) -> Result<Vec<u8>, PictureError> {
    let inspection = inspect(&bytes)?;
    // Whoever looks at a page has it made: it waits with what people send.
    off_thread(&SENT, move |effort| draw(&bytes, inspection, size, effort)).await
}

/// The size of what stands for a sensitive picture in lists: so few pixels that nothing of
/// it can be recognised.
#[must_use]
pub fn veil_size(width: u32, height: u32) -> (u32, u32) {
    let (width, height) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let longest = width.max(height);
    let side = |side: u64| {
        let scaled = (side * u64::from(VEIL_SIDE) + longest / 2) / longest;
        u32::try_from(scaled).unwrap_or(VEIL_SIDE).max(1)
    };
    (side(width), side(height))
}

/// Makes what stands for a sensitive picture in lists: a few pixels of this size, each of
/// them mixed with those around it, so that its colours are left and none of its shapes.
///
/// # Errors
/// Everything in [`super::PictureError`].
pub async fn veil(bytes: Bytes, size: (u32, u32)) -> Result<Vec<u8>, PictureError> {
    let inspection = inspect(&bytes)?;
    off_thread(&SENT, move |effort| {
        let small = reduced(&bytes, inspection, size, effort)?;
        let mut pixels = opaque(&small);
        for _ in 0..VEIL_PASSES {
            pixels = mixed(&pixels, small.width() as usize, small.height() as usize);
        }
        encoded(&pixels, &small, &bytes)
    })
    .await
}

/// Each pixel as the middle of those beside, above and below it.
fn mixed(pixels: &[u8], width: usize, height: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len());
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let (mut sum, mut number) = (0_u32, 0_u32);
                for row in y.saturating_sub(1)..=(y + 1).min(height - 1) {
                    for column in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                        sum += u32::from(pixels[(row * width + column) * 3 + channel]);
                        number += 1;
                    }
                }
                out.push(u8::try_from(sum / number).unwrap_or(u8::MAX));
            }
        }
    }
    out
}

fn draw(
    bytes: &[u8],
    inspection: Inspection,
    size: (u32, u32),
    effort: Effort,
) -> Result<Vec<u8>, PictureError> {
    let small = reduced(bytes, inspection, size, effort)?;
    encoded(&opaque(&small), &small, bytes)
}

/// A picture of this size, as it is seen.
fn reduced(
    bytes: &[u8],
    inspection: Inspection,
    size: (u32, u32),
    effort: Effort,
) -> Result<Image<'static>, PictureError> {
    let (stored, orientation) = decode(bytes, inspection, effort)?;
    effort.check()?;
    let small = turn(resize(&stored, seen(size, orientation), None)?, orientation)?;
    drop(stored);
    effort.check()?;
    Ok(small)
}

/// These pixels, of the size of `small`, as a JPEG with the mark of what it is made from.
fn encoded(pixels: &[u8], small: &Image<'_>, bytes: &[u8]) -> Result<Vec<u8>, PictureError> {
    let (width, height) = (small.width(), small.height());
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .write_image(pixels, width, height, ExtendedColorType::Rgb8)
        .map_err(|_| PictureError::Failed)?;
    with_xmp(&jpeg, mark_of(bytes)).ok_or(PictureError::Failed)
}

/// The colours as they are seen over a light neutral: JPEG has no transparency.
fn opaque(image: &Image<'_>) -> Vec<u8> {
    if image.pixel_type() != PixelType::U8x4 {
        return image.buffer().to_vec();
    }
    let pixels = image.buffer().chunks_exact(4);
    pixels
        .flat_map(|pixel| {
            // The colours are alpha-multiplied already.
            let through = 1.0 - f64::from(pixel[3]) / 255.0;
            [0, 1, 2].map(|channel| {
                let seen = f64::from(pixel[channel]) + NEUTRAL[channel] * through;
                seen.round().clamp(0.0, 255.0) as u8
            })
        })
        .collect()
}

/// Puts an XMP packet behind the first segment of a JPEG, which must stay the first.
fn with_xmp(jpeg: &[u8], xmp: &str) -> Option<Vec<u8>> {
    let first: [u8; 2] = jpeg.get(4..6)?.try_into().ok()?;
    let at = 4 + usize::from(u16::from_be_bytes(first));
    let (head, rest) = jpeg.split_at_checked(at)?;
    if !head.starts_with(&[0xff, 0xd8, 0xff, 0xe0]) {
        return None;
    }
    let length = u16::try_from(2 + XMP_NAME.len() + xmp.len()).ok()?;
    let mut file = head.to_vec();
    file.extend_from_slice(&[0xff, 0xe1]);
    file.extend_from_slice(&length.to_be_bytes());
    file.extend_from_slice(XMP_NAME);
    file.extend_from_slice(xmp.as_bytes());
    file.extend_from_slice(rest);
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
    use std::io::Cursor;

    #[test]
    fn no_side_is_too_long_and_the_shape_stays() {
        assert_eq!(card_size(1024, 1024), (1024, 1024));
        assert_eq!(card_size(3840, 2160), (1200, 675));
        assert_eq!(card_size(1024, 1536), (800, 1200));
        assert_eq!(card_size(16_383, 1), (1200, 1));
        assert_eq!(card_size(0, 0), (1, 1));
    }

    #[tokio::test]
    async fn a_card_is_a_marked_jpeg_of_the_size_that_was_said() {
        let clear = RgbaImage::from_pixel(1500, 900, Rgba([10, 20, 30, 0]));
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let mut file = Cursor::new(Vec::new());
            let picture = DynamicImage::from(clear.clone());
            picture.write_to(&mut file, format).expect("a file");
            let size = card_size(1500, 900);
            let card = card(file.into_inner().into(), size).await.expect("a card");
            let found = inspect(&card).expect("a picture");
            assert_eq!(found.format, crate::PictureFormat::Jpeg);
            assert_eq!((found.width, found.height), size);
            let text = String::from_utf8_lossy(&card);
            assert!(text.contains("trainedAlgorithmicMedia"));
            let seen = image::load_from_memory(&card).expect("a readable card");
            let middle = seen.into_rgb8().get_pixel(600, 300).0;
            assert!(middle.iter().all(|value| *value > 230), "{middle:?}");
        }
    }
}
