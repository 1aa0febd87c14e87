//! Tests of what strangers may send, and of what we write.

use std::io::Cursor;

use bytes::Bytes;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::{webp_xmp::chunks, *};

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

fn derive_now(bytes: &[u8]) -> Result<Derived, PictureError> {
    scale::derive(bytes, inspect(bytes)?, Instant::now() + DEADLINE)
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
    for (width, height) in [(9, 8), (8, 9), (2_000, 2_000)] {
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
fn truncated_pictures_are_refused_wherever_they_end() {
    for bytes in samples() {
        // A PNG's last twelve bytes, the end marker, are not needed to have every pixel.
        let last = if bytes.starts_with(b"\x89PNG") {
            bytes.len() - 16
        } else {
            bytes.len() - 1
        };
        for end in (3..last).step_by(7).chain([last]) {
            let result = derive_now(&bytes[..end]);
            assert!(result.is_err(), "{end} of {} bytes were taken", bytes.len());
        }
    }
}

#[tokio::test]
async fn thumbnails_fit_and_are_marked() {
    let bytes = Bytes::from(file(painted(1500, 1000), ImageFormat::Png));
    let derived = derive(bytes).await.expect("thumbnails");
    assert_eq!(
        (derived.format, derived.width, derived.height),
        (PictureFormat::Png, 1500, 1000)
    );
    let sizes: Vec<_> = derived
        .thumbnails
        .iter()
        .map(|thumb| (thumb.width, thumb.height))
        .collect();
    assert_eq!(sizes, [(320, 213), (640, 427), (1280, 853)]);
    for thumb in &derived.thumbnails {
        let decoded = image::load_from_memory_with_format(&thumb.bytes, ImageFormat::WebP);
        let decoded = decoded.expect("a sound WebP file");
        assert_eq!(
            (decoded.width(), decoded.height()),
            (thumb.width, thumb.height)
        );
        assert_mark(thumb, b"VP8X VP8 XMP ", 0x04);
    }
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
        (1279, 1, vec![(320, 1), (640, 1)]),
        (100, 9_000, vec![(100, 9_000)]),
    ] {
        let derived = derive_now(&file(painted(width, height), ImageFormat::Png));
        let thumbs = derived.expect("thumbnails").thumbnails;
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
    let derived = derive_now(&file(half, ImageFormat::Png)).expect("thumbnails");
    assert_eq!(derived.placeholder, "#f97978");
    for thumb in &derived.thumbnails {
        assert_mark(thumb, b"VP8X ALPH VP8 XMP ", 0x14);
        let seen = image::load_from_memory(&thumb.bytes)
            .expect("a sound file")
            .into_rgba8();
        assert_eq!(seen.get_pixel(thumb.width - 5, 10)[3], 0);
        let edge = seen.get_pixel(thumb.width / 2 - 2, thumb.height / 2);
        assert!(edge[3] > 200 && edge[0] > 200 && edge[1] < 40, "{edge:?}");
    }
    let clear = RgbaImage::from_pixel(10, 10, Rgba([9, 9, 9, 0]));
    let derived = derive_now(&file(clear, ImageFormat::Png)).expect("thumbnails");
    assert_eq!(derived.placeholder, "#f2f2f0");
    let blue = RgbImage::from_pixel(10, 10, Rgb([16, 32, 255]));
    let derived = derive_now(&file(blue, ImageFormat::Png)).expect("thumbnails");
    assert_eq!(derived.placeholder, "#1020ff");
}

#[test]
fn jpegs_are_turned_as_their_exif_says() {
    // White at the stored left edge: after a quarter turn clockwise it is at the top.
    let picture = RgbImage::from_fn(800, 400, |x, _| Rgb([if x < 200 { 255 } else { 0 }; 3]));
    let jpeg = with_orientation(&file(picture, ImageFormat::Jpeg), 6);
    let derived = derive_now(&jpeg).expect("thumbnails");
    assert_eq!((derived.width, derived.height), (400, 800));
    assert_eq!(
        (derived.thumbnails[0].width, derived.thumbnails[0].height),
        (320, 640)
    );
    let seen = image::load_from_memory(&derived.thumbnails[0].bytes)
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
async fn callers_are_let_go_at_the_deadline() {
    let started = Instant::now();
    let stuck = |_| {
        std::thread::sleep(Duration::from_millis(500));
        Ok(())
    };
    let result = off_thread(Duration::from_millis(50), stuck).await;
    assert_eq!(result, Err(PictureError::TooSlow));
    assert!(started.elapsed() < Duration::from_millis(400));
    // Work that starts too late stops by itself.
    let bytes = file(painted(40, 30), ImageFormat::Png);
    let inspection = inspect(&bytes).expect("a picture");
    let late = scale::derive(&bytes, inspection, Instant::now());
    assert_eq!(late.err(), Some(PictureError::TooSlow));
}

#[tokio::test]
async fn a_panicking_decoder_is_a_damaged_picture() {
    let result = off_thread(DEADLINE, |_| -> Result<(), _> {
        panic!("as a decoder might")
    })
    .await;
    assert_eq!(result, Err(PictureError::Damaged));
}

#[test]
fn mutated_pictures_do_no_harm() {
    mutate(400);
}

/// The same for longer: `cargo test --release -- --ignored mutated`.
#[test]
#[ignore = "takes a minute"]
fn mutated_pictures_do_no_harm_for_long() {
    mutate(20_000);
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
