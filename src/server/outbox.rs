//! The outbox of object deletions: rows that say which objects must go are
//! written with the change that makes them useless, and worked off here, so that
//! an unreachable store delays a deletion and never loses it.

use super::{AppState, archive, objects::ObjectKey};
use crate::store::{images::Image, outbox};
use futures::StreamExt;

/// Objects deleted at the same time.
const DELETIONS_AT_ONCE: usize = 8;

/// Every object a picture has, or may have: a card is made when it is asked for.
pub fn object_keys(image: &Image) -> Vec<String> {
    let original = archive::original(image);
    let renditions = image.widths.iter().map(|width| ObjectKey::Rendition {
        image: &image.id,
        width: *width,
    });
    let card = ObjectKey::Card { image: &image.id };
    [original, card]
        .into_iter()
        .chain(renditions)
        .map(|key| key.path())
        .collect()
}

/// The outcome of a round of deletions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Number of objects deleted.
    pub objects: u64,
    /// True if a store did not answer, so that the rest waits for the next round.
    pub interrupted: bool,
}

/// Works off the outbox of object deletions.
pub async fn delete_objects(state: &AppState) -> Deleted {
    let mut deleted = Deleted::default();
    loop {
        let Ok(pending) = outbox::pending(&state.db).await else {
            deleted.interrupted = true;
            return deleted;
        };
        if pending.is_empty() {
            return deleted;
        }
        let asked = pending.len();
        let gone: Vec<String> = futures::stream::iter(pending)
            .map(|key| async move { state.objects.delete(&key).await.is_ok().then_some(key) })
            .buffer_unordered(DELETIONS_AT_ONCE)
            .filter_map(|key| async move { key })
            .collect()
            .await;
        deleted.objects += gone.len() as u64;
        let noted = outbox::done(&state.db, &gone).await;
        if noted.is_err() || gone.len() < asked {
            deleted.interrupted = true;
            return deleted;
        }
    }
}
