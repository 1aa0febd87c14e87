//! The languages: the words of `locales/*.json` compiled in, and the addresses
//! that carry the language (the default one's unprefixed, others under their
//! code: `/fr`).
//!
//! The page's language is its address's alone, so that one address always
//! answers in one language and can be kept and shared; another language is
//! only ever suggested. A language is one file: what its numbers look like is
//! in the file's section `language`.

// The generated module is called `i18n` as this file is.
#![allow(clippy::module_inception)]
// Words need no words.
#![allow(missing_docs)]

use leptos::prelude::*;

// The words, typed, and the list of languages: made from `locales/*.json` by
// build.rs.
include!(concat!(env!("OUT_DIR"), "/i18n.rs"));

pub use i18n::{Locale, td_string};

/// The language of the page, as its layout provided it.
pub fn use_locale() -> Locale {
    use_context::<Locale>().unwrap_or_default()
}

/// The language's code for `lang`, `hreflang` and hidden form fields.
pub fn code(locale: Locale) -> &'static str {
    let found = LANGUAGES.iter().find(|(known, _)| *known == locale);
    found.map_or("", |(_, code)| code)
}

/// The language of a code; `None` for one this site does not speak.
pub fn known(code: &str) -> Option<Locale> {
    let found = LANGUAGES.iter().find(|(_, known)| *known == code);
    found.map(|(locale, _)| *locale)
}

/// The language a form field names; anything but a known code is the default.
pub fn from_code(code: &str) -> Locale {
    known(code).unwrap_or_default()
}

/// The languages but this one.
pub fn others(locale: Locale) -> impl Iterator<Item = Locale> {
    let all = LANGUAGES.iter().map(|(other, _)| *other);
    all.filter(move |other| *other != locale)
}

/// The address of `path` (which starts with `/` and names no language) in a language.
pub fn address(locale: Locale, path: &str) -> String {
    if locale == Locale::default() {
        return path.to_owned();
    }
    let path = if path == "/" { "" } else { path };
    format!("/{}{path}", code(locale))
}

/// The language an address asks for, and the rest of the address, which
/// starts with exactly one `/` so that it can never name another host.
pub fn split(path: &str) -> (Locale, String) {
    let (first, rest) = path
        .strip_prefix('/')
        .map(|path| path.split_at(path.find('/').unwrap_or(path.len())))
        .unwrap_or_default();
    let (locale, rest) = match known(first) {
        Some(locale) if locale != Locale::default() => (locale, rest),
        _ => (Locale::default(), path),
    };
    // A browser drops what is invisible, and turns backslashes round.
    let rest = rest.trim_start_matches(|c: char| matches!(c, '/' | '\\' | '\0'..=' ' | '\x7f'));
    (locale, format!("/{rest}"))
}

/// Whether so many things are named in the singular: one of them in English,
/// none or one in French.
pub fn singular(locale: Locale, count: usize) -> bool {
    let counts = td_string!(locale, language.singular).bytes();
    counts
        .map(|digit| usize::from(digit - b'0'))
        .any(|one| one == count)
}

/// The first language of an `Accept-Language` header that this site speaks.
pub fn accepted(header: &str) -> Option<Locale> {
    // Browsers list them in the order of their preference.
    header.split(',').find_map(|range| {
        let code = range.split([';', '-']).next().unwrap_or_default();
        known(&code.trim().to_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_the_language() {
        assert_eq!(address(Locale::en, "/"), "/");
        assert_eq!(address(Locale::fr, "/"), "/fr");
        assert_eq!(address(Locale::fr, "/gallery"), "/fr/gallery");
        assert_eq!(split("/fr"), (Locale::fr, "/".into()));
        assert_eq!(split("/fr/i/1"), (Locale::fr, "/i/1".into()));
        assert_eq!(split("/friends"), (Locale::en, "/friends".into()));
    }

    #[test]
    fn what_a_browser_accepts_is_understood() {
        assert_eq!(accepted("fr-CH, fr;q=0.9, en;q=0.8"), Some(Locale::fr));
        assert_eq!(accepted("de, EN-gb;q=0.5, fr;q=0.3"), Some(Locale::en));
        assert_eq!(accepted("de"), None);
        assert_eq!(accepted(""), None);
    }

    #[test]
    fn each_language_has_its_own_singular() {
        assert!(!singular(Locale::en, 0) && singular(Locale::fr, 0));
        for locale in [Locale::en, Locale::fr] {
            assert!(singular(locale, 1) && !singular(locale, 2) && !singular(locale, 49));
        }
    }

    #[test]
    fn an_address_never_names_another_host() {
        assert_eq!(
            split("/fr//evil.example"),
            (Locale::fr, "/evil.example".into())
        );
        assert_eq!(
            split("//evil.example"),
            (Locale::en, "/evil.example".into())
        );
        assert_eq!(
            split("/fr/\\evil.example"),
            (Locale::fr, "/evil.example".into())
        );
        assert_eq!(
            split("/\t/evil.example"),
            (Locale::en, "/evil.example".into())
        );
    }
}
