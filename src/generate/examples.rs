//! Prompts for somebody who has none yet, each with a picture painted from it in
//! advance (`public/examples`, by `crates/demo/examples/wall.rs`).

use crate::i18n::{Locale, td_string};

/// The prompts, in the order of `?example=`, which begins at 1.
///
/// An example is named by its number, so that no prompt is ever in an address.
pub fn prompts(locale: Locale) -> [&'static str; 12] {
    [
        td_string!(locale, home.example_lighthouse),
        td_string!(locale, home.example_lanterns),
        td_string!(locale, home.example_mountains),
        td_string!(locale, home.example_fox),
        td_string!(locale, home.example_islands),
        td_string!(locale, home.example_balloon),
        td_string!(locale, home.example_whale),
        td_string!(locale, home.example_planet),
        td_string!(locale, home.example_windmill),
        td_string!(locale, home.example_city),
        td_string!(locale, home.example_castle),
        td_string!(locale, home.example_dunes),
    ]
}

/// The prompt that an address asks for by its number; `None` where there is none such.
pub fn prompt(locale: Locale, number: &str) -> Option<&'static str> {
    let number: usize = number.parse().ok()?;
    prompts(locale).get(number.checked_sub(1)?).copied()
}
