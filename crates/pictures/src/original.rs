//! What an original is by its header alone, whether or not its pixels can be read here. A picture
//! that somebody paid for is kept and shown as it came; only its smaller copies need a decoder.

use std::panic::catch_unwind;

use imagesize::{Compression, ImageType};

use super::{PictureError, header, scale};

/// The kinds of picture that are kept as they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OriginalFormat {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
    /// AV1 in the HEIF container.
    Avif,
    /// HEVC, or something else, in the HEIF container.
    Heic,
    /// Graphics Interchange Format.
    Gif,
    /// A Windows bitmap.
    Bmp,
    /// Tagged Image File Format.
    Tiff,
    /// JPEG XL.
    Jxl,
}

impl OriginalFormat {
    /// Every kind.
    pub const ALL: [OriginalFormat; 9] = [
        Self::Png,
        Self::Jpeg,
        Self::Webp,
        Self::Avif,
        Self::Heic,
        Self::Gif,
        Self::Bmp,
        Self::Tiff,
        Self::Jxl,
    ];

    /// Whether smaller copies can be made of it; of others only the original is shown.
    pub fn is_decoded_here(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::Webp)
    }

    /// The file extension, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
            Self::Avif => "avif",
            Self::Heic => "heic",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
            Self::Jxl => "jxl",
        }
    }

    /// The kind with this file extension.
    pub fn from_extension(extension: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.extension() == extension)
    }

    /// The media type to send with the bytes.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
            Self::Heic => "image/heic",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
            Self::Tiff => "image/tiff",
            Self::Jxl => "image/jxl",
        }
    }
}

/// What the header of an original says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Original {
    /// The kind, by content.
    pub format: OriginalFormat,
    /// Width in pixels, as it is seen where its kind is decoded here, else as stored.
    pub width: u32,
    /// Height in pixels, likewise.
    pub height: u32,
}

/// Tells what a picture is. Nothing is asked of it but a header that says its kind and its size:
/// it may be too large to decode, animated, damaged behind its header, or of a kind that is only
/// shown by browsers.
///
/// # Errors
/// `NotAPicture` for anything else.
pub fn identify(bytes: &[u8]) -> Result<Original, PictureError> {
    // Read by others where ours, which asks for a whole file, finds nothing.
    let ours = header::read(bytes).ok();
    let found = match ours {
        Some(header) => {
            let format = OriginalFormat::from_extension(header.format.extension());
            let size = (header.width, header.height);
            // A header that makes a decoder panic turns nothing.
            let turned = catch_unwind(|| scale::seen_size(bytes, header.format, size));
            let (width, height) = turned.unwrap_or(size);
            format.map(|format| (format, width, height))
        }
        // A header from outside that makes its reader panic belongs to no picture.
        None => catch_unwind(|| read(bytes)).ok().flatten(),
    };
    match found {
        Some((format, width, height)) if width > 0 && height > 0 => Ok(Original {
            format,
            width,
            height,
        }),
        _ => Err(PictureError::NotAPicture),
    }
}

fn read(bytes: &[u8]) -> Option<(OriginalFormat, u32, u32)> {
    let format = match imagesize::image_type(bytes).ok()? {
        ImageType::Png => OriginalFormat::Png,
        ImageType::Jpeg => OriginalFormat::Jpeg,
        ImageType::Webp => OriginalFormat::Webp,
        ImageType::Heif(Compression::Av1) => OriginalFormat::Avif,
        ImageType::Heif(_) => OriginalFormat::Heic,
        ImageType::Gif => OriginalFormat::Gif,
        ImageType::Bmp => OriginalFormat::Bmp,
        ImageType::Tiff => OriginalFormat::Tiff,
        ImageType::Jxl => OriginalFormat::Jxl,
        _ => return None,
    };
    let size = imagesize::blob_size(bytes).ok()?;
    let width = u32::try_from(size.width).ok()?;
    let height = u32::try_from(size.height).ok()?;
    Some((format, width, height))
}
