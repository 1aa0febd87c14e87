//! The ledger of one node: a file, a line an event.

use super::LedgerLine;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::Mutex;

/// The file.
#[derive(Clone)]
pub(super) struct LedgerFile {
    path: PathBuf,
    writing: Arc<Mutex<()>>,
}

impl LedgerFile {
    pub(super) fn open(path: &Path) -> io::Result<LedgerFile> {
        OpenOptions::new().create(true).append(true).open(path)?;
        Ok(LedgerFile {
            path: path.to_owned(),
            writing: Arc::default(),
        })
    }

    pub(super) async fn append(&self, line: &LedgerLine) -> io::Result<()> {
        let mut line = serde_json::to_vec(line)?;
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

    pub(super) async fn lines_since(&self, since_ms: i64) -> io::Result<Vec<LedgerLine>> {
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || {
            let text = fs::read_to_string(&path)?;
            let mut lines = Vec::new();
            for line in text.lines().filter(|line| !line.is_empty()) {
                match serde_json::from_str::<LedgerLine>(line) {
                    Ok(line) if line.at_ms < since_ms => {}
                    Ok(line) => lines.push(line),
                    // The line a crash cut short: what it tells of never happened.
                    Err(_) => tracing::warn!("a line of the erasure ledger is damaged"),
                }
            }
            Ok(lines)
        })
        .await
        .map_err(io::Error::other)?
    }

    /// Puts these lines in the place of all that are there, which must be among
    /// them: an event that nobody else knows of is not given up.
    pub(super) async fn replace(&self, lines: &[LedgerLine]) -> io::Result<()> {
        let there = self.lines_since(i64::MIN).await?;
        if there.iter().any(|line| !lines.contains(line)) {
            return Err(io::Error::other(
                "it holds events that the ledger which is moved does not know",
            ));
        }
        let mut text = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut text, line)?;
            text.push(b'\n');
        }
        let path = self.path.clone();
        let _turn = self.writing.lock().await;
        tokio::task::spawn_blocking(move || {
            let mut part = path.clone().into_os_string();
            part.push(".part");
            let part = PathBuf::from(part);
            let mut file = File::create(&part)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&part, &path)
        })
        .await
        .map_err(io::Error::other)?
    }
}

fn ends_with_newline(path: &Path) -> io::Result<bool> {
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
    use super::super::{ErasureLedger, Event, name_of};
    use super::fs;
    use crate::server::config::{self, LedgerPlace};

    #[tokio::test]
    async fn the_last_word_on_an_account_counts_and_damage_costs_one_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("erasures.ledger");
        let open = || {
            let place = LedgerPlace::File(path.clone());
            ErasureLedger::open(&place, &config::Objects::default()).expect("opens")
        };
        let ledger = open();
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
        let last = open().read().await.expect("read");
        assert_eq!(last.get(&name_of("a")), Some(&Event::Reopened));
        assert_eq!(last.get(&name_of("b")), Some(&closed));
        assert_eq!(last.len(), 2);
        let later = open().read_since(3).await.expect("read");
        assert_eq!(later.newest_ms, Some(4));
        assert_eq!(later.by_person.len(), 1);
    }
}
