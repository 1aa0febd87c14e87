//! The gateway, as a node calls it: one request, its time, and what its answer
//! means for what was asked.

use super::{
    D1Settings,
    wire::{self, Answer, Call, Encoded, Hello, Mode, PROTOCOL, Refusal},
};
use crate::store::errors::SharedError;
use reqwest::{
    RequestBuilder, Response,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use secrecy::ExposeSecret;
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use url::Url;

/// The longest a read takes before it is taken for lost.
const READ_WAIT: Duration = Duration::from_secs(10);
/// The same of a write: D1 itself lets one take thirty seconds.
const WRITE_WAIT: Duration = Duration::from_secs(35);
/// The most bytes of an answer: no page of ours reads as much.
const ANSWER_MAX: usize = 64 * 1024 * 1024;
/// The most bytes of an answer that says no.
const REFUSAL_MAX: usize = 64 * 1024;
/// An answer that took longer says too little of the time it was given at.
const CLOCK_TRIP_MAX: Duration = Duration::from_secs(2);

/// What became of a call that brought no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// No connection came to be, so nothing was sent.
    NotSent,
    /// D1 had no room for it: it did not run.
    Busy,
    /// It was sent, and may have run.
    Unknown,
    /// A constraint refused it, and all of it was taken back.
    Constraint,
    /// A mistake of ours, in the SQL or in its size: it did not run.
    Refused,
    /// Our secret is not the gateway's: it did not run.
    Secret,
    /// The gateway speaks another protocol: it did not run.
    Protocol,
    /// Whoever answered is no gateway: it did not run.
    Stranger,
}

/// A fault, with words for the operator that hold neither parameter nor secret.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) fault: Fault,
    pub(super) words: String,
}

impl Trouble {
    fn new(fault: Fault, words: impl Into<String>) -> Trouble {
        let words = words.into();
        Trouble { fault, words }
    }

    /// Only before a connection stands is it certain that nothing was sent.
    fn of_connection(error: reqwest::Error) -> Trouble {
        let fault = match error.is_connect() || error.is_builder() {
            true => Fault::NotSent,
            false => Fault::Unknown,
        };
        Trouble::new(fault, chain(&error.without_url()))
    }

    /// An answer of a status that is no success.
    fn of_status(status: u16, body: &[u8]) -> Trouble {
        let said = serde_json::from_slice::<Refusal>(body).map(|refusal| refusal.error);
        let said = said.unwrap_or_default();
        let fault = match (status, said.as_str()) {
            (409, "constraint") => Fault::Constraint,
            (422, "refused") | (400, "malformed") | (413, _) => Fault::Refused,
            (503, "busy") | (429, _) => Fault::Busy,
            (401, _) => Fault::Secret,
            (426, _) => Fault::Protocol,
            // Somebody on the way waited in vain.
            (408, _) => Fault::Unknown,
            // Whoever says that a request was wrong has not carried it out.
            (300..=499, _) => Fault::Stranger,
            _ => Fault::Unknown,
        };
        // What a stranger says is no word of ours.
        let word: String = said
            .chars()
            .filter(char::is_ascii_lowercase)
            .take(20)
            .collect();
        Trouble::new(fault, format!("it answered {status} {word}").trim_end())
    }
}

impl From<Trouble> for SharedError {
    fn from(trouble: Trouble) -> SharedError {
        match trouble.fault {
            Fault::NotSent | Fault::Busy | Fault::Unknown => {
                SharedError::Unreachable(trouble.words)
            }
            Fault::Secret => SharedError::Secret,
            Fault::Protocol => SharedError::Protocol { ours: PROTOCOL },
            Fault::Constraint | Fault::Refused | Fault::Stranger => {
                SharedError::NoGateway(trouble.words)
            }
        }
    }
}

/// An error and what is behind it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        said = format!("{said}: {cause}");
        next = cause.source();
    }
    said
}

/// The moment a request was sent.
#[derive(Clone, Copy)]
struct Sent {
    at: Instant,
    /// Unix milliseconds by this machine's clock.
    ms: i64,
}

impl Sent {
    fn now() -> Sent {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Sent {
            at: Instant::now(),
            ms: millis(since_epoch.unwrap_or_default()),
        }
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// The clocks compared, by the newest answer that could.
#[derive(Clone, Copy)]
struct Compared {
    sent: Instant,
    offset_ms: i64,
}

/// A gateway.
pub(super) struct Gateway {
    client: reqwest::Client,
    batch: Url,
    hello: Url,
    headers: HeaderMap,
    calls: AtomicU64,
    clock: Mutex<Option<Compared>>,
    bookmark: Mutex<String>,
}

impl Gateway {
    pub(super) fn new(settings: &D1Settings) -> Result<Gateway, SharedError> {
        let mut headers = HeaderMap::new();
        headers.insert("imgc-protocol", HeaderValue::from(PROTOCOL));
        if let Some(secret) = &settings.secret {
            let bearer = format!("Bearer {}", secret.expose_secret().trim());
            let mut bearer = HeaderValue::try_from(bearer).map_err(|_| SharedError::SecretSigns)?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        Ok(Gateway {
            client: settings.client.clone(),
            batch: below(&settings.url, "/v1/batch"),
            hello: below(&settings.url, "/v1/hello"),
            headers,
            calls: AtomicU64::new(0),
            clock: Mutex::new(None),
            bookmark: Mutex::new(String::new()),
        })
    }

    /// The call of these statements.
    pub(super) fn call<'a>(
        &self,
        mode: Mode,
        statements: impl IntoIterator<Item = &'a Encoded>,
    ) -> Call {
        let bookmark = self.bookmark.lock().unwrap_or_else(PoisonError::into_inner);
        Call::new(mode, statements, &bookmark)
    }

    /// Makes a call, once.
    pub(super) async fn make(&self, call: &Call) -> Result<Answer, Fault> {
        let wait = match call.mode {
            Mode::Read => READ_WAIT,
            Mode::Write => WRITE_WAIT,
        };
        let request = self
            .client
            .post(self.batch.clone())
            .headers(self.headers.clone())
            .header(CONTENT_TYPE, "application/json")
            .timeout(wait)
            .body(call.body.clone());
        let sent = Sent::now();
        let answer = self.ask(request).await.and_then(|body| {
            let unreadable = || Trouble::new(Fault::Unknown, "its answer cannot be read");
            wire::decode(&body, call.statements).ok_or_else(unreadable)
        });
        match answer {
            Ok(answer) => {
                self.compare_clocks(sent, answer.now);
                self.keep_bookmark(&answer.bookmark);
                Ok(answer)
            }
            Err(trouble) => {
                let (mode, fault, words) = (call.mode, trouble.fault, trouble.words);
                if fault == Fault::Constraint {
                    tracing::debug!("a constraint refused a statement");
                } else {
                    tracing::warn!(?mode, ?fault, %words, "a call to the database brought nothing");
                }
                Err(fault)
            }
        }
    }

    /// Asks the gateway who it is, once.
    pub(super) async fn hello(&self) -> Result<Hello, Trouble> {
        let request = self.client.get(self.hello.clone());
        let request = request.headers(self.headers.clone()).timeout(READ_WAIT);
        let sent = Sent::now();
        let body = self.ask(request).await?;
        let hello: Hello = serde_json::from_slice(&body)
            .map_err(|_| Trouble::new(Fault::Stranger, "it does not say who it is"))?;
        if hello.protocol != PROTOCOL {
            return Err(Trouble::new(Fault::Protocol, "it speaks another protocol"));
        }
        self.compare_clocks(sent, hello.now);
        Ok(hello)
    }

    /// Number of requests so far.
    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// The database's clock minus ours.
    pub(super) fn clock_offset_ms(&self) -> Option<i64> {
        let clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        clock.map(|compared| compared.offset_ms)
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Vec<u8>, Trouble> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let answer = request.send().await.map_err(Trouble::of_connection)?;
        match answer.status().as_u16() {
            200 => read(answer, ANSWER_MAX).await,
            status => {
                let body = read(answer, REFUSAL_MAX).await;
                Err(Trouble::of_status(status, &body.unwrap_or_default()))
            }
        }
    }

    /// The database read its clock about half-way between question and answer.
    fn compare_clocks(&self, sent: Sent, now_ms: i64) {
        let took = sent.at.elapsed();
        if took > CLOCK_TRIP_MAX {
            return;
        }
        let offset_ms = now_ms.saturating_sub(sent.ms.saturating_add(millis(took / 2)));
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        if clock.is_none_or(|compared| compared.sent <= sent.at) {
            *clock = Some(Compared {
                sent: sent.at,
                offset_ms,
            });
        }
    }

    fn keep_bookmark(&self, seen: &str) {
        let mut kept = self.bookmark.lock().unwrap_or_else(PoisonError::into_inner);
        if seen > kept.as_str() {
            seen.clone_into(&mut kept);
        }
    }
}

/// An address below the gateway's, which may have a path of its own.
fn below(gateway: &Url, path: &str) -> Url {
    let mut url = gateway.clone();
    url.set_path(&format!("{}{path}", gateway.path().trim_end_matches('/')));
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// An answer's body. One that breaks off leaves open what became of the call.
async fn read(mut answer: Response, most: usize) -> Result<Vec<u8>, Trouble> {
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(Trouble::of_connection)? {
        if body.len() + part.len() > most {
            return Err(Trouble::new(Fault::Unknown, "its answer is too long"));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(status: u16, body: &str) -> Fault {
        Trouble::of_status(status, body.as_bytes()).fault
    }

    #[test]
    fn a_status_says_whether_it_can_have_run() {
        for (status, body, expected) in [
            (400, r#"{"error":"malformed"}"#, Fault::Refused),
            (401, r#"{"error":"secret"}"#, Fault::Secret),
            (404, r#"{"error":"not-found"}"#, Fault::Stranger),
            (409, r#"{"error":"constraint"}"#, Fault::Constraint),
            (413, r#"{"error":"large"}"#, Fault::Refused),
            (422, r#"{"error":"refused"}"#, Fault::Refused),
            (426, r#"{"error":"protocol"}"#, Fault::Protocol),
            (502, r#"{"error":"unknown"}"#, Fault::Unknown),
            (503, r#"{"error":"busy"}"#, Fault::Busy),
            // Said by others on the way.
            (302, "", Fault::Stranger),
            (408, "", Fault::Unknown),
            (409, "", Fault::Stranger),
            (429, "", Fault::Busy),
            (500, "<html>", Fault::Unknown),
            (503, "<html>", Fault::Unknown),
            (522, "", Fault::Unknown),
        ] {
            assert_eq!(fault(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn what_a_stranger_says_is_not_repeated() {
        let said = Trouble::of_status(502, br#"{"error":"Password: 123 \n ab"}"#).words;
        assert_eq!(said, "it answered 502 asswordab");
        assert_eq!(Trouble::of_status(500, b"").words, "it answered 500");
    }

    #[test]
    fn the_gateways_address_may_have_a_path() {
        let at = |text: &str| below(&Url::parse(text).expect("an address"), "/v1/batch");
        for (given, expected) in [
            ("https://a.example", "https://a.example/v1/batch"),
            ("https://a.example/", "https://a.example/v1/batch"),
            ("http://a:1/db/17", "http://a:1/db/17/v1/batch"),
            ("http://a:1/d%20b/?x#y", "http://a:1/d%20b/v1/batch"),
        ] {
            assert_eq!(at(given).as_str(), expected);
        }
    }
}
