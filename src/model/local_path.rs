//! Where a person goes next: an address of this site's own pages, and of
//! nothing else. Every `next`, every way back, is read by this one type, in the
//! browser and on the server.

use super::limits::LOCAL_PATH_MAX;
use crate::{
    i18n::{self, Locale},
    routes::AUTH,
};

/// What the addresses of server functions begin with: no page to end on.
const CALLS: &str = "/api/";

/// The address of a page of ours: a path of plain words with what follows it,
/// query and fragment. No browser reads another site in it: there is nothing to
/// strip (tabs, line breaks), to turn round (`\`), to decode (`%2f`, `%2e`) or
/// to take for a host (`//`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// Reads an address that somebody sent; `None` for anything but one of ours.
    pub fn parse(text: &str) -> Option<LocalPath> {
        match text.len() {
            0..=LOCAL_PATH_MAX => LocalPath::of_any_length(text),
            _ => None,
        }
    }

    /// As [`LocalPath::parse`], for an address that an answer of ours leads to:
    /// the filters of a library may be many.
    pub fn of_any_length(text: &str) -> Option<LocalPath> {
        if !text.bytes().all(is_plain) {
            return None;
        }
        let (path, _) = parts(text);
        if !is_path(path) || path.starts_with(CALLS) || path.starts_with(AUTH) {
            return None;
        }
        Some(LocalPath(text.to_owned()))
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language of its page.
    pub fn locale(&self) -> Locale {
        i18n::split(parts(&self.0).0).0
    }

    /// The path of its page below the language's prefix, without a query.
    pub fn page(&self) -> String {
        i18n::split(parts(&self.0).0).1
    }

    /// The same page in this language, with the query and the fragment.
    #[must_use]
    pub fn in_language(&self, locale: Locale) -> LocalPath {
        LocalPath([&i18n::address(locale, &self.page()), parts(&self.0).1].concat())
    }

    /// The address as it stands in another one's query.
    pub fn in_query(&self) -> String {
        let mut text = String::new();
        for byte in self.0.bytes() {
            if is_word(byte) || byte == b'/' {
                text.push(char::from(byte));
            } else {
                text.push('%');
                text.extend([byte >> 4, byte & 15].map(digit));
            }
        }
        text
    }
}

impl From<LocalPath> for String {
    fn from(path: LocalPath) -> String {
        path.0
    }
}

/// The path, and what follows it.
fn parts(text: &str) -> (&str, &str) {
    text.split_at(text.find(['?', '#']).unwrap_or(text.len()))
}

/// Whether these are words between single slashes, the first of which begins
/// it; one at the end does no harm. Words of dots alone go up, not down.
fn is_path(path: &str) -> bool {
    let Some(words) = path.strip_prefix('/') else {
        return false;
    };
    let words = words.strip_suffix('/').unwrap_or(words);
    let is_word_alone = |word: &str| {
        let dots = word.bytes().all(|byte| byte == b'.');
        word.bytes().all(is_word) && !dots || is_at(word)
    };
    path == "/" || words.split('/').all(is_word_alone)
}

/// Somebody's page: a sign and a handle, which has no dots, so that it is never a host.
fn is_at(word: &str) -> bool {
    let handle = word.strip_prefix('@').unwrap_or_default();
    !handle.is_empty() && handle.bytes().all(|byte| is_word(byte) && byte != b'.')
}

/// What ids, names of pages and their endings are made of.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

/// What may stand in an address at all: nothing that a browser drops or turns
/// into something else, and nothing that ends an attribute.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'`')
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}

#[cfg(test)]
#[path = "local_path/tests.rs"]
mod tests;
