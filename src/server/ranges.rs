//! The header by which a client asks for a part of a file (RFC 9110, 14.2): one part
//! at a time, which is what browsers and downloaders ask for.

use axum::http::HeaderValue;
use std::ops::Range;

/// What of a file is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// All of it: the header asks for several parts, or says nothing that can be read.
    Whole,
    /// These bytes, of which there is at least one.
    Part(Range<u64>),
    /// Bytes that it has not.
    Nothing,
}

/// What this header asks for of so many bytes.
pub fn asked(range: &HeaderValue, size: u64) -> Asked {
    let Some((first, last)) = range.to_str().ok().and_then(bounds) else {
        return Asked::Whole;
    };
    let part = match (first, last) {
        (Some(first), Some(last)) if last < first => return Asked::Whole,
        (Some(first), Some(last)) => first..last.saturating_add(1).min(size),
        (Some(first), None) => first..size,
        (None, Some(number)) => size.saturating_sub(number)..size,
        (None, None) => return Asked::Whole,
    };
    if part.is_empty() {
        return Asked::Nothing;
    }
    Asked::Part(part)
}

/// The two numbers of `bytes=1-2`, either of which may be missing.
fn bounds(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (unit, ranges) = text.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = ranges.trim().split_once('-')?;
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        // No sign, which `parse` would take.
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok().map(Some),
        _ => None,
    };
    Some((number(first)?, number(last)?))
}

/// `Content-Range` of a part, or of none, of so many bytes.
pub fn header(part: &Range<u64>, size: u64) -> HeaderValue {
    let text = match part.is_empty() {
        true => format!("bytes */{size}"),
        false => format!("bytes {}-{}/{size}", part.start, part.end - 1),
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("bytes */*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_is_asked_for_and_anything_else_is_the_whole() {
        for (text, expected) in [
            ("bytes=0-9", Asked::Part(0..10)),
            ("Bytes = 90-", Asked::Part(90..100)),
            ("bytes=-10", Asked::Part(90..100)),
            ("bytes=-1000", Asked::Part(0..100)),
            ("bytes=0-1000", Asked::Part(0..100)),
            ("bytes=0-18446744073709551615", Asked::Part(0..100)),
            ("bytes=100-", Asked::Nothing),
            ("bytes=-0", Asked::Nothing),
            ("bytes=9-0", Asked::Whole),
            ("bytes=0-1,5-6", Asked::Whole),
            ("bytes=+1-2", Asked::Whole),
            ("bytes=a-b", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("lines=0-9", Asked::Whole),
            ("bytes=0-99999999999999999999999", Asked::Whole),
        ] {
            let header = HeaderValue::from_static(text);
            assert_eq!(asked(&header, 100), expected, "{text}");
        }
        assert_eq!(
            asked(&HeaderValue::from_static("bytes=0-"), 0),
            Asked::Nothing
        );
    }

    #[test]
    fn a_part_is_told_by_its_first_and_last_byte() {
        assert_eq!(header(&(0..10), 100), "bytes 0-9/100");
        assert_eq!(header(&(0..0), 100), "bytes */100");
    }
}
