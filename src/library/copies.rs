//! Copies of removed pictures: what resembles one waits for a look before it is
//! published. What is the same is refused by the statement that publishes.

use crate::{
    error::AppError,
    model::limits::NOTICE_DUE_MS,
    server::{AppState, incident, recognise},
    store::removed::{self, Candidate, Removed},
};
use imgc_pictures::{Looks, SIMILAR};
use std::sync::Arc;

/// What all removed pictures look like, ready to be compared with.
#[derive(Clone)]
pub struct Known(Arc<Vec<(i64, Vec<Looks>)>>);

impl Known {
    /// Reads what the database says.
    pub fn of(removed: &[Removed]) -> Known {
        let read = |one: &Removed| (one.at_ms, Looks::from_text(&one.looks));
        Known(Arc::new(removed.iter().map(read).collect()))
    }

    /// Whether one that was removed after this looks like it.
    fn has(&self, looks: Looks, after_ms: i64) -> bool {
        let later = self.0.iter().filter(|(at_ms, _)| *at_ms > after_ms);
        let mut distances = later.filter_map(|(_, others)| looks.nearest(others));
        distances.any(|distance| distance <= SIMILAR)
    }
}

/// Holds those of these pictures that resemble one that was removed, and opens a case for
/// each; how many there were.
pub async fn hold_similar(
    state: &AppState,
    user_id: &str,
    ids: &[String],
    known: &Known,
) -> Result<usize, AppError> {
    if known.0.is_empty() {
        return Ok(0);
    }
    let mut told = Vec::new();
    for candidate in removed::candidates(&state.db, user_id, ids).await? {
        let Candidate {
            image,
            looks,
            freed_at_ms,
        } = candidate;
        let looks = match looks {
            Some(text) => Looks::from_text(&text).first().copied(),
            None => recognise::looks(state, &image).await,
        };
        told.extend(looks.map(|looks| (image.id, looks, freed_at_ms.unwrap_or(0))));
    }
    // Many pictures and many that were removed are work for a while.
    let known = known.clone();
    let compared = tokio::task::spawn_blocking(move || {
        told.retain(|(_, looks, freed_at_ms)| known.has(*looks, *freed_at_ms));
        told
    });
    let alike = compared
        .await
        .map_err(|error| incident::internal("comparing pictures", &error))?;
    if alike.is_empty() {
        return Ok(0);
    }
    let case = || uuid::Uuid::now_v7().to_string();
    let pairs: Vec<(String, String)> = alike.into_iter().map(|(id, ..)| (case(), id)).collect();
    let now_ms = state.clock.now_ms();
    let held = removed::hold(&state.db, user_id, &pairs, now_ms, now_ms + NOTICE_DUE_MS).await?;
    tracing::warn!(held, "pictures resemble removed ones and wait for a look");
    Ok(held)
}
