//! What the doctor tries of a database and a bucket that nodes share: whether they
//! are as the nodes rely on, how far away they are, and whether the clocks agree.

use super::{Check, Trouble};
use crate::{
    model::limits::{CLOCKS_APART_MAX_MS, CLOCKS_APART_WARNING_MS},
    server::{
        AppState,
        objects::Probe,
        sharing::{self, SharingError},
    },
    store::{
        DbError,
        examination::{self, Examination},
    },
};
use std::{
    fmt::Write,
    time::{Duration, Instant},
};

/// Trips of which the middle one counts.
const TRIPS: usize = 10;
/// A trip that takes longer makes every page feel slow: each waits for one to three.
const FAR: Duration = Duration::from_millis(100);

/// What does not work, and what to look at.
#[derive(Debug, thiserror::Error)]
pub(super) enum SharedTrouble {
    #[error("it does not answer to what is tried: {0}")]
    Untried(#[from] DbError),
    #[error(
        "it does not behave as D1 does ({0}): is the gateway the one that came with this version?"
    )]
    Strange(String),
    #[error(
        "this machine's clock and the database's are {0} ms apart: this node claims no job until \
         they agree. Set the clock (NTP)"
    )]
    Clock(i64),
    #[error(transparent)]
    Sharing(#[from] SharingError),
}

/// Tries everything that only a shared database has; the notes say what may still
/// be meant.
pub(super) async fn checks(state: &AppState, probe: &Probe, notes: &mut Vec<String>) -> Vec<Check> {
    let mut checks = vec![
        ("database: numbers, search, batches", behaves(state).await),
        ("database: clock", clock(state, notes)),
        (
            "database: key, moves",
            sharing::check(state).await.map_err(of),
        ),
    ];
    if probe.put {
        let created_once = match probe.create_only {
            Some(false) => Err(of(SharingError::Bucket)),
            _ => Ok(()),
        };
        checks.push(("objects: created once", created_once));
    }
    checks
}

fn of<T: Into<SharedTrouble>>(trouble: T) -> Trouble {
    Trouble::Shared(trouble.into())
}

/// Whether the engine is as the store relies on.
async fn behaves(state: &AppState) -> Result<(), Trouble> {
    let name = format!("doctor:{}", uuid::Uuid::now_v7());
    let found = examination::examine(&state.db, &name).await.map_err(of)?;
    let Examination {
        returning,
        whole_numbers,
        search,
        rolls_back,
    } = found;
    let lacking: Vec<&str> = [
        (returning, "no RETURNING"),
        (whole_numbers, "no large whole numbers"),
        (search, "no full-text search"),
        (rolls_back, "a batch that fails leaves something"),
    ]
    .into_iter()
    .filter_map(|(has, lack)| (!has).then_some(lack))
    .collect();
    match lacking.is_empty() {
        true => Ok(()),
        false => Err(of(SharedTrouble::Strange(lacking.join(", ")))),
    }
}

/// How far apart the clocks are, by the answers so far.
fn clock(state: &AppState, notes: &mut Vec<String>) -> Result<(), Trouble> {
    let apart_ms = state.db.clock_offset_ms().unwrap_or_default().abs();
    if apart_ms >= CLOCKS_APART_MAX_MS {
        return Err(of(SharedTrouble::Clock(apart_ms)));
    }
    if apart_ms >= CLOCKS_APART_WARNING_MS {
        notes.push(format!(
            "this machine's clock and the database's are {apart_ms} ms apart; from \
             {CLOCKS_APART_MAX_MS} on this node would claim no job. Set the clock (NTP)"
        ));
    }
    Ok(())
}

/// How long a trip to the database takes.
pub(super) async fn trip(state: &AppState, report: &mut String) {
    let mut trips = Vec::with_capacity(TRIPS);
    for _ in 0..TRIPS {
        let began = Instant::now();
        if examination::trip(&state.db).await.is_err() {
            return;
        }
        trips.push(began.elapsed());
    }
    let Some(middle) = median(trips) else { return };
    let (mark, hint) = match middle > FAR {
        true => ('!', "; pages wait for one to three: is it in this region?"),
        false => ('✓', ""),
    };
    let _ = writeln!(
        report,
        "  {mark} a trip to the database takes {:.1} ms (the middle one of {TRIPS}){hint}",
        middle.as_secs_f64() * 1000.0
    );
}

fn median(mut trips: Vec<Duration>) -> Option<Duration> {
    trips.sort_unstable();
    trips.get(trips.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_trip_counts() {
        let of = |ms: &[u64]| median(ms.iter().copied().map(Duration::from_millis).collect());
        assert_eq!(of(&[9, 1, 5]), Some(Duration::from_millis(5)));
        assert_eq!(of(&[400, 1, 2, 3]), Some(Duration::from_millis(3)));
        assert_eq!(of(&[]), None);
    }
}
