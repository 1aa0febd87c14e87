//! Words as they are compared: for two tags being one, and for the search.
//!
//! The search index (FTS5) cuts texts into words at what is no letter. Scripts
//! that write without spaces would be one word a sentence, so a text is
//! prepared here before it is indexed, and what is searched for in the same
//! way: compatible forms become one (NFKD), case and what is often left out
//! when typing (accents, vowel points) go, and each character of a script
//! without spaces is a word of its own. A search for several of them is a
//! search for that sequence, so that any part of a sentence is found.

use super::typed::is_ignorable;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// True if there is nothing that could be read: nothing to see, or marks that
/// have no letter to stand on.
pub fn says_nothing(text: &str) -> bool {
    let blank = |c| super::typed::is_invisible(c) || is_combining_mark(c);
    text.chars().all(blank)
}

/// The text without case, accents and vowel points: what makes two tags the same.
pub fn folded(text: &str) -> String {
    bare(text).collect()
}

fn bare(text: &str) -> impl Iterator<Item = char> {
    let typed = text.chars().map(joined);
    let kept = typed.nfkd().filter(|c| !is_point(*c) && !is_ignorable(*c));
    kept.flat_map(char::to_lowercase)
}

/// The voicing marks of kana as they are typed alone belong to the kana before
/// them; NFKD would put a space between.
fn joined(c: char) -> char {
    match c {
        '\u{309b}' => '\u{3099}',
        '\u{309c}' => '\u{309a}',
        c => c,
    }
}

/// Marks that are left out as often as written: accents on letters, and the
/// points of Hebrew, Arabic and Syriac. The marks of Indian scripts, of Thai
/// and of kana are not among them: without those it is another word.
fn is_point(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'
        | '\u{5c1}'..='\u{5c2}' | '\u{5c4}'..='\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}'
        | '\u{6df}'..='\u{6e4}' | '\u{6e7}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}' | '\u{711}'
        | '\u{730}'..='\u{74a}' | '\u{8d3}'..='\u{8ff}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Letters that many write for others, or cannot type.
fn alike(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' => "d",
        'ħ' => "h",
        'ł' => "l",
        'ı' => "i",
        'ς' => "σ",
        // Persian and Arabic keyboards have their own yeh and kaf.
        'ی' | 'ى' => "ي",
        'ک' => "ك",
        // Letters to Unicode, where others type an apostrophe; and the okina and
        // the half ring, which are left out as often.
        '\u{2bc}' => " ",
        '\u{2bb}' | '\u{2bf}' => "",
        _ => return None,
    })
}

/// The text as the index takes it: words, separated by spaces.
pub fn indexed(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + text.len() / 2);
    for piece in text.split_inclusive(is_sign) {
        // A sign is taken as it is: NFKD makes letters of ™, and an = of ≠.
        let sign = piece.chars().next_back().filter(|c| is_sign(*c));
        for c in bare(piece.trim_end_matches(is_sign)).nfc() {
            match alike(c) {
                Some(letters) => words.push_str(letters),
                None => push(&mut words, c),
            }
        }
        if let Some(sign) = sign {
            push(&mut words, sign);
        }
    }
    words
}

fn push(words: &mut String, c: char) {
    let letter = c.is_alphanumeric() || is_combining_mark(c);
    let picture = is_pictograph(c) || is_sign(c);
    let alone = picture || (letter && stands_alone(c));
    if !letter && !alone {
        words.push(' ');
        return;
    }
    if alone {
        words.push(' ');
    }
    if c > '\u{ffff}' || picture {
        // No letter to the index, or younger than it is: its number is a word to
        // anybody. All are of one length, so that none is the beginning of another.
        words.push_str(&format!("u{:05x}", u32::from(c)));
    } else {
        words.push(c);
    }
    if alone {
        words.push(' ');
    }
}

/// A sequence of words to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// The words, as [`indexed`] has them, with single spaces.
    pub words: String,
    /// True if the last one may go on.
    pub open: bool,
}

/// The sequences that a search asks for: one for each word that was typed.
pub fn phrases(text: &str) -> impl Iterator<Item = Phrase> {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter_map(|typed| {
            let prepared = indexed(typed);
            let words: Vec<&str> = prepared.split_whitespace().collect();
            let last = words.last()?.chars().next_back();
            Some(Phrase {
                words: words.join(" "),
                open: !last.is_some_and(stands_alone),
            })
        })
}

/// Characters of scripts that are written without spaces between words, or
/// (Korean) with words put together from several.
fn stands_alone(c: char) -> bool {
    matches!(c,
        // Thai, Lao, Tibetan, Burmese, Hangul's letters, the Philippine scripts, Khmer.
        '\u{e00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}'
        | '\u{1700}'..='\u{17ff}'
        // Tai Le, New Tai Lue, Buginese, Tai Tham, Balinese, Sundanese, Batak.
        | '\u{1950}'..='\u{1aaf}' | '\u{1b00}'..='\u{1bff}'
        // Ideographs, kana, Bopomofo, Yi.
        | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{a4cf}'
        // Javanese, Cham, Burmese again, Tai Viet, Hangul, ideographs again.
        | '\u{a960}'..='\u{a9ff}' | '\u{aa00}'..='\u{aadf}' | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}'
        // Ahom.
        | '\u{11700}'..='\u{1174f}'
        // Tangut, Khitan, kana, Nushu, ideographs of the later planes.
        | '\u{16fe0}'..='\u{18dff}' | '\u{1aff0}'..='\u{1b2ff}' | '\u{20000}'..='\u{3ffff}')
}

/// Emoji and other small pictures.
fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}'
        | '\u{1f000}'..='\u{1faff}')
}

/// Signs that are looked for as words are: ©, ®, ™, currencies, mathematics.
fn is_sign(c: char) -> bool {
    match c {
        // Written for punctuation that they look like: minus, slashes, an
        // asterisk, dots, a line, a colon, a tilde.
        '\u{2212}' | '\u{2215}'..='\u{2217}' | '\u{2219}' | '\u{2223}' => false,
        '\u{2236}' | '\u{223c}' | '\u{22c5}' => false,
        '\u{a9}' | '\u{ae}' | '\u{20a0}'..='\u{20cf}' | '\u{2122}' => true,
        '\u{2200}'..='\u{22ff}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As FTS5 decides: each phrase is somewhere in the words, in sequence.
    fn finds(text: &str, typed: &str) -> bool {
        let prepared = indexed(text);
        let words: Vec<&str> = prepared.split_whitespace().collect();
        let mut asked = phrases(typed).peekable();
        asked.peek().is_some()
            && asked.all(|phrase| {
                let sought: Vec<&str> = phrase.words.split(' ').collect();
                words.windows(sought.len()).any(|found| {
                    let (last, rest) = sought.split_last().expect("never empty");
                    let ends = if phrase.open {
                        found[rest.len()].starts_with(last)
                    } else {
                        found[rest.len()] == *last
                    };
                    ends && found[..rest.len()] == *rest
                })
            })
    }

    #[test]
    fn any_part_of_an_unspaced_sentence_is_found() {
        let texts: &[(&str, &[&str])] = &[
            (
                "夕暮れの港に停泊する帆船、水彩画風",
                &["港", "停泊", "帆船", "夕暮れ", "水彩画", "帆船、水彩"],
            ),
            (
                "一只黑猫坐在窗台上,看着下雨的城市",
                &["黑猫", "猫", "窗台", "下雨 城市"],
            ),
            ("ภาพเรือใบจอดที่ท่าเรือ", &["เรือ", "เรือใบ", "ที่", "ท่า", "จ"]),
            ("ເຮືອໃບຢູ່ທ່າເຮືອ", &["ເຮືອ", "ໃບ"]),
            ("ទូកក្ដោងនៅកំពង់ផែ", &["ទូក", "កំពង់"]),
            ("ဆိပ်ကမ်းရှိ ရွက်လှေ", &["ကမ်း", "ရွက်"]),
            ("초록의자에 앉은 고양이가", &["고양이", "의자", "고양"]),
            ("ガラスのペンギン", &["ｶﾞﾗｽ", "カ\u{3099}ラス", "ペンギン"]),
            ("4K画質の写真photo", &["4k画", "写真", "photo", "pho"]),
            (
                "cat🐱と海👩\u{200d}🚀☀\u{fe0f}",
                &["🐱", "海", "🚀", "cat", "☀"],
            ),
            ("\u{20bb7}野家", &["\u{20bb7}", "野家"]),
            // Baybayin, Buginese, Sundanese, Batak, Cham, Ahom.
            ("\u{170a}\u{1705}\u{1703}", &["\u{1705}\u{1703}"]),
            (
                "\u{1a12}\u{1a1a}\u{1a04}\u{1a17}",
                &["\u{1a04}\u{1a17}", "\u{1a1a}"],
            ),
            ("\u{1b95}\u{1b92}\u{1b9d}", &["\u{1b92}\u{1b9d}"]),
            ("\u{1bc5}\u{1bd6}\u{1bc2}", &["\u{1bd6}\u{1bc2}"]),
            ("\u{aa06}\u{aa0c}\u{aa22}", &["\u{aa0c}\u{aa22}"]),
            ("\u{11712}\u{11711}\u{11703}", &["\u{11711}\u{11703}"]),
        ];
        for (text, parts) in texts {
            for part in *parts {
                assert!(finds(text, part), "{part} in {text}: {}", indexed(text));
            }
            assert!(!finds(text, "犬"), "{text}");
        }
        assert!(!finds("ハハとカラス", "パパ") && !finds("ハハとカラス", "ガラス"));
        assert!(!finds("黑 猫 と 白犬", "猫白"));
    }

    #[test]
    fn marks_and_forms_do_not_hide_a_word() {
        for (text, typed) in [
            ("Un été", "ete"),
            ("Un ete", "ÉTÉ"),
            ("e\u{301}te\u{301}", "été"),
            ("قِطّةٌ صغيرة", "قطة"),
            ("قطة", "قِطَّة"),
            ("أسد", "اسد"),
            ("می\u{200c}خواهم", "میخواهم"),
            ("گربه کوچک", "كوچك"),
            ("חָתוּל", "חתול"),
            ("हिन्दी क\u{93c}लम", "क\u{93c}लम"),
            ("\u{958}लम", "क\u{93c}लम"),
            ("Straße", "strasse"),
            ("STRASSE", "straße"),
            ("ﬁligree", "filigree"),
            ("Ｆｕｌｌ width", "full"),
            ("ISPARTA ılık", "ilik"),
            ("İstanbul", "istanbul"),
            ("Ėtė in Łódź", "lodz"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
            ("soft\u{ad}ware", "software"),
            ("Việt Nam, đường", "duong"),
            ("lighthouse", "light"),
        ] {
            assert!(finds(text, typed), "{typed} in {text}: {}", indexed(text));
        }
        assert!(!finds("दिन", "दान"));
        assert!(!finds("lighthouse", "house"));
    }

    #[test]
    fn what_is_typed_for_an_apostrophe_hides_no_word() {
        for (text, typed) in [
            ("м’я", "м\u{2bc}я"),
            ("м\u{2bc}я", "м'я"),
            ("Hawai\u{2bb}i", "hawaii"),
            ("hawaii", "Hawai\u{2bb}i"),
            ("\u{2bf}Al\u{12b}", "ali"),
            ("カ\u{309b}ラス", "ガラス"),
            ("ガラス", "カ\u{309b}ラス"),
            ("ハ\u{309c}ン", "パン"),
        ] {
            assert!(finds(text, typed), "{typed} in {text}: {}", indexed(text));
        }
        assert_eq!(folded("ハ\u{309c}ン"), folded("パン"));
        assert_eq!(phrases("\u{2bb} \u{2bc}").count(), 0);
    }

    #[test]
    fn signs_are_words() {
        for (text, typed) in [
            ("a sign of 5€", "€"),
            ("∞ and beyond", "∞"),
            ("Lego™ bricks", "™"),
            ("Lego™ bricks", "lego"),
            ("©2026 Ada®", "© ada ®"),
            ("a≈b ≠ c", "≈"),
            ("a≈b ≠ c", "≠"),
            ("10−20", "10-20"),
        ] {
            assert!(finds(text, typed), "{typed} in {text}: {}", indexed(text));
        }
        assert!(!finds("5 €", "$") && !finds("a ≈ b", "≠") && !finds("tm", "™"));
        // No number of a sign is the beginning of a letter's.
        assert!(!finds("\u{20acf}", "€") && !finds("UA9", "©"));
    }

    #[test]
    fn marks_alone_say_nothing() {
        assert!(says_nothing("\u{301}\u{308}") && says_nothing("\u{e48} \u{200b}"));
        assert!(!says_nothing("e\u{301}") && !says_nothing("🐱"));
        assert_eq!(phrases(" \"%_*( \u{200b}").count(), 0);
    }
}
