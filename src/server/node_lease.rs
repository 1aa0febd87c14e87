//! What only one node may do at a time: keeping the service's house, erasing an
//! account. Whoever has the lease does it and prolongs the lease meanwhile; after
//! a node that died another one takes it when it is over.
//!
//! Its end is a time of the database's clock, which all nodes reckon from. Nothing
//! breaks where two believe for a moment that they have it, because what is done
//! under one can be repeated: a node that was stopped for a while learns late that
//! another has gone on. A node that has the database for itself asks for nothing.

use super::{AppState, sharing};
use crate::{model::limits::HOUR_MS, store::node_leases};
use std::time::{Duration, Instant};

/// How long a lease lasts that nobody prolongs. Who asks every fifteen seconds has
/// it within 45 of the death of a node.
const LEASE: Duration = Duration::from_secs(30);
/// How often one is prolonged.
const PROLONGED: Duration = Duration::from_secs(8);
/// Leases that are over so long are forgotten.
const FORGOTTEN_MS: i64 = HOUR_MS;

/// Does this while the lease of this name is this node's, and keeps the lease.
/// `None` if another node has it, or got it meanwhile: then the work was left in
/// the middle.
pub async fn holding<T>(state: &AppState, name: &str, work: impl Future<Output = T>) -> Option<T> {
    if !state.db.is_shared() {
        return Some(work.await);
    }
    let asked = Instant::now();
    if !take(state, name).await? {
        return None;
    }
    tokio::select! {
        done = work => Some(done),
        () = lost(state, name, asked) => {
            tracing::warn!(name = kind(name), "another node goes on with this");
            None
        }
    }
}

/// As [`holding`], and gives the lease back.
pub async fn for_once<T>(state: &AppState, name: &str, work: impl Future<Output = T>) -> Option<T> {
    let done = holding(state, name, work).await;
    if done.is_some() {
        give_back(state, name).await;
    }
    done
}

/// Gives a lease back, so that nobody has to wait for its end.
pub async fn give_back(state: &AppState, name: &str) {
    if !state.db.is_shared() {
        return;
    }
    if let Err(error) = node_leases::release(&state.db, name, &state.node).await {
        tracing::warn!(name = kind(name), %error, "a lease ends by itself");
    }
}

/// Ends a lease, so that nobody has to wait for it; for an hour one can see when
/// somebody had it last.
pub async fn end(state: &AppState, name: &str) {
    if !state.db.is_shared() {
        return;
    }
    let now_ms = sharing::now_ms(&state.db, &state.clock);
    if let Err(error) = node_leases::end(&state.db, name, &state.node, now_ms).await {
        tracing::warn!(name = kind(name), %error, "a lease ends by itself");
    }
}

/// Returns once the lease is another node's, or must be taken to be.
async fn lost(state: &AppState, name: &str, asked: Instant) {
    let mut prolonged = asked;
    loop {
        tokio::time::sleep(PROLONGED).await;
        let asked = Instant::now();
        match take(state, name).await {
            Some(true) => prolonged = asked,
            Some(false) => return,
            None if prolonged.elapsed() >= LEASE => return,
            None => {}
        }
    }
}

/// Takes the lease or prolongs it; `None` if the database does not say.
async fn take(state: &AppState, name: &str) -> Option<bool> {
    let now_ms = sharing::now_ms(&state.db, &state.clock);
    let lease_ms = i64::try_from(LEASE.as_millis()).unwrap_or(HOUR_MS);
    let (until_ms, forgotten_ms) = (now_ms + lease_ms, now_ms - FORGOTTEN_MS);
    let taken = node_leases::take(&state.db, name, &state.node, until_ms, now_ms, forgotten_ms);
    match taken.await {
        Ok(taken) => Some(taken),
        Err(error) => {
            tracing::warn!(name = kind(name), %error, "a lease was not taken");
            None
        }
    }
}

/// What a lease is about, without whom: `erasing` of `erasing:…`.
fn kind(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}
