//! Objects that no row knows and rows whose original is gone: the database and
//! the object store compared, by a listing of the store.

use super::late_answers;
use crate::{
    model::retention::RetentionRule,
    server::{AppState, leftovers, objects::FileError},
    store::{
        DbError, outbox,
        retention::{self, JobOver, Owner},
        search_index,
    },
};
use futures::TryStreamExt;
use std::collections::HashSet;
use uuid::Uuid;

/// Ids looked up in one statement.
const BATCH: usize = 500;

/// Why the comparison was not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfinished {
    /// The object store did not answer.
    #[error("the object store: {0}")]
    Store(#[from] FileError),
    /// The database did not answer.
    #[error("the database: {0}")]
    Db(#[from] DbError),
    /// The spool, or a folder under `data_dir`, could not be read or emptied.
    #[error("the spool, or a folder of this machine")]
    Files,
}

/// Keys of objects older than a day that nothing refers to. Younger ones may
/// be on their way to a row; so are those of jobs under way, however old, and
/// those of answers set aside: the spool's manifests name them. Where a manifest
/// cannot be read, nothing is known of any picture.
pub async fn in_store(state: &AppState) -> Result<Vec<String>, Unfinished> {
    let spooled = state.spool.images().await.map_err(|_| Unfinished::Files)?;
    let before_ms = oldest_kept_ms(state);
    let mut orphans = Vec::new();
    for (folder, owner) in [
        ("originals", Owner::Image),
        ("composites", Owner::Image),
        ("renditions", Owner::Image),
        ("uploads", Owner::Upload),
        ("avatars", Owner::Person),
        ("sealed", Owner::Sealed),
    ] {
        let mut listing = state.objects.list(folder);
        let mut batch: Vec<(String, String)> = Vec::new();
        while let Some(object) = listing.try_next().await? {
            if object.modified_ms > before_ms {
                continue;
            }
            match id_in(&object.key) {
                Some(id) if owner != Owner::Image || !spooled.contains(&id) => {
                    batch.push((id, object.key));
                }
                _ => {}
            }
            if batch.len() == BATCH {
                unknown(state, owner, &mut batch, &mut orphans).await?;
            }
        }
        unknown(state, owner, &mut batch, &mut orphans).await?;
    }
    Ok(orphans)
}

/// Orders the deletion of orphans; how many there were.
pub async fn order_deletions(state: &AppState) -> Result<u64, Unfinished> {
    let orphans = in_store(state).await?;
    for keys in orphans.chunks(BATCH) {
        outbox::order(&state.db, keys, state.clock.now_ms()).await?;
    }
    // Pictures that were deleted by themselves leave words, too. It keeps nothing else
    // from being tidied up.
    if !matches!(search_index::forget_deleted(&state.db).await, Ok(true)) {
        tracing::warn!("the search's index was not merged: it is tried again tomorrow");
    }
    let halves = state.objects.remove_stages(oldest_kept_ms(state)).await;
    let swept = leftovers::sweep_backup(&state.config).await;
    swept.map_err(|_| Unfinished::Files)?;
    let forgotten = set_aside_and_forgotten(state).await?;
    for job in &forgotten {
        let erased = state.spool.erase(job).await;
        erased.map_err(|_| Unfinished::Files)?;
    }
    let removed = (orphans.len() + forgotten.len()) as u64;
    Ok(removed + halves.map_err(|_| Unfinished::Files)?)
}

/// How many orphans there are, and halves of objects that were never finished:
/// those are in no listing.
pub async fn count(state: &AppState) -> Result<u64, Unfinished> {
    let orphans = in_store(state).await?.len() + set_aside_and_forgotten(state).await?.len();
    let halves = state.objects.stages(oldest_kept_ms(state)).await;
    Ok(orphans as u64 + halves.map_err(|_| Unfinished::Files)?)
}

/// Ids of jobs of which something is set aside, and which no row knows: a shared
/// database that was put back to an earlier time has forgotten them, and with them
/// whose erasure they wait for. A folder of one node is put back with its rows.
async fn set_aside_and_forgotten(state: &AppState) -> Result<Vec<String>, Unfinished> {
    if !state.db.is_shared() {
        return Ok(Vec::new());
    }
    let jobs = state.spool.jobs_set_aside().await;
    let mut forgotten = Vec::new();
    for ids in jobs.map_err(|_| Unfinished::Files)?.chunks(BATCH) {
        let since_ms = late_answers::awaited_since_ms(state);
        let over = retention::jobs_over(&state.db, ids, since_ms).await?;
        forgotten.extend(over.into_iter().filter(|job| job.gone).map(|job| job.id));
    }
    Ok(forgotten)
}

/// Younger ones may be on their way.
fn oldest_kept_ms(state: &AppState) -> i64 {
    state.clock.now_ms() - RetentionRule::Orphans.kept_ms()
}

/// The ids that the objects of a folder name.
async fn listed(state: &AppState, folder: &str) -> Result<HashSet<Uuid>, Unfinished> {
    let mut there: HashSet<Uuid> = HashSet::new();
    let mut listing = state.objects.list(folder);
    while let Some(object) = listing.try_next().await? {
        there.extend(id_in(&object.key).and_then(|id| Uuid::parse_str(&id).ok()));
    }
    Ok(there)
}

/// Ids of pictures whose original, or whose composite, is not in the store.
pub async fn missing(state: &AppState) -> Result<Vec<String>, Unfinished> {
    let originals = listed(state, "originals").await?;
    let composites = listed(state, "composites").await?;
    let mut missing = Vec::new();
    let mut after = String::new();
    loop {
        let rows = retention::originals(&state.db, &after).await?;
        let Some((last, _)) = rows.last() else {
            return Ok(missing);
        };
        after.clone_from(last);
        for (id, is_composite) in rows {
            let there = Uuid::parse_str(&id).is_ok_and(|id| {
                originals.contains(&id) && (!is_composite || composites.contains(&id))
            });
            if !there {
                missing.push(id);
            }
        }
    }
}

/// Jobs that are over and still have a folder in the spool. One that may still be
/// answered is not over.
pub async fn in_spool(state: &AppState) -> Result<Vec<JobOver>, Unfinished> {
    let jobs = state.spool.jobs().await.map_err(|_| Unfinished::Files)?;
    let mut orphans = Vec::new();
    for ids in jobs.chunks(BATCH) {
        let since_ms = late_answers::awaited_since_ms(state);
        orphans.extend(retention::jobs_over(&state.db, ids, since_ms).await?);
    }
    Ok(orphans)
}

/// Removes what [`in_spool`] finds. Answers of jobs that ended without a picture
/// are set aside instead: they were paid for, and nobody has seen them. Until
/// they are whole their writer is left alone.
pub async fn remove_from_spool(state: &AppState) -> Result<u64, Unfinished> {
    let mut removed = 0;
    for job in in_spool(state).await? {
        let done = if job.unseen {
            let settled = late_answers::is_settled(state, &job.id).await;
            if !settled.map_err(|_| Unfinished::Files)? {
                continue;
            }
            state.spool.set_aside(&job.id, None).await
        } else {
            state.spool.remove(&job.id).await
        };
        done.map_err(|_| Unfinished::Files)?;
        removed += 1;
    }
    Ok(removed)
}

async fn unknown(
    state: &AppState,
    owner: Owner,
    batch: &mut Vec<(String, String)>,
    orphans: &mut Vec<String>,
) -> Result<(), DbError> {
    let ids: Vec<String> = batch.iter().map(|(id, _)| id.clone()).collect();
    let known = retention::known(&state.db, owner, &ids).await?;
    let known: HashSet<&str> = known.iter().map(String::as_str).collect();
    let strangers = batch
        .drain(..)
        .filter(|(id, _)| !known.contains(id.as_str()));
    orphans.extend(strangers.map(|(_, key)| key));
    Ok(())
}

/// The id in a key: `originals/ID.png`, `renditions/ID/384.webp`.
fn id_in(key: &str) -> Option<String> {
    let name = key.split('/').nth(1)?;
    let id = name.split('.').next()?;
    Uuid::parse_str(id).ok().map(|id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::id_in;
    use crate::server::objects::ObjectKey;

    #[test]
    fn every_key_names_its_owner() {
        let id = "0199c5a0-0000-7000-8000-000000000001";
        let keys = [
            ObjectKey::Original {
                image: id,
                format: "png",
            },
            ObjectKey::Composite { image: id },
            ObjectKey::Rendition {
                image: id,
                width: 384,
            },
            ObjectKey::Card { image: id },
            ObjectKey::Veil { image: id },
            ObjectKey::Avatar { user: id },
            ObjectKey::Upload {
                upload: id,
                format: "webp",
            },
            ObjectKey::UploadThumbnail { upload: id },
            ObjectKey::Sealed { copy: id },
        ];
        for key in keys {
            assert_eq!(id_in(&key.path()).as_deref(), Some(id), "{key:?}");
        }
        assert_eq!(id_in("originals/readme.txt"), None);
    }
}
