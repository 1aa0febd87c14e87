//! Style presets: words that give a picture a look, added to the prompt when
//! it is sent, so that what was asked for is always there to read.

use crate::{
    i18n::{Locale, td_string},
    model::Prompt,
};

/// The presets, as the form names them.
pub const LOOKS: [&str; 8] = [
    "photo",
    "watercolour",
    "oil",
    "ink",
    "paper",
    "pixel",
    "comic",
    "model",
];

/// A preset's name; the empty one is "as described".
pub fn name(locale: Locale, look: &str) -> &'static str {
    match look {
        "photo" => td_string!(locale, look.photo),
        "watercolour" => td_string!(locale, look.watercolour),
        "oil" => td_string!(locale, look.oil),
        "ink" => td_string!(locale, look.ink),
        "paper" => td_string!(locale, look.paper),
        "pixel" => td_string!(locale, look.pixel),
        "comic" => td_string!(locale, look.comic),
        "model" => td_string!(locale, look.model),
        _ => td_string!(locale, look.none),
    }
}

/// The words a preset adds; none for one that is not ours.
fn words(locale: Locale, look: &str) -> Option<&'static str> {
    Some(match look {
        "photo" => td_string!(locale, look.photo_words),
        "watercolour" => td_string!(locale, look.watercolour_words),
        "oil" => td_string!(locale, look.oil_words),
        "ink" => td_string!(locale, look.ink_words),
        "paper" => td_string!(locale, look.paper_words),
        "pixel" => td_string!(locale, look.pixel_words),
        "comic" => td_string!(locale, look.comic_words),
        "model" => td_string!(locale, look.model_words),
        _ => return None,
    })
}

/// The prompt with the preset's words; nothing is added to an empty one.
pub fn with_look(locale: Locale, prompt: &Prompt, look: &str) -> Prompt {
    match words(locale, look) {
        Some(words) if !prompt.trim().is_empty() => {
            let text = prompt.trim_end().trim_end_matches(['.', ',', ';']);
            Prompt(format!("{text}, {words}"))
        }
        _ => prompt.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_adds_its_words_to_what_was_described_and_to_nothing_else() {
        let prompt = Prompt("A fox in the snow. ".into());
        let asked = with_look(Locale::en, &prompt, "ink");
        assert!(asked.starts_with("A fox in the snow, "), "{}", asked.0);
        for (prompt, look) in [("  ", "ink"), ("A fox", ""), ("A fox", "no-such-look")] {
            let prompt = Prompt(prompt.into());
            assert_eq!(with_look(Locale::fr, &prompt, look), prompt);
        }
        for look in LOOKS {
            for (locale, _) in crate::i18n::LANGUAGES {
                assert!(with_look(locale, &prompt, look).0.len() > prompt.len() + 10);
                assert_ne!(name(locale, look), name(locale, ""), "{look}");
            }
        }
    }
}
