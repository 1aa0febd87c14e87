//! What a connection is doing, and whether it takes too long.
//!
//! Judged is what the client does, never what the server needs: while a request
//! is worked on, or an event stream has nothing to tell, no time counts.

use super::BUFFER;
use crate::server::config::Connections;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// So much must have been read of an answer before the time for it begins
/// again, in bytes: a client that takes one now and then reads nothing.
const READ_STEP: usize = 16 * 1024;
/// Proxies keep connections for whoever comes next, and end them themselves.
const PROXY_PATIENCE: u32 = 4;
/// What lies written and unread after the last request is done keeps a
/// connection for this many times the idle deadline at most.
const REST_PATIENCE: u32 = 10;

/// How long a client may take for what.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// For a request's head, from its first byte; for the first one from the
    /// connection's beginning.
    pub head: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// To read a step of an answer.
    pub write: Duration,
}

impl Deadlines {
    /// The configuration's.
    pub fn new(config: &Connections) -> Deadlines {
        Deadlines {
            head: Duration::from_secs(config.head_s),
            idle: Duration::from_secs(config.idle_s),
            write: Duration::from_secs(config.write_s),
        }
    }

    /// How often a connection is looked at.
    pub fn tick(&self) -> Duration {
        let shortest = self.head.min(self.idle).min(self.write);
        (shortest / 5).clamp(Duration::from_millis(20), Duration::from_secs(3))
    }
}

/// One connection, as the loop, the stream and the requests share it.
#[derive(Debug)]
pub struct Watch {
    proxy: bool,
    doing: Mutex<Doing>,
}

#[derive(Debug)]
struct Doing {
    /// Requests whose answers are not given whole.
    requests: usize,
    /// Whether there ever was one.
    served: bool,
    /// Since when there is none.
    quiet_since: Instant,
    /// When the first byte after that came: a head has begun.
    head_since: Option<Instant>,
    /// When bytes last left.
    wrote_at: Instant,
    /// Since when the client takes nothing of what is to be sent.
    stuck_since: Option<Instant>,
    /// How long it was stuck since the last step, and how far that step is.
    stuck: Duration,
    step: usize,
    /// Parts of answers that were handed out, by request, and their sizes:
    /// HTTP/2 asks for the next when the client has room for it.
    handed_out: HashMap<u64, (Instant, usize)>,
    next_request: u64,
    /// Whether an answer was given before its request was read to the end.
    left_unread: bool,
    /// Bodies of requests that are still coming, and since when one is.
    bodies: usize,
    body_since: Option<Instant>,
}

impl Watch {
    /// Begins now; `proxy` says whether the peer is trusted to look after its
    /// connections itself.
    pub fn new(proxy: bool) -> Watch {
        let now = Instant::now();
        Watch {
            proxy,
            doing: Mutex::new(Doing {
                requests: 0,
                served: false,
                quiet_since: now,
                head_since: None,
                wrote_at: now,
                stuck_since: None,
                stuck: Duration::ZERO,
                step: 0,
                handed_out: HashMap::new(),
                next_request: 0,
                left_unread: false,
                bodies: 0,
                body_since: None,
            }),
        }
    }

    fn doing(&self) -> MutexGuard<'_, Doing> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes came.
    pub fn read(&self) {
        let mut doing = self.doing();
        if doing.requests == 0 && doing.head_since.is_none() {
            doing.head_since = Some(Instant::now());
        }
    }

    /// So many bytes left.
    pub fn wrote(&self, bytes: usize) {
        let now = Instant::now();
        let mut doing = self.doing();
        doing.wrote_at = now;
        if let Some(since) = doing.stuck_since.take() {
            doing.stuck += now - since;
        }
        doing.step += bytes;
        if doing.step >= READ_STEP {
            doing.step = 0;
            doing.stuck = Duration::ZERO;
        }
    }

    /// The client takes nothing at the moment.
    pub fn stuck(&self) {
        let mut doing = self.doing();
        doing.stuck_since.get_or_insert_with(Instant::now);
    }

    /// A request's head was read; the number names the request.
    pub fn begin(&self) -> u64 {
        let mut doing = self.doing();
        doing.requests += 1;
        doing.served = true;
        doing.head_since = None;
        doing.next_request += 1;
        doing.next_request
    }

    /// A part of its answer was handed out, of so many bytes.
    pub fn hand_out(&self, request: u64, bytes: usize) {
        let part = (Instant::now(), bytes);
        self.doing().handed_out.insert(request, part);
    }

    /// The next part is wanted.
    pub fn wants_more(&self, request: u64) {
        self.doing().handed_out.remove(&request);
    }

    /// Its answer was handed out whole, or nobody waits for it any more.
    pub fn end(&self, request: u64) {
        let mut doing = self.doing();
        doing.handed_out.remove(&request);
        doing.requests = doing.requests.saturating_sub(1);
        if doing.requests == 0 {
            doing.quiet_since = Instant::now();
            doing.head_since = None;
        }
    }

    /// A request has a body, which is on its way.
    pub fn begin_body(&self) {
        let mut doing = self.doing();
        doing.bodies += 1;
        doing.body_since.get_or_insert_with(Instant::now);
    }

    /// A request's body came to its end, or was dropped before it.
    pub fn end_body(&self, left_unread: bool) {
        let mut doing = self.doing();
        doing.left_unread |= left_unread;
        doing.bodies = doing.bodies.saturating_sub(1);
        if doing.bodies == 0 {
            doing.body_since = None;
        }
    }

    /// Whether something may still arrive that nobody will read.
    pub fn has_left_unread(&self) -> bool {
        self.doing().left_unread
    }

    /// Since when the connection has done nothing for anybody; `None` while a
    /// request or an answer is on its way.
    pub fn quiet_since(&self) -> Option<Instant> {
        let doing = self.doing();
        let quiet = doing.requests == 0 && doing.stuck_since.is_none();
        quiet.then_some(doing.quiet_since.max(doing.wrote_at))
    }

    /// Since when the server waits for the client, to send its request's body or to
    /// take its answer; `None` while it does not.
    pub fn waits_since(&self) -> Option<Instant> {
        let doing = self.doing();
        doing.body_since.into_iter().chain(doing.stuck_since).min()
    }

    /// What the client has taken too long for, if anything.
    pub fn overdue(&self, deadlines: &Deadlines) -> Option<&'static str> {
        let now = Instant::now();
        let doing = self.doing();
        let stuck = doing.stuck
            + doing
                .stuck_since
                .map_or(Duration::ZERO, |since| now - since);
        if doing.stuck_since.is_some() && stuck > deadlines.write {
            return Some("it does not read its answer");
        }
        // A proxy carries many people's requests: one of them may be slow.
        let is_forgotten = |(at, bytes): &(Instant, usize)| {
            // The part waits behind what is in the connection's own buffer.
            let steps = 1 + (bytes + BUFFER) / READ_STEP;
            now - *at > deadlines.write * u32::try_from(steps).unwrap_or(u32::MAX)
        };
        if !self.proxy && doing.handed_out.values().any(is_forgotten) {
            return Some("it takes no more of its answer");
        }
        if doing.requests > 0 || doing.stuck_since.is_some() {
            return None;
        }
        let patience = if self.proxy { PROXY_PATIENCE } else { 1 };
        let (since, most) = match (doing.served, doing.head_since) {
            (false, _) => (doing.quiet_since, deadlines.head),
            (true, Some(at)) => (at, deadlines.head),
            (true, None) => {
                let idle = deadlines.idle * patience;
                let latest = doing.quiet_since + idle * REST_PATIENCE;
                (doing.quiet_since.max(doing.wrote_at).min(latest), idle)
            }
        };
        (now - since > most).then_some("it sends no request")
    }
}
