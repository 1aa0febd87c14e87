//! Everything imgc does to picture bytes: telling what they are, refusing what is dangerous,
//! and making the small WebP copies (thumbnails, avatars) that pages show.
//!
//! Originals are never changed: their content credentials break at the slightest edit. What leaves
//! here is always a new file, encoded from pixels, so nothing hidden in an upload travels on.
//!
//! The bytes come from strangers. The size is judged from the header before anything is decoded,
//! at most two pictures are decoded at once in the whole process, and a caller never waits longer
//! than [`DEADLINE`]. The parts: `header` reads sizes, `scale` decodes and resizes, `webp_xmp`
//! writes the mark that says the picture was made by a machine.

use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Semaphore;

mod card;
pub mod credentials;
mod header;
mod reference;
mod scale;
#[cfg(test)]
mod tests;
mod webp_xmp;

pub use card::{card, card_size};
pub use reference::{MaskError, Reference, mask, reference};

/// Widths of the thumbnails in pixels, smallest first.
pub const THUMBNAIL_WIDTHS: [u32; 3] = [320, 640, 1280];

/// Side of an avatar in pixels.
pub const AVATAR_SIDE: u32 = 96;

/// The largest picture taken, in pixels (40 megapixels).
pub const MAX_PIXELS: u64 = 40_000_000;

/// The longest side taken, in pixels: what WebP can hold, so that every picture has a thumbnail.
pub const MAX_SIDE: u32 = 16_383;

/// How much memory one decoder may take, in bytes (256 MiB), its output included.
pub const MAX_DECODER_BYTES: u64 = 256 * 1024 * 1024;

/// How long a caller waits for [`derive`] or [`avatar`], the wait for a free decoder included.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// Two decodes at once: with [`MAX_DECODER_BYTES`] this bounds what strangers can make us allocate.
static DECODERS: Semaphore = Semaphore::const_new(2);

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
    pub bytes: Vec<u8>,
}

/// What one decode of a picture gives.
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
    /// At least one thumbnail, smallest first, none wider than the original.
    pub thumbnails: Vec<Thumbnail>,
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
    /// It took longer than [`DEADLINE`].
    #[error("this picture took too long to read")]
    TooSlow,
    /// The server could not do the work (out of memory, shutting down): nobody's picture is at fault.
    #[error("the picture could not be processed")]
    Failed,
}

/// Reads format and size from the header, without decoding any pixel.
///
/// # Errors
/// Everything in [`PictureError`] but `TooSlow` and `Failed`; `Damaged` stands for a zero side too.
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

/// Decodes a picture once and makes its thumbnails and placeholder colour.
///
/// # Errors
/// Everything in [`PictureError`]. After `TooSlow` the work may still run on for a moment; it keeps
/// its decoder slot until it really ends.
pub async fn derive(bytes: Bytes) -> Result<Derived, PictureError> {
    let inspection = inspect(&bytes)?;
    off_thread(DEADLINE, move |until| {
        scale::derive(&bytes, inspection, until)
    })
    .await
}

/// Makes a square avatar of [`AVATAR_SIDE`] pixels from the middle of a picture: a WebP file with
/// no metadata at all.
///
/// # Errors
/// As [`derive`].
pub async fn avatar(bytes: Bytes) -> Result<Vec<u8>, PictureError> {
    let inspection = inspect(&bytes)?;
    off_thread(DEADLINE, move |until| {
        scale::avatar(&bytes, inspection, until)
    })
    .await
}

/// Runs `work` on a blocking thread when a decoder slot is free, and gives up on it at the deadline.
///
/// A thread cannot be stopped from outside, so `work` is told when to stop and looks at the clock
/// between its steps; the permit travels with it, so abandoned work still counts as a decode.
async fn off_thread<T, W>(deadline: Duration, work: W) -> Result<T, PictureError>
where
    T: Send + 'static,
    W: FnOnce(Instant) -> Result<T, PictureError> + Send + 'static,
{
    let until = Instant::now() + deadline;
    let job = async move {
        let permit = DECODERS.acquire().await.map_err(|_| PictureError::Failed)?;
        let handle = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(until)
        });
        handle.await.unwrap_or_else(|error| {
            // A decoder that panics has met bytes it cannot read; the process must live on.
            if error.is_panic() {
                tracing::error!("a picture decoder panicked");
                Err(PictureError::Damaged)
            } else {
                Err(PictureError::Failed)
            }
        })
    };
    tokio::time::timeout(deadline, job)
        .await
        .unwrap_or(Err(PictureError::TooSlow))
}
