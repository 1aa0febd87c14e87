//! The rules for tags and names of collections, and for two being the same.

use crate::{
    error::{AppError, Problem},
    model::{
        folding::says_nothing,
        limits::{COLLECTION_NAME_CHARS, TAG_CHARS},
        typed,
    },
};

pub use crate::model::folding::folded;

/// A tag as it was typed, tidied: one line, single spaces, no leading `#`.
pub fn tag(text: &str) -> Result<String, AppError> {
    let tag = typed::line(text);
    let tag = tag.trim_start_matches('#').trim_start();
    match tag.chars().count() {
        _ if says_nothing(tag) => Err(Problem::TagEmpty.into()),
        n if n > TAG_CHARS as usize => Err(Problem::TagTooLong.into()),
        _ => Ok(tag.to_owned()),
    }
}

/// A collection's name as it was typed, tidied.
pub fn name(text: &str) -> Result<String, AppError> {
    let name = typed::line(text);
    match name.chars().count() {
        _ if says_nothing(&name) => Err(Problem::NameEmpty.into()),
        n if n > COLLECTION_NAME_CHARS as usize => Err(Problem::NameTooLong.into()),
        _ => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_accents_do_not_tell_tags_apart() {
        assert_eq!(folded("Été"), folded("ete"));
        assert_eq!(folded("E\u{301}TE\u{301}"), folded("été"));
        assert_ne!(folded("été"), folded("étés"));
        // A mark that makes another word is no accent.
        assert_ne!(folded("パパ"), folded("ハハ"));
        assert_ne!(folded("दिन"), folded("दान"));
        assert_eq!(folded("ｶﾞﾗｽ"), folded("ガラス"));
        assert_eq!(folded("קֶשֶׁת"), folded("קשת"));
    }

    #[test]
    fn tags_are_tidied_and_bounded() {
        assert_eq!(tag("  #Sea \n  side "), Ok("Sea side".into()));
        for nothing in [
            "",
            " \u{301} ",
            "#",
            "# \u{200b}",
            "\u{3164}",
            "\u{2800}",
            "\u{202e}",
        ] {
            assert_eq!(tag(nothing), Err(Problem::TagEmpty.into()), "{nothing:?}");
            let named = name(nothing.trim_start_matches('#'));
            assert_eq!(named, Err(Problem::NameEmpty.into()), "{nothing:?}");
        }
        assert_eq!(tag("one\u{b}tag\u{2028}more"), Ok("one tag more".into()));
        assert_eq!(tag("می\u{200c}خواهم"), Ok("می\u{200c}خواهم".into()));
        assert_eq!(tag(&"é".repeat(40)).map(|t| t.chars().count()), Ok(40));
        assert_eq!(tag(&"x".repeat(10_000)), Err(Problem::TagTooLong.into()));
    }
}
