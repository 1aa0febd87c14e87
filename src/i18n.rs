//! The two languages: the words of `locales/*.json` compiled in, and the
//! addresses that carry the language (English unprefixed, French under `/fr`).
//!
//! The language comes from the address alone: no cookie, no negotiation, so
//! that one address always answers in one language and can be kept and shared.

// The generated module is called `i18n` as this file is.
#![allow(clippy::module_inception)]

use leptos::prelude::*;

// The words, typed: made from `locales/*.json` by build.rs.
include!(concat!(env!("OUT_DIR"), "/i18n.rs"));

pub use i18n::{Locale, td_string};

/// Both languages, in the order the site lists them.
pub const LOCALES: [Locale; 2] = [Locale::en, Locale::fr];

/// The language of the page, as its layout provided it.
pub fn use_locale() -> Locale {
    use_context::<Locale>().unwrap_or_default()
}

/// The language's code for `lang`, `hreflang` and hidden form fields.
pub fn code(locale: Locale) -> &'static str {
    match locale {
        Locale::en => "en",
        Locale::fr => "fr",
    }
}

/// The language of a code; anything unknown is English.
pub fn read(code: &str) -> Locale {
    match code {
        "fr" => Locale::fr,
        _ => Locale::en,
    }
}

/// The language OpenGraph names.
pub fn open_graph_code(locale: Locale) -> &'static str {
    match locale {
        Locale::en => "en_US",
        Locale::fr => "fr_FR",
    }
}

/// The other language.
pub fn other(locale: Locale) -> Locale {
    match locale {
        Locale::en => Locale::fr,
        Locale::fr => Locale::en,
    }
}

/// The address of `path` (which starts with `/` and names no language) in a language.
pub fn address(locale: Locale, path: &str) -> String {
    match (locale, path) {
        (Locale::en, path) => path.to_owned(),
        (Locale::fr, "/") => "/fr".to_owned(),
        (Locale::fr, path) => format!("/fr{path}"),
    }
}

/// The language an address asks for, and the rest of the address, which
/// starts with exactly one `/` so that it can never name another host.
pub fn split(path: &str) -> (Locale, String) {
    let (locale, rest) = match path.strip_prefix("/fr") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => (Locale::fr, rest),
        _ => (Locale::en, path),
    };
    let rest = rest.trim_start_matches(['/', '\\']);
    (locale, format!("/{rest}"))
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
    }
}
