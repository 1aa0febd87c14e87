//! What becomes of a picture somebody adds as a reference, and of a mask.
//!
//! Both are encoded anew from their pixels, so that no metadata (where a photo
//! was taken, what its name was) travels on, and the colours hidden under full
//! transparency do not either.

use super::{
    Inspection, PictureError, PictureFormat, inspect, looks,
    scale::{decode, decode_plain, encode, resize, seen, straight, turn},
    slots::{Effort, SENT, off_thread},
};
use image::{
    ExtendedColorType, ImageEncoder,
    codecs::{
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType, PngEncoder},
    },
};
use imgc_scale::{Image, PixelType};
use sha2::{Digest, Sha256};
use std::{fs, path::PathBuf};

/// The longest side a reference keeps, in pixels: no model takes more, and it
/// bounds what is stored, sent and painted on.
pub const REFERENCE_SIDE_MAX: u32 = 3840;
/// Width of the small copy the composer shows, in pixels, at most.
const THUMBNAIL_WIDTH: u32 = 320;
/// JPEG's quality, of 100: one more generation should not show.
const JPEG_QUALITY: u8 = 92;
/// libwebp's quality for a reference, of 100.
const WEBP_QUALITY: f32 = 92.0;

/// A reference picture, ready to be kept and sent.
#[derive(Debug)]
pub struct Reference {
    /// The format it came in, and has.
    pub format: PictureFormat,
    /// Width in pixels, as it is seen.
    pub width: u32,
    /// Height in pixels, as it is seen.
    pub height: u32,
    /// The file.
    pub bytes: Vec<u8>,
    /// A small WebP for the composer.
    pub thumbnail: Vec<u8>,
    /// Hex SHA-256 of the file that came.
    pub sha256: String,
    /// Hex SHA-256 of its pixels.
    pub pixels: String,
}

/// Why a mask was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaskError {
    /// It cannot be read.
    Picture(PictureError),
    /// It is a picture of another format.
    NotPng,
    /// It has no transparency at all.
    Opaque,
    /// Nothing in it is fully transparent.
    Empty,
    /// Its size differs from the picture's.
    Size,
}

impl From<PictureError> for MaskError {
    fn from(error: PictureError) -> Self {
        MaskError::Picture(error)
    }
}

/// Reads a reference picture from a file: judged by its header, decoded,
/// turned upright, made no larger than a model takes, and encoded anew in its
/// own format.
///
/// # Errors
/// Everything in [`PictureError`].
pub async fn reference(file: PathBuf) -> Result<Reference, PictureError> {
    off_thread(&SENT, move |effort| {
        let bytes = fs::read(file).map_err(|_| PictureError::Failed)?;
        from_bytes(&bytes, effort)
    })
    .await
}

/// Reads a picture that is to be edited as [`reference()`] does, and keeps every pixel of it: a
/// PNG whatever it came as, which what comes back can be put into. One whose sides are longer
/// than [`REFERENCE_SIDE_MAX`] is made smaller all the same.
///
/// # Errors
/// Everything in [`PictureError`].
pub async fn source(file: PathBuf) -> Result<Reference, PictureError> {
    off_thread(&SENT, move |effort| {
        let bytes = fs::read(file).map_err(|_| PictureError::Failed)?;
        lossless(&bytes, effort)
    })
    .await
}

fn lossless(bytes: &[u8], effort: Effort) -> Result<Reference, PictureError> {
    let inspection = inspect(bytes)?;
    if inspection.width.max(inspection.height) > REFERENCE_SIDE_MAX {
        return from_bytes(bytes, effort);
    }
    let (plain, orientation) = decode_plain(bytes, inspection, effort)?;
    let mut stored = plain.copy();
    imgc_scale::multiply_alpha(&mut stored);
    let pixels = looks::sum(&stored);
    let (width, height) = seen((plain.width(), plain.height()), orientation);
    effort.check()?;
    let small = scaled_to_width((width, height), THUMBNAIL_WIDTH);
    let small = resize(&stored, seen(small, orientation), None)?;
    let thumbnail = encode(&turn(small, orientation)?)?;
    drop(stored);
    let mut picture = turn(plain, orientation)?;
    let alpha = picture.pixel_type() == PixelType::U8x4;
    if alpha {
        // The colours that nobody sees stay here.
        let pixels = picture.buffer_mut().chunks_exact_mut(4);
        pixels
            .filter(|pixel| pixel[3] == 0)
            .for_each(|pixel| pixel.fill(0));
    }
    effort.check()?;
    let mut file = Vec::new();
    png(&mut file)
        .write_image(picture.buffer(), width, height, colour(alpha))
        .map_err(|_| PictureError::Failed)?;
    Ok(Reference {
        format: PictureFormat::Png,
        width,
        height,
        bytes: file,
        thumbnail,
        sha256: looks::hex(&Sha256::digest(bytes)),
        pixels,
    })
}

pub(super) fn from_bytes(bytes: &[u8], effort: Effort) -> Result<Reference, PictureError> {
    let inspection = inspect(bytes)?;
    let (stored, orientation) = decode(bytes, inspection, effort)?;
    let pixels = looks::sum(&stored);
    let shown = seen((stored.width(), stored.height()), orientation);
    let size = bounded(shown, REFERENCE_SIDE_MAX);
    let sized = if size == shown {
        stored
    } else {
        effort.check()?;
        resize(&stored, seen(size, orientation), None)?
    };
    let picture = turn(sized, orientation)?;
    effort.check()?;
    let small = resize(&picture, scaled_to_width(size, THUMBNAIL_WIDTH), None)?;
    let thumbnail = encode(&small)?;
    effort.check()?;
    Ok(Reference {
        format: inspection.format,
        width: size.0,
        height: size.1,
        bytes: encoded(picture, inspection)?,
        thumbnail,
        sha256: looks::hex(&Sha256::digest(bytes)),
        pixels,
    })
}

/// The size of the reference that is made of a picture of this one.
#[must_use]
pub fn reference_size(size: (u32, u32)) -> (u32, u32) {
    bounded(size, REFERENCE_SIDE_MAX)
}

/// A size whose longest side is at most `longest`, in the same proportions.
fn bounded((width, height): (u32, u32), longest: u32) -> (u32, u32) {
    let long = width.max(height);
    if long <= longest {
        return (width, height);
    }
    let scaled = |side: u32| {
        let exact = u64::from(side) * u64::from(longest) / u64::from(long);
        u32::try_from(exact).unwrap_or(longest).max(1)
    };
    (scaled(width), scaled(height))
}

fn scaled_to_width((width, height): (u32, u32), to: u32) -> (u32, u32) {
    if width <= to {
        return (width, height);
    }
    let exact = u64::from(height) * u64::from(to) / u64::from(width);
    (to, u32::try_from(exact).unwrap_or(to).max(1))
}

/// The picture in the format it came in: what was lossless stays so.
fn encoded(picture: Image<'static>, inspection: Inspection) -> Result<Vec<u8>, PictureError> {
    let picture = straight(picture);
    let (width, height) = (picture.width(), picture.height());
    let alpha = picture.pixel_type() == PixelType::U8x4;
    let mut bytes = Vec::new();
    let written =
        match inspection.format {
            PictureFormat::Webp => {
                let encoder = if alpha {
                    webp::Encoder::from_rgba(picture.buffer(), width, height)
                } else {
                    webp::Encoder::from_rgb(picture.buffer(), width, height)
                };
                let memory = encoder.encode_simple(false, WEBP_QUALITY);
                return memory
                    .map(|memory| memory.to_vec())
                    .map_err(|_| PictureError::Failed);
            }
            PictureFormat::Png => {
                png(&mut bytes).write_image(picture.buffer(), width, height, colour(alpha))
            }
            // JPEG has no alpha, so its pixels are plain RGB.
            PictureFormat::Jpeg => JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)
                .write_image(picture.buffer(), width, height, colour(alpha)),
        };
    written.map_err(|_| PictureError::Failed)?;
    Ok(bytes)
}

fn colour(alpha: bool) -> ExtendedColorType {
    if alpha {
        ExtendedColorType::Rgba8
    } else {
        ExtendedColorType::Rgb8
    }
}

fn png(bytes: &mut Vec<u8>) -> PngEncoder<&mut Vec<u8>> {
    PngEncoder::new_with_quality(bytes, CompressionType::Fast, FilterType::Adaptive)
}

/// Reads a mask for a picture of `size` from a file: a PNG of exactly that size
/// whose fully transparent pixels mark what may change. What comes back holds
/// that and nothing else: transparent, or opaque black.
///
/// # Errors
/// Everything in [`MaskError`].
pub async fn mask(file: PathBuf, size: (u32, u32)) -> Result<Vec<u8>, MaskError> {
    let work = move |effort| {
        let bytes = fs::read(file).map_err(|_| PictureError::Failed)?;
        Ok(mask_from_bytes(&bytes, size, effort))
    };
    off_thread(&SENT, work).await?
}

fn mask_from_bytes(bytes: &[u8], size: (u32, u32), effort: Effort) -> Result<Vec<u8>, MaskError> {
    let inspection = inspect(bytes)?;
    if inspection.format != PictureFormat::Png {
        return Err(MaskError::NotPng);
    }
    if (inspection.width, inspection.height) != size {
        return Err(MaskError::Size);
    }
    let (picture, _) = decode(bytes, inspection, effort)?;
    if picture.pixel_type() != PixelType::U8x4 {
        return Err(MaskError::Opaque);
    }
    let mut pixels = picture.into_vec();
    let mut empty = true;
    for pixel in pixels.chunks_exact_mut(4) {
        // The API reads full transparency as "here"; a soft edge is kept.
        let open = pixel[3] == 0;
        empty &= !open;
        pixel.copy_from_slice(&[0, 0, 0, if open { 0 } else { 255 }]);
    }
    if empty {
        return Err(MaskError::Empty);
    }
    effort.check()?;
    let mut bytes = Vec::new();
    png(&mut bytes)
        .write_image(&pixels, size.0, size.1, ExtendedColorType::Rgba8)
        .map_err(|_| PictureError::Failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Effort {
        Effort::unbounded()
    }

    fn png_of(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
        let picture = image::RgbaImage::from_fn(width, height, |x, y| image::Rgba(pixel(x, y)));
        let mut bytes = Vec::new();
        png(&mut bytes)
            .write_image(&picture, width, height, ExtendedColorType::Rgba8)
            .expect("encodes");
        bytes
    }

    #[test]
    fn a_large_picture_is_bounded_and_keeps_its_proportions() {
        assert_eq!(bounded((7680, 4320), 3840), (3840, 2160));
        assert_eq!(bounded((100, 16_000), 3840), (24, 3840));
        assert_eq!(bounded((640, 480), 3840), (640, 480));
    }

    #[test]
    fn a_mask_holds_nothing_but_where_to_edit() {
        let soft = png_of(4, 2, |x, _| [9, 8, 7, [0, 1, 128, 255][x as usize]]);
        let made = mask_from_bytes(&soft, (4, 2), soon()).expect("a mask");
        let read = image::load_from_memory(&made).expect("a PNG").into_rgba8();
        let alphas: Vec<u8> = (0..4).map(|x| read.get_pixel(x, 0)[3]).collect();
        assert_eq!(alphas, [0, 255, 255, 255]);
        assert!(read.pixels().all(|p| p.0[..3] == [0, 0, 0]));
        assert_eq!(mask_from_bytes(&soft, (2, 4), soon()), Err(MaskError::Size));
        let full = png_of(4, 2, |_, _| [0, 0, 0, 255]);
        assert_eq!(
            mask_from_bytes(&full, (4, 2), soon()),
            Err(MaskError::Empty)
        );
    }

    #[test]
    fn a_reference_keeps_its_format_and_loses_what_is_hidden() {
        let hidden = png_of(8, 8, |x, _| {
            if x < 4 {
                [200, 10, 10, 0]
            } else {
                [1, 2, 3, 255]
            }
        });
        let made = from_bytes(&hidden, soon()).expect("a reference");
        assert_eq!(
            (made.format, made.width, made.height),
            (PictureFormat::Png, 8, 8)
        );
        let read = image::load_from_memory(&made.bytes)
            .expect("a PNG")
            .into_rgba8();
        assert_eq!(read.get_pixel(0, 0).0, [0, 0, 0, 0]);
        assert_eq!(read.get_pixel(7, 0).0, [1, 2, 3, 255]);
    }
}
