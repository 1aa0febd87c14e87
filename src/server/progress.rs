//! The progress of jobs at this moment: wake-ups for the event streams, and the
//! newest partial picture of each. Memory only; the truth is the row.

use bytes::Bytes;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// A partial picture: its number and its bytes.
#[derive(Clone, Debug)]
pub struct Partial {
    /// The API's `partial_image_index`, from 0.
    pub index: u32,
    /// The file's bytes, as the API sent them.
    pub bytes: Bytes,
}

/// The hub between the workers and the event streams.
pub struct Progress {
    /// The newest partial picture of each job under way, by its id.
    partials: Mutex<HashMap<String, Partial>>,
    /// Ends the waiting for a job's answer, by its id: of those in this process's hands.
    stops: Mutex<HashMap<String, CancellationToken>>,
    /// Names whatever something happened to: a job, or a person with a new one.
    changes: broadcast::Sender<String>,
}

/// Rings a slow listener may be behind before it is told that it missed some.
const CHANGES_CAPACITY: usize = 256;

impl Default for Progress {
    fn default() -> Self {
        Progress {
            partials: Mutex::default(),
            stops: Mutex::default(),
            changes: broadcast::Sender::new(CHANGES_CAPACITY),
        }
    }
}

impl Progress {
    /// Follows everybody's jobs: the id of each job something happened to, and
    /// of each person who has a new one.
    pub fn listen(&self) -> broadcast::Receiver<String> {
        self.changes.subscribe()
    }

    /// A person has a new job.
    pub fn queued(&self, user_id: &str) {
        self.notify(user_id);
    }

    fn notify(&self, id: &str) {
        // Nobody may be listening.
        let _ = self.changes.send(id.to_owned());
    }

    fn partials(&self) -> MutexGuard<'_, HashMap<String, Partial>> {
        // A panic elsewhere leaves the map usable: it holds no invariant.
        self.partials.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the followers that the job's row changed.
    pub fn changed(&self, job: &str) {
        self.notify(job);
    }

    /// Shows a partial picture.
    pub fn partial(&self, job: &str, index: u32, bytes: Bytes) {
        let partial = Partial { index, bytes };
        self.partials().insert(job.to_owned(), partial);
        self.notify(job);
    }

    /// The newest partial picture of a job.
    pub fn newest_partial(&self, job: &str) -> Option<Partial> {
        self.partials().get(job).cloned()
    }

    fn stops(&self) -> MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What ends the waiting for the answer of a job that was just taken in hand.
    pub fn stoppable(&self, job: &str) -> CancellationToken {
        self.stops().entry(job.to_owned()).or_default().clone()
    }

    /// Ends it, if the job is in hand here, or, for a node that is alone, about to be.
    pub fn stop(&self, job: &str, is_alone: bool) {
        let mut stops = self.stops();
        match stops.get(job) {
            Some(stop) => stop.cancel(),
            None if is_alone => stops.entry(job.to_owned()).or_default().cancel(),
            None => {}
        }
    }

    /// The job ended: its followers are told once more and its memory is freed.
    pub fn finished(&self, job: &str) {
        self.stops().remove(job);
        self.partials().remove(job);
        self.notify(job);
    }
}
