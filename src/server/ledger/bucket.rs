//! The ledger of many nodes: an object an event, which is only ever created. Its
//! name begins with the time, so that a listing is in time's order and what came
//! after a moment is found without asking for what came before.

use super::LedgerLine;
use crate::server::{
    objects::{FileError, Listed, Objects},
    secrets,
};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use std::io;

/// Digits of a time in a name: enough until the year 2286.
const DIGITS: usize = 13;
/// Events that are asked for at the same time.
const AT_ONCE: usize = 16;

/// The bucket, or the part of one.
#[derive(Clone)]
pub(super) struct LedgerBucket {
    events: Objects,
}

impl LedgerBucket {
    pub(super) fn new(events: Objects) -> LedgerBucket {
        LedgerBucket { events }
    }

    pub(super) async fn append(&self, line: &LedgerLine) -> io::Result<()> {
        let key = format!("{}-{}.json", time(line.at_ms), secrets::random_slug());
        let bytes = Bytes::from(serde_json::to_vec(line)?);
        match self.events.create(&key, bytes).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(io::Error::other("another event has this name")),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    /// Brings events of another ledger, in their order: their names are made of
    /// what they tell, so that bringing them again makes no more of them.
    pub(super) async fn bring(&self, lines: &[LedgerLine]) -> io::Result<()> {
        let mut events = Vec::with_capacity(lines.len());
        let mut at_ms = i64::MIN;
        for (number, line) in lines.iter().enumerate() {
            // A clock that was set back must not change the order.
            at_ms = at_ms.max(line.at_ms);
            let bytes = serde_json::to_vec(line)?;
            let hash = secrets::sha256(&bytes);
            let key = format!("{}-{number:08}-{}.json", time(at_ms), &hash[..16]);
            events.push((key, Bytes::from(bytes)));
        }
        stream::iter(events)
            .map(|(key, bytes)| async move {
                match self.events.create(&key, bytes).await {
                    Ok(true) => Ok(()),
                    Ok(false) => Err(io::Error::other("another event has this name")),
                    Err(error) => Err(io::Error::other(error)),
                }
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    pub(super) async fn lines_since(&self, since_ms: i64) -> io::Result<Vec<LedgerLine>> {
        // A time alone comes before every name that begins with it.
        let listing = self.events.list_after("", &time(since_ms));
        let found: Vec<Listed> = listing.try_collect().await.map_err(io::Error::other)?;
        let mut keys: Vec<String> = found.into_iter().map(|object| object.key).collect();
        keys.retain(|key| is_event(key));
        keys.sort_unstable();
        let lines: Vec<Option<LedgerLine>> = stream::iter(keys)
            .map(|key| async move { self.event(&key).await })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(lines.into_iter().flatten().collect())
    }

    /// One that cannot be understood is no half of something, as a line may be:
    /// an object is whole or is not there. What it tells of did happen, so that
    /// nothing is done as if it had not.
    async fn event(&self, key: &str) -> io::Result<Option<LedgerLine>> {
        let bytes = match self.events.get_at(key).await {
            // The operator's doing: nobody else removes one.
            Err(FileError::Missing) => return Ok(None),
            got => got.map_err(io::Error::other)?,
        };
        let line = serde_json::from_slice(&bytes);
        line.map(Some).map_err(|_| {
            io::Error::other(format!(
                "the event {key} cannot be understood, and an account may be meant that was \
                 erased: a newer imgc may have written it; if it is damaged, remove it"
            ))
        })
    }
}

/// A time as a name begins with it.
fn time(at_ms: i64) -> String {
    format!("{:0DIGITS$}", at_ms.max(0))
}

/// Whether this is an event's name; other things may be in the same bucket.
fn is_event(key: &str) -> bool {
    key.split_once('-').is_some_and(|(time, rest)| {
        let is_time = time.len() == DIGITS && time.bytes().all(|byte| byte.is_ascii_digit());
        is_time && rest.ends_with(".json") && !rest.contains('/')
    })
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;

    const CLOSED: Event = Event::Closed { due_at_ms: 9 };

    fn ledger() -> (Objects, ErasureLedger) {
        let events = Objects::in_memory();
        let place = Place::Bucket(LedgerBucket::new(events.clone()));
        (events, ErasureLedger { place })
    }

    #[tokio::test]
    async fn the_last_word_on_an_account_counts_whoever_wrote_it() {
        let (events, ledger) = ledger();
        let other = ErasureLedger {
            place: Place::Bucket(LedgerBucket::new(events.clone())),
        };
        // Not in the order of time.
        for (ledger, person, event, at_ms) in [
            (&ledger, "b", CLOSED, 1_700_000_000_004),
            (&other, "a", Event::Reopened, 1_700_000_000_002),
            (&ledger, "a", CLOSED, 999),
            (&other, "b", Event::Erased, 1_700_000_000_005),
        ] {
            ledger.append(person, event, at_ms).await.expect("written");
        }
        let put = events.put_at("originals/a.png", "no event".into()).await;
        put.expect("written");
        let last = ledger.read().await.expect("read");
        assert_eq!(last.get(&name_of("a")), Some(&Event::Reopened));
        assert_eq!(last.get(&name_of("b")), Some(&Event::Erased));
        assert_eq!(last.len(), 2);
    }

    #[tokio::test]
    async fn what_came_after_a_moment_is_read_and_nothing_before() {
        let (_, ledger) = ledger();
        let none = ledger.read_since(0).await.expect("read");
        assert_eq!(none, LastEvents::default());
        for at_ms in 1_700_000_000_000..1_700_000_000_005 {
            let person = format!("person {at_ms}");
            ledger
                .append(&person, CLOSED, at_ms)
                .await
                .expect("written");
        }
        for (since_ms, events) in [
            (i64::MIN, 5),
            (1_700_000_000_003, 2),
            (1_700_000_000_004, 1),
            (1_700_000_000_005, 0),
        ] {
            let found = ledger.read_since(since_ms).await.expect("read");
            assert_eq!(found.by_person.len(), events, "{since_ms}");
            let newest_ms = (events > 0).then_some(1_700_000_000_004);
            assert_eq!(found.newest_ms, newest_ms, "{since_ms}");
        }
    }

    #[tokio::test]
    async fn a_ledger_moves_to_a_bucket_and_back_in_its_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| {
            let path = folder.path().join(name);
            let place = config::LedgerPlace::File(path);
            ErasureLedger::open(&place, &config::Objects::default()).expect("opens")
        };
        let (_, shared) = ledger();
        let (first, back) = (file("first"), file("back"));
        // The clock was set back in between.
        for (event, at_ms) in [(CLOSED, 5), (Event::Reopened, 3), (CLOSED, 3)] {
            first.append("a", event, at_ms).await.expect("written");
        }
        for _ in 0..2 {
            assert_eq!(first.copy_to(&shared).await.expect("brought"), 3);
        }
        let lines = shared.lines_since(i64::MIN).await.expect("read");
        assert_eq!(lines, first.lines_since(i64::MIN).await.expect("read"));
        for _ in 0..2 {
            assert_eq!(shared.copy_to(&back).await.expect("brought"), 3);
        }
        assert_eq!(back.lines_since(i64::MIN).await.expect("read"), lines);
        back.append("b", CLOSED, 9).await.expect("written");
        let refused = shared.copy_to(&back).await.expect_err("it knows more");
        assert!(refused.to_string().contains("does not know"), "{refused}");
        assert_eq!(back.read().await.expect("read").len(), 2);
    }

    #[tokio::test]
    async fn an_event_that_cannot_be_understood_stops_whoever_reads() {
        let (events, ledger) = ledger();
        ledger.append("a", CLOSED, 1).await.expect("written");
        let put = events.put_at("0000000000002-x.json", "{\"at_ms\":2".into());
        put.await.expect("written");
        let said = ledger.read().await.expect_err("damaged").to_string();
        assert!(said.contains("0000000000002-x.json"), "{said}");
        assert!(ledger.read_since(3).await.is_ok());
    }
}
