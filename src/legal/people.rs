//! What is held of profiles, likes, whom somebody follows or hides, and of handles.

use super::parts::{period, row};
use crate::{
    i18n::{Locale, td_string},
    model::retention::RetentionRule,
};

/// The rows of the inventory.
pub(super) fn held(locale: Locale) -> Vec<Vec<String>> {
    vec![
        row(
            td_string!(locale, privacy.people),
            td_string!(locale, privacy.people_why),
            td_string!(locale, privacy.consent),
            td_string!(locale, privacy.people_kept).to_owned(),
        ),
        row(
            td_string!(locale, privacy.handles),
            td_string!(locale, privacy.handles_why),
            td_string!(locale, privacy.interest),
            td_string!(
                locale,
                privacy.handles_kept,
                days = period(locale, RetentionRule::GivenUpHandles.kept_ms())
            ),
        ),
    ]
}
