//! From picture bytes to smaller WebP files: one decode, then one resize from the other.
//!
//! Alpha is multiplied into the colours once, right after decoding, so that the colour of invisible
//! pixels does not bleed into edges; each thumbnail divides it out again in its own small copy.
//! Colours are sRGB from then on: no file made here names a profile, and that is what they all mean
//! without one. Resizing works on sRGB values as they are, like browsers and the common image tools do, so that a
//! thumbnail looks as the original does when a browser shrinks it.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use imgc_scale::{FilterType, Image, ImageRef, PixelType, ResizeAlg, ResizeOptions};

use super::{
    AVATAR_SIDE, Derived, Inspection, MAX_DECODER_BYTES, PictureError, PictureFormat,
    THUMBNAIL_WIDTHS, Thumbnail,
    colour::Profile,
    composite::mark_of,
    cut_png, header,
    looks::{self, Looks},
    slots::Effort,
    thumbnail_widths, webp_xmp,
};

/// libwebp's quality, of 100: where files are small and painted textures still hold.
const QUALITY: f32 = 80.0;

/// The most pixels that are written with sharp chroma, which takes nine bytes for each.
const SHARP_MAX: u64 = 5_000_000;

/// The same for the largest, which stands for the picture itself where somebody looks closely:
/// nobody tells it from the original by eye.
const FINE: f32 = 92.0;

/// What shows through transparent pictures in the placeholder colour: a light, slightly warm grey.
pub(super) const NEUTRAL: [f64; 3] = [242.0, 242.0, 240.0];

/// Makes the thumbnails and the placeholder of a picture that [`super::inspect`] let through, and
/// gives each thumbnail to `made` when it is there.
///
/// # Errors
/// `Damaged`, `Unsupported` or `TooLarge` from decoding, `TooSlow` once the effort is spent,
/// `Failed` when encoding fails.
pub(super) fn derive(
    bytes: &[u8],
    inspection: Inspection,
    effort: Effort,
    made: &mut dyn FnMut(Thumbnail),
) -> Result<Derived, PictureError> {
    let (stored, orientation) = decode(bytes, inspection, effort)?;
    let (width, height) = seen((stored.width(), stored.height()), orientation);
    let pixels = looks::sum(&stored);
    let scaled = scaled_down(stored, orientation, effort)?;
    let smallest = scaled.first().ok_or(PictureError::Failed)?;
    let placeholder = average_colour(smallest);
    let looks: Option<Looks> = looks::looks(smallest);
    // Encoding takes longest, and the larger the longer: nobody waits for the largest who looks
    // at the smallest.
    let largest = scaled.len() - 1;
    let mark = mark_of(bytes);
    for (index, image) in scaled.iter().enumerate() {
        effort.check()?;
        let written = match index == largest {
            true => encode_fine(image)?,
            false => encode(image)?,
        };
        made(thumbnail(image, &written, mark)?);
    }
    Ok(Derived {
        format: inspection.format,
        width,
        height,
        placeholder,
        pixels,
        looks,
    })
}

/// A picture in each of its smaller sizes, turned as it is seen, smallest first.
fn scaled_down(
    stored: Image<'static>,
    orientation: Orientation,
    effort: Effort,
) -> Result<Vec<Image<'static>>, PictureError> {
    let (width, height) = seen((stored.width(), stored.height()), orientation);
    let mut scaled: Vec<Image<'static>> = Vec::with_capacity(THUMBNAIL_WIDTHS.len());
    // From large to small: scaling from the previous result costs a fraction each time and loses
    // nothing to speak of.
    for size in thumbnail_sizes(width, height).into_iter().rev() {
        effort.check()?;
        scaled.push(match scaled.last() {
            // Turning the first, already smaller, result spares a second full-size buffer.
            None => turn(resize(&stored, seen(size, orientation), None)?, orientation)?,
            Some(larger) => resize(larger, size, None)?,
        });
    }
    scaled.reverse();
    Ok(scaled)
}

/// Marks the file of one thumbnail as what the picture is: made by a trained model, or put
/// together with what one made.
fn thumbnail(image: &Image<'_>, written: &[u8], mark: &str) -> Result<Thumbnail, PictureError> {
    let (width, height) = (image.width(), image.height());
    let bytes = webp_xmp::with_xmp(written, width, height, mark).ok_or(PictureError::Failed)?;
    Ok(Thumbnail {
        width,
        height,
        bytes: bytes.into(),
    })
}

/// Makes a square avatar from the middle of a picture that [`super::inspect`] let through.
///
/// # Errors
/// As [`derive`].
pub(super) fn avatar(
    bytes: &[u8],
    inspection: Inspection,
    effort: Effort,
) -> Result<Vec<u8>, PictureError> {
    let (stored, orientation) = decode(bytes, inspection, effort)?;
    effort.check()?;
    // A centred square stays centred whichever way the picture is turned.
    let side = stored.width().min(stored.height());
    let square = Square {
        left: f64::from(stored.width() - side) / 2.0,
        top: f64::from(stored.height() - side) / 2.0,
        side: f64::from(side),
    };
    let small = resize(&stored, (AVATAR_SIDE, AVATAR_SIDE), Some(square))?;
    encode(&turn(small, orientation)?)
}

/// The sizes to make, smallest first.
fn thumbnail_sizes(width: u32, height: u32) -> Vec<(u32, u32)> {
    let widths = thumbnail_widths(width).into_iter();
    widths
        .map(|candidate| (candidate, scaled(height, candidate, width)))
        .collect()
}

/// `side` × `to` / `from`, rounded, at least one pixel.
fn scaled(side: u32, to: u32, from: u32) -> u32 {
    let exact = u64::from(side) * u64::from(to);
    let rounded = (exact + u64::from(from) / 2) / u64::from(from).max(1);
    u32::try_from(rounded).unwrap_or(u32::MAX).max(1)
}

/// Decodes to RGB or alpha-multiplied RGBA in sRGB with eight bits a channel, still unturned.
///
/// A JPEG that ends early is taken as browsers show it, what is missing grey; so is a PNG of
/// which at least half of the rows are there.
pub(super) fn decode(
    bytes: &[u8],
    inspection: Inspection,
    effort: Effort,
) -> Result<(Image<'static>, Orientation), PictureError> {
    let (mut image, orientation) = decode_plain(bytes, inspection, effort)?;
    imgc_scale::multiply_alpha(&mut image);
    Ok((image, orientation))
}

/// As [`decode`], without the alpha multiplied in: what multiplying rounds away under
/// half-transparent pixels is still there.
pub(super) fn decode_plain(
    bytes: &[u8],
    inspection: Inspection,
    effort: Effort,
) -> Result<(Image<'static>, Orientation), PictureError> {
    effort.check()?;
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(inspection.width);
    limits.max_image_height = Some(inspection.height);
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    let explain = |error| explain(error, inspection);

    let mut reader = reader(bytes, inspection.format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(explain)?;
    if decoder.dimensions() != (inspection.width, inspection.height) {
        return Err(PictureError::Damaged);
    }
    // EXIF that cannot be read is no reason to refuse a picture that can.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let colour = header::png_colour(bytes);
    let profile = match (colour.code_points, decoder.icc_profile().ok().flatten()) {
        (Some(code_points), _) => Profile::of_code_points(code_points),
        (None, Some(icc)) => Profile::of_icc(&icc),
        (None, None) if colour.is_srgb => None,
        (None, None) => Profile::of_measures(colour.gamma, colour.chromaticities),
    };
    limits.reserve(decoder.total_bytes()).map_err(explain)?;
    decoder.set_limits(limits).map_err(explain)?;
    let picture = match DynamicImage::from_decoder(decoder) {
        Ok(picture) => picture,
        Err(error) => match (explain(error), inspection.format) {
            (PictureError::Damaged, PictureFormat::Png) => {
                cut_png::read(bytes, inspection).ok_or(PictureError::Damaged)?
            }
            (error, _) => return Err(error),
        },
    };
    effort.check()?;
    Ok((into_pixels(picture, profile.as_ref())?, orientation))
}

fn reader(bytes: &[u8], format: PictureFormat) -> ImageReader<Cursor<&[u8]>> {
    let format = match format {
        PictureFormat::Png => ImageFormat::Png,
        PictureFormat::Jpeg => ImageFormat::Jpeg,
        PictureFormat::Webp => ImageFormat::WebP,
    };
    ImageReader::with_format(Cursor::new(bytes), format)
}

/// The size at which a picture is seen that is stored in this one: its EXIF may turn
/// it. Reads the header alone.
pub(super) fn seen_size(bytes: &[u8], format: PictureFormat, stored: (u32, u32)) -> (u32, u32) {
    let decoder = reader(bytes, format).into_decoder();
    let orientation = decoder.and_then(|mut decoder| decoder.orientation());
    seen(stored, orientation.unwrap_or(Orientation::NoTransforms))
}

/// Says what a decoder's error means to the person whose picture it is.
fn explain(error: ImageError, inspection: Inspection) -> PictureError {
    tracing::debug!(%error, format = ?inspection.format, "a picture could not be decoded");
    let Inspection { width, height, .. } = inspection;
    match error {
        ImageError::Limits(_) => PictureError::TooLarge { width, height },
        ImageError::Unsupported(_) => PictureError::Unsupported,
        _ => PictureError::Damaged,
    }
}

/// Takes over the decoder's buffer, converting only what is not eight-bit RGB or RGBA in sRGB
/// already.
fn into_pixels(
    picture: DynamicImage,
    profile: Option<&Profile>,
) -> Result<Image<'static>, PictureError> {
    let (width, height) = (picture.width(), picture.height());
    let grey = !picture.color().has_color();
    let (mut buffer, pixel_type) = if picture.color().has_alpha() {
        (picture.into_rgba8().into_raw(), PixelType::U8x4)
    } else {
        (picture.into_rgb8().into_raw(), PixelType::U8x3)
    };
    if let Some(profile) = profile {
        profile.to_srgb(&mut buffer, pixel_type == PixelType::U8x4, grey);
    }
    Image::from_vec_u8(width, height, buffer, pixel_type).map_err(|_| PictureError::Failed)
}

/// A part of a picture, in pixels of that picture.
pub(super) struct Square {
    left: f64,
    top: f64,
    side: f64,
}

/// Resizes the whole picture, or a square of it, with a Lanczos filter.
pub(super) fn resize(
    from: &Image<'_>,
    size: (u32, u32),
    part: Option<Square>,
) -> Result<Image<'static>, PictureError> {
    let mut options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .use_alpha(false);
    if let Some(part) = part {
        options = options.crop(part.left, part.top, part.side, part.side);
    }
    let mut to = Image::new(size.0, size.1, from.pixel_type());
    let from = ImageRef::new(
        from.width(),
        from.height(),
        from.buffer(),
        from.pixel_type(),
    );
    let from = from.map_err(|_| PictureError::Failed)?;
    imgc_scale::resize(&from, &mut to, &options).map_err(|_| PictureError::Failed)?;
    Ok(to)
}

/// A size as it is after (or, the swap being its own reverse, before) an orientation is applied.
pub(super) fn seen((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    match orientation {
        Rotate90 | Rotate90FlipH | Rotate270 | Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}

/// Turns a picture the way its EXIF says it should be seen.
pub(super) fn turn(
    image: Image<'static>,
    orientation: Orientation,
) -> Result<Image<'static>, PictureError> {
    if orientation == Orientation::NoTransforms {
        return Ok(image);
    }
    let (width, height, pixel_type) = (image.width(), image.height(), image.pixel_type());
    let buffer = image.into_vec();
    let picture = if pixel_type == PixelType::U8x4 {
        image::RgbaImage::from_raw(width, height, buffer).map(DynamicImage::ImageRgba8)
    } else {
        image::RgbImage::from_raw(width, height, buffer).map(DynamicImage::ImageRgb8)
    };
    let mut picture = picture.ok_or(PictureError::Failed)?;
    picture.apply_orientation(orientation);
    let (width, height) = (picture.width(), picture.height());
    Image::from_vec_u8(width, height, picture.into_bytes(), pixel_type)
        .map_err(|_| PictureError::Failed)
}

/// Divides the alpha out of the colours again, where there is one.
pub(super) fn straight(mut image: Image<'static>) -> Image<'static> {
    imgc_scale::divide_alpha(&mut image);
    image
}

/// Encodes as lossy WebP; fully opaque pictures get no alpha plane.
pub(super) fn encode(image: &Image<'_>) -> Result<Vec<u8>, PictureError> {
    write(image, |encoder| encoder.encode_simple(false, QUALITY))
}

/// The same for close looks: edges between strong colours keep theirs.
fn encode_fine(image: &Image<'_>) -> Result<Vec<u8>, PictureError> {
    let mut config = webp::WebPConfig::new().map_err(|()| PictureError::Failed)?;
    config.quality = FINE;
    let pixels = u64::from(image.width()) * u64::from(image.height());
    config.use_sharp_yuv = i32::from(pixels <= SHARP_MAX);
    write(image, |encoder| encoder.encode_advanced(&config))
}

fn write(
    image: &Image<'_>,
    encode: impl FnOnce(webp::Encoder<'_>) -> Result<webp::WebPMemory, webp::WebPEncodingError>,
) -> Result<Vec<u8>, PictureError> {
    let (width, height) = (image.width(), image.height());
    let written = if image.pixel_type() == PixelType::U8x4 {
        let straight = straight(image.copy());
        encode(webp::Encoder::from_rgba(straight.buffer(), width, height))
    } else {
        encode(webp::Encoder::from_rgb(image.buffer(), width, height))
    };
    written
        .map(|memory| memory.to_vec())
        .map_err(|_| PictureError::Failed)
}

/// The mean colour as `#rrggbb`; the smallest thumbnail tells it as well as the original would.
fn average_colour(image: &Image<'_>) -> String {
    let channels = if image.pixel_type() == PixelType::U8x4 {
        4
    } else {
        3
    };
    let mut sums = [0_u64; 4];
    for pixel in image.buffer().chunks_exact(channels) {
        for (sum, value) in sums.iter_mut().zip(pixel) {
            *sum += u64::from(*value);
        }
    }
    let pixels = f64::from(image.width()) * f64::from(image.height());
    let mean = sums.map(|sum| sum as f64 / pixels);
    // The colours are alpha-multiplied, so what is missing of them is exactly what shows through.
    let see_through = if channels == 4 {
        1.0 - mean[3] / 255.0
    } else {
        0.0
    };
    let over = |channel: usize| (mean[channel] + NEUTRAL[channel] * see_through).round() as u8;
    format!("#{:02x}{:02x}{:02x}", over(0), over(1), over(2))
}
