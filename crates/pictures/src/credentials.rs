//! Whether a picture carries Content Credentials (C2PA): a signed record of
//! where it comes from, in a place each format keeps for it.
//!
//! Only its presence is told. Judging the signature takes the c2pa library,
//! which would more than double what this server is built from; whoever wants
//! that has the byte-exact original.

use super::PictureFormat;

/// More parts than any honest file has; a bound on the walk.
const MAX_PARTS: usize = 4096;

/// Whether the picture carries a C2PA manifest store. Damaged files carry none.
pub fn present(bytes: &[u8]) -> bool {
    let found = match PictureFormat::from_magic(bytes) {
        Ok(PictureFormat::Png) => png(bytes),
        Ok(PictureFormat::Jpeg) => jpeg(bytes),
        Ok(PictureFormat::Webp) => webp(bytes),
        Err(_) => None,
    };
    found.unwrap_or(false)
}

/// A JUMBF box names its content near its beginning.
fn is_c2pa(content: &[u8]) -> bool {
    let start = &content[..content.len().min(128)];
    start.windows(4).any(|window| window == b"c2pa")
}

/// PNG: a `caBX` chunk.
fn png(bytes: &[u8]) -> Option<bool> {
    let mut at = 8;
    for _ in 0..MAX_PARTS {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize;
        let kind = bytes.get(at + 4..at + 8)?;
        let content = bytes.get(at + 8..at.checked_add(8)?.checked_add(length)?)?;
        if kind == b"caBX" && is_c2pa(content) {
            return Some(true);
        }
        if kind == b"IEND" {
            return Some(false);
        }
        at += 12 + length;
    }
    None
}

/// JPEG: an APP11 segment with a JUMBF box, before the pixels.
fn jpeg(bytes: &[u8]) -> Option<bool> {
    let mut at = 2;
    for _ in 0..MAX_PARTS {
        let marker = bytes.get(at..at + 2)?;
        if marker[0] != 0xff {
            return None;
        }
        match marker[1] {
            // A fill byte before a marker.
            0xff => {
                at += 1;
                continue;
            }
            // The pixels begin, or the file ends.
            0xda | 0xd9 => return Some(false),
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(
            bytes.get(at + 2..at + 4)?.try_into().ok()?,
        ));
        let content = bytes.get(at + 4..at + 2 + length.max(2))?;
        if marker[1] == 0xeb && content.starts_with(b"JP") && is_c2pa(content) {
            return Some(true);
        }
        at += 2 + length.max(2);
    }
    None
}

/// WebP: a `C2PA` chunk of the RIFF container.
fn webp(bytes: &[u8]) -> Option<bool> {
    let mut at = 12;
    for _ in 0..MAX_PARTS {
        let Some(kind) = bytes.get(at..at + 4) else {
            return Some(false);
        };
        let length = u32::from_le_bytes(bytes.get(at + 4..at + 8)?.try_into().ok()?) as usize;
        if kind == b"C2PA" {
            return Some(true);
        }
        // Chunks are padded to an even length.
        at = at.checked_add(8 + length + length % 2)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, ImageFormat, RgbImage};
    use std::io::Cursor;

    fn picture(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::ImageRgb8(RgbImage::new(40, 30))
            .write_to(&mut bytes, format)
            .expect("encoded");
        bytes.into_inner()
    }

    fn with_part(bytes: &[u8], at: usize, part: &[u8]) -> Vec<u8> {
        [&bytes[..at], part, &bytes[at..]].concat()
    }

    #[test]
    fn credentials_are_found_where_each_format_keeps_them() {
        let png = picture(ImageFormat::Png);
        // After the signature and IHDR (8 + 25 bytes); the checksum does not matter here.
        let chunk = [&12_u32.to_be_bytes()[..], b"caBX", b"jumbjumdc2pa", &[0; 4]].concat();
        assert!(!present(&png) && present(&with_part(&png, 33, &chunk)));

        let jpeg = picture(ImageFormat::Jpeg);
        let segment = [&[0xff, 0xeb, 0, 16][..], b"JPjumbjumdc2pa"].concat();
        assert!(!present(&jpeg) && present(&with_part(&jpeg, 2, &segment)));

        let webp = picture(ImageFormat::WebP);
        let chunk = [&b"C2PA"[..], &3_u32.to_le_bytes(), b"abc\0"].concat();
        let end = webp.len();
        assert!(!present(&webp) && present(&with_part(&webp, end, &chunk)));
    }

    #[test]
    fn words_in_a_comment_are_no_credentials_and_damage_is_no_panic() {
        let png = picture(ImageFormat::Png);
        let comment = [&8_u32.to_be_bytes()[..], b"tEXt", b"c2pa\0yes", &[0; 4]].concat();
        assert!(!present(&with_part(&png, 33, &comment)));
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let bytes = picture(format);
            for end in 0..bytes.len() {
                assert!(!present(&bytes[..end]));
            }
        }
        let endless = [&png[..33], &u32::MAX.to_be_bytes(), b"caBX"].concat();
        assert!(!present(&endless));
    }
}
