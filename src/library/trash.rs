//! The end of the trash: pictures whose 30 days are over, or that their owner
//! deletes now, are deleted for good.

use crate::{
    error::AppError,
    model::limits::{DAY_MS, TRASH_MS},
    server::{AppState, outbox::object_keys},
    store::{DbError, images::Image, trash},
};

/// Pictures deleted in one batch.
const BATCH: u32 = 100;
/// Batches in one round of housekeeping; the rest waits for the next.
const ROUNDS: u32 = 20;

/// Whole days until a picture in the trash is deleted for good.
pub fn days_left(image: &Image, now_ms: i64) -> Option<u32> {
    let left_ms = image.trashed_at_ms? + TRASH_MS - now_ms;
    Some(u32::try_from((left_ms + DAY_MS - 1) / DAY_MS).unwrap_or(0))
}

/// Deletes what has been in the trash for 30 days, of everybody.
pub async fn delete_expired(state: &AppState) -> Result<usize, DbError> {
    let before_ms = state.clock.now_ms() - TRASH_MS;
    let mut deleted = 0;
    for _ in 0..ROUNDS {
        let images = trash::expired(&state.db, before_ms, BATCH).await?;
        if images.is_empty() {
            break;
        }
        deleted += delete(state, &images).await?;
    }
    if deleted > 0 {
        empty_log(state).await;
    }
    Ok(deleted)
}

/// Deletes those of these pictures that are in the person's trash.
pub async fn delete_now(
    state: &AppState,
    user_id: &str,
    ids: &[String],
) -> Result<usize, AppError> {
    let images = trash::of_person(&state.db, user_id, ids).await?;
    let mut deleted = 0;
    for images in images.chunks(BATCH as usize) {
        deleted += delete(state, images).await?;
    }
    if deleted > 0 {
        let state = state.clone();
        tokio::spawn(async move {
            empty_log(&state).await;
            crate::server::outbox::delete_objects(&state).await;
        });
    }
    Ok(deleted)
}

async fn delete(state: &AppState, images: &[Image]) -> Result<usize, DbError> {
    let keyed: Vec<(String, Vec<String>)> = images
        .iter()
        .map(|image| (image.id.clone(), object_keys(image)))
        .collect();
    trash::delete(&state.db, &keyed, state.clock.now_ms()).await
}

/// What was deleted must not outlive it in the write-ahead log.
async fn empty_log(state: &AppState) {
    if let Err(error) = state.db.checkpoint_wal().await {
        tracing::warn!(%error, "the write-ahead log was not emptied");
    }
}
