//! Reads what a picture claims to be (format, size, memory needed) from its header alone.
//!
//! The decoders have limits of their own, but not all of them hold: progressive JPEG keeps all its
//! coefficients, and a WebP container can announce a small canvas around a huge frame. So the cost
//! is computed here, before a decoder sees a byte. Every loop moves forward and is bounded.

use super::{PictureError, PictureFormat};

const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// More chunks than any honest file has before its pixels; a bound on the walk.
const MAX_CHUNKS: usize = 4096;

/// What a header says, before it is judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    /// The format its first bytes name.
    pub format: PictureFormat,
    /// Pixels, as stored.
    pub width: u32,
    /// Pixels, as stored.
    pub height: u32,
    /// An upper estimate of what decoding allocates, output included.
    pub decoder_bytes: u64,
}

impl Header {
    fn new(format: PictureFormat, size: (u32, u32), bytes_per_pixel: u64) -> Self {
        let (width, height) = size;
        let pixels = u64::from(width) * u64::from(height);
        let decoder_bytes = pixels.saturating_mul(bytes_per_pixel);
        Self {
            format,
            width,
            height,
            decoder_bytes,
        }
    }
}

/// Tells the format from the first bytes.
pub(super) fn format(bytes: &[u8]) -> Result<PictureFormat, PictureError> {
    if bytes.starts_with(PNG_SIGNATURE) {
        Ok(PictureFormat::Png)
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Ok(PictureFormat::Jpeg)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Ok(PictureFormat::Webp)
    } else if is_other_picture(bytes) {
        Err(PictureError::Unsupported)
    } else {
        Err(PictureError::NotAPicture)
    }
}

/// Recognises well-known formats that are not taken, only to give the better message.
fn is_other_picture(bytes: &[u8]) -> bool {
    const MAGICS: [&[u8]; 5] = [b"GIF8", b"BM", b"II*\0", b"MM\0*", b"\xff\x0a"];
    if MAGICS.iter().any(|magic| bytes.starts_with(magic)) || bytes.get(4..8) == Some(b"ftyp") {
        return true;
    }
    let text = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes)
        .trim_ascii_start();
    let start = text.get(..5).unwrap_or(text).to_ascii_lowercase();
    start.starts_with(b"<svg") || start == b"<?xml"
}

/// Reads the header of any format that is taken.
pub(super) fn read(bytes: &[u8]) -> Result<Header, PictureError> {
    match format(bytes)? {
        PictureFormat::Png => png(bytes),
        PictureFormat::Jpeg => jpeg(bytes),
        PictureFormat::Webp => webp(bytes),
    }
}

/// PNG: IHDR is first by definition; then the chunks up to the pixels tell of animation and alpha.
fn png(bytes: &[u8]) -> Result<Header, PictureError> {
    let ihdr = bytes.get(8..33).ok_or(PictureError::Damaged)?;
    if !ihdr.starts_with(b"\0\0\0\x0dIHDR") {
        return Err(PictureError::Damaged);
    }
    let size = (be32(bytes, 16)?, be32(bytes, 20)?);
    let (depth, colour) = (ihdr[16], ihdr[17]);
    let mut channels = match colour {
        0 => 1,
        2 | 3 => 3,
        4 => 2,
        6 => 4,
        _ => return Err(PictureError::Damaged),
    };
    let mut at = 33_usize;
    for _ in 0..MAX_CHUNKS {
        let length = be32(bytes, at)? as usize;
        match bytes.get(at + 4..at + 8) {
            Some(b"IDAT") => {
                let sample_bytes = if depth == 16 { 2 } else { 1 };
                return Ok(Header::new(
                    PictureFormat::Png,
                    size,
                    channels * sample_bytes,
                ));
            }
            Some(b"acTL") => return Err(PictureError::Animated),
            // Transparency by key colour or palette grows an alpha channel when decoded.
            Some(b"tRNS") => channels = channels.max(if colour == 0 { 2 } else { 4 }),
            Some(_) => {}
            None => return Err(PictureError::Damaged),
        }
        at = at.saturating_add(length).saturating_add(12);
    }
    Err(PictureError::Damaged)
}

/// What a PNG says of its colours in numbers, beside a profile. Of all of them the
/// code points count first, then the profile, then the word that it is sRGB, then
/// what was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PngColour {
    /// The code points (H.273): primaries, transfer, matrix, range.
    pub code_points: Option<[u8; 4]>,
    /// It says that it is sRGB.
    pub is_srgb: bool,
    /// The exponent by which light was written down, in 100,000ths.
    pub gamma: Option<u32>,
    /// White, red, green and blue, each as x and y in 100,000ths.
    pub chromaticities: Option<[u32; 8]>,
}

/// Reads them; nothing for another kind of picture.
pub(super) fn png_colour(bytes: &[u8]) -> PngColour {
    let mut colour = PngColour::default();
    if !bytes.starts_with(PNG_SIGNATURE) {
        return colour;
    }
    let mut at = 33_usize;
    for _ in 0..MAX_CHUNKS {
        let Ok(length) = be32(bytes, at) else { break };
        let content = at + 8;
        match (bytes.get(at + 4..at + 8), length) {
            (None | Some(b"IDAT"), _) => break,
            (Some(b"cICP"), 4) => colour.code_points = array(bytes, content).ok(),
            (Some(b"sRGB"), 1) => colour.is_srgb = true,
            (Some(b"gAMA"), 4) => colour.gamma = be32(bytes, content).ok(),
            (Some(b"cHRM"), 32) => colour.chromaticities = eight(bytes, content),
            _ => {}
        }
        at = at.saturating_add(length as usize).saturating_add(12);
    }
    colour
}

fn eight(bytes: &[u8], at: usize) -> Option<[u32; 8]> {
    let mut numbers = [0; 8];
    for (index, number) in numbers.iter_mut().enumerate() {
        *number = be32(bytes, at + 4 * index).ok()?;
    }
    Some(numbers)
}

/// JPEG: walks the segments to the frame header. Whether the file has an end is nobody's question
/// here: what is there is shown, as browsers do.
fn jpeg(bytes: &[u8]) -> Result<Header, PictureError> {
    let mut at = 2_usize;
    for _ in 0..MAX_CHUNKS {
        // Any number of 0xff bytes may stand before a marker.
        while bytes.get(at..at + 2) == Some(&[0xff, 0xff]) {
            at += 1;
        }
        let (lead, marker) = (byte(bytes, at)?, byte(bytes, at + 1)?);
        if lead != 0xff {
            return Err(PictureError::Damaged);
        }
        let length = usize::from(be16(bytes, at + 2)?);
        match marker {
            0xc0..=0xc2 => return jpeg_frame(bytes, at + 4, marker == 0xc2),
            // Lossless, hierarchical and arithmetic coding: decoders do not read these.
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Err(PictureError::Unsupported);
            }
            // Pixels before a frame header, or no length where one must be.
            0x00 | 0x01 | 0xd0..=0xda => return Err(PictureError::Damaged),
            _ if length < 2 => return Err(PictureError::Damaged),
            _ => at += 2 + length,
        }
    }
    Err(PictureError::Damaged)
}

/// The frame header at `at`: precision, height, width, components with their sampling factors.
fn jpeg_frame(bytes: &[u8], at: usize, progressive: bool) -> Result<Header, PictureError> {
    let size = (
        u32::from(be16(bytes, at + 3)?),
        u32::from(be16(bytes, at + 1)?),
    );
    let components = usize::from(byte(bytes, at + 5)?);
    if byte(bytes, at)? != 8 || !matches!(components, 1 | 3 | 4) {
        return Err(PictureError::Unsupported);
    }
    let (mut blocks, mut h_max, mut v_max) = (0_u64, 1_u64, 1_u64);
    for component in 0..components {
        let sampling = byte(bytes, at + 7 + 3 * component)?;
        let (h, v) = (u64::from(sampling >> 4), u64::from(sampling & 0x0f));
        if !(1..=4).contains(&h) || !(1..=4).contains(&v) {
            return Err(PictureError::Damaged);
        }
        blocks += h * v;
        (h_max, v_max) = (h_max.max(h), v_max.max(v));
    }
    let mut header = Header::new(PictureFormat::Jpeg, size, 3);
    if progressive {
        // All coefficients, two bytes each, are kept until the last scan.
        let pixels = u64::from(size.0) * u64::from(size.1);
        header.decoder_bytes += pixels * 2 * blocks / (h_max * v_max);
    }
    Ok(header)
}

/// WebP: every frame in the container must be as large as the canvas says, and there is only one.
fn webp(bytes: &[u8]) -> Result<Header, PictureError> {
    let riff_end = 8_usize.saturating_add(le32(bytes, 4)? as usize);
    let file = bytes.get(..riff_end).ok_or(PictureError::Damaged)?;
    let mut canvas = None;
    let mut frame = None;
    let mut alpha_chunk = false;
    let mut at = 12_usize;
    for _ in 0..MAX_CHUNKS {
        let Some(name) = file.get(at..at + 4) else {
            break;
        };
        let body = at + 8;
        let length = le32(file, at + 4)? as usize;
        let end = body.saturating_add(length);
        if end > file.len() {
            return Err(PictureError::Damaged);
        }
        match name {
            b"ANIM" | b"ANMF" => return Err(PictureError::Animated),
            b"VP8X" if at == 12 => canvas = Some(webp_canvas(file, body)?),
            b"ALPH" => alpha_chunk = true,
            b"VP8 " | b"VP8L" if frame.is_some() => return Err(PictureError::Damaged),
            b"VP8 " => frame = Some((vp8_size(file, body)?, false)),
            b"VP8L" => frame = Some((vp8l_size(file, body)?, true)),
            _ => {}
        }
        at = end.saturating_add(length & 1);
    }
    let (size, lossless) = frame.ok_or(PictureError::Damaged)?;
    if canvas.is_some_and(|canvas| canvas != size) {
        return Err(PictureError::Damaged);
    }
    // Output, plus the YUV planes (lossy), a second RGBA buffer (lossless), or both (alpha plane).
    let bytes_per_pixel = match (lossless, alpha_chunk) {
        (true, _) => 8,
        (false, false) => 6,
        (false, true) => 11,
    };
    Ok(Header::new(PictureFormat::Webp, size, bytes_per_pixel))
}

/// VP8X: flags, then the canvas less one in 24 bits a side.
fn webp_canvas(file: &[u8], body: usize) -> Result<(u32, u32), PictureError> {
    const ANIMATION: u8 = 0x02;
    if byte(file, body)? & ANIMATION != 0 {
        return Err(PictureError::Animated);
    }
    let width = le32(file, body + 3)? >> 8;
    let height = le32(file, body + 6)? >> 8;
    Ok((width + 1, height + 1))
}

/// A lossy frame: three bytes of tag, three of start code, then 14 bits a side.
fn vp8_size(file: &[u8], body: usize) -> Result<(u32, u32), PictureError> {
    if file.get(body + 3..body + 6) != Some(&[0x9d, 0x01, 0x2a]) {
        return Err(PictureError::Damaged);
    }
    let sides = le32(file, body + 6)?;
    Ok((sides & 0x3fff, (sides >> 16) & 0x3fff))
}

/// A lossless frame: one byte of signature, then 14 bits a side, less one.
fn vp8l_size(file: &[u8], body: usize) -> Result<(u32, u32), PictureError> {
    if byte(file, body)? != 0x2f {
        return Err(PictureError::Damaged);
    }
    let sides = le32(file, body + 1)?;
    Ok(((sides & 0x3fff) + 1, ((sides >> 14) & 0x3fff) + 1))
}

fn byte(bytes: &[u8], at: usize) -> Result<u8, PictureError> {
    bytes.get(at).copied().ok_or(PictureError::Damaged)
}

fn be16(bytes: &[u8], at: usize) -> Result<u16, PictureError> {
    array(bytes, at).map(u16::from_be_bytes)
}

fn be32(bytes: &[u8], at: usize) -> Result<u32, PictureError> {
    array(bytes, at).map(u32::from_be_bytes)
}

fn le32(bytes: &[u8], at: usize) -> Result<u32, PictureError> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// `N` bytes at `at`, or `Damaged` where the file ends before.
fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], PictureError> {
    let slice = bytes
        .get(at..at.saturating_add(N))
        .ok_or(PictureError::Damaged)?;
    slice.try_into().map_err(|_| PictureError::Damaged)
}
