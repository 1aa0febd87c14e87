//! Tests of what strangers may send, and of what we write.

use std::{io::Cursor, time::Instant};

use bytes::Bytes;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::{slots::Effort, webp_xmp::chunks, *};

/// A picture with some texture: red grows to the right, green downwards.
fn painted(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([
            (x * 255 / width) as u8,
            (y * 255 / height) as u8,
            ((x * y) % 64) as u8,
        ])
    })
}

fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture
        .into()
        .write_to(&mut out, format)
        .expect("an encoded picture");
    out.into_inner()
}

fn lossy_webp(picture: &RgbaImage) -> Vec<u8> {
    let (width, height) = picture.dimensions();
    webp::Encoder::from_rgba(picture, width, height)
        .encode(80.0)
        .to_vec()
}

/// A small real picture of every kind that is taken.
fn samples() -> Vec<Vec<u8>> {
    let rgb = painted(40, 30);
    let mut rgba = DynamicImage::from(rgb.clone()).into_rgba8();
    rgba.pixels_mut().for_each(|pixel| pixel[3] = pixel[0]);
    vec![
        file(rgb.clone(), ImageFormat::Png),
        file(rgba.clone(), ImageFormat::Png),
        file(
            DynamicImage::from(rgb.clone()).into_luma16(),
            ImageFormat::Png,
        ),
        file(rgb.clone(), ImageFormat::Jpeg),
        file(
            DynamicImage::from(rgb.clone()).into_luma8(),
            ImageFormat::Jpeg,
        ),
        file(rgb, ImageFormat::WebP),
        file(rgba.clone(), ImageFormat::WebP),
        lossy_webp(&rgba),
    ]
}

fn png_chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = (body.len() as u32).to_be_bytes().to_vec();
    chunk.extend_from_slice(name);
    chunk.extend_from_slice(body);
    let checksum = crc32(&chunk[4..]);
    chunk.extend_from_slice(&checksum.to_be_bytes());
    chunk
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

/// Rewrites the size in a PNG's header and makes its checksum right again.
fn with_png_size(mut png: Vec<u8>, width: u32, height: u32) -> Vec<u8> {
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    png
}

fn riff(list: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (name, bytes) in list {
        body.extend_from_slice(*name);
        body.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        body.extend_from_slice(bytes);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    let mut out = b"RIFF".to_vec();
    out.extend_from_slice(&(body.len() as u32).to_le_bytes());
    out.append(&mut body);
    out
}

/// Puts an EXIF segment with this orientation right after a JPEG's start.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif =
        b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
    [&jpeg[..2], &exif, &jpeg[2..]].concat()
}

/// What one decode gives: what it tells, and the thumbnails as they came.
struct Made {
    derived: Derived,
    thumbnails: Vec<Thumbnail>,
}

fn derive_now(bytes: &[u8]) -> Result<Made, PictureError> {
    let mut thumbnails = Vec::new();
    let mut made = |thumbnail| thumbnails.push(thumbnail);
    let derived = scale::derive(bytes, inspect(bytes)?, Effort::unbounded(), &mut made)?;
    Ok(Made {
        derived,
        thumbnails,
    })
}

#[test]
fn headers_tell_format_and_size() {
    use PictureFormat::{Jpeg, Png, Webp};
    let formats = [Png, Png, Png, Jpeg, Jpeg, Webp, Webp, Webp];
    for (bytes, format) in samples().iter().zip(formats) {
        let expected = Inspection {
            format,
            width: 40,
            height: 30,
        };
        assert_eq!(inspect(bytes), Ok(expected));
    }
    assert_eq!(
        (Jpeg.content_type(), Jpeg.extension()),
        ("image/jpeg", "jpeg")
    );
}

#[test]
fn other_files_are_refused_by_content() {
    use PictureError::{NotAPicture, Unsupported};
    let table: [(&[u8], _); 13] = [
        (b"", NotAPicture),
        (b"a text that is named picture.png", NotAPicture),
        (b"%PDF-1.7", NotAPicture),
        (b"RIFF\x04\0\0\0WAVE", NotAPicture),
        (b"\x89PNG\r\n", NotAPicture),
        (b"<html><svg>", NotAPicture),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Unsupported),
        (b"\xef\xbb\xbf \n<?XML version='1.0'?><svg/>", Unsupported),
        (b"GIF89a\x01\0\x01\0", Unsupported),
        (b"\0\0\0\x1cftypavif", Unsupported),
        (b"\0\0\0\x18ftypheic", Unsupported),
        (b"II*\0\x08\0\0\0", Unsupported),
        (b"BM\0\0\0\0", Unsupported),
    ];
    for (bytes, error) in table {
        assert_eq!(inspect(bytes), Err(error), "{bytes:?}");
    }
}

#[test]
fn animations_are_refused() {
    let png = file(painted(8, 8), ImageFormat::Png);
    let control = png_chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
    let animated = [&png[..33], &control, &png[33..]].concat();
    assert_eq!(inspect(&animated), Err(PictureError::Animated));

    let still = file(painted(8, 8), ImageFormat::WebP);
    let frame = chunks(&still).expect("a WebP file")[0].1.to_vec();
    let canvas = |flags| [flags, 0, 0, 0, 7, 0, 0, 7, 0, 0];
    let mut anmf = vec![0, 0, 0, 0, 0, 0, 7, 0, 0, 7, 0, 0, 100, 0, 0, 0];
    anmf.extend_from_slice(&riff(&[(b"VP8L", &frame)])[12..]);
    let animated = riff(&[(b"VP8X", &canvas(2)), (b"ANIM", &[0; 6]), (b"ANMF", &anmf)]);
    assert!(
        image::load_from_memory(&animated).is_ok(),
        "the test's own file must be sound"
    );
    assert_eq!(inspect(&animated), Err(PictureError::Animated));
    // The flag may lie; frames are frames.
    let hidden = riff(&[(b"VP8X", &canvas(0)), (b"VP8L", &frame), (b"ANMF", &anmf)]);
    assert_eq!(inspect(&hidden), Err(PictureError::Animated));
}

#[test]
fn decode_bombs_are_refused_by_their_headers() {
    let png = file(painted(8, 8), ImageFormat::Png);
    let too_large = |width, height| Err(PictureError::TooLarge { width, height });
    for (width, height) in [(20_000, 20_000), (8_000, 5_001), (16_384, 1), (1, u32::MAX)] {
        let bomb = with_png_size(png.clone(), width, height);
        assert_eq!(inspect(&bomb), too_large(width, height));
    }
    assert!(inspect(&with_png_size(png.clone(), 8_000, 5_000)).is_ok());
    for (width, height) in [(0, 8), (8, 0), (0, 0)] {
        let empty = with_png_size(png.clone(), width, height);
        assert_eq!(inspect(&empty), Err(PictureError::Damaged));
    }
    // 16-bit RGBA of 40 megapixels passes for size, not for memory.
    let deep = file(
        DynamicImage::from(painted(8, 8)).into_rgba16(),
        ImageFormat::Png,
    );
    assert_eq!(
        inspect(&with_png_size(deep, 8_000, 5_000)),
        too_large(8_000, 5_000)
    );
    // So does a progressive JPEG, which keeps all its coefficients (here without subsampling).
    let mut jpeg = file(painted(8, 8), ImageFormat::Jpeg);
    let frame = jpeg
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .expect("a frame");
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x13, 0x88, 0x1f, 0x40]);
    assert!(inspect(&jpeg).is_ok());
    jpeg[frame + 1] = 0xc2;
    assert_eq!(inspect(&jpeg), too_large(8_000, 5_000));
}

#[test]
fn headers_that_lie_are_found_out() {
    let png = file(painted(8, 8), ImageFormat::Png);
    // Most of these rows are there: it is one that ends early.
    for (width, height) in [(9, 8), (8, 9)] {
        let short = with_png_size(png.clone(), width, height);
        let derived = derive_now(&short).expect("most of the picture").derived;
        assert_eq!((derived.width, derived.height), (width, height));
    }
    for (width, height) in [(17, 8), (8, 17), (2_000, 2_000)] {
        let lying = with_png_size(png.clone(), width, height);
        assert!(inspect(&lying).is_ok());
        assert_eq!(
            derive_now(&lying).err(),
            Some(PictureError::Damaged),
            "{width}x{height}"
        );
    }
    // A small canvas around a huge frame.
    let frame = [0x2f, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0];
    let canvas = [0, 0, 0, 0, 7, 0, 0, 7, 0, 0];
    let lying = riff(&[(b"VP8X", &canvas), (b"VP8L", &frame)]);
    assert_eq!(inspect(&lying), Err(PictureError::Damaged));
}

#[test]
fn what_ends_early_is_taken_as_far_as_it_goes_or_refused_and_never_harms() {
    for bytes in samples() {
        let whole = derive_now(&bytes).expect("the whole picture").derived;
        for end in (3..bytes.len()).step_by(7) {
            match derive_now(&bytes[..end]) {
                Ok(Made { derived: cut, .. }) => {
                    assert_eq!((cut.width, cut.height), (whole.width, whole.height));
                }
                Err(error) => assert!(error.is_of_the_bytes(), "{end}: {error}"),
            }
        }
        // Of a picture that has nothing but its header there is nothing to show.
        assert!(derive_now(&bytes[..30]).is_err());
    }
}

/// A thumbnail's pixel at so many hundredths of its width and height.
fn seen_at(made: &Made, x: u32, y: u32) -> [u8; 3] {
    let thumb = made.thumbnails.last().expect("a thumbnail");
    let seen = image::load_from_memory(&thumb.bytes).expect("a sound file");
    let (x, y) = (thumb.width * x / 100, thumb.height * y / 100);
    seen.into_rgb8().get_pixel(x, y).0
}

#[test]
fn a_jpeg_without_its_end_is_used() {
    let picture = painted(640, 480);
    let jpeg = file(picture, ImageFormat::Jpeg);
    let whole = derive_now(&jpeg).expect("the whole picture");
    // Without its end marker, and without its last rows.
    for end in [jpeg.len() - 2, jpeg.len() * 9 / 10] {
        let cut = derive_now(&jpeg[..end]).expect("a picture all the same");
        assert_eq!((cut.derived.width, cut.derived.height), (640, 480));
        for (a, b) in seen_at(&cut, 40, 30).iter().zip(seen_at(&whole, 40, 30)) {
            assert!(a.abs_diff(b) < 24, "what is there is shown as it is");
        }
    }
}

#[test]
fn a_png_without_its_end_is_used() {
    let picture = painted(640, 480);
    for png in [
        file(picture.clone(), ImageFormat::Png),
        file(DynamicImage::from(picture).into_rgba8(), ImageFormat::Png),
    ] {
        // Without its end chunk, without the last checksum, and without its last rows.
        for end in [
            png.len() - 12,
            png.len() - 14,
            png.len() - 40,
            png.len() * 8 / 10,
        ] {
            let cut = derive_now(&png[..end]).expect("a picture all the same");
            assert_eq!((cut.derived.width, cut.derived.height), (640, 480));
            let [red, green, _] = seen_at(&cut, 40, 30);
            assert!(red.abs_diff(102) < 24 && green.abs_diff(76) < 24, "{end}");
        }
        let little = &png[..png.len() / 5];
        assert_eq!(derive_now(little).err(), Some(PictureError::Damaged));
    }
}

/// A picture of one colour with a profile, in the formats that can carry one.
fn profiled(colour: [u8; 3], profile: &[u8]) -> [Vec<u8>; 3] {
    use image::{
        ImageEncoder,
        codecs::{jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder},
    };
    let picture = RgbImage::from_pixel(64, 64, Rgb(colour));
    let write = |encoder: &mut dyn FnMut(&mut Vec<u8>)| {
        let mut bytes = Vec::new();
        encoder(&mut bytes);
        bytes
    };
    let kind = image::ExtendedColorType::Rgb8;
    [
        write(&mut |bytes| {
            let mut png = PngEncoder::new(bytes);
            png.set_icc_profile(profile.to_vec()).expect("a profile");
            png.write_image(&picture, 64, 64, kind).expect("a picture");
        }),
        write(&mut |bytes| {
            let mut jpeg = JpegEncoder::new_with_quality(bytes, 95);
            jpeg.set_icc_profile(profile.to_vec()).expect("a profile");
            jpeg.write_image(&picture, 64, 64, kind).expect("a picture");
        }),
        write(&mut |bytes| {
            let mut webp = WebPEncoder::new_lossless(bytes);
            webp.set_icc_profile(profile.to_vec()).expect("a profile");
            webp.write_image(&picture, 64, 64, kind).expect("a picture");
        }),
    ]
}

fn assert_close(seen: [u8; 3], expected: [u8; 3], what: &str) {
    let near = seen.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 10);
    assert!(near, "{what}: {seen:?} instead of {expected:?}");
}

#[test]
fn colours_of_a_wide_gamut_are_shown_as_they_are() {
    use moxcms::ColorProfile;
    // The same sRGB colours, as these profiles write them down.
    let p3 = ColorProfile::new_display_p3().encode().expect("a profile");
    let adobe = ColorProfile::new_adobe_rgb().encode().expect("a profile");
    let srgb = ColorProfile::new_srgb().encode().expect("a profile");
    let table = [
        ("sRGB red in Display P3", [234, 51, 35], &p3, [255, 0, 0]),
        ("sRGB red in Adobe RGB", [219, 0, 0], &adobe, [255, 0, 0]),
        ("sRGB red in sRGB", [255, 0, 0], &srgb, [255, 0, 0]),
        ("grey in Display P3", [128, 128, 128], &p3, [128, 128, 128]),
    ];
    for (what, written, profile, expected) in table {
        for bytes in profiled(written, profile) {
            let made = derive_now(&bytes).expect("thumbnails");
            assert_close(seen_at(&made, 50, 50), expected, what);
        }
    }
    // A reference is converted like a rendition.
    let [png, ..] = profiled([234, 51, 35], &p3);
    let made = super::reference::from_bytes(&png, Effort::unbounded()).expect("a reference");
    let seen = image::load_from_memory(&made.bytes).expect("a PNG");
    assert_close(seen.into_rgb8().get_pixel(30, 30).0, [255, 0, 0], "sent");
}

#[test]
fn a_grey_profile_is_a_curve() {
    use image::{ImageEncoder, codecs::jpeg::JpegEncoder};
    let linear = moxcms::ColorProfile::new_gray_with_gamma(1.0);
    let grey = image::GrayImage::from_pixel(64, 64, image::Luma([128]));
    let mut bytes = Vec::new();
    let mut jpeg = JpegEncoder::new_with_quality(&mut bytes, 95);
    jpeg.set_icc_profile(linear.encode().expect("a profile"))
        .expect("a profile");
    jpeg.write_image(&grey, 64, 64, image::ExtendedColorType::L8)
        .expect("a picture");
    let made = derive_now(&bytes).expect("thumbnails");
    assert_close(seen_at(&made, 50, 50), [188; 3], "half of the light");
}

#[test]
fn a_broken_or_foreign_profile_is_as_if_it_were_not_there() {
    let p3 = moxcms::ColorProfile::new_display_p3();
    let p3 = p3.encode().expect("a profile");
    let mut foreign = p3.clone();
    foreign[16..20].copy_from_slice(b"CMYK");
    for profile in [&p3[..p3.len() / 2], b"no profile at all", &foreign] {
        for bytes in profiled([234, 51, 35], profile) {
            let made = derive_now(&bytes).expect("thumbnails");
            assert_close(seen_at(&made, 50, 50), [234, 51, 35], "as written");
        }
    }
}

#[test]
fn a_png_may_name_its_colours_by_number() {
    let plain = file(
        RgbImage::from_pixel(64, 64, Rgb([234, 51, 35])),
        ImageFormat::Png,
    );
    // Display P3 with sRGB's curve, full range.
    let named = [
        &plain[..33],
        &png_chunk(b"cICP", &[12, 13, 0, 1]),
        &plain[33..],
    ]
    .concat();
    let made = derive_now(&named).expect("thumbnails");
    assert_close(seen_at(&made, 50, 50), [255, 0, 0], "Display P3 by number");
}

/// Chunks of a PNG: kind and content.
type Chunks<'a> = &'a [(&'a [u8; 4], &'a [u8])];

#[test]
fn a_png_may_measure_its_colours() {
    let numbers =
        |numbers: &[u32]| -> Vec<u8> { numbers.iter().flat_map(|n| n.to_be_bytes()).collect() };
    // White, red, green and blue of Display P3, in 100,000ths.
    let p3 = numbers(&[31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000]);
    let nonsense = numbers(&[31270, 0, 68000, 32000, 26500, 69000, 15000, 6000]);
    let (linear, usual) = (numbers(&[100_000]), numbers(&[45_455]));
    let red = [234, 51, 35];
    let table: [(&str, [u8; 3], Chunks<'_>, [u8; 3]); 7] = [
        ("a wide gamut", red, &[(b"cHRM", &p3)], [255, 0, 0]),
        (
            "half of the light",
            [128; 3],
            &[(b"gAMA", &linear)],
            [188; 3],
        ),
        ("the usual curve", [128; 3], &[(b"gAMA", &usual)], [128; 3]),
        (
            "sRGB by its own word",
            red,
            &[(b"sRGB", &[0]), (b"cHRM", &p3)],
            red,
        ),
        ("nonsense", red, &[(b"cHRM", &nonsense)], red),
        ("no light at all", red, &[(b"gAMA", &[0; 4])], red),
        ("cut short", red, &[(b"cHRM", &p3[..30])], red),
    ];
    for (what, written, chunks, expected) in table {
        let plain = file(RgbImage::from_pixel(64, 64, Rgb(written)), ImageFormat::Png);
        let said: Vec<u8> = chunks
            .iter()
            .flat_map(|(kind, content)| png_chunk(kind, content))
            .collect();
        let measured = [&plain[..33], &said, &plain[33..]].concat();
        let made = derive_now(&measured).expect("thumbnails");
        assert_close(seen_at(&made, 50, 50), expected, what);
    }
}

#[test]
fn whatever_is_a_picture_is_told_from_what_is_none() {
    use OriginalFormat::{Avif, Gif, Jpeg, Png, Webp};
    let formats = [Png, Png, Png, Jpeg, Jpeg, Webp, Webp, Webp];
    for (bytes, format) in samples().iter().zip(formats) {
        let found = identify(bytes).expect("a picture");
        assert_eq!((found.format, found.width, found.height), (format, 40, 30));
        // Damaged at the end, or too large to be decoded: a picture all the same.
        assert_eq!(identify(&bytes[..bytes.len() * 2 / 3]), Ok(found));
    }
    let huge = with_png_size(samples().remove(0), 20_000, 20_000);
    assert_eq!(identify(&huge).map(|found| found.width), Ok(20_000));
    let gif = b"GIF89a\x05\0\x07\0\x80\0\0\0\0\0\xff\xff\xff;";
    let found = identify(gif).expect("a picture");
    assert_eq!((found.format, found.width, found.height), (Gif, 5, 7));
    let boxed = |name: &[u8; 4], body: &[u8]| {
        let length = (body.len() as u32 + 8).to_be_bytes();
        [&length[..], name, body].concat()
    };
    let size = boxed(b"ispe", &[0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 48]);
    let properties = boxed(b"iprp", &boxed(b"ipco", &size));
    let meta = boxed(b"meta", &[&[0; 4][..], &properties].concat());
    let avif = [boxed(b"ftyp", b"avif\0\0\0\0avifmif1"), meta].concat();
    let found = identify(&avif).expect("a picture");
    assert_eq!((found.format, found.width, found.height), (Avif, 64, 48));
    for bytes in [&b""[..], b"{\"error\":1}", b"<html>", b"%PDF-1.7", &[0; 64]] {
        assert_eq!(identify(bytes), Err(PictureError::NotAPicture));
    }
    for format in OriginalFormat::ALL {
        let extension = format.extension();
        assert_eq!(OriginalFormat::from_extension(extension), Some(format));
    }
}

#[tokio::test]
async fn thumbnails_fit_and_are_marked() {
    let bytes = Bytes::from(file(painted(1500, 1000), ImageFormat::Png));
    let (sender, made) = std::sync::mpsc::channel();
    let derived = derive(bytes, move |thumb| sender.send(thumb).expect("a reader"))
        .await
        .expect("thumbnails");
    let thumbnails: Vec<Thumbnail> = made.iter().collect();
    let widths: Vec<u32> = thumbnails.iter().map(|thumb| thumb.width).collect();
    assert_eq!(widths, thumbnail_widths(1500));
    assert_eq!(
        (derived.format, derived.width, derived.height),
        (PictureFormat::Png, 1500, 1000)
    );
    let sizes: Vec<_> = thumbnails
        .iter()
        .map(|thumb| (thumb.width, thumb.height))
        .collect();
    assert_eq!(sizes, [(320, 213), (640, 427), (1280, 853), (1500, 1000)]);
    for thumb in &thumbnails {
        let decoded = image::load_from_memory_with_format(&thumb.bytes, ImageFormat::WebP);
        let decoded = decoded.expect("a sound WebP file");
        assert_eq!(
            (decoded.width(), decoded.height()),
            (thumb.width, thumb.height)
        );
        assert_mark(thumb, b"VP8X VP8 XMP ", 0x04);
    }
}

#[test]
fn a_picture_has_its_own_width_up_to_the_widest() {
    for (width, widths) in [
        (1, &[1][..]),
        (320, &[320]),
        (321, &[320, 321]),
        (1024, &[320, 640, 1024]),
        (1536, &[320, 640, 1280, 1536]),
        (2048, &[320, 640, 1280, 2048]),
        (3840, &[320, 640, 1280, 2048]),
    ] {
        assert_eq!(thumbnail_widths(width), widths);
    }
}

#[test]
fn the_largest_thumbnail_looks_like_the_picture() {
    // Hard edges, as of letters, over a soft ground.
    let picture = image::RgbImage::from_fn(512, 512, |x, y| match (x / 7 + y / 11) % 4 {
        0 => image::Rgb([30, 28, 25]),
        1 => image::Rgb([240, 238, 230]),
        _ => image::Rgb([(x / 2) as u8, (y / 2) as u8, 120]),
    });
    let bytes = file(image::DynamicImage::from(picture.clone()), ImageFormat::Png);
    let made = derive_now(&bytes).expect("thumbnails");
    let largest = made.thumbnails.last().expect("a thumbnail");
    let shown = image::load_from_memory(&largest.bytes).expect("a sound file");
    let shown = shown.to_rgb8();
    assert_eq!(shown.dimensions(), picture.dimensions());
    let luma = |pixel: &image::Rgb<u8>| {
        let [r, g, b] = pixel.0.map(f64::from);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let squares = picture.pixels().zip(shown.pixels());
    let squares = squares.map(|(a, b)| (luma(a) - luma(b)).powi(2));
    let mean = squares.sum::<f64>() / f64::from(512 * 512);
    let decibels = 10.0 * (255.0_f64.powi(2) / mean).log10();
    assert!(decibels > 38.0, "{decibels}");
}

/// Reads the RIFF structure of a thumbnail by hand.
fn assert_mark(thumb: &Thumbnail, names: &[u8], flags: u8) {
    let bytes = &thumb.bytes;
    let length = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]) as usize;
    assert_eq!(length + 8, bytes.len());
    let list = chunks(bytes).expect("a list of chunks");
    let found: Vec<u8> = list.iter().flat_map(|(name, _)| *name).collect();
    let spaced = names.iter().filter(|byte| !byte.is_ascii_whitespace());
    let found = found.iter().filter(|byte| !byte.is_ascii_whitespace());
    assert!(found.eq(spaced));
    let canvas = list[0].1;
    assert_eq!(canvas[..4], [flags, 0, 0, 0]);
    assert_eq!(canvas[4..7], (thumb.width - 1).to_le_bytes()[..3]);
    assert_eq!(canvas[7..], (thumb.height - 1).to_le_bytes()[..3]);
    let xmp = std::str::from_utf8(list[list.len() - 1].1).expect("XMP is UTF-8");
    assert!(xmp.contains("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"));
}

#[test]
fn sizes_never_exceed_the_original() {
    for (width, height, expected) in [
        (1, 1, vec![(1, 1)]),
        (319, 100, vec![(319, 100)]),
        (320, 10, vec![(320, 10)]),
        (1279, 1, vec![(320, 1), (640, 1), (1279, 1)]),
        (100, 9_000, vec![(100, 9_000)]),
    ] {
        let made = derive_now(&file(painted(width, height), ImageFormat::Png));
        let thumbs = made.expect("thumbnails").thumbnails;
        let sizes: Vec<_> = thumbs
            .iter()
            .map(|thumb| (thumb.width, thumb.height))
            .collect();
        assert_eq!(sizes, expected);
    }
}

#[test]
fn alpha_is_kept_and_the_placeholder_is_light_where_nothing_is() {
    // The left half is opaque red; the right half is invisible, with a colour that must not show.
    let half = RgbaImage::from_fn(640, 320, |x, _| {
        if x < 320 {
            Rgba([255, 0, 0, 255])
        } else {
            Rgba([0, 255, 0, 0])
        }
    });
    let made = derive_now(&file(half, ImageFormat::Png)).expect("thumbnails");
    assert_eq!(made.derived.placeholder, "#f97978");
    for thumb in &made.thumbnails {
        assert_mark(thumb, b"VP8X ALPH VP8 XMP ", 0x14);
        let seen = image::load_from_memory(&thumb.bytes)
            .expect("a sound file")
            .into_rgba8();
        assert_eq!(seen.get_pixel(thumb.width - 5, 10)[3], 0);
        let edge = seen.get_pixel(thumb.width / 2 - 2, thumb.height / 2);
        assert!(edge[3] > 200 && edge[0] > 200 && edge[1] < 40, "{edge:?}");
    }
    let clear = RgbaImage::from_pixel(10, 10, Rgba([9, 9, 9, 0]));
    let made = derive_now(&file(clear, ImageFormat::Png)).expect("thumbnails");
    assert_eq!(made.derived.placeholder, "#f2f2f0");
    let blue = RgbImage::from_pixel(10, 10, Rgb([16, 32, 255]));
    let made = derive_now(&file(blue, ImageFormat::Png)).expect("thumbnails");
    assert_eq!(made.derived.placeholder, "#1020ff");
}

#[test]
fn jpegs_are_turned_as_their_exif_says() {
    // White at the stored left edge: after a quarter turn clockwise it is at the top.
    let picture = RgbImage::from_fn(800, 400, |x, _| Rgb([if x < 200 { 255 } else { 0 }; 3]));
    let jpeg = with_orientation(&file(picture, ImageFormat::Jpeg), 6);
    let made = derive_now(&jpeg).expect("thumbnails");
    assert_eq!((made.derived.width, made.derived.height), (400, 800));
    let header = identify(&jpeg).expect("an original");
    assert_eq!((header.width, header.height), (400, 800));
    assert_eq!(
        (made.thumbnails[0].width, made.thumbnails[0].height),
        (320, 640)
    );
    let seen = image::load_from_memory(&made.thumbnails[0].bytes)
        .expect("a file")
        .into_luma8();
    assert!(seen.get_pixel(160, 20)[0] > 240);
    assert!(seen.get_pixel(160, 620)[0] < 15);
    assert!(seen.get_pixel(20, 400)[0] < 15);
}

#[tokio::test]
async fn avatars_are_square_and_bare() {
    // Only the middle square is white: the crop must show nothing else.
    let picture = RgbImage::from_fn(400, 200, |x, _| {
        Rgb([if (100..300).contains(&x) { 255 } else { 0 }; 3])
    });
    let jpeg = with_orientation(&file(picture, ImageFormat::Jpeg), 8);
    let bytes = avatar(Bytes::from(jpeg)).await.expect("an avatar");
    let list = chunks(&bytes).expect("a WebP file");
    assert_eq!(
        list.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        [*b"VP8 "]
    );
    let seen = image::load_from_memory(&bytes)
        .expect("a sound file")
        .into_luma8();
    assert_eq!(seen.dimensions(), (AVATAR_SIDE, AVATAR_SIDE));
    assert!(seen.pixels().all(|pixel| pixel[0] > 230));
    let tiny = avatar(Bytes::from(file(painted(3, 2), ImageFormat::Png))).await;
    assert!(tiny.is_ok());
}

#[tokio::test]
async fn somebody_elses_uploads_keep_no_paid_picture_waiting() {
    // As many slow uploads as there are decoders for them.
    let taken = slots::SENT.free.acquire_many(slots::DECODERS as u32).await;
    let bytes = Bytes::from(file(painted(400, 300), ImageFormat::Png));
    assert!(derive(bytes, |_| {}).await.is_ok());
    drop(taken);
}

#[tokio::test]
async fn neither_waiting_nor_a_busy_machine_is_work() {
    let idle = off_thread(&SENT, |_| {
        let effort = Effort::at_most(Duration::from_millis(20));
        std::thread::sleep(Duration::from_millis(100));
        effort.check()
    });
    assert_eq!(idle.await, Ok(()));
    let busy = off_thread(&SENT, |_| -> Result<(), PictureError> {
        let effort = Effort::at_most(Duration::from_millis(20));
        loop {
            effort.check()?;
            std::hint::black_box(painted(64, 64));
        }
    });
    assert_eq!(busy.await, Err(PictureError::TooSlow));
    assert!(!PictureError::TooSlow.is_of_the_bytes());
}

#[tokio::test]
async fn a_panicking_decoder_condemns_an_upload_and_no_paid_picture() {
    let panics = |_| -> Result<(), _> { panic!("as a decoder might") };
    assert_eq!(off_thread(&SENT, panics).await, Err(PictureError::Damaged));
    assert_eq!(off_thread(&PAID, panics).await, Err(PictureError::Failed));
}

#[test]
fn mutated_pictures_do_no_harm() {
    mutate(400);
}

/// The same for longer: `cargo test --release -- --ignored mutated`.
#[test]
#[ignore = "takes a minute"]
fn mutated_pictures_do_no_harm_for_long() {
    mutate(10_000);
}

/// Changes every sample in `rounds` ways; nothing may panic, none may take a second.
fn mutate(rounds: u32) {
    // A xorshift generator with a fixed seed: a failure is found again.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as usize % below
    };
    let mut taken = 0;
    for round in 0..rounds {
        for (index, sample) in samples().into_iter().enumerate() {
            let mut bytes = sample;
            for _ in 0..=random(6) {
                let (at, other) = (random(bytes.len()), random(bytes.len()));
                match random(5) {
                    0 => bytes[at] ^= 1 << random(8),
                    1 => bytes[at] = [0, 0xff, 0x7f, 0x80][random(4)],
                    2 => bytes.truncate(at.max(16)),
                    3 => bytes.swap(at, other),
                    _ => {
                        let piece = bytes[at.min(other)..at.max(other)].to_vec();
                        bytes.splice(at..at, piece);
                    }
                }
            }
            let started = Instant::now();
            taken += u32::from(derive_now(&bytes).is_ok());
            let elapsed = started.elapsed();
            assert!(
                elapsed < Duration::from_secs(1),
                "{round}/{index} took {elapsed:?}"
            );
        }
    }
    assert!(
        taken > 0,
        "some mutations are harmless; else nothing got as far as the decoders"
    );
}
