//! Putting a painting together with a reference picture, for edits.

use image::RgbaImage;
use imgc_scale::{Image, ImageRef, PixelType, ResizeOptions};
use tiny_skia::{Mask, MaskType, Pixmap, PixmapPaint, Transform};

use super::canvas::blank;

/// Lays the reference over the painting. With a mask it stays whole where the
/// mask is opaque and is gone where alpha is 0; without one the painting
/// shows through all of it.
pub fn compose(painting: &RgbaImage, reference: &RgbaImage, mask: Option<&RgbaImage>) -> RgbaImage {
    let (w, h) = painting.dimensions();
    let mut canvas = fitted(painting, w, h);
    let below = fitted(reference, w, h);
    let mask = mask.map(|mask| Mask::from_pixmap(fitted(mask, w, h).as_ref(), MaskType::Alpha));
    let paint = PixmapPaint {
        opacity: if mask.is_some() { 1.0 } else { 0.58 },
        ..PixmapPaint::default()
    };
    canvas.draw_pixmap(
        0,
        0,
        below.as_ref(),
        &paint,
        Transform::identity(),
        mask.as_ref(),
    );
    RgbaImage::from_raw(w, h, canvas.take_demultiplied()).unwrap_or_else(|| painting.clone())
}

/// A picture scaled and cropped to cover a size, premultiplied.
pub fn fitted(picture: &RgbaImage, w: u32, h: u32) -> Pixmap {
    let mut pixmap = blank(w, h);
    let source = ImageRef::new(picture.width(), picture.height(), picture, PixelType::U8x4);
    let target = Image::from_slice_u8(w, h, pixmap.data_mut(), PixelType::U8x4);
    if let (Ok(source), Ok(mut target)) = (source, target) {
        let options = ResizeOptions::new().fit_into_destination(None);
        // It does not fail: the pixel types are the same.
        let _ = imgc_scale::resize(&source, &mut target, &options);
        imgc_scale::multiply_alpha(&mut target);
    }
    pixmap
}
