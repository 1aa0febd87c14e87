//! What the privacy policy says of people's limits.

use super::parts::{period, row};
use crate::{
    i18n::{Locale, td_string},
    model::retention::RetentionRule,
};

/// The row of the inventory: what, what for, on which basis, how long.
pub fn inventory(locale: Locale) -> Vec<Vec<String>> {
    vec![row(
        td_string!(locale, privacy.limits),
        td_string!(locale, privacy.limits_why),
        td_string!(locale, privacy.interest),
        td_string!(
            locale,
            privacy.limits_kept,
            acts = period(locale, RetentionRule::AdminActs.kept_ms())
        ),
    )]
}
