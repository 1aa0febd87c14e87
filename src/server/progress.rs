//! The progress of jobs at this moment: wake-ups for the event streams, and the
//! newest partial picture of each. Memory only; the truth is the row.

use bytes::Bytes;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

/// A partial picture: its number and its bytes.
#[derive(Clone, Debug)]
pub struct Partial {
    /// The API's `partial_image_index`, from 0.
    pub index: u32,
    /// The file's bytes, as the API sent them.
    pub bytes: Bytes,
}

struct JobProgress {
    changes: watch::Sender<u64>,
    partial: Option<Partial>,
}

/// The hub between the workers and the event streams.
pub struct Progress {
    jobs: Mutex<HashMap<String, JobProgress>>,
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
            jobs: Mutex::default(),
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

    fn lock(&self) -> MutexGuard<'_, HashMap<String, JobProgress>> {
        // A panic elsewhere leaves the map usable: it holds no invariant.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows a job: the receiver changes whenever something happened to it.
    pub fn subscribe(&self, job: &str) -> watch::Receiver<u64> {
        let mut jobs = self.lock();
        let entry = jobs.entry(job.to_owned()).or_insert_with(|| JobProgress {
            changes: watch::Sender::new(0),
            partial: None,
        });
        entry.changes.subscribe()
    }

    /// Tells the followers that the job's row changed.
    pub fn changed(&self, job: &str) {
        if let Some(entry) = self.lock().get(job) {
            entry.changes.send_modify(|n| *n += 1);
        }
        self.notify(job);
    }

    /// Shows a partial picture.
    pub fn partial(&self, job: &str, index: u32, bytes: Bytes) {
        let mut jobs = self.lock();
        let entry = jobs.entry(job.to_owned()).or_insert_with(|| JobProgress {
            changes: watch::Sender::new(0),
            partial: None,
        });
        entry.partial = Some(Partial { index, bytes });
        entry.changes.send_modify(|n| *n += 1);
        drop(jobs);
        self.notify(job);
    }

    /// The newest partial picture of a job.
    pub fn newest_partial(&self, job: &str) -> Option<Partial> {
        self.lock().get(job)?.partial.clone()
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
        let entry = self.lock().remove(job);
        if let Some(entry) = entry {
            entry.changes.send_modify(|n| *n += 1);
        }
        self.notify(job);
    }

    /// Forgets jobs nobody follows and that hold no picture.
    pub fn sweep(&self) {
        self.lock()
            .retain(|_, entry| entry.partial.is_some() || entry.changes.receiver_count() > 0);
    }
}
