//! A watch on the machine's clock: one that was moved forward would make
//! everything look overdue, and what is erased does not come back.
//!
//! While a process runs, its clock is compared with one that only counts the
//! time that passes. From one process to the next there is no such clock, so
//! what is believed is a row of the database: the server, `imgc backup` and
//! `imgc purge` all ask it before they erase by the clock's word. A machine that
//! was off for a while looks as one whose clock jumped: it is not believed for a
//! day, unless the operator says so (`imgc purge --trust-clock`). A backup that
//! was put back is such a machine, too.

use crate::{
    model::limits::{CLOCK_GAP_MS, CLOCK_PROBATION_MS, CLOCK_STEP_MS, HOUR_MS, MINUTE_MS},
    store::{
        Db, DbError,
        clock_watch::{self as store, Belief},
    },
};
use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// How often a belief that did not change is noted.
const NOTED_EVERY_MS: i64 = MINUTE_MS;
/// How often a look is taken anew when another process noted something meanwhile.
const TRIES: u32 = 3;

/// Whether things may be erased by the clock's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They may.
    Believed,
    /// They may not.
    Doubted {
        /// Hours the clock is ahead of what it is believed to be.
        hours_ahead: i64,
        /// Unix milliseconds, by that clock, after which it is believed if it
        /// runs steadily until then.
        until_ms: i64,
    },
}

/// Compares the clock with the time that passes, and with what was seen before.
#[derive(Default)]
pub struct ClockWatch(Mutex<Option<Seen>>);

/// This process's last look.
#[derive(Clone, Copy)]
struct Seen {
    at: Instant,
    clock_ms: i64,
}

/// A look at the clock.
#[derive(Clone, Copy)]
struct Look {
    clock_ms: i64,
    /// What it should show by this process's own last look; `None` at the first.
    expected_ms: Option<i64>,
    /// Milliseconds since that last look.
    passed_ms: i64,
}

impl ClockWatch {
    /// True if things may be erased by this clock's word, which is noted for
    /// other processes. A clock set back erases nothing early, so only a jump
    /// ahead is doubted; a database that does not answer is no reason to believe.
    pub async fn trusts(&self, db: &Db, clock_ms: i64) -> bool {
        let at = Instant::now();
        let look = self.look(clock_ms, at);
        for _ in 0..TRIES {
            let Ok(before) = store::read(db).await else {
                return false;
            };
            let after = judge(before, look);
            if is_news(before, after, look) {
                match store::note(db, after, before).await {
                    Ok(true) => tell(before, after),
                    Ok(false) => continue,
                    Err(_) => return false,
                }
            }
            *self.seen() = Some(Seen { at, clock_ms });
            return standing(after) == Standing::Believed;
        }
        false
    }

    /// As [`ClockWatch::trusts`], in detail, and noting nothing.
    pub async fn standing(&self, db: &Db, clock_ms: i64) -> Result<Standing, DbError> {
        let look = self.look(clock_ms, Instant::now());
        Ok(standing(judge(store::read(db).await?, look)))
    }

    /// Believes the clock because the operator says so.
    pub async fn trust(&self, db: &Db, clock_ms: i64) -> Result<(), DbError> {
        store::trust(db, clock_ms).await?;
        tracing::warn!("the clock is believed, because the operator says so");
        let at = Instant::now();
        *self.seen() = Some(Seen { at, clock_ms });
        Ok(())
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Option<Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self, clock_ms: i64, at: Instant) -> Look {
        let seen = *self.seen();
        let passed = seen.map(|seen| at.saturating_duration_since(seen.at));
        let passed_ms = passed.map_or(0, |passed| {
            i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
        });
        Look {
            clock_ms,
            expected_ms: seen.map(|seen| seen.clock_ms.saturating_add(passed_ms)),
            passed_ms,
        }
    }
}

/// What to believe after a look.
fn judge(before: Option<Belief>, look: Look) -> Belief {
    let now = look.clock_ms;
    let believed = Belief {
        believed_ms: now,
        seen_ms: now,
        doubted_since_ms: None,
    };
    let Some(before) = before else {
        return believed;
    };
    let apart = |expected_ms, since| Belief {
        believed_ms: expected_ms,
        seen_ms: now,
        doubted_since_ms: Some(since),
    };
    let Some(since) = before.doubted_since_ms else {
        let (expected_ms, most_ahead) = match look.expected_ms {
            Some(expected_ms) => (expected_ms, CLOCK_STEP_MS),
            None => (before.believed_ms, CLOCK_GAP_MS),
        };
        let ahead = now.saturating_sub(expected_ms);
        return if (-CLOCK_STEP_MS..=most_ahead).contains(&ahead) {
            believed
        } else {
            apart(expected_ms, now)
        };
    };
    let expected_ms = before.believed_ms.saturating_add(look.passed_ms);
    let ahead = now.saturating_sub(expected_ms);
    // A clock that nobody looked at and that was set back meanwhile may have
    // come back to where it belongs.
    let set_back = look.expected_ms.is_none() && now < before.seen_ms - CLOCK_STEP_MS;
    let most_ahead = if set_back {
        CLOCK_GAP_MS
    } else {
        CLOCK_STEP_MS
    };
    if (-CLOCK_STEP_MS..=most_ahead).contains(&ahead) {
        return believed;
    }
    let (should_be, most) = match look.expected_ms {
        Some(should_be) => (should_be, CLOCK_STEP_MS),
        None => (before.seen_ms, CLOCK_GAP_MS),
    };
    let steady = (-CLOCK_STEP_MS..=most).contains(&now.saturating_sub(should_be));
    if steady && now - since >= CLOCK_PROBATION_MS {
        return believed;
    }
    apart(expected_ms, if steady { since } else { now })
}

/// Only a clock that runs ahead makes things look overdue.
fn standing(belief: Belief) -> Standing {
    let ahead_ms = belief.seen_ms.saturating_sub(belief.believed_ms);
    match belief.doubted_since_ms {
        Some(since_ms) if ahead_ms > 0 => Standing::Doubted {
            hours_ahead: ahead_ms / HOUR_MS,
            until_ms: since_ms.saturating_add(CLOCK_PROBATION_MS),
        },
        _ => Standing::Believed,
    }
}

/// Whether a belief is worth a write: always while there is a doubt, because
/// then each look counts what has passed.
fn is_news(before: Option<Belief>, after: Belief, look: Look) -> bool {
    let Some(before) = before else { return true };
    let moved_ms = after.seen_ms.saturating_sub(before.seen_ms);
    after.doubted_since_ms.is_some()
        || before.doubted_since_ms.is_some()
        || look.expected_ms.is_none()
        || !(0..NOTED_EVERY_MS).contains(&moved_ms)
}

fn tell(before: Option<Belief>, after: Belief) {
    let doubted = |belief: Belief| belief.doubted_since_ms.is_some();
    if before.is_some_and(doubted) == doubted(after) {
        return;
    }
    match standing(after) {
        Standing::Doubted { hours_ahead, .. } => tracing::error!(
            hours_ahead,
            "the clock jumped ahead; nothing is erased by it until it has run steadily for a day \
             (`imgc purge --trust-clock`, if it is right)"
        ),
        Standing::Believed if doubted(after) => tracing::warn!("the clock was set back"),
        Standing::Believed => tracing::info!("the clock is believed again"),
    }
}

#[cfg(test)]
mod tests;
