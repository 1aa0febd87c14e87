//! What a picture of the service is found again by, and what removed ones look like, known
//! in memory.

use super::{
    AppState, archive, incident,
    objects::{FileError, ObjectKey},
};
use crate::{
    error::AppError,
    store::{
        images::Image,
        removed::{self, Traces},
    },
};
use bytes::Bytes;
use imgc_pictures::{Fingerprint, Looks, PictureError, SIMILAR};
use std::sync::{Arc, PoisonError, RwLock};

/// What is left of a picture that is removed. Where its original cannot be read or
/// decoded, its row tells what there is: no decision waits for it.
pub async fn traces(state: &AppState, image: &Image) -> Traces {
    let original = state.objects.read(archive::original(image)).await;
    let Ok(bytes) = original else {
        tracing::warn!(image = image.id, "copies are found by the bytes alone");
        return Traces::default();
    };
    match imgc_pictures::fingerprint(bytes).await {
        Ok(Fingerprint { pixels, looks }) => Traces {
            pixels: Some(pixels),
            looks: Some(Looks::to_text(&looks)),
        },
        Err(error) => {
            tracing::warn!(image = image.id, %error, "copies are found by the bytes alone");
            Traces::default()
        }
    }
}

/// Why nobody can tell now what a picture looks like, although it may look like something.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub enum Untold {
    /// The object store does not answer.
    #[error(transparent)]
    Store(#[from] FileError),
    /// No decoder was free.
    #[error("the decoders: {0}")]
    Decoder(PictureError),
}

/// What a picture's row is to say of a picture of an earlier release: the sum of its pixels,
/// and what it looks like. Both are empty where there is nothing to be told, for good.
pub async fn told(state: &AppState, image: &Image) -> Result<(String, String), Untold> {
    let bytes = match state.objects.read(archive::original(image)).await {
        Ok(bytes) => bytes,
        // The daily comparison tells of it.
        Err(FileError::Missing) => return Ok(Default::default()),
        Err(error) => return Err(error.into()),
    };
    match imgc_pictures::fingerprint(bytes).await {
        Ok(Fingerprint { pixels, looks }) => {
            let whole = looks.first().copied();
            Ok((pixels, Looks::to_text(whole.as_slice())))
        }
        Err(error @ PictureError::Busy) => Err(Untold::Decoder(error)),
        Err(error) => {
            tracing::warn!(image = image.id, %error, "copies are found by the bytes alone");
            Ok(Default::default())
        }
    }
}

/// What a picture looks like whose row does not say: by its smallest rendition, which is
/// decoded in a moment, or by its original. `None` where nothing of it can be decoded, ever.
pub async fn looks(state: &AppState, image: &Image) -> Result<Option<Looks>, Untold> {
    let smallest = image.widths.first().map(|width| ObjectKey::Rendition {
        image: &image.id,
        width: *width,
    });
    for key in smallest.into_iter().chain([archive::original(image)]) {
        let bytes: Bytes = match state.objects.read(key).await {
            Ok(bytes) => bytes,
            Err(FileError::Missing) => continue,
            Err(error) => return Err(error.into()),
        };
        match imgc_pictures::looks(bytes).await {
            Ok(looks) => return Ok(looks),
            Err(error) if error.is_of_the_bytes() => {}
            Err(error) => return Err(Untold::Decoder(error)),
        }
    }
    Ok(None)
}

/// What all removed pictures look like, ready to be compared with: 1.6 kB each.
#[derive(Clone, Default)]
pub struct Removed(Arc<Vec<(i64, Vec<Looks>)>>);

impl Removed {
    /// True where nothing was removed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one that was removed after this looks like it.
    pub fn has(&self, looks: Looks, after_ms: i64) -> bool {
        let later = self.0.iter().filter(|(at_ms, _)| *at_ms > after_ms);
        let mut distances = later.filter_map(|(_, others)| looks.nearest(others));
        distances.any(|distance| distance <= SIMILAR)
    }
}

/// What was read of removed pictures last, by its version.
#[derive(Default)]
pub struct Memory(RwLock<Option<(i64, Removed)>>);

impl Memory {
    fn of(&self, version: i64) -> Option<Removed> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref().filter(|(known, _)| *known == version);
        known.map(|(_, removed)| removed.clone())
    }
}

/// What all removed pictures look like, of the version that the database has now: whoever
/// asks has just read it, so that no node compares with less than was removed anywhere.
pub async fn removed(state: &AppState, version: i64) -> Result<Removed, AppError> {
    // Nothing was ever removed.
    if version == 0 {
        return Ok(Removed::default());
    }
    if let Some(removed) = state.removed.of(version) {
        return Ok(removed);
    }
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let some = removed::looks(&state.db, &after).await?;
        let Some(last) = some.last() else { break };
        after.clone_from(&last.id);
        let read = tokio::task::spawn_blocking(move || {
            let read = some
                .iter()
                .map(|one| (one.at_ms, Looks::from_text(&one.looks)));
            read.collect::<Vec<_>>()
        });
        all.extend(
            read.await
                .map_err(|error| incident::internal("reading hashes", &error))?,
        );
    }
    let removed = Removed(Arc::new(all));
    let mut known = state
        .removed
        .0
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    *known = Some((version, removed.clone()));
    Ok(removed)
}
