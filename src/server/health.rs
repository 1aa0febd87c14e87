//! How this machine and its stores stand, for the administrators' page and for the
//! figures of `/metrics`.

use super::{
    AppState,
    config::Config,
    disk::{self, Room},
    objects::Objects,
};
use std::time::Duration;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

/// How long an answer about the object store is good for: a bucket is paid by the call.
const FRESH: Duration = Duration::from_secs(15);
/// What does not answer within this counts as down.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// What was last known of the object store.
#[derive(Default)]
pub struct Health(Mutex<Option<(Instant, bool)>>);

impl Health {
    /// Whether the object store answers, as is known from some seconds ago at most.
    pub async fn objects(&self, store: &Objects) -> bool {
        let mut known = self.0.lock().await;
        match *known {
            Some((at, answers)) if at.elapsed() < FRESH => answers,
            _ => {
                let answers = timeout(PATIENCE, store.answers()).await.unwrap_or(false);
                *known = Some((Instant::now(), answers));
                answers
            }
        }
    }
}

/// Which folder a disk is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// The database, the spool, and the objects where they are in no bucket.
    Data,
    /// The backups, where they have a folder elsewhere.
    Backups,
}

/// What was found on the disks.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// The room on each disk; none of one that could not be asked.
    pub rooms: Vec<(Folder, Room)>,
    /// Unix milliseconds of the newest backup.
    pub backup_ms: Option<i64>,
}

impl Machine {
    /// Looks at the disks; one that does not answer is left out.
    pub async fn look(state: &AppState) -> Machine {
        let config = state.config.clone();
        let looked = tokio::task::spawn_blocking(move || Machine::found(&config));
        match timeout(PATIENCE, looked).await {
            Ok(Ok(found)) => found,
            _ => Machine::default(),
        }
    }

    fn found(config: &Config) -> Machine {
        let (data, backups) = (&config.imgc.data_dir, config.backup_dir());
        let mut folders = vec![(Folder::Data, data.as_path())];
        if !backups.starts_with(data) {
            folders.push((Folder::Backups, &backups));
        }
        let rooms = folders
            .into_iter()
            .filter_map(|(folder, path)| Some((folder, disk::room(path).ok()?)));
        let newest = disk::backups(&backups).ok().and_then(|mut all| all.pop());
        Machine {
            rooms: rooms.collect(),
            backup_ms: newest.and_then(|path| disk::written_ms(&path).ok()),
        }
    }
}
