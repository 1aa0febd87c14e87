//! The words of reasons and measures.

use crate::{
    i18n::{Locale, td_string},
    model::{
        limits::FOREVER_MS,
        notice::{AccountMeasure, OrderKind, PictureMeasure, Reason},
    },
    store::cases::Decided,
    ui::format,
};

/// A reason, as the form offers it.
pub fn reason(locale: Locale, reason: Reason) -> &'static str {
    match reason {
        Reason::ChildAbuse => td_string!(locale, notice.child_abuse),
        Reason::Intimate => td_string!(locale, notice.intimate),
        Reason::Terrorism => td_string!(locale, notice.terrorism),
        Reason::Hate => td_string!(locale, notice.hate),
        Reason::Fraud => td_string!(locale, notice.fraud),
        Reason::Rights => td_string!(locale, notice.rights),
        Reason::PersonalData => td_string!(locale, notice.personal_data),
        Reason::ChildAccount => td_string!(locale, notice.child_account),
        Reason::OtherLaw => td_string!(locale, notice.other_law),
        Reason::Terms => td_string!(locale, notice.terms),
    }
}

/// What an authority orders, as the form offers it.
pub fn order_kind(locale: Locale, kind: OrderKind) -> &'static str {
    match kind {
        OrderKind::Terrorism => td_string!(locale, order.terrorism),
        OrderKind::Removal => td_string!(locale, order.removal),
        OrderKind::Information => td_string!(locale, order.information),
    }
}

/// What becomes of a picture, as administrators choose it.
pub fn picture_measure(locale: Locale, measure: PictureMeasure) -> &'static str {
    match measure {
        PictureMeasure::Kept => td_string!(locale, decision.choose_kept),
        PictureMeasure::Sensitive => td_string!(locale, measure.choose_sensitive),
        PictureMeasure::Unlisted => td_string!(locale, measure.choose_unlisted),
        PictureMeasure::Withdrawn => td_string!(locale, decision.choose_withdrawn),
    }
}

/// What becomes of an account, as administrators choose it.
pub fn account_measure(locale: Locale, measure: AccountMeasure) -> String {
    match measure {
        AccountMeasure::None => td_string!(locale, decision.choose_none).to_owned(),
        AccountMeasure::Warn => td_string!(locale, decision.choose_warn).to_owned(),
        AccountMeasure::Strike => td_string!(locale, decision.choose_strike).to_owned(),
        AccountMeasure::Suspend(Some(days)) => {
            td_string!(locale, decision.choose_suspend, days = days)
        }
        AccountMeasure::Suspend(None) => td_string!(locale, decision.choose_for_good).to_owned(),
    }
}

/// What a decision did, to its owner: a sentence for the picture and one for the account.
pub fn done(locale: Locale, decided: &Decided) -> Vec<String> {
    let mut words = vec![
        match decided.picture {
            PictureMeasure::Kept => td_string!(locale, decision.kept),
            PictureMeasure::Sensitive => td_string!(locale, measure.sensitive),
            PictureMeasure::Unlisted => td_string!(locale, measure.unlisted),
            PictureMeasure::Withdrawn => td_string!(locale, decision.withdrawn),
        }
        .to_owned(),
    ];
    if decided.account == "warned" {
        words.push(td_string!(locale, decision.warned).to_owned());
    }
    if decided.strike {
        words.push(td_string!(locale, decision.strike).to_owned());
    }
    if let Some(until_ms) = decided.until_ms {
        words.push(suspended(locale, until_ms));
    }
    words
}

/// That an account is suspended, and until when.
pub fn suspended(locale: Locale, until_ms: i64) -> String {
    if until_ms >= FOREVER_MS {
        return td_string!(locale, decision.suspended_for_good).to_owned();
    }
    let until = format::date_time(locale, until_ms);
    td_string!(locale, decision.suspended, until = until)
}
