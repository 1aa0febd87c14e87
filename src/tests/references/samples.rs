//! Pictures to send: good ones, and each kind of bad one.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use std::io::Cursor;

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A PNG of one colour.
pub fn plain(width: u32, height: u32, colour: [u8; 3]) -> Vec<u8> {
    let picture = RgbImage::from_pixel(width, height, Rgb(colour));
    encoded(picture, ImageFormat::Png)
}

/// A mask whose left half is transparent.
pub fn left_half(width: u32, height: u32) -> Vec<u8> {
    let alpha = |x: u32| if x < width / 2 { 0 } else { 255 };
    let mask = RgbaImage::from_fn(width, height, |x, _| Rgba([0, 0, 0, alpha(x)]));
    encoded(mask, ImageFormat::Png)
}

/// A mask that is transparent where `marks` says so.
pub fn marking(width: u32, height: u32, marks: impl Fn(u32, u32) -> bool) -> Vec<u8> {
    let alpha = |x, y| if marks(x, y) { 0 } else { 255 };
    let mask = RgbaImage::from_fn(width, height, |x, y| Rgba([0, 0, 0, alpha(x, y)]));
    encoded(mask, ImageFormat::Png)
}

/// A PNG with an alpha channel in which nothing is transparent.
pub fn covered(width: u32, height: u32) -> Vec<u8> {
    encoded(
        RgbaImage::from_pixel(width, height, Rgba([0, 0, 0, 255])),
        ImageFormat::Png,
    )
}

/// A JPEG.
pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_pixel(width, height, Rgb([90, 120, 60]));
    encoded(picture, ImageFormat::Jpeg)
}

/// A JPEG that lies on its side and says where it was taken.
pub fn photo(width: u32, height: u32) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0".to_vec();
    // Orientation (0x0112), one SHORT: 6, to be turned clockwise.
    exif.extend(b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0");
    exif.extend(b"GPS 48.8583 N 2.2945 E");
    let picture = jpeg(width, height);
    let mut bytes = picture[..2].to_vec();
    bytes.extend([0xff, 0xe1]);
    bytes.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    bytes.extend(exif);
    bytes.extend(&picture[2..]);
    bytes
}

/// A PNG whose header claims far more pixels than it has.
pub fn bomb() -> Vec<u8> {
    let mut bytes = plain(8, 8, [1, 2, 3]);
    bytes[16..20].copy_from_slice(&20_000_u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&20_000_u32.to_be_bytes());
    bytes
}

/// A PNG that ends long before the middle of its pixels.
pub fn truncated() -> Vec<u8> {
    let picture = RgbImage::from_fn(200, 200, |x, y| Rgb([x as u8, y as u8, (x * y) as u8]));
    let mut bytes = encoded(picture, ImageFormat::Png);
    bytes.truncate(bytes.len() / 8);
    bytes
}

/// The head of an animated WebP.
pub fn animated() -> Vec<u8> {
    let mut body = b"WEBPVP8X\x0a\0\0\0\x02\0\0\0\x07\0\0\x07\0\0".to_vec();
    body.extend(b"ANIM\x06\0\0\0\0\0\0\0\0\0");
    let mut bytes = b"RIFF".to_vec();
    bytes.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
    bytes.extend(body);
    bytes
}
