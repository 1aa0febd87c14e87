//! Prompts for somebody who has none yet.

use crate::i18n::{Locale, td_string};

/// The prompts offered to somebody who has none yet, in the order of `?example=`.
///
/// An example is named by its number, so that no prompt is ever in an address.
pub fn examples(locale: Locale) -> [&'static str; 3] {
    [
        td_string!(locale, home.example_lighthouse),
        td_string!(locale, home.example_market),
        td_string!(locale, home.example_mountains),
    ]
}
