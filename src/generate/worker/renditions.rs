//! Renditions: made when a picture comes where that is possible, and later, again
//! and again, where something of this machine stood in the way. Until then, and
//! for originals that cannot be decoded here, the original itself is shown.

use crate::{
    model::limits::MINUTE_MS,
    server::{AppState, archive, image_api::Answer, objects::ObjectKey},
    store::{
        images::{self, Image},
        outbox,
    },
};
use bytes::Bytes;
use fail::fail_point;
use futures::future::try_join_all;
use imgc_pictures::{Derived, PictureError};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio_util::task::AbortOnDropHandle;

/// How often pictures without renditions are looked for.
const EVERY: Duration = Duration::from_secs(2);
/// The same where several nodes look, each of which costs a trip.
const EVERY_AMONG_OTHERS: Duration = Duration::from_secs(10);
/// How long a node has a picture for itself that it makes renditions of.
const TAKEN_MS: i64 = 2 * MINUTE_MS;
/// Pictures taken up at once.
const BATCH: u32 = 8;
/// A job waits so long for its renditions, then it is ready without them. Nobody
/// waits for those that follow, so nothing ends them but work beyond measure.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// What became of a picture's renditions.
pub(super) enum Made {
    /// They are in the object store.
    All(Rendered),
    /// The bytes cannot be decoded: there will be none.
    Never,
    /// Something of this machine did not work.
    Later,
}

/// What decoding tells of a picture.
pub(super) struct Rendered {
    /// In pixels, as it is shown.
    pub size: (u32, u32),
    /// Its average colour: `#rrggbb`.
    pub placeholder: String,
    /// Of the renditions, ascending, in pixels.
    pub widths: Vec<u32>,
}

/// A picture of an answer that is decoded while its bytes are brought to safety:
/// what takes longest does not wait for the disk, and nothing waits for it but what
/// needs it. What nobody takes in the end is not decoded any further.
#[derive(Default)]
pub(super) struct Ahead(Mutex<HashMap<usize, Begun>>);

struct Begun {
    original: Bytes,
    decoding: AbortOnDropHandle<Result<Derived, PictureError>>,
}

impl Ahead {
    /// Begins with the first picture of an answer: the others would take the places of
    /// those of other people in the line of the decoders.
    pub(super) fn begin(answer: &Answer) -> Ahead {
        let pictures = answer.pictures.iter().enumerate().take(1);
        let begun = pictures.map(|(place, picture)| {
            let original = picture.bytes.clone();
            let decoding = tokio::spawn(decoded(original.clone()));
            let decoding = AbortOnDropHandle::new(decoding);
            (place, Begun { original, decoding })
        });
        Ahead(Mutex::new(begun.collect()))
    }

    /// What comes of this original, which has this place among those that were kept.
    /// Where another node's answer is the one that counts, another one was begun with.
    pub(super) async fn decoded(
        &self,
        place: usize,
        original: Bytes,
    ) -> Result<Derived, PictureError> {
        match self.take(place) {
            Some(begun) if begun.original == original => {
                begun.decoding.await.unwrap_or(Err(PictureError::Failed))
            }
            _ => decoded(original).await,
        }
    }

    /// Gives up what was begun for the picture at this place.
    pub(super) fn give_up(&self, place: usize) {
        drop(self.take(place));
    }

    fn take(&self, place: usize) -> Option<Begun> {
        let mut begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        begun.remove(&place)
    }
}

/// Makes a picture's renditions and puts them in the object store.
pub(super) async fn make(
    state: &AppState,
    image: &str,
    decoded: impl Future<Output = Result<Derived, PictureError>>,
) -> Made {
    let derived = match decoded.await {
        Ok(derived) => derived,
        Err(error) if error.is_of_the_bytes() => {
            tracing::warn!(image, %error, "an original is shown as it is");
            return Made::Never;
        }
        Err(error) => {
            tracing::warn!(image, %error, "renditions have to wait");
            return Made::Later;
        }
    };
    let widths = derived.thumbnails.iter().map(|made| made.width).collect();
    let puts = derived.thumbnails.into_iter().map(|made| {
        let width = made.width;
        let key = ObjectKey::Rendition { image, width };
        state.objects.put(key, made.bytes.into())
    });
    if try_join_all(puts).await.is_err() {
        return Made::Later;
    }
    Made::All(Rendered {
        size: (derived.width, derived.height),
        placeholder: derived.placeholder,
        widths,
    })
}

/// Decodes an original and scales it, in the line of the pictures that were paid for.
async fn decoded(original: Bytes) -> Result<Derived, PictureError> {
    fail_point!("decoder-busy", |_| Err(PictureError::Busy));
    imgc_pictures::derive(original).await
}

/// Makes, until shutdown, the renditions that are still to be made.
pub(super) async fn run(state: AppState) {
    let every = match state.db.is_shared() {
        true => EVERY_AMONG_OTHERS,
        false => EVERY,
    };
    loop {
        tokio::select! {
            () = state.shutdown.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
        let now_ms = state.clock.now_ms();
        let waiting = images::without_renditions(&state.db, now_ms, BATCH).await;
        for image in waiting.unwrap_or_default() {
            tokio::select! {
                () = state.shutdown.cancelled() => return,
                () = catch_up(&state, &image) => {}
            }
        }
    }
}

/// Whether the picture is this node's to work on: one node makes renditions that
/// all would find missing.
async fn takes(state: &AppState, image: &Image) -> bool {
    if !state.db.is_shared() {
        return true;
    }
    let now_ms = state.clock.now_ms();
    let taken = images::take_renditions(&state.db, &image.id, now_ms, now_ms + TAKEN_MS);
    taken.await.unwrap_or(false)
}

async fn catch_up(state: &AppState, image: &Image) {
    if !takes(state, image).await {
        return;
    }
    let made = match state.objects.read(archive::original(image)).await {
        Ok(bytes) => make(state, &image.id, decoded(bytes)).await,
        Err(_) => Made::Later,
    };
    let now_ms = state.clock.now_ms();
    let noted = match made {
        Made::Later => images::put_off_renditions(&state.db, &image.id, Some(now_ms)).await,
        Made::Never => images::put_off_renditions(&state.db, &image.id, None).await,
        Made::All(made) => {
            let widths = &made.widths;
            let noted =
                images::rendered(&state.db, &image.id, made.size, &made.placeholder, widths).await;
            match noted {
                Ok(true) => Ok(()),
                // It was deleted meanwhile, and so its renditions go, too.
                Ok(false) => {
                    let keys = widths.iter().map(|width| ObjectKey::Rendition {
                        image: &image.id,
                        width: *width,
                    });
                    let keys: Vec<String> = keys.map(|key| key.path()).collect();
                    outbox::order(&state.db, &keys, now_ms).await
                }
                Err(error) => Err(error),
            }
        }
    };
    if let Err(error) = noted {
        tracing::warn!(image = image.id, %error, "renditions are tried again");
    }
}
