//! What is held of notices about public pictures and of the decisions about them.

use super::parts::{period, row};
use crate::{
    i18n::{Locale, td_string},
    model::{
        limits::{ABUSE_KEPT_MS, SEALED_TERRORISM_MS},
        retention::RetentionRule,
    },
};

/// The rows of the inventory.
pub(super) fn held(locale: Locale) -> Vec<Vec<String>> {
    let kept = |rule: RetentionRule| period(locale, rule.kept_ms());
    let duty = td_string!(locale, privacy.duty);
    vec![
        row(
            td_string!(locale, privacy.notice),
            td_string!(locale, privacy.notice_why),
            duty,
            td_string!(
                locale,
                privacy.notice_kept,
                days = kept(RetentionRule::Notices)
            ),
        ),
        row(
            td_string!(locale, privacy.unfounded),
            td_string!(locale, privacy.unfounded_why),
            duty,
            td_string!(
                locale,
                privacy.unfounded_kept,
                days = kept(RetentionRule::Reporters)
            ),
        ),
        row(
            td_string!(locale, privacy.order),
            td_string!(locale, privacy.order_why),
            duty,
            td_string!(
                locale,
                privacy.order_kept,
                days = kept(RetentionRule::Orders)
            ),
        ),
        row(
            td_string!(locale, privacy.too_often),
            td_string!(locale, privacy.too_often_why),
            td_string!(locale, privacy.interest),
            period(locale, ABUSE_KEPT_MS),
        ),
        row(
            td_string!(locale, privacy.decided),
            td_string!(locale, privacy.decided_why),
            duty,
            td_string!(
                locale,
                privacy.decided_kept,
                days = kept(RetentionRule::Suspensions)
            ),
        ),
        row(
            td_string!(locale, held.hashes),
            td_string!(locale, held.hashes_why),
            duty,
            td_string!(
                locale,
                held.hashes_kept,
                days = kept(RetentionRule::RemovedPictures)
            ),
        ),
        row(
            td_string!(locale, held.sealed),
            td_string!(locale, held.sealed_why),
            duty,
            td_string!(
                locale,
                held.sealed_kept,
                days = kept(RetentionRule::SealedCopies),
                longer = period(locale, SEALED_TERRORISM_MS)
            ),
        ),
    ]
}
