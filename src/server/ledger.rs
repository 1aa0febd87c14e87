//! The erasure ledger: which accounts were closed, came back or were erased.
//!
//! It lies outside the database and its backups, and names people by a hash of
//! their random id, which tells nobody who they were. Restoring an older backup
//! replays it, so that who was erased stays erased.

use crate::server::secrets;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::Mutex;

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

/// A line of the ledger.
#[derive(Serialize, Deserialize)]
struct LedgerLine {
    at_ms: i64,
    /// Hex SHA-256 of the account's id.
    person: String,
    #[serde(flatten)]
    event: Event,
}

/// The file. Lines are only ever appended, and on the disk before what they
/// tell of happens.
#[derive(Clone)]
pub struct ErasureLedger {
    path: PathBuf,
    writing: Arc<Mutex<()>>,
}

impl ErasureLedger {
    /// Opens the ledger, making its file.
    pub fn open(path: &Path) -> io::Result<ErasureLedger> {
        OpenOptions::new().create(true).append(true).open(path)?;
        Ok(ErasureLedger {
            path: path.to_owned(),
            writing: Arc::default(),
        })
    }

    /// Adds a line; when this returns it survives a power cut.
    pub async fn append(&self, user_id: &str, event: Event, at_ms: i64) -> io::Result<()> {
        let entry = LedgerLine {
            at_ms,
            person: name_of(user_id),
            event,
        };
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        let path = self.path.clone();
        let _turn = self.writing.lock().await;
        tokio::task::spawn_blocking(move || {
            let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
            // A line cut short by a crash must not spoil the next one.
            if !ends_with_newline(&path)? {
                file.write_all(b"\n")?;
            }
            file.write_all(&line)?;
            file.sync_all()
        })
        .await
        .map_err(io::Error::other)?
    }

    /// The last event of each account, by [`name_of`] its id.
    pub async fn read(&self) -> io::Result<HashMap<String, Event>> {
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || {
            let text = fs::read_to_string(&path)?;
            let mut last = HashMap::new();
            for line in text.lines().filter(|line| !line.is_empty()) {
                match serde_json::from_str::<LedgerLine>(line) {
                    Ok(entry) => {
                        last.insert(entry.person, entry.event);
                    }
                    // The line a crash cut short: what it tells of never happened.
                    Err(_) => tracing::warn!("a line of the erasure ledger is damaged"),
                }
            }
            Ok(last)
        })
        .await
        .map_err(io::Error::other)?
    }
}

/// The ledger's name for an account: hex SHA-256 of its id.
pub fn name_of(user_id: &str) -> String {
    secrets::sha256(user_id.as_bytes())
}

fn ends_with_newline(path: &Path) -> io::Result<bool> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_word_on_an_account_counts_and_damage_costs_one_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("erasures.ledger");
        let ledger = ErasureLedger::open(&path).expect("opens");
        let closed = Event::Closed { due_at_ms: 9 };
        ledger.append("a", closed, 1).await.expect("written");
        ledger
            .append("a", Event::Reopened, 2)
            .await
            .expect("written");
        fs::write(
            &path,
            [&fs::read(&path).expect("read")[..], b"{\"at_ms\":3,"].concat(),
        )
        .expect("cut short");
        ledger.append("b", closed, 4).await.expect("written");
        let last = ErasureLedger::open(&path)
            .expect("opens")
            .read()
            .await
            .expect("read");
        assert_eq!(last.get(&name_of("a")), Some(&Event::Reopened));
        assert_eq!(last.get(&name_of("b")), Some(&closed));
        assert_eq!(last.len(), 2);
    }
}
