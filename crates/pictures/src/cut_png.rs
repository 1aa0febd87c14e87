//! A PNG that ends early: its rows as far as they go.

use std::io::Cursor;

use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};
use png::{ColorType, Decoder, Limits, Transformations};

use super::{Inspection, MAX_DECODER_BYTES};

/// The rows that are there, the rest empty; `None` if it is less than half of them: that is no
/// picture any more that somebody would want to use.
pub(super) fn read(bytes: &[u8], inspection: Inspection) -> Option<DynamicImage> {
    let limits = Limits {
        bytes: usize::try_from(MAX_DECODER_BYTES).ok()?,
    };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = (inspection.width, inspection.height);
    // Interlaced rows come in no order that could end early.
    if reader.info().interlaced || reader.info().size() != (width, height) {
        return None;
    }
    let (colour, _) = reader.output_color_type();
    let whole = width as usize * height as usize * colour.samples();
    let mut pixels = Vec::with_capacity(whole);
    while let Ok(Some(row)) = reader.next_row() {
        pixels.extend_from_slice(row.data());
    }
    if pixels.len() * 2 < whole {
        return None;
    }
    let transparent = matches!(colour, ColorType::GrayscaleAlpha | ColorType::Rgba);
    pixels.resize(whole, if transparent { 0 } else { 255 });
    match colour {
        ColorType::Grayscale => {
            GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8)
        }
        ColorType::GrayscaleAlpha => {
            GrayAlphaImage::from_raw(width, height, pixels).map(DynamicImage::ImageLumaA8)
        }
        ColorType::Rgb => RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
        ColorType::Rgba => RgbaImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8),
        // Palettes were expanded.
        ColorType::Indexed => None,
    }
}
