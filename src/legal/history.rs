//! What the policy says of the time after a deletion: backups of our own, or the
//! history that the company behind a shared database keeps.

use super::parts::{period, row, words};
use crate::{
    i18n::{Locale, td_string},
    model::limits::RATE_WINDOW_GONE_MS,
    server::AppState,
};
use leptos::prelude::*;

/// The rows of the inventory that only nodes which share a database have: one
/// machine counts in its memory.
pub fn counts(state: &AppState, locale: Locale) -> Vec<Vec<String>> {
    if !state.config.is_shared() {
        return Vec::new();
    }
    vec![row(
        td_string!(locale, history.counts),
        td_string!(locale, history.counts_why),
        td_string!(locale, privacy.interest),
        period(locale, RATE_WINDOW_GONE_MS),
    )]
}

/// What stands below the inventory where the database has a history.
pub fn inventory(state: &AppState, locale: Locale) -> Option<AnyView> {
    let history_ms = state.config.history_ms();
    (history_ms > 0).then(|| {
        let history = period(locale, history_ms);
        words(td_string!(locale, history.inventory, history = history))
    })
}

/// How everything is kept safe. What a company does with its disks is not
/// promised in its name.
pub fn safety(state: &AppState, locale: Locale) -> &'static str {
    match state.config.is_shared() {
        true => td_string!(locale, history.safety_text),
        false => td_string!(locale, privacy.safety_text),
    }
}

/// What happens when after an account was closed.
pub fn closing(state: &AppState, locale: Locale) -> AnyView {
    let grace_ms = state.config.closing_grace_ms();
    let copies_ms = state.config.copies_kept_ms();
    let total = period(locale, grace_ms + copies_ms);
    let (grace, copies) = (period(locale, grace_ms), period(locale, copies_ms));
    if !state.config.is_shared() {
        return words(td_string!(
            locale,
            privacy.closing_text,
            grace = grace,
            backups = copies,
            total = total
        ));
    }
    let erased = match grace_ms {
        0 => td_string!(locale, history.closing_now).to_owned(),
        _ => td_string!(locale, history.closing_grace, grace = grace),
    };
    let kept = (copies_ms > 0).then(|| {
        td_string!(
            locale,
            history.closing_history,
            history = copies,
            total = total
        )
    });
    let receipt = td_string!(locale, history.closing_receipt).to_owned();
    let sentences: Vec<String> = [Some(erased), kept, Some(receipt)]
        .into_iter()
        .flatten()
        .collect();
    words(sentences.join(" "))
}
