//! Pictures as an answer holds them: base64 in any of its dresses, a `data:`
//! address, or the bytes themselves. What something is, its first bytes say.

use base64::{
    Engine,
    alphabet::URL_SAFE as URL_SAFE_ALPHABET,
    engine::{
        DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD_NO_PAD,
    },
};
use bytes::Bytes;

/// With padding or without, and with loose ends: what was paid for is not thrown
/// away for its last two bits.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&URL_SAFE_ALPHABET, LENIENT);

/// As many characters as tell a picture's kind, in whole groups of four.
const HEAD: usize = 24;

/// True for the first bytes of a picture, of whatever kind: one that we cannot
/// show ourselves was still paid for.
pub(super) fn is_picture(bytes: &[u8]) -> bool {
    const STARTS: [&[u8]; 9] = [
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"GIF87a",
        b"GIF89a",
        b"II*\0",
        b"MM\0*",
        b"\xff\x0a",                 // JPEG XL, bare
        b"\0\0\0\x0cJXL \r\n\x87\n", // JPEG XL in its box
        b"\0\0\0\x0cjP  \r\n\x87\n", // JPEG 2000
    ];
    let at = |from: usize, what: &[u8]| bytes.get(from..).is_some_and(|b| b.starts_with(what));
    // A bitmap's two letters begin many a text; its four empty bytes do not.
    let bitmap = at(0, b"BM") && at(6, &[0; 4]);
    STARTS.iter().any(|start| bytes.starts_with(start))
        || (at(0, b"RIFF") && at(8, b"WEBP"))
        || at(4, b"ftypavi") // AVIF
        || at(4, b"ftyphei") // HEIC
        || at(4, b"ftypmif1")
        || bitmap
}

/// The picture that a text holds: base64 (wrapped, URL-safe or without padding,
/// as it comes) or a `data:` address, also in the middle of other words.
pub(super) fn in_text(text: &str) -> Option<Bytes> {
    let text = text.trim();
    match text.find("data:image/") {
        Some(at) => of_data_address(&text[at..]),
        None => decoded(text),
    }
}

/// The picture of a `data:image/…;base64,…` address; what follows it is not its.
pub(super) fn of_data_address(text: &str) -> Option<Bytes> {
    let (kind, rest) = text.split_once(',')?;
    if !kind.ends_with(";base64") {
        return None;
    }
    let end = rest.find(|c: char| !(c.is_ascii_whitespace() || is_letter(c)));
    decoded(&rest[..end.unwrap_or(rest.len())])
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=')
}

/// Decodes base64 whose beginning is a picture's. The beginning is looked at
/// first, so that long texts which are none cost nothing.
fn decoded(text: &str) -> Option<Bytes> {
    let head: String = text
        .chars()
        .filter(|c| !c.is_ascii_whitespace())
        .take(HEAD)
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    if head.len() < HEAD || !is_picture(&STANDARD_NO_PAD.decode(&head).ok()?) {
        return None;
    }
    let url_safe = text.contains(['-', '_']);
    let engine = if url_safe { &URL_SAFE } else { &STANDARD };
    let bytes = if text.contains(|c: char| c.is_ascii_whitespace()) {
        let whole: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        engine.decode(whole)
    } else {
        engine.decode(text)
    };
    bytes.ok().map(Bytes::from)
}
