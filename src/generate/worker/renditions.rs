//! Renditions: made as soon as a picture is in the library, and later, again and
//! again, where something of this machine stood in the way. Until then, and for
//! originals that cannot be decoded here, the original itself is shown.

use super::composite::{self, Shown};
use crate::{
    server::{
        AppState, archive, image_api::Answer, objects::ObjectKey, outbox as orders,
        renditions::Making,
    },
    store::{
        DbError,
        composites::Composite,
        images::Image,
        outbox,
        renditions::{self as rows, Rendered},
    },
};
use bytes::Bytes;
use fail::fail_point;
use imgc_pictures::{Derived, Looks, PictureError, Thumbnail};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver},
    time::{Instant, timeout_at},
};
use tokio_util::task::AbortOnDropHandle;

/// How often pictures without renditions are looked for.
const EVERY: Duration = Duration::from_secs(2);
/// The same where several nodes look, each of which costs a trip.
const EVERY_AMONG_OTHERS: Duration = Duration::from_secs(10);
/// Pictures taken up at once.
const BATCH: u32 = 8;
/// Pictures of earlier releases whose renditions are made again at once.
const AGAIN: u32 = 4;
/// How often such pictures are looked for once there are none: a node of the release
/// before this one may still bring some.
const OLDER: Duration = Duration::from_secs(3600);
/// How long a job's pictures have their renditions made by who brought them, all
/// together. Those of [`run`] hold nobody up, so nothing ends them but work beyond
/// measure.
const PATIENCE: Duration = Duration::from_secs(30);
/// For so long nobody else makes them, in milliseconds.
pub(super) const OURS_MS: i64 = 2 * 30_000;

/// What became of a picture's renditions.
enum Made {
    /// They are in the object store.
    All(Rendered),
    /// The bytes cannot be decoded: there will be none.
    Never,
    /// Something of this machine did not work.
    Later,
}

/// The decoding of an original, which goes on whether or not anybody looks, and ends
/// where nobody wants it any more.
struct Decoding {
    original: Bytes,
    /// The thumbnails as they come, the smallest first.
    thumbnails: UnboundedReceiver<Thumbnail>,
    end: AbortOnDropHandle<Result<Derived, PictureError>>,
}

impl Decoding {
    /// Decodes an original in the line of the pictures that were paid for.
    fn begin(original: Bytes) -> Decoding {
        // Four at most wait in it.
        let (sender, thumbnails) = mpsc::unbounded_channel();
        let bytes = original.clone();
        let work = async move {
            fail_point!("decoder-busy", |_| Err(PictureError::Busy));
            let made = move |thumbnail| {
                // Whoever would have put it away may have given up.
                let _ = sender.send(thumbnail);
            };
            imgc_pictures::derive(bytes, made).await
        };
        Decoding {
            original,
            thumbnails,
            end: AbortOnDropHandle::new(tokio::spawn(work)),
        }
    }
}

/// The first picture of an answer, which is decoded while its bytes are brought to
/// safety: what takes longest waits for no disk. The others would take the places of
/// those of other people in the line of the decoders.
#[derive(Default)]
pub(super) struct Ahead(Mutex<Option<Decoding>>);

impl Ahead {
    /// Begins with an answer that has just come.
    pub(super) fn begin(answer: &Answer) -> Ahead {
        let first = answer.pictures.first();
        Ahead(Mutex::new(
            first.map(|picture| Decoding::begin(picture.bytes.clone())),
        ))
    }

    /// What comes of this original. Where it was not begun with, because another
    /// node's answer is the one that counts, it is now.
    fn decoding(&self, original: Bytes) -> Decoding {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        first
            .take_if(|begun| begun.original == original)
            .unwrap_or_else(|| Decoding::begin(original))
    }
}

/// A picture that is new in the library, whose renditions are announced.
pub(super) struct New {
    pub making: Making,
    /// The file ending of its original.
    pub format: &'static str,
    /// The original's bytes, where they are needed at once: the others would only be
    /// in the way.
    pub original: Option<Bytes>,
    /// Whose it is, where it is to be put together with its source.
    pub composed_for: Option<String>,
}

/// Makes the renditions of a job's pictures, one after the other, because other
/// people's wait in the same line. The job is done: what does not work here is tried
/// again by [`run`].
pub(super) async fn of_new(state: &AppState, pictures: Vec<New>, ahead: &Ahead) {
    let until = Instant::now() + PATIENCE;
    for picture in pictures {
        let making = &picture.making;
        let made = timeout_at(until, make_new(state, &picture, ahead)).await;
        let made = made.unwrap_or_else(|_| {
            tracing::warn!(
                image = making.image(),
                "renditions follow: this machine is slow now"
            );
            Made::Later
        });
        note(state, making.image(), made).await;
    }
}

async fn make_new(state: &AppState, picture: &New, ahead: &Ahead) -> Made {
    let original = match &picture.original {
        Some(original) => original.clone(),
        None => {
            let (image, format) = (picture.making.image(), picture.format);
            let key = ObjectKey::Original { image, format };
            match state.objects.read(key).await {
                Ok(original) => original,
                Err(_) => return Made::Later,
            }
        }
    };
    let Some(user_id) = &picture.composed_for else {
        return make(state, &picture.making, ahead.decoding(original), &[]).await;
    };
    let picture_of = (picture.making.image(), user_id.as_str());
    let came_ms = state.clock.now_ms();
    match composite::shown(state, picture_of, original, came_ms).await {
        Shown::Bytes(shown) => make(state, &picture.making, Decoding::begin(shown), &[]).await,
        Shown::Later => Made::Later,
    }
}

/// Makes a picture's renditions and puts each in the object store when it is there. Those
/// it has stay as they are: browsers and caches know their bytes by the address.
async fn make(state: &AppState, making: &Making, mut decoding: Decoding, has: &[u32]) -> Made {
    let image = making.image();
    fail_point!("renditions-slow");
    let mut widths = Vec::new();
    while let Some(thumbnail) = decoding.thumbnails.recv().await {
        let width = thumbnail.width;
        let key = ObjectKey::Rendition { image, width };
        if !has.contains(&width) && state.objects.put(key, thumbnail.bytes).await.is_err() {
            return Made::Later;
        }
        making.there(width);
        widths.push(width);
    }
    match decoding.end.await.unwrap_or(Err(PictureError::Failed)) {
        Ok(derived) => Made::All(Rendered {
            size: (derived.width, derived.height),
            placeholder: derived.placeholder,
            widths,
            pixels: derived.pixels,
            looks: Looks::to_text(derived.looks.as_slice()),
        }),
        Err(error) if error.is_of_the_bytes() => {
            tracing::warn!(image, %error, "an original is shown as it is");
            Made::Never
        }
        Err(error) => {
            tracing::warn!(image, %error, "renditions have to wait");
            Made::Later
        }
    }
}

/// Makes, until shutdown, the renditions that are still to be made, and, where there is
/// nothing else to do, those of earlier releases anew.
pub(super) async fn run(state: AppState) {
    let every = match state.db.is_shared() {
        true => EVERY_AMONG_OTHERS,
        false => EVERY,
    };
    let mut older = Instant::now();
    loop {
        tokio::select! {
            () = state.shutdown.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
        let waiting = without_renditions(&state).await;
        if waiting.as_ref().is_ok_and(Vec::is_empty) && Instant::now() >= older {
            let begun = rows::render_again(&state.db, state.clock.now_ms(), AGAIN).await;
            if begun.is_ok_and(|begun| begun == 0) {
                older = Instant::now() + OLDER;
            }
        }
        for image in waiting.unwrap_or_default() {
            tokio::select! {
                () = state.shutdown.cancelled() => return,
                () = catch_up(&state, &image) => {}
            }
        }
    }
}

async fn without_renditions(state: &AppState) -> Result<Vec<Image>, DbError> {
    let now_ms = state.clock.now_ms();
    rows::due(&state.db, due_ms(state), now_ms, BATCH).await
}

/// Up to when renditions are to be due for this node to make them. One that is alone
/// knows itself what it is at: what is still another's is that of its former life.
fn due_ms(state: &AppState) -> i64 {
    let now_ms = state.clock.now_ms();
    match state.db.is_shared() {
        true => now_ms,
        false => now_ms + OURS_MS,
    }
}

/// Whether the picture is this node's to work on: one makes renditions that all would
/// find missing, and none what has been made since they were listed.
async fn takes(state: &AppState, image: &Image) -> bool {
    let now_ms = state.clock.now_ms();
    let taken = rows::take(&state.db, &image.id, due_ms(state), now_ms);
    taken.await.unwrap_or(false)
}

async fn catch_up(state: &AppState, image: &Image) {
    // Who brought it is at it.
    if state.renditions.are_under_way(&image.id) {
        return;
    }
    // Before it is taken: an erasure that finds nothing announced finds nothing begun.
    let making = state.renditions.announce(&image.id, &image.user_id);
    if !takes(state, image).await {
        return;
    }
    let original = match state.objects.read(archive::original(image)).await {
        Ok(bytes) if image.composite == Some(Composite::Due) => {
            let picture = (image.id.as_str(), image.user_id.as_str());
            composite::shown(state, picture, bytes, image.created_at_ms).await
        }
        Ok(bytes) => Shown::Bytes(bytes),
        Err(_) => Shown::Later,
    };
    let made = match original {
        Shown::Bytes(bytes) => make(state, &making, Decoding::begin(bytes), &image.widths).await,
        Shown::Later => Made::Later,
    };
    note(state, &image.id, made).await;
}

/// Notes in a picture's row what became of its renditions.
async fn note(state: &AppState, image: &str, made: Made) {
    let (db, now_ms) = (&state.db, state.clock.now_ms());
    let noted = match made {
        Made::Later => rows::put_off(db, image, Some(now_ms)).await,
        Made::Never => rows::put_off(db, image, None).await,
        Made::All(rendered) => rows::rendered(db, image, &rendered).await,
    };
    let noted = match noted {
        // It was deleted meanwhile, and so its renditions go, too.
        Ok(false) => {
            let mut keys = orders::renditions_of_unfinished(state, image).await;
            keys.push(ObjectKey::Composite { image }.path());
            outbox::order(db, &keys, now_ms).await
        }
        noted => noted.map(|_| ()),
    };
    if let Err(error) = noted {
        tracing::warn!(image, %error, "renditions are tried again");
    }
}
