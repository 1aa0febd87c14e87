//! The event streams that wait on the watch: who holds them, and what rings them.

use crate::store::watch::Changed;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// The streams of this node. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Streams(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    /// The number of the next one.
    next: u64,
    streams: HashMap<u64, Stream>,
}

struct Stream {
    /// The hash of its session's token.
    session: String,
    /// Its owner's id.
    person: String,
    /// True while it shows a place in the queue.
    in_queue: bool,
    /// Rings it, and ends it when it is dropped.
    bell: watch::Sender<()>,
}

impl Stream {
    fn ring(&self) {
        self.bell.send_modify(|()| {});
    }
}

/// A stream's place with the watch; dropping it gives the place back.
pub struct Following {
    streams: Streams,
    number: u64,
    bell: watch::Receiver<()>,
}

/// What the streams want to know, each name once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) sessions: Vec<String>,
    pub(super) people: Vec<String>,
    pub(super) queue: bool,
}

impl Streams {
    fn lock(&self) -> MutexGuard<'_, Open> {
        // A panic elsewhere leaves the map usable: it holds no invariant.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a stream of this session, about jobs of this person.
    pub(super) fn follow(&self, session: &str, person: &str) -> Following {
        let (sender, bell) = watch::channel(());
        let mut open = self.lock();
        let number = open.next;
        open.next += 1;
        let stream = Stream {
            session: session.to_owned(),
            person: person.to_owned(),
            in_queue: false,
            bell: sender,
        };
        open.streams.insert(number, stream);
        Following {
            streams: self.clone(),
            number,
            bell,
        }
    }

    /// What is to be asked for them.
    pub(super) fn wanted(&self) -> Wanted {
        let open = self.lock();
        let (mut sessions, mut people) = (BTreeSet::new(), BTreeSet::new());
        let mut queue = false;
        for stream in open.streams.values() {
            sessions.insert(stream.session.as_str());
            people.insert(stream.person.as_str());
            queue |= stream.in_queue;
        }
        let owned = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect();
        Wanted {
            sessions: owned(sessions),
            people: owned(people),
            queue,
        }
    }

    /// Ends the streams of these sessions.
    pub(super) fn end(&self, sessions: &[String]) {
        if sessions.is_empty() {
            return;
        }
        let ended: HashSet<&str> = sessions.iter().map(String::as_str).collect();
        let is_live = |stream: &Stream| !ended.contains(stream.session.as_str());
        self.lock().streams.retain(|_, stream| is_live(stream));
    }

    /// Rings the streams of the people whose jobs these are: what is shown may be of
    /// several jobs.
    pub(super) fn ring(&self, changed: &[Changed]) {
        if changed.is_empty() {
            return;
        }
        let people: HashSet<&str> = changed.iter().map(|job| job.person.as_str()).collect();
        let streams = self.lock();
        let theirs = streams.streams.values();
        theirs
            .filter(|stream| people.contains(stream.person.as_str()))
            .for_each(Stream::ring);
    }

    /// Rings the streams that show a place in the queue.
    pub(super) fn ring_queue(&self) {
        let open = self.lock();
        let waiting = open.streams.values().filter(|stream| stream.in_queue);
        waiting.for_each(Stream::ring);
    }
}

impl Following {
    /// Waits until there may be something new; `None` once the session has ended.
    /// Rings while nobody waits are one ring. Can be dropped while it waits.
    pub async fn news(&mut self) -> Option<()> {
        self.bell.changed().await.ok()
    }

    /// Says whether a place in the queue is shown, which moves when other people's
    /// jobs do.
    pub fn shows_queue(&self, in_queue: bool) {
        if let Some(stream) = self.streams.lock().streams.get_mut(&self.number) {
            stream.in_queue = in_queue;
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.streams.lock().streams.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(job: &str, person: &str) -> Vec<Changed> {
        vec![Changed {
            job: job.into(),
            person: person.into(),
            state: "ready".into(),
            at_ms: 1,
        }]
    }

    /// Whether a stream was rung since it was asked last; `None` if it ended.
    fn rung(following: &mut Following) -> Option<bool> {
        let rung = following.bell.has_changed().ok()?;
        following.bell.mark_unchanged();
        Some(rung)
    }

    #[test]
    fn a_change_rings_its_owners_streams_and_nobody_elses() {
        let streams = Streams::default();
        let mut one = streams.follow("s1", "ada");
        let mut another = streams.follow("s2", "ada");
        let mut others = streams.follow("s3", "sam");
        streams.ring(&changed("j1", "ada"));
        assert_eq!([rung(&mut one), rung(&mut another)], [Some(true); 2]);
        assert_eq!(rung(&mut others), Some(false));
        streams.ring(&[]);
        streams.ring(&changed("j1", "sam"));
        assert_eq!([rung(&mut one), rung(&mut another)], [Some(false); 2]);
        assert_eq!(rung(&mut others), Some(true));
    }

    #[test]
    fn an_ended_session_ends_its_streams_and_no_others() {
        let streams = Streams::default();
        let mut first = streams.follow("s1", "ada");
        let mut second = streams.follow("s1", "ada");
        let mut elsewhere = streams.follow("s2", "ada");
        streams.end(&["s1".into(), "never seen".into()]);
        assert_eq!([rung(&mut first), rung(&mut second)], [None, None]);
        assert_eq!(rung(&mut elsewhere), Some(false));
        assert_eq!(streams.wanted().sessions, ["s2"]);
        // An ended one may still say something, and go.
        first.shows_queue(true);
        drop((first, second));
        assert!(!streams.wanted().queue);
    }

    #[tokio::test]
    async fn waiting_ends_with_a_ring_and_for_ever_with_the_session() {
        let streams = Streams::default();
        let mut stream = streams.follow("s1", "ada");
        // A ring that came before anybody waited is not lost, and two are one.
        streams.ring(&changed("j1", "ada"));
        streams.ring(&changed("j2", "ada"));
        assert_eq!(stream.news().await, Some(()));
        assert_eq!(rung(&mut stream), Some(false));
        streams.end(&["s1".into()]);
        assert_eq!(stream.news().await, None);
        assert_eq!(stream.news().await, None);
    }

    #[test]
    fn what_is_asked_for_is_asked_once_and_no_longer_than_somebody_wants_it() {
        let streams = Streams::default();
        assert_eq!(streams.wanted(), Wanted::default());
        let first = streams.follow("s1", "ada");
        let mut second = streams.follow("s1", "ada");
        let third = streams.follow("s2", "sam");
        let wanted = streams.wanted();
        assert_eq!(wanted.sessions, ["s1", "s2"]);
        assert_eq!(wanted.people, ["ada", "sam"]);
        assert!(!wanted.queue);
        second.shows_queue(true);
        assert!(streams.wanted().queue);
        streams.ring_queue();
        assert_eq!(rung(&mut second), Some(true));
        second.shows_queue(false);
        streams.ring_queue();
        assert_eq!(rung(&mut second), Some(false));
        drop((first, second, third));
        assert_eq!(streams.wanted(), Wanted::default());
    }
}
