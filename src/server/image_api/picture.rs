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
/// No media type with its parameters is longer than this.
const KIND_MAX: usize = 200;
/// Where base64 is broken into lines, they are no longer than this.
const LINE_MAX: usize = 128;

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

/// True for a picture that is there to its end, by its own account: its
/// connection may have broken off after it.
pub(super) fn ends_properly(bytes: &[u8]) -> bool {
    const PNG_END: &[u8] = b"IEND\xaeB`\x82";
    if bytes.starts_with(b"\x89PNG") {
        return bytes.windows(PNG_END.len()).any(|part| part == PNG_END);
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return bytes.trim_ascii_end().ends_with(b"\xff\xd9");
    }
    if bytes.starts_with(b"RIFF")
        && let Some(length) = bytes.get(4..8)
    {
        // The length counts what follows it.
        let told = length.iter().rev().fold(0, |n, b| (n << 8) | u64::from(*b));
        return bytes.len() as u64 >= told + 8;
    }
    false
}

/// The picture that a text holds: base64 (wrapped, URL-safe or without padding,
/// as it comes) or a `data:` address, also in the middle of other words.
pub(super) fn in_text(text: &str) -> Option<Bytes> {
    let text = text.trim();
    let mut addresses = text.match_indices(':').filter_map(|(at, _)| {
        let scheme = text.get(at.checked_sub(4)?..at)?;
        let rest = &text[at + 1..];
        scheme.eq_ignore_ascii_case("data").then_some(rest)
    });
    addresses
        .find_map(of_data_address)
        .or_else(|| decoded(text))
}

/// True for a `data:` address whose scheme was taken for something else.
pub(super) fn lacks_scheme(text: &str) -> bool {
    content(text).is_some()
}

/// What follows the comma of `image/png;base64,…`, whatever the media type and
/// its parameters are.
fn content(text: &str) -> Option<&str> {
    let comma = text.bytes().take(KIND_MAX).position(|b| b == b',')?;
    let last = text[..comma].rsplit(';').next()?;
    let encoded = last.trim().eq_ignore_ascii_case("base64");
    encoded.then_some(&text[comma + 1..])
}

/// The picture of an address, given what follows its `data:`; what stands behind
/// the base64 is not its.
fn of_data_address(text: &str) -> Option<Bytes> {
    let content = content(text)?;
    let may_be = |c: char| c.is_ascii_whitespace() || is_letter(c);
    let end = content.find(|c: char| !(may_be(c) || c == '%'));
    let content = unescaped(&content[..end.unwrap_or(content.len())]);
    let end = content.find(|c: char| !may_be(c));
    decoded(&first_base64(&content[..end.unwrap_or(content.len())]))
}

/// A text with what it writes as `%2B` written as itself.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('%');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let hex = part.get(..2).map(|hex| u8::from_str_radix(hex, 16));
        if let Some(Ok(letter @ 0..=127)) = hex {
            whole.push(char::from(letter));
            whole.push_str(&part[2..]);
        } else {
            whole.push('%');
            whole.push_str(part);
        }
    }
    whole
}

/// The base64 that a text begins with, joined: one line, or lines of one width
/// and a shorter last one. Words that follow it look like base64, too.
fn first_base64(text: &str) -> String {
    let mut lines = text.split_ascii_whitespace();
    let mut whole = lines.next().unwrap_or_default().to_owned();
    let width = whole.len();
    for (before, line) in lines.enumerate() {
        let last = line.len() < width && (before > 0 || width <= LINE_MAX);
        if line.len() != width && !last {
            break;
        }
        whole.push_str(line);
        if last {
            break;
        }
    }
    // Padding is the end.
    if let Some(at) = whole.find('=') {
        let padding = whole[at..].bytes().take_while(|b| *b == b'=').count();
        whole.truncate(at + padding);
    }
    whole
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
    // Megabytes: looked at in the way that processors do quickly.
    let url_safe = text.as_bytes().contains(&b'-') || text.as_bytes().contains(&b'_');
    let engine = if url_safe { &URL_SAFE } else { &STANDARD };
    let unwrapped = || {
        let whole: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        engine.decode(whole)
    };
    let bytes = engine.decode(text).or_else(|_| unwrapped());
    bytes.ok().map(Bytes::from)
}
