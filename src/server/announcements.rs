//! What administrators tell everybody: rows of the database, known here from the start,
//! from each change on this node, and from the watch where other nodes change them, too.

use super::AppState;
use crate::{
    i18n::{self, Locale},
    store::{
        DbError,
        announcements::{self, Announcement},
    },
};
use std::sync::{Arc, PoisonError, RwLock};

/// The announcements there are, those among them that are yet to be shown.
#[derive(Default)]
pub struct Announcements(RwLock<Arc<[Announcement]>>);

impl Announcements {
    /// All there are.
    pub fn all(&self) -> Arc<[Announcement]> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// There are these, and no others.
    pub fn know(&self, all: Vec<Announcement>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = all.into();
    }

    /// The words of those that are shown at this moment, in this language.
    pub fn now(&self, locale: Locale, now_ms: i64) -> Vec<String> {
        let all = self.all();
        let shown = all
            .iter()
            .filter(|one| (one.starts_ms..one.ends_ms).contains(&now_ms));
        shown
            .filter_map(|one| one.words.get(i18n::code(locale)).cloned())
            .collect()
    }
}

/// Learns which there are, before anybody is served.
pub async fn load(state: &AppState) -> Result<(), DbError> {
    state
        .announcements
        .know(announcements::list(&state.db).await?);
    Ok(())
}
