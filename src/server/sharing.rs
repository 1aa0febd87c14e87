//! What a node makes sure of before it works on a database that other nodes share:
//! that it has their key, that the bucket creates an object once, and that the
//! database is not being moved. On the embedded engine there is nothing to ask.

use super::{AppState, clock::Clock};
use crate::store::{Db, DbError, mover, node_leases};

/// How often the bucket is tried before it is judged: an answer may be lost.
const TRIES: u32 = 2;

/// The reason a node may not work on the database.
#[derive(Debug, thiserror::Error)]
pub enum SharingError {
    /// Another key is in use.
    #[error(
        "instance_key (or IMGC_INSTANCE_KEY) is another one than the nodes of this database have: \
         with it people would get fresh allowances, and the image API would know them by other \
         names. Set theirs here"
    )]
    Key,
    /// The bucket overwrites where it is to create only.
    #[error(
        "objects.url (or IMGC_OBJECTS_URL): this bucket overwrites an object where it is asked to \
         create one only (If-None-Match: *), so that two nodes could destroy each other's \
         answers. R2 and Amazon's S3 create once; use one that does"
    )]
    Bucket,
    /// The bucket cannot be tried.
    #[error("objects.url (or IMGC_OBJECTS_URL): the bucket does not answer")]
    Unanswered,
    /// A move is at work on it.
    #[error(
        "`imgc move` is at work on this database, or was killed within the last minutes: start \
         when it has ended"
    )]
    Moving,
    /// A move into it broke off.
    #[error(
        "a move into this database was not finished, and parts are missing: run `imgc move --to \
         d1` again, which begins anew"
    )]
    HalfMoved,
    /// The database did not answer.
    #[error("the database that nodes share: {0}")]
    Database(#[from] DbError),
}

impl SharingError {
    /// True if another try would end the same, until somebody does something.
    pub fn is_lasting(&self) -> bool {
        match self {
            SharingError::Key | SharingError::Bucket | SharingError::HalfMoved => true,
            SharingError::Unanswered | SharingError::Moving | SharingError::Database(_) => false,
        }
    }
}

/// What a node does before it serves: the first one of a database notes its key.
pub async fn join(state: &AppState) -> Result<(), SharingError> {
    if !state.db.is_shared() {
        return Ok(());
    }
    is_free(state).await?;
    let mark = state.key.mark();
    if node_leases::note_key(&state.db, mark).await? != mark {
        return Err(SharingError::Key);
    }
    if !state.objects.answers().await {
        return Err(SharingError::Unanswered);
    }
    for _ in 0..TRIES {
        if state.objects.probe_create_only().await {
            return Ok(());
        }
    }
    Err(SharingError::Bucket)
}

/// What a command makes sure of that works beside the nodes; it notes nothing.
pub async fn check(state: &AppState) -> Result<(), SharingError> {
    if !state.db.is_shared() {
        return Ok(());
    }
    is_free(state).await?;
    match node_leases::key(&state.db).await? {
        Some(mark) if mark != state.key.mark() => Err(SharingError::Key),
        _ => Ok(()),
    }
}

async fn is_free(state: &AppState) -> Result<(), SharingError> {
    let now_ms = now_ms(&state.db, &state.clock);
    let standing = mover::standing(&state.db, now_ms).await?;
    if standing.held {
        return Err(SharingError::Moving);
    }
    match standing.half {
        true => Err(SharingError::HalfMoved),
        false => Ok(()),
    }
}

/// Now in Unix milliseconds by the database's clock, as its last answer told.
pub fn now_ms(db: &Db, clock: &Clock) -> i64 {
    let offset_ms = db.clock_offset_ms().unwrap_or_default();
    clock.system_ms().saturating_add(offset_ms)
}

#[cfg(test)]
mod tests {
    use crate::server::secrets::InstanceKey;

    #[test]
    fn a_keys_mark_is_a_number_that_every_engine_keeps() {
        let marks = [0, 1, 255].map(|byte| InstanceKey::new([byte; 32]).mark());
        for mark in marks {
            assert!((1..1 << 52).contains(&mark), "{mark}");
        }
        assert!(marks[0] != marks[1] && marks[1] != marks[2]);
    }
}
