//! Copies of removed pictures: what resembles one waits for a look before it is
//! published. What is the same is refused by the statement that publishes.

use crate::{
    error::AppError,
    model::limits::NOTICE_DUE_MS,
    server::{
        AppState, incident,
        recognise::{self, Removed},
    },
    store::removed::{self, Candidate},
};
use imgc_pictures::Looks;

/// Holds those of these pictures that resemble one that was removed, and opens a case for
/// each; how many there were. `from_trash` looks at those in the trash as well. While nobody
/// can tell what one looks like, none is published.
pub async fn hold_similar(
    state: &AppState,
    user_id: &str,
    ids: &[String],
    known: &Removed,
    from_trash: bool,
) -> Result<usize, AppError> {
    if known.is_empty() || ids.is_empty() {
        return Ok(0);
    }
    let mut told = Vec::new();
    for candidate in removed::candidates(&state.db, user_id, ids, from_trash).await? {
        let Candidate {
            image,
            looks,
            freed_at_ms,
        } = candidate;
        let looks = match looks {
            Some(text) => Looks::from_text(&text).first().copied(),
            None => recognise::looks(state, &image)
                .await
                .map_err(|error| incident::internal("telling what a picture looks like", &error))?,
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
