//! Which models are on offer: those of the configuration whose time is not over and
//! that no administrator has switched off. What is off is a row of the database, and
//! known here: from the start, from each switching on this node, and from the watch
//! where other nodes switch, too.

use super::AppState;
use crate::{
    model::catalogue::Model,
    store::{DbError, models_off},
};
use std::{
    collections::BTreeSet,
    sync::{PoisonError, RwLock},
};

/// The ids of the models that are off.
#[derive(Default)]
pub struct Offer(RwLock<BTreeSet<String>>);

impl Offer {
    /// Whether this model is off.
    pub fn is_off(&self, id: &str) -> bool {
        let off = self.0.read().unwrap_or_else(PoisonError::into_inner);
        off.contains(id)
    }

    /// These are off, and no others.
    pub fn know(&self, off: Vec<String>) {
        let off = off.into_iter().collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = off;
    }
}

/// Learns what is off, before anybody is served.
pub async fn load(state: &AppState) -> Result<(), DbError> {
    state.offer.know(models_off::list(&state.db).await?);
    Ok(())
}

impl AppState {
    /// The models on offer now, the first one for a fresh form; never empty: where all
    /// are off, a form without any would be none.
    pub fn offered(&self) -> Vec<Model> {
        let lasting = self.config.offered(self.clock.now_ms());
        let (off, on): (Vec<Model>, Vec<Model>) = lasting
            .into_iter()
            .partition(|model| self.offer.is_off(&model.id));
        if on.is_empty() { off } else { on }
    }
}
