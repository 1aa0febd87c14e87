//! The erasure ledger: which accounts were closed, came back or were erased.
//!
//! It lies outside the database and its backups, and names people by a hash of
//! their random id, which tells nobody who they were. An older database put back
//! is replayed against it, so that who was erased stays erased. One node has a
//! file; nodes that share a database share a ledger in a bucket.

mod bucket;
mod file;

use super::{
    config::{self, LedgerPlace},
    objects::Objects,
    secrets,
    state::{StartError, at},
};
use bucket::LedgerBucket;
use file::LedgerFile;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, io};

/// An event in an account's closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// It is to be erased when its grace ends.
    Closed {
        /// Unix milliseconds of the end of the grace.
        due_at_ms: i64,
    },
    /// The person came back in time.
    Reopened,
    /// Its rows are gone.
    Erased,
}

/// An event as it is written: a line of the file, an object of the bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct LedgerLine {
    at_ms: i64,
    /// Hex SHA-256 of the account's id.
    person: String,
    #[serde(flatten)]
    event: Event,
}

/// What the ledger tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastEvents {
    /// The last event of each account, by [`name_of`] its id.
    pub by_person: HashMap<String, Event>,
    /// Unix milliseconds of the newest event; `None` where there is none.
    pub newest_ms: Option<i64>,
}

impl LastEvents {
    /// Takes the next event, in the order in which they were.
    fn take(&mut self, line: LedgerLine) {
        self.newest_ms = self.newest_ms.max(Some(line.at_ms));
        self.by_person.insert(line.person, line.event);
    }
}

/// The ledger. Events are only ever added, and are safe before what they tell of
/// happens.
#[derive(Clone)]
pub struct ErasureLedger {
    place: Place,
}

#[derive(Clone)]
enum Place {
    File(LedgerFile),
    Bucket(LedgerBucket),
}

impl ErasureLedger {
    /// Opens the ledger: makes its file, or speaks to its bucket with the
    /// endpoint and the keys of the objects' own.
    pub fn open(
        place: &LedgerPlace,
        settings: &config::Objects,
    ) -> Result<ErasureLedger, StartError> {
        let place = match place {
            LedgerPlace::File(path) => Place::File(LedgerFile::open(path).map_err(at(path))?),
            LedgerPlace::Bucket(url) => {
                Place::Bucket(LedgerBucket::new(Objects::in_bucket(settings, url)?))
            }
        };
        Ok(ErasureLedger { place })
    }

    /// Adds an event; when this returns it survives a power cut.
    pub async fn append(&self, user_id: &str, event: Event, at_ms: i64) -> io::Result<()> {
        let line = LedgerLine {
            at_ms,
            person: name_of(user_id),
            event,
        };
        match &self.place {
            Place::File(file) => file.append(&line).await,
            Place::Bucket(bucket) => bucket.append(&line).await,
        }
    }

    /// The last event of each account, by [`name_of`] its id.
    pub async fn read(&self) -> io::Result<HashMap<String, Event>> {
        Ok(self.read_since(i64::MIN).await?.by_person)
    }

    /// As [`ErasureLedger::read`], of events at that time (Unix ms) and later.
    pub async fn read_since(&self, since_ms: i64) -> io::Result<LastEvents> {
        let mut last = LastEvents::default();
        for line in self.lines_since(since_ms).await? {
            last.take(line);
        }
        Ok(last)
    }

    /// Brings every event of this ledger into another one, in their order, and
    /// returns their number. Doing so again does nothing. A file that knows of
    /// events which this ledger does not have is left as it is.
    pub async fn copy_to(&self, other: &ErasureLedger) -> io::Result<u64> {
        let lines = self.lines_since(i64::MIN).await?;
        match &other.place {
            Place::File(file) => file.replace(&lines).await?,
            Place::Bucket(bucket) => bucket.bring(&lines).await?,
        }
        Ok(lines.len() as u64)
    }

    /// The events at that time and later, in the order in which they were.
    async fn lines_since(&self, since_ms: i64) -> io::Result<Vec<LedgerLine>> {
        match &self.place {
            Place::File(file) => file.lines_since(since_ms).await,
            Place::Bucket(bucket) => bucket.lines_since(since_ms).await,
        }
    }
}

/// The ledger's name for an account: hex SHA-256 of its id.
pub fn name_of(user_id: &str) -> String {
    secrets::sha256(user_id.as_bytes())
}
