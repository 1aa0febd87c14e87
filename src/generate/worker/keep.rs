//! From the spool to the library: the originals into the object store, then the
//! rows, which is what people wait for, then the renditions.

use super::{
    JobError, later, paid_for,
    renditions::{self, Ahead, New},
};
use crate::{
    model::{FailureKind, JobState},
    server::{
        AppState,
        image_api::Answer,
        objects::ObjectKey,
        outbox,
        spool::{Manifest, SpooledPicture},
    },
    store::{
        images::{self, FinishedJob, NewImage},
        jobs::{Booking, Job},
        leases,
        retention::Owner,
    },
};
use bytes::Bytes;
use fail::fail_point;
use imgc_pictures::Original;
use std::sync::Arc;

/// Colour to show for an original whose own is not known, or not yet.
const NEUTRAL: &str = "#f2f2f0";

/// A picture of an answer, as far as its header tells.
pub(super) struct Kept<'a> {
    index: usize,
    spooled: &'a SpooledPicture,
    /// Of the first one, whose renditions are made from memory; the others would
    /// only be in the way.
    bytes: Bytes,
    length: u64,
    credentials: bool,
    original: Original,
}

impl Kept<'_> {
    fn key(&self) -> ObjectKey<'_> {
        ObjectKey::Original {
            image: &self.spooled.image_id,
            format: self.original.format.extension(),
        }
    }
}

/// Puts the originals, byte for byte, in the object store, and gives them. What is no
/// picture is set aside; the job fails only if nothing else is there, and then its bytes stay
/// where they are until that is recorded: should this be taken again, it is to find
/// what came, and not that it is gone.
pub(super) async fn keep_originals<'a>(
    state: &AppState,
    job: &Job,
    manifest: &'a Manifest,
    answer: Option<Arc<Answer>>,
) -> Result<Vec<Kept<'a>>, JobError> {
    let mut kept = Vec::new();
    let mut damaged = manifest.listed_again;
    let mut unusable = Vec::new();
    for index in 0..manifest.pictures.len() {
        match read(state, job, manifest, answer.as_deref(), index).await? {
            Ok(mut picture) => {
                fail_point!("store-down", |_| Err(JobError::Later("object store")));
                let brought = state.spool.keep_original(
                    &state.objects,
                    &job.id,
                    index,
                    picture.spooled,
                    &picture.bytes,
                    picture.key(),
                );
                brought.await.map_err(|_| JobError::Later("object store"))?;
                if index > 0 {
                    picture.bytes = Bytes::new();
                }
                kept.push(picture);
            }
            Err(why) => {
                damaged |= why == Unusable::Damaged;
                unusable.push(index);
            }
        }
    }
    match (kept.is_empty(), damaged) {
        (true, true) => return Err(paid_for(FailureKind::StorageFailed)),
        (true, false) => return Err(paid_for(FailureKind::BadAnswer)),
        _ => {}
    }
    for index in unusable {
        set_aside(state, job, index).await?;
    }
    Ok(kept)
}

/// Puts the pictures in the library and ends the job. What came is booked with it,
/// where it is not yet.
pub(super) async fn finish(
    state: &AppState,
    job: &Job,
    kept: Vec<Kept<'_>>,
    booking: Option<Booking>,
    ahead: &Ahead,
) -> Result<(), JobError> {
    let total = match (booking, job.cost_micros) {
        (Some(booking), _) => booking.cost.micros,
        (None, Some(cost)) => cost,
        (None, None) => cost_of(state, job).await?,
    };
    let (mut rows, mut objects, mut pictures) = (Vec::new(), Vec::new(), Vec::new());
    for picture in kept {
        objects.extend(keys(&picture, job.keeps_outside));
        rows.push(row(state, &picture));
        // Announced before anybody can know of the picture.
        let making = state
            .renditions
            .announce(&picture.spooled.image_id, &job.user_id);
        pictures.push(New {
            making,
            format: picture.original.format.extension(),
            // The one that is being decoded already.
            original: (picture.index == 0).then_some(picture.bytes),
            composed_for: job.keeps_outside.then(|| job.user_id.clone()),
        });
    }
    let count = rows.len();
    for (index, row) in rows.iter_mut().enumerate() {
        row.cost_micros = share_micros(total, count, index);
    }
    let finished = FinishedJob {
        id: &job.id,
        owner: job.owner(),
        prompt: &job.prompt,
        images: &rows,
        objects: &objects,
        booking,
    };
    if booking.is_some() {
        fail_point!("booking-fails", |_| Err(JobError::Later("database")));
    }
    if !images::finish_job(&state.db, &finished, state.clock.now_ms()).await? {
        return Err(JobError::LeaseLost);
    }
    // Told before anything else is done; there are no partial pictures any more.
    state.progress.finished(&job.id);
    fail_point!("job-ready");
    tracing::info!(
        job = job.id,
        pictures = count,
        cost_micros = total,
        "a job is done"
    );
    let renditions = renditions::of_new(state, pictures, ahead);
    let (ended, ()) = tokio::join!(ended_well(state, job), renditions);
    fail_point!("job-rendered");
    ended
}

/// Every object of a new picture, those that are still to come included.
fn keys(picture: &Kept<'_>, composes: bool) -> Vec<String> {
    let image = &picture.spooled.image_id;
    let widths = imgc_pictures::thumbnail_widths(picture.original.width).into_iter();
    let renditions = widths.map(|width| ObjectKey::Rendition { image, width });
    let composite = composes.then_some(ObjectKey::Composite { image });
    let keys = std::iter::once(picture.key())
        .chain(composite)
        .chain(renditions);
    keys.map(|key| key.path()).collect()
}

/// What is left to do of a job whose pictures are in the library.
pub(super) async fn ended_well(state: &AppState, job: &Job) -> Result<(), JobError> {
    if let Err(error) = state.spool.remove(&job.id).await {
        tracing::warn!(job = job.id, %error, "a finished job's spool was not removed");
    }
    state.statistics.count("job ready");
    state.metrics.job_ready();
    Ok(())
}

/// Orders the deletion of what was brought to the object store for a job that
/// another node has ended meanwhile, as far as it belongs to no picture: those may
/// have been deleted since, with everything of their owner's. While somebody may
/// still lead the job on, all of it is theirs.
pub(super) async fn leave_nothing(
    state: &AppState,
    job: &Job,
    manifest: &Manifest,
) -> Result<(), JobError> {
    use JobState as S;
    let row = leases::by_id(&state.db, &job.id).await?;
    if row.is_some_and(|row| !matches!(row.state, S::Ready | S::Failed | S::Cancelled)) {
        return Ok(());
    }
    for picture in &manifest.pictures {
        let image = &picture.image_id;
        let keys = outbox::keys_of_unfinished(state, image).await;
        outbox::order_if_unknown(state, Owner::Image, image, &keys).await?;
    }
    Ok(())
}

/// The cost recorded when the bytes came, for a job read before it was.
async fn cost_of(state: &AppState, job: &Job) -> Result<i64, JobError> {
    let row = leases::by_id(&state.db, &job.id).await?;
    Ok(row
        .and_then(|j| j.cost_micros)
        .unwrap_or(job.reserved_micros))
}

/// The row of a picture, as far as its header tells.
fn row(state: &AppState, picture: &Kept<'_>) -> NewImage {
    let original = picture.original;
    let due_ms = state.clock.now_ms() + renditions::OURS_MS;
    NewImage {
        id: picture.spooled.image_id.clone(),
        position: u32::try_from(picture.index).unwrap_or(u32::MAX),
        width: original.width,
        height: original.height,
        format: original.format.extension().to_owned(),
        bytes: picture.length,
        sha256: picture.spooled.sha256.clone(),
        placeholder: NEUTRAL.to_owned(),
        revised_prompt: picture.spooled.revised_prompt.clone(),
        // Known when all of them are.
        cost_micros: 0,
        credentials: picture.credentials,
        renditions_due_ms: original.format.is_decoded_here().then_some(due_ms),
    }
}

/// Why a picture of an answer is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unusable {
    /// Its bytes are no longer what was written.
    Damaged,
    /// What came is no picture.
    NoPicture,
}

/// A picture of the answer, or why it is none. Trouble in reading it says nothing of
/// it.
async fn read<'a>(
    state: &AppState,
    job: &Job,
    manifest: &'a Manifest,
    answer: Option<&Answer>,
    index: usize,
) -> Result<Result<Kept<'a>, Unusable>, JobError> {
    let spooled = &manifest.pictures[index];
    let in_memory = answer.and_then(|answer| answer.pictures.get(index));
    let found = match in_memory {
        Some(picture) => Some(picture.bytes.clone()),
        None => {
            let read = state.spool.picture(&job.id, index, spooled).await;
            read.map_err(|error| later(job, "spool", &error))?
        }
    };
    let unusable = match found {
        None => Unusable::Damaged,
        Some(bytes) => match imgc_pictures::identify(&bytes) {
            Err(_) => Unusable::NoPicture,
            Ok(original) => {
                return Ok(Ok(Kept {
                    index,
                    spooled,
                    length: bytes.len() as u64,
                    credentials: imgc_pictures::credentials::present(&bytes),
                    bytes,
                    original,
                }));
            }
        },
    };
    tracing::error!(job = job.id, index, ?unusable, "a picture cannot be used");
    Ok(Err(unusable))
}

/// Sets a picture aside that is none, if it is still there: its job ends without it,
/// and what is left of the answer is removed.
async fn set_aside(state: &AppState, job: &Job, index: usize) -> Result<(), JobError> {
    let moved = state.spool.set_aside(&job.id, Some(index)).await;
    moved.map_err(|error| later(job, "set-aside", &error))
}

/// A picture's share of the job's cost; the first bears what does not divide.
fn share_micros(total: i64, pictures: usize, index: usize) -> i64 {
    let pictures = i64::try_from(pictures.max(1)).unwrap_or(1);
    let share = total / pictures;
    if index == 0 {
        share + total % pictures
    } else {
        share
    }
}

#[cfg(test)]
mod tests {
    use super::share_micros;

    #[test]
    fn shares_add_up_to_the_whole() {
        for (total, pictures) in [(100, 3), (0, 4), (7, 10), (1_000_001, 1)] {
            let sum: i64 = (0..pictures)
                .map(|i| share_micros(total, pictures, i))
                .sum();
            assert_eq!(sum, total);
        }
    }
}
