//! Sentences that several commands say.

use crate::{server::clock_watch::Standing, ui::format};

/// What an operator should know of a clock that is doubted.
pub fn doubt(standing: Standing) -> Option<String> {
    match standing {
        Standing::Believed => None,
        Standing::Doubted {
            hours_ahead,
            until_ms,
        } => Some(format!(
            "The clock is {hours_ahead} hours ahead of what was last believed: it jumped, or \
             nothing ran for so long, or a backup was put back. Nothing is erased by it before {}, \
             and then if it has run steadily. If it is right: `imgc purge --trust-clock`.",
            format::iso(until_ms)
        )),
    }
}
