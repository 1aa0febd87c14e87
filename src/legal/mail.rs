//! What the policy and the terms say of mail, where any is sent.

use super::parts::{period, row, words};
use crate::{
    i18n::{Locale, td_string},
    model::retention::RetentionRule,
    server::AppState,
};
use leptos::prelude::*;

/// The rows of the inventory.
pub(super) fn held(state: &AppState, locale: Locale) -> Vec<Vec<String>> {
    if !state.config.sends_mail() {
        return Vec::new();
    }
    let kept = |rule: RetentionRule| period(locale, rule.kept_ms());
    vec![
        row(
            td_string!(locale, mail_policy.waiting),
            td_string!(locale, mail_policy.waiting_why),
            td_string!(locale, privacy.duty),
            td_string!(
                locale,
                mail_policy.waiting_kept,
                days = kept(RetentionRule::Mails)
            ),
        ),
        row(
            td_string!(locale, mail_policy.receipt),
            td_string!(locale, mail_policy.receipt_why),
            td_string!(locale, privacy.interest),
            kept(RetentionRule::MailReceipts),
        ),
    ]
}

/// How else people are told, in the terms.
pub(super) fn told(state: &AppState, locale: Locale) -> Option<AnyView> {
    let sends = state.config.sends_mail();
    sends.then(|| words(td_string!(locale, mail_policy.terms)))
}
