//! Decisions about an account itself: in their row the person's id stands where a
//! picture's otherwise does. What is told of them in other words than of a picture's.

use super::words;
use crate::{
    i18n::{Locale, td_string},
    model::notice::PictureMeasure,
    store::cases::{Case, Decided},
};

/// Whether a case is about its owner's account and no picture.
pub fn is_one(case: &Case) -> bool {
    case.about == case.user_id
}

/// What becomes of the picture of a case, as it was chosen: nothing where there is none.
pub fn picture(case: &Case, chosen: PictureMeasure) -> PictureMeasure {
    match is_one(case) {
        true => PictureMeasure::Kept,
        false => chosen,
    }
}

/// What a case is about, as a heading.
pub fn label(locale: Locale, case: &Case) -> &'static str {
    match is_one(case) {
        true => td_string!(locale, standing.about),
        false => td_string!(locale, decision.about),
    }
}

/// What is said where there is no picture to show.
pub fn gone(locale: Locale, case: &Case) -> &'static str {
    match is_one(case) {
        true => td_string!(locale, standing.account),
        false => td_string!(locale, decision.picture_gone),
    }
}

/// What a decision did, to its owner: a sentence for the picture, where it is about one,
/// and one for the account.
pub fn done(locale: Locale, case: &Case, decided: &Decided) -> Vec<String> {
    let sentences = words::done(locale, decided).into_iter();
    sentences.skip(usize::from(is_one(case))).collect()
}

/// What led to a decision.
pub fn led_by(locale: Locale, case: &Case) -> String {
    match (is_one(case), case.notices) {
        (true, 0) => td_string!(locale, standing.found_by_us).to_owned(),
        (true, count) => td_string!(locale, standing.reports, count = count),
        (false, count) => td_string!(locale, decision.notices, count = count),
    }
}
