//! Puts an edit into the picture it was made of, where its person wanted everything
//! outside of the mask as it was. The answer is safe by then and its row is written: what
//! is made here is a second file, which becomes the picture. Until then, and where it
//! cannot be, the answer is the picture.

use crate::{
    model::limits::UPLOAD_MS,
    server::{
        AppState,
        objects::{FileError, ObjectKey},
        secrets,
    },
    store::{
        DbError,
        composites::{self, Made},
        uploads::Upload,
    },
};
use bytes::Bytes;
use fail::fail_point;
use imgc_pictures::{Composed, Composite, PictureError};
use sha2::{Digest, Sha256};

/// What a picture's renditions are to be made of.
pub(super) enum Shown {
    /// These bytes.
    Bytes(Bytes),
    /// Nothing yet: something of this machine did not work.
    Later,
}

/// Why there is no composite yet, or will be none.
enum Without {
    /// It was deleted meanwhile, or another node was faster: the next look at its row tells.
    Settled,
    /// Nothing is left outside of the mask.
    Needless,
    /// What it would be made of is gone, or does not fit together.
    Impossible,
    /// Something of this machine did not work.
    Later,
}

impl From<DbError> for Without {
    fn from(_: DbError) -> Without {
        Without::Later
    }
}

impl From<FileError> for Without {
    fn from(error: FileError) -> Without {
        match error {
            FileError::Missing => Without::Impossible,
            FileError::Failed => Without::Later,
        }
    }
}

/// Puts a picture together that is to be, and gives what is shown of it: the composite, or
/// the `answer` where there will be none. `since_ms` is when the answer came: what does not
/// work for a day is given up, because its source is not kept for ever.
pub(super) async fn shown(
    state: &AppState,
    (image, user_id): (&str, &str),
    answer: Bytes,
    since_ms: i64,
) -> Shown {
    let failed = match put_together(state, image, user_id, &answer).await {
        Ok(composite) => return Shown::Bytes(composite),
        Err(Without::Settled) => return Shown::Later,
        Err(Without::Later) if state.clock.now_ms() - since_ms < UPLOAD_MS => {
            tracing::warn!(image, "a composite has to wait");
            return Shown::Later;
        }
        Err(Without::Needless) => false,
        Err(Without::Impossible | Without::Later) => {
            tracing::warn!(image, "a picture stays as the image API sent it");
            true
        }
    };
    match composites::not_made(&state.db, image, failed).await {
        Ok(true) => Shown::Bytes(answer),
        Ok(false) | Err(_) => Shown::Later,
    }
}

/// Makes the composite and has it be the picture. Done twice it is the same file.
async fn put_together(
    state: &AppState,
    image: &str,
    user_id: &str,
    answer: &Bytes,
) -> Result<Bytes, Without> {
    let inputs = composites::inputs(&state.db, image, user_id).await?;
    let (source, mask) = inputs.ok_or(Without::Settled)?;
    let (Some(source), Some(mask)) = (source, mask) else {
        return Err(Without::Impossible);
    };
    let source = state.objects.read(key(&source)).await?;
    let mask = state.objects.read(key(&mask)).await?;
    let composite = match composed(source, mask, answer.clone()).await {
        Ok(Composed::Made(composite)) => composite,
        Ok(Composed::AllMarked) => return Err(Without::Needless),
        Ok(Composed::OtherShape) => return Err(Without::Impossible),
        Err(error) if error.is_of_the_bytes() => return Err(Without::Impossible),
        Err(_) => return Err(Without::Later),
    };
    keep(state, image, &composite).await?;
    Ok(composite.bytes)
}

async fn composed(source: Bytes, mask: Bytes, answer: Bytes) -> Result<Composed, PictureError> {
    fail_point!("composite-fails", |_| Err(PictureError::Failed));
    imgc_pictures::composite(source, mask, answer).await
}

/// The file first, then the row: what a crash leaves between the two is made again.
async fn keep(state: &AppState, image: &str, composite: &Composite) -> Result<(), Without> {
    let key = ObjectKey::Composite { image };
    state.objects.put(key, composite.bytes.clone()).await?;
    fail_point!("composite-kept");
    let made = Made {
        bytes: composite.bytes.len() as u64,
        sha256: secrets::hex(&Sha256::digest(&composite.bytes)),
        size: (composite.width, composite.height),
    };
    match composites::made(&state.db, image, &made).await? {
        true => Ok(()),
        false => Err(Without::Settled),
    }
}

fn key(upload: &Upload) -> ObjectKey<'_> {
    ObjectKey::Upload {
        upload: &upload.id,
        format: &upload.format,
    }
}
