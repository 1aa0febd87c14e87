//! Counting use without recognising anybody: sums of pages and features.
//!
//! Visitors of a day are told apart by a hash under a key that is made anew
//! each day and lives in memory alone; neither the hash nor what it is made of
//! is ever stored, and both are gone with the day.

use super::{
    AppState, client_addr::ClientAddr, clock::Clock, kept::StandsForPage, metrics::RouteOf,
};
use crate::store::{DbError, statistics};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use std::{
    collections::{HashMap, HashSet, hash_map::RandomState},
    hash::BuildHasher,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

/// The most visitors of a day that are told apart; beyond, they are not counted.
const VISITORS_MAX: usize = 1_000_000;

/// Counts not written yet, and who was here today.
pub struct Statistics {
    clock: Clock,
    counting: Mutex<Counting>,
}

#[derive(Default)]
struct Counting {
    counts: HashMap<(i64, String), u64>,
    day_ms: i64,
    key: RandomState,
    visitors: HashSet<u64>,
}

impl Statistics {
    /// Begins with nothing counted.
    pub fn new(clock: Clock) -> Statistics {
        Statistics {
            clock,
            counting: Mutex::default(),
        }
    }

    /// Counts something of the service's: `job ready`, `published`.
    pub fn count(&self, what: &str) {
        self.count_several(what, 1);
    }

    /// Counts something that happened several times at once.
    pub fn count_several(&self, what: &str, times: u64) {
        self.with_today(|today, day_ms| {
            *today.counts.entry((day_ms, what.to_owned())).or_default() += times;
        });
    }

    /// Counts a page of this route that was shown to whoever sent these headers.
    pub fn shown(&self, route: &str, address: IpAddr, headers: &HeaderMap) {
        if !is_prefetch(headers) {
            self.visit(route, address, agent(headers));
        }
    }

    /// Counts a page, and its visitor once a day.
    fn visit(&self, page: &str, address: IpAddr, agent: &str) {
        self.with_today(|today, day_ms| {
            let mut add = |what: String| *today.counts.entry((day_ms, what)).or_default() += 1;
            if is_crawler(agent) {
                return add("crawlers".to_owned());
            }
            add(format!("page {page}"));
            let visitor = today.key.hash_one((address, agent));
            if today.visitors.len() < VISITORS_MAX && today.visitors.insert(visitor) {
                add("visitors".to_owned());
            }
        });
    }

    fn with_today(&self, work: impl FnOnce(&mut Counting, i64)) {
        let day_ms = self.clock.day_start_ms();
        let mut counting = self.counting.lock().unwrap_or_else(PoisonError::into_inner);
        if counting.day_ms != day_ms {
            counting.day_ms = day_ms;
            counting.key = RandomState::new();
            counting.visitors = HashSet::new();
        }
        work(&mut counting, day_ms);
    }

    /// Writes what was counted since the last time.
    pub async fn write(&self, state: &AppState) -> Result<(), DbError> {
        let counts = {
            let mut counting = self.counting.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut counting.counts)
        };
        if counts.is_empty() {
            return Ok(());
        }
        let counts: Vec<(i64, String, u64)> = counts
            .into_iter()
            .map(|((day_ms, what), count)| (day_ms, what, count))
            .collect();
        let written = statistics::add(&state.db, &counts).await;
        // What may have been written is dropped, rather than counted twice.
        if written.is_err_and(|error| error != DbError::Unknown) {
            self.put_back(counts);
        }
        written
    }

    /// The counts of (day, what) that were not written yet.
    pub fn unwritten(&self) -> Vec<(i64, String, u64)> {
        let counting = self.counting.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = counting.counts.iter();
        counts
            .map(|((day_ms, what), count)| (*day_ms, what.clone(), *count))
            .collect()
    }

    /// Keeps counts that were not written for the next time.
    fn put_back(&self, counts: Vec<(i64, String, u64)>) {
        let mut counting = self.counting.lock().unwrap_or_else(PoisonError::into_inner);
        for (day_ms, what, count) in counts {
            *counting.counts.entry((day_ms, what)).or_default() += count;
        }
    }
}

/// Counts every page that was shown, by its route and never by its address.
pub async fn count_pages(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    if let (Some(requests), Some(route)) = (&state.metrics.requests, route)
        && let Some(of) = request.extensions().get::<RouteOf>()
    {
        requests.found(route.as_str(), of);
    }
    let page = route.map(|path| path.as_str().to_owned());
    let client = request.extensions().get::<ClientAddr>().map(|c| c.0);
    let agent = agent(request.headers()).to_owned();
    let visits = request.method() == Method::GET && !is_prefetch(request.headers());
    let response = next.run(request).await;
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let is_shown = match response.status() {
        StatusCode::OK => is_page,
        _ => response.extensions().get::<StandsForPage>().is_some(),
    };
    if let (true, true, Some(page), Some(client)) = (visits, is_shown, page, client) {
        state.statistics.visit(&page, client, &agent);
    }
    response
}

/// What a browser says it is.
fn agent(headers: &HeaderMap) -> &str {
    let agent = headers.get(header::USER_AGENT);
    agent
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default()
}

/// Whether the browser asks for a page that nobody may ever look at.
fn is_prefetch(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose"].iter().any(|name| {
        let purpose = headers.get(*name).and_then(|value| value.to_str().ok());
        purpose.is_some_and(|purpose| purpose.starts_with("prefetch"))
    })
}

fn is_crawler(agent: &str) -> bool {
    let agent = agent.to_ascii_lowercase();
    ["bot", "crawl", "spider", "slurp"]
        .iter()
        .any(|sign| agent.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_written_is_counted_with_what_came_since() {
        let statistics = Statistics::new(Clock::default());
        statistics.put_back(vec![(0, "published".into(), 2), (0, "sign-in".into(), 1)]);
        statistics.put_back(vec![(0, "published".into(), 3)]);
        let mut counts = statistics.unwritten();
        counts.sort();
        let expected = [(0, "published".to_owned(), 5), (0, "sign-in".to_owned(), 1)];
        assert_eq!(counts, expected);
    }
}
