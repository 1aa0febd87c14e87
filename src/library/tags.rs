//! The rules for tags and names of collections, and for two being the same.

use crate::{
    error::{AppError, Problem},
    model::limits::{COLLECTION_NAME_CHARS, TAG_CHARS},
};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The text without case and accents.
pub fn folded(text: &str) -> String {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// A tag as it was typed, tidied: one line, single spaces, no leading `#`.
pub fn tag(text: &str) -> Result<String, AppError> {
    let tag = tidy(text.trim_start().trim_start_matches('#'));
    match tag.chars().count() {
        0 => Err(Problem::TagEmpty.into()),
        n if n > TAG_CHARS as usize => Err(Problem::TagTooLong.into()),
        // Marks alone would be the same as nothing.
        _ if folded(&tag).is_empty() => Err(Problem::TagEmpty.into()),
        _ => Ok(tag),
    }
}

/// A collection's name as it was typed, tidied.
pub fn name(text: &str) -> Result<String, AppError> {
    let name = tidy(text);
    match name.chars().count() {
        0 => Err(Problem::NameEmpty.into()),
        n if n > COLLECTION_NAME_CHARS as usize => Err(Problem::NameTooLong.into()),
        _ if folded(&name).is_empty() => Err(Problem::NameEmpty.into()),
        _ => Ok(name),
    }
}

fn tidy(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_accents_do_not_tell_tags_apart() {
        assert_eq!(folded("Été"), folded("ete"));
        assert_eq!(folded("E\u{301}TE\u{301}"), folded("été"));
        assert_ne!(folded("été"), folded("étés"));
    }

    #[test]
    fn tags_are_tidied_and_bounded() {
        assert_eq!(tag("  #Sea \n  side "), Ok("Sea side".into()));
        assert_eq!(tag(" \u{301} "), Err(Problem::TagEmpty.into()));
        assert_eq!(tag(&"é".repeat(40)).map(|t| t.chars().count()), Ok(40));
        assert_eq!(tag(&"x".repeat(10_000)), Err(Problem::TagTooLong.into()));
    }
}
