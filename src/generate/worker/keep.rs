//! From the spool to the library: the originals into the object store, then the
//! renditions, then the rows.

use super::{JobError, failed};
use crate::{
    model::FailureKind,
    server::{AppState, objects::ObjectKey, spool::Manifest},
    store::{
        images::{self, NewImage},
        jobs::{self, Job},
    },
};
use fail::fail_point;

/// Puts the originals, byte for byte, in the object store.
pub(super) async fn keep_originals(
    state: &AppState,
    job: &Job,
    manifest: &Manifest,
) -> Result<(), JobError> {
    for (index, picture) in manifest.pictures.iter().enumerate() {
        let bytes = spooled(state, job, manifest, index).await?;
        let found = imgc_pictures::inspect(&bytes).map_err(|error| {
            tracing::error!(job = job.id, %error, "the image API sent no usable picture");
            failed(FailureKind::BadAnswer)
        })?;
        let key = ObjectKey::Original {
            image: &picture.image_id,
            format: found.format.extension(),
        };
        state
            .objects
            .put(key, bytes)
            .await
            .map_err(|_| JobError::Later("object store"))?;
    }
    if !jobs::stored(&state.db, &job.id, &state.node).await? {
        return Err(JobError::LeaseLost);
    }
    state.progress.changed(&job.id);
    fail_point!("job-stored");
    finish(state, job, manifest).await
}

/// Makes the renditions and puts the pictures in the library.
pub(super) async fn finish(
    state: &AppState,
    job: &Job,
    manifest: &Manifest,
) -> Result<(), JobError> {
    let total = match job.cost_micros {
        Some(cost) => cost,
        None => cost_of(state, job).await?,
    };
    let mut rows = Vec::with_capacity(manifest.pictures.len());
    for index in 0..manifest.pictures.len() {
        let share = share_micros(total, manifest.pictures.len(), index);
        rows.push(render(state, job, manifest, index, share).await?);
    }
    fail_point!("job-rendered");
    let now_ms = state.clock.now_ms();
    if !images::finish_job(&state.db, &job.id, &state.node, &rows, now_ms).await? {
        return Err(JobError::LeaseLost);
    }
    fail_point!("job-ready");
    if let Err(error) = state.spool.remove(&job.id).await {
        tracing::warn!(job = job.id, %error, "a finished job's spool was not removed");
    }
    state.statistics.count("job ready");
    tracing::info!(
        job = job.id,
        pictures = rows.len(),
        cost_micros = total,
        "a job is done"
    );
    Ok(())
}

/// The cost recorded when the bytes came, for a job read before it was.
async fn cost_of(state: &AppState, job: &Job) -> Result<i64, JobError> {
    let row = jobs::by_owner(&state.db, &job.id, &job.user_id).await?;
    Ok(row
        .and_then(|j| j.cost_micros)
        .unwrap_or(job.reserved_micros))
}

async fn render(
    state: &AppState,
    job: &Job,
    manifest: &Manifest,
    index: usize,
    cost_micros: i64,
) -> Result<NewImage, JobError> {
    let picture = &manifest.pictures[index];
    let bytes = spooled(state, job, manifest, index).await?;
    let size = bytes.len() as u64;
    let credentials = imgc_pictures::credentials::present(&bytes);
    let derived = imgc_pictures::derive(bytes).await.map_err(|error| {
        tracing::error!(job = job.id, %error, "a picture could not be rendered");
        failed(FailureKind::BadAnswer)
    })?;
    let mut widths = Vec::with_capacity(derived.thumbnails.len());
    for thumbnail in derived.thumbnails {
        let key = ObjectKey::Rendition {
            image: &picture.image_id,
            width: thumbnail.width,
        };
        let put = state.objects.put(key, thumbnail.bytes.into()).await;
        put.map_err(|_| JobError::Later("object store"))?;
        widths.push(thumbnail.width);
    }
    Ok(NewImage {
        id: picture.image_id.clone(),
        position: u32::try_from(index).unwrap_or(u32::MAX),
        width: derived.width,
        height: derived.height,
        format: derived.format.extension().to_owned(),
        bytes: size,
        sha256: picture.sha256.clone(),
        placeholder: derived.placeholder,
        widths,
        revised_prompt: picture.revised_prompt.clone(),
        cost_micros,
        credentials,
    })
}

async fn spooled(
    state: &AppState,
    job: &Job,
    manifest: &Manifest,
    index: usize,
) -> Result<bytes::Bytes, JobError> {
    let picture = &manifest.pictures[index];
    let read = state.spool.picture(&job.id, index, picture).await;
    read.map_err(|error| {
        tracing::error!(job = job.id, %error, "a spooled picture could not be read");
        failed(FailureKind::StorageFailed)
    })
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
