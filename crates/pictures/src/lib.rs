//! Everything imgc does to picture bytes: telling what they are, refusing what is dangerous,
//! and making the small WebP copies (thumbnails, avatars) that pages show.
//!
//! Originals are never changed: their content credentials break at the slightest edit. What leaves
//! here is always a new file, encoded from pixels, so nothing hidden in an upload travels on.
//!
//! The bytes come from strangers. The size is judged from the header before anything is decoded,
//! few pictures are decoded at once in the whole process, and what somebody sends costs no more
//! work than [`WORK_MAX`]. Pictures that were paid for have decoders of their own, and no verdict
//! on them is ever spoken by a clock. The parts: `header` reads sizes, `original` names what cannot
//! be decoded here, `slots` shares the decoders out, `scale` decodes and resizes, `colour` brings
//! every colour profile to sRGB, `composite` puts an edit into the picture it was made of, `looks` tells copies of a picture again, `cut_png` reads a PNG that ends early, `webp_xmp` writes the mark
//! that says the picture was made by a machine.

use std::time::Duration;

use bytes::Bytes;

mod card;
mod colour;
mod composite;
pub mod credentials;
mod cut_png;
mod header;
mod looks;
mod original;
mod reference;
mod scale;
mod slots;
#[cfg(test)]
mod tests;
mod webp_xmp;

pub use card::{card, card_size, veil, veil_size};
pub use composite::{Composed, Composite, composite, fits, rectangle_mask};
pub use looks::{Fingerprint, Looks, SIMILAR};
pub use original::{Original, OriginalFormat, identify};
pub use reference::{
    MaskError, REFERENCE_SIDE_MAX, Reference, mask, reference, reference_size, source,
};
use slots::{PAID, SENT, off_thread};

/// Widths of the thumbnails in pixels, smallest first. A picture has those it is wider than,
/// and one as wide as itself, up to the widest.
pub const THUMBNAIL_WIDTHS: [u32; 4] = [320, 640, 1280, 2048];

/// Side of an avatar in pixels.
pub const AVATAR_SIDE: u32 = 96;

/// The largest picture taken, in pixels (40 megapixels).
pub const MAX_PIXELS: u64 = 40_000_000;

/// The longest side taken, in pixels: what WebP can hold, so that every picture has a thumbnail.
pub const MAX_SIDE: u32 = 16_383;

/// How much memory one decoder may take, in bytes (256 MiB), its output included.
pub const MAX_DECODER_BYTES: u64 = 256 * 1024 * 1024;

/// How much work an upload may cost, in the processor's time: neither waiting for a decoder nor a
/// machine that is busy with something else counts.
pub const WORK_MAX: Duration = Duration::from_secs(10);

/// How long an upload waits for a free decoder before its sender is asked to come again.
pub const WAIT_MAX: Duration = Duration::from_secs(60);

/// The kinds of picture that are taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PictureFormat {
    /// Portable Network Graphics.
    Png,
    /// JPEG, baseline or progressive.
    Jpeg,
    /// WebP, lossy or lossless.
    Webp,
}

impl PictureFormat {
    /// The media type to send with the bytes.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }

    /// The file extension, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
        }
    }

    /// Tells the format from the first bytes; names and declared types are never believed.
    ///
    /// # Errors
    /// [`PictureError::Unsupported`] for other kinds of picture, SVG among them, and
    /// [`PictureError::NotAPicture`] for anything else.
    pub fn from_magic(bytes: &[u8]) -> Result<Self, PictureError> {
        header::format(bytes)
    }
}

/// What the header of a picture says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The format, by content.
    pub format: PictureFormat,
    /// Width in pixels as stored in the file, before any EXIF rotation.
    pub width: u32,
    /// Height in pixels as stored in the file, before any EXIF rotation.
    pub height: u32,
}

/// One smaller copy of a picture.
#[derive(Clone, Debug)]
pub struct Thumbnail {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// A WebP file, marked as made by a trained model.
    pub bytes: Bytes,
}

/// What one decode tells of a picture.
#[derive(Clone, Debug)]
pub struct Derived {
    /// The format of the original.
    pub format: PictureFormat,
    /// Width of the original in pixels as it is shown, after any EXIF rotation.
    pub width: u32,
    /// Height of the original in pixels as it is shown, after any EXIF rotation.
    pub height: u32,
    /// The average colour as `#rrggbb`, over a light neutral where the picture is transparent.
    pub placeholder: String,
    /// Hex SHA-256 of its pixels.
    pub pixels: String,
    /// What it looks like; `None` for a picture that is all of one colour.
    pub looks: Option<Looks>,
}

/// Why a picture was not taken. The texts are fit for users and hold no other error's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The bytes are no picture at all.
    #[error("this file is not a picture")]
    NotAPicture,
    /// A picture, but of a kind that is not taken (SVG, GIF, AVIF, TIFF, unusual JPEG…).
    #[error("only PNG, JPEG and WebP pictures can be used")]
    Unsupported,
    /// An animated PNG or WebP.
    #[error("animated pictures cannot be used")]
    Animated,
    /// More pixels, or more memory to decode, than is allowed. Sides in pixels.
    #[error("this picture is too large ({width} × {height} pixels)")]
    TooLarge {
        /// Width in pixels that the header claims.
        width: u32,
        /// Height in pixels that the header claims.
        height: u32,
    },
    /// The file ends early, contradicts itself or cannot be decoded.
    #[error("this picture is damaged or incomplete")]
    Damaged,
    /// It took more work than [`WORK_MAX`].
    #[error("this picture took too long to read")]
    TooSlow,
    /// No decoder was free within [`WAIT_MAX`]: nobody's picture is at fault.
    #[error("too many pictures are being read just now")]
    Busy,
    /// The server could not do the work (out of memory, shutting down): nobody's picture is at fault.
    #[error("the picture could not be processed")]
    Failed,
}

impl PictureError {
    /// True if the bytes are to blame. Anything else is trouble of this machine, and the same bytes
    /// may do well another time.
    pub fn is_of_the_bytes(self) -> bool {
        !matches!(self, Self::TooSlow | Self::Busy | Self::Failed)
    }
}

/// Reads format and size from the header, without decoding any pixel.
///
/// # Errors
/// Everything in [`PictureError`] but `TooSlow`, `Busy` and `Failed`; `Damaged` stands for a zero side too.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, PictureError> {
    let header = header::read(bytes)?;
    let header::Header {
        format,
        width,
        height,
        decoder_bytes,
    } = header;
    if width == 0 || height == 0 {
        return Err(PictureError::Damaged);
    }
    let pixels = u64::from(width) * u64::from(height);
    let sides_fit = width <= MAX_SIDE && height <= MAX_SIDE;
    if !sides_fit || pixels > MAX_PIXELS || decoder_bytes > MAX_DECODER_BYTES {
        return Err(PictureError::TooLarge { width, height });
    }
    Ok(Inspection {
        format,
        width,
        height,
    })
}

/// The widths of the thumbnails of a picture of this width, in pixels, smallest first: each that
/// is narrower, and the picture's own, up to the widest.
#[must_use]
pub fn thumbnail_widths(width: u32) -> Vec<u32> {
    let own = THUMBNAIL_WIDTHS[THUMBNAIL_WIDTHS.len() - 1].min(width);
    let narrower = THUMBNAIL_WIDTHS.into_iter().filter(|other| *other < own);
    narrower.chain([own]).collect()
}

/// Decodes a picture that was paid for once, and makes its thumbnails and placeholder colour. Each
/// thumbnail is given to `made` as soon as it is there: at least one, the smallest first, none
/// wider than the original.
///
/// It takes as long as it takes: pixels and bytes bound the work, no clock does. A decoder that
/// panics is `Failed`: the picture is not to blame before somebody has looked.
///
/// # Errors
/// Everything in [`PictureError`] but `TooSlow` and `Busy`.
pub async fn derive(
    bytes: Bytes,
    mut made: impl FnMut(Thumbnail) + Send + 'static,
) -> Result<Derived, PictureError> {
    let inspection = inspect(&bytes)?;
    off_thread(&PAID, move |effort| {
        scale::derive(&bytes, inspection, effort, &mut made)
    })
    .await
}

/// Tells what a picture is found again by, with its edges cut off in some measures.
///
/// # Errors
/// Everything in [`PictureError`] but `TooSlow` and `Busy`.
pub async fn fingerprint(bytes: Bytes) -> Result<Fingerprint, PictureError> {
    let inspection = inspect(&bytes)?;
    off_thread(&PAID, move |effort| {
        looks::fingerprint(&bytes, inspection, looks::CUTS.len(), effort)
    })
    .await
}

/// Tells what a picture looks like; `None` if it is all of one colour.
///
/// # Errors
/// Everything in [`PictureError`] but `TooSlow` and `Busy`.
pub async fn looks(bytes: Bytes) -> Result<Option<Looks>, PictureError> {
    let inspection = inspect(&bytes)?;
    off_thread(&PAID, move |effort| {
        let told = looks::fingerprint(&bytes, inspection, 1, effort)?;
        Ok(told.looks.first().copied())
    })
    .await
}

/// Makes a square avatar of [`AVATAR_SIDE`] pixels from the middle of a picture: a WebP file with
/// no metadata at all.
///
/// # Errors
/// Everything in [`PictureError`].
pub async fn avatar(bytes: Bytes) -> Result<Vec<u8>, PictureError> {
    let inspection = inspect(&bytes)?;
    off_thread(&SENT, move |effort| {
        scale::avatar(&bytes, inspection, effort)
    })
    .await
}
