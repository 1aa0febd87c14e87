//! The outbox of object deletions: rows that say which objects must go are
//! written with the change that makes them useless, and worked off here, so that
//! an unreachable store delays a deletion and never loses it.

use super::{AppState, archive, objects::ObjectKey};
use crate::store::{
    DbError,
    images::Image,
    outbox::{self, Pending},
    retention::{self, Owner},
};
use futures::{StreamExt, TryStreamExt};
use imgc_pictures::{OriginalFormat, THUMBNAIL_WIDTHS};
use std::time::Duration;

/// Objects deleted at the same time.
const DELETIONS_AT_ONCE: usize = 8;
/// How long an erasure waits for the store to list the renditions of one picture.
const LISTING: Duration = Duration::from_secs(10);

/// Every object a picture has, or may have: a card, and what stands for a sensitive one,
/// are made when they are asked for.
pub fn object_keys(image: &Image) -> Vec<String> {
    let original = archive::original(image);
    let mut widths = image.widths.clone();
    // Some may be on their way into the store.
    widths.extend(imgc_pictures::thumbnail_widths(image.width));
    if image.widths.is_empty() {
        // Which side is the width, only decoding tells.
        widths.extend(imgc_pictures::thumbnail_widths(image.height));
    }
    widths.sort_unstable();
    widths.dedup();
    let renditions = widths.into_iter().map(|width| ObjectKey::Rendition {
        image: &image.id,
        width,
    });
    let card = ObjectKey::Card { image: &image.id };
    let veil = ObjectKey::Veil { image: &image.id };
    // It may be on its way into the store as well.
    let composite = image.composite.is_some();
    let composite = composite.then_some(ObjectKey::Composite { image: &image.id });
    [original, card, veil]
        .into_iter()
        .chain(composite)
        .chain(archive::answer_of(image))
        .chain(renditions)
        .map(|key| key.path())
        .collect()
}

/// The reason a deletion could not be ordered.
#[derive(Debug, thiserror::Error)]
pub enum Unordered {
    /// The order was not written.
    #[error("the database: {0}")]
    Db(#[from] DbError),
    /// What the job's answer holds could not be read.
    #[error("the spool: {0}")]
    Disk(#[from] std::io::Error),
}

/// Orders the deletion of what a job that never came to an end has written: no
/// row knows it, the list of its answer does, in the spool or set aside.
pub async fn order_unfinished(state: &AppState, job_id: &str) -> Result<(), Unordered> {
    let mut keys = Vec::new();
    for image in state.spool.images_of(job_id).await? {
        keys.extend(keys_of_unfinished(state, &image).await);
    }
    if !keys.is_empty() {
        outbox::order(&state.db, &keys, state.clock.now_ms()).await?;
    }
    Ok(())
}

/// Every object that a job may have written for a picture of which there is no row.
pub async fn keys_of_unfinished(state: &AppState, image: &str) -> Vec<String> {
    let originals = OriginalFormat::ALL.map(|format| ObjectKey::Original {
        image,
        format: format.extension(),
    });
    let mut keys: Vec<String> = originals.map(|key| key.path()).to_vec();
    keys.push(ObjectKey::Composite { image }.path());
    keys.extend(renditions_of_unfinished(state, image).await);
    keys
}

/// The renditions of a picture of which there is no row, as the store lists them:
/// a small picture's has a width of its own.
/// Of a store that does not answer the usual ones are guessed; the rule for
/// orphans finds the rest.
pub async fn renditions_of_unfinished(state: &AppState, image: &str) -> Vec<String> {
    let listing = state.objects.list(&format!("renditions/{image}"));
    let listed = listing.map_ok(|object| object.key).try_collect();
    match tokio::time::timeout(LISTING, listed).await {
        Ok(Ok(keys)) => keys,
        _ => THUMBNAIL_WIDTHS
            .map(|width| ObjectKey::Rendition { image, width }.path())
            .to_vec(),
    }
}

/// Orders the deletion of objects just written whose row has gone meanwhile:
/// somebody erased everything while they were on their way.
pub async fn order_if_unknown(
    state: &AppState,
    owner: Owner,
    id: &str,
    keys: &[String],
) -> Result<(), DbError> {
    let known = retention::known(&state.db, owner, &[id.to_owned()]).await?;
    if known.is_empty() {
        outbox::order(&state.db, keys, state.clock.now_ms()).await?;
    }
    Ok(())
}

/// The outcome of a round of deletions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Number of objects deleted.
    pub objects: u64,
    /// True if a store did not answer, so that the rest waits for the next round.
    pub interrupted: bool,
}

/// Works off the outbox of object deletions, from its oldest order to its
/// newest. What cannot be deleted stays for the next round and holds up nothing
/// behind it; a store that does not work is left alone until then.
pub async fn delete_objects(state: &AppState) -> Deleted {
    let mut deleted = Deleted::default();
    let mut last = Pending::default();
    loop {
        let Ok(pending) = outbox::pending(&state.db, &last).await else {
            deleted.interrupted = true;
            return deleted;
        };
        let Some(newest) = pending.last() else {
            return deleted;
        };
        last.clone_from(newest);
        let asked = pending.len();
        let gone: Vec<String> = futures::stream::iter(pending)
            .map(|order| async move {
                let done = state.objects.delete(&order.key).await;
                done.is_ok().then_some(order.key)
            })
            .buffer_unordered(DELETIONS_AT_ONCE)
            .filter_map(|key| async move { key })
            .collect()
            .await;
        deleted.objects += gone.len() as u64;
        deleted.interrupted |= gone.len() < asked;
        let noted = outbox::done(&state.db, &gone).await;
        // Where nothing went: is it these objects, or the whole store?
        let goes_on = !gone.is_empty() || state.objects.ping().await.is_ok();
        if noted.is_err() || !goes_on {
            deleted.interrupted = true;
            return deleted;
        }
    }
}
