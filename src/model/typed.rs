//! What people type, made what they mean: line breaks, single lines, names, and
//! whether there is anything to see in it at all.
//!
//! The page counts with these functions and so does the server, so that both
//! say the same of one text. The unit is the Unicode scalar value (`char`), as
//! the image API counts; a pattern in HTML counts by it, too.

/// Text of several lines: each kind of line break becomes one LF (browsers send
/// CRLF, Word has U+000B), and other control characters, which nobody sees and
/// no keyboard types, are gone.
pub fn lines(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => tidy.push('\n'),
            '\t' => tidy.push(c),
            c if c.is_control() => {}
            c => tidy.push(c),
        }
    }
    tidy
}

/// Text of one line: white space of any kind becomes one space, at the ends
/// none, and what would turn the direction of the words after it is gone.
pub fn line(text: &str) -> String {
    one_line(text, usize::MAX, |c| !turns_direction(c))
}

/// The beginning of [`line`]: all of it if that has at most `limit` characters, else
/// as many whole words as have more.
pub fn line_of(text: &str, limit: usize) -> String {
    one_line(text, limit, |c| !turns_direction(c))
}

/// A name that others see: one line without what could deceive its reader. The
/// joiners stay where they stand inside a word or an emoji.
pub fn name(text: &str) -> String {
    let plain = |c| matches!(c, '\u{200c}' | '\u{200d}') || !is_ignorable(c) || is_variation(c);
    let kept = one_line(text, usize::MAX, plain);
    let joiners: &[char] = &['\u{200c}', '\u{200d}'];
    let words = kept.split(' ').map(|word| word.trim_matches(joiners));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// The words of a text with one space between them, and no more of them than it takes
/// to have more than `limit` characters.
fn one_line(text: &str, limit: usize, keep: impl Fn(char) -> bool) -> String {
    let mut tidy = String::with_capacity(text.len().min(limit));
    let mut length = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let mut kept = word.chars().filter(|c| keep(*c)).peekable();
        if kept.peek().is_none() {
            continue;
        }
        if !tidy.is_empty() {
            tidy.push(' ');
            length += 1;
        }
        kept.for_each(|c| {
            tidy.push(c);
            length += 1;
        });
        if length > limit {
            break;
        }
    }
    tidy
}

/// True if there is nothing to see: white space, characters of no width, fillers.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(is_invisible)
}

/// True for a character that shows nothing by itself.
pub fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || is_ignorable(c)
        // The blank Braille pattern; marks around annotations, and the place of
        // an object that was not pasted along; a note without a head.
        || matches!(c, '\u{2800}' | '\u{fff9}'..='\u{fffc}' | '\u{1d159}')
}

/// Unicode's `Default_Ignorable_Code_Point`: joiners, fillers, directions,
/// variation selectors, tags.
pub fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The selectors that choose how an emoji or an ideograph looks, and the tags of flags.
fn is_variation(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Embeddings, overrides and isolates: what they turn goes on past the words
/// they stand in.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Words of a person's inside a sentence of ours: where they hold any written
/// from right to left, they are kept apart, so that neither turns the other.
pub fn isolated(words: &str) -> String {
    if words.chars().any(is_right_to_left) {
        format!("\u{2068}{words}\u{2069}")
    } else {
        words.to_owned()
    }
}

fn is_right_to_left(c: char) -> bool {
    matches!(c,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_break_is_one() {
        for text in [
            "a\r\nb",
            "a\rb",
            "a\u{b}b",
            "a\u{c}b",
            "a\u{85}b",
            "a\u{2028}b",
            "a\u{2029}b",
        ] {
            assert_eq!(lines(text), "a\nb", "{text:?}");
            assert_eq!(line(text), "a b", "{text:?}");
        }
        assert_eq!(lines("a\r\n\r\nb\r\r\n\tc"), "a\n\nb\n\n\tc");
        assert_eq!(lines("a\0\u{7}\u{1b}[31mb\u{9f}"), "a[31mb");
        assert_eq!(line("  a \u{3000}\u{a0} b\t"), "a b");
    }

    #[test]
    fn the_beginning_of_a_line_is_all_of_it_or_longer_than_was_asked_for() {
        let text = " une  forêt\u{202e} de \n sapins ";
        let whole = line(text);
        for limit in 0..30 {
            let start = line_of(text, limit);
            assert!(whole.starts_with(&start));
            assert!(start == whole || start.chars().count() > limit, "{limit}");
        }
        assert_eq!(line_of(text, 5), "une forêt");
        assert_eq!(line_of(" \n ", 5), "");
    }

    #[test]
    fn what_nobody_sees_is_nothing() {
        for text in [
            "",
            " \u{3000}\u{2003}\u{a0}\n",
            "\u{200b}\u{200b}",
            "\u{200d}\u{feff}",
            "\u{2060}\u{ad}\u{34f}",
            "\u{3164}\u{115f}\u{1160}\u{ffa0}",
            "\u{2800}\u{2800}",
            "\u{fe0f}\u{e0100}\u{180b}",
            "\u{e0041}\u{e007f}\u{e0001}",
            "\u{202e}\u{2066}\u{200f}\u{61c}",
            "\u{fffc}",
            "\0\u{1b}",
        ] {
            assert!(is_blank(text), "{text:?}");
            assert_eq!(name(text).trim_matches(is_invisible), "", "{text:?}");
        }
        for text in ["a", "\u{200b}.", "❤\u{fe0f}", "قط", "\u{2801}", "한"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }

    #[test]
    fn joiners_stay_inside_words_and_go_elsewhere() {
        assert_eq!(
            name("\u{200d}Ada\u{202e} \u{0}\n Martin\u{200c} "),
            "Ada Martin"
        );
        for kept in [
            "می\u{200c}خواهم",
            "👩\u{200d}🚀",
            "क\u{94d}\u{200d}ष",
            "❤\u{fe0f}",
        ] {
            assert_eq!(name(kept), kept);
            assert_eq!(line(kept), kept);
            assert_eq!(lines(kept), kept);
        }
        assert_eq!(line("evil\u{202e}gpj.exe"), "evilgpj.exe");
        assert_eq!(line("\u{202e} a"), "a");
    }

    #[test]
    fn only_what_turns_is_kept_apart() {
        assert_eq!(isolated("sea 🐱"), "sea 🐱");
        assert_eq!(isolated("قطة"), "\u{2068}قطة\u{2069}");
        assert_eq!(isolated("a חתול"), "\u{2068}a חתול\u{2069}");
    }
}
