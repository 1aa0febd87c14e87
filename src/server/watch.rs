//! The watch: a look a second at a database that several nodes share, for
//! everything on this node that waits for something to happen there.
//!
//! What happens on this node rings by itself; what happens on another is found by
//! looking. Each event stream and each worker could look for itself, and a
//! thousand streams would be a thousand trips a second. So one looks for all, in
//! one trip: whether a job is due, which of the sessions that hold a stream open
//! have ended, which jobs of these people changed, whether what strangers
//! see did, and which models are switched off. A database of this node's
//! alone needs no watch: everything that happens there happens here.

mod memory;
mod streams;

use super::AppState;
use crate::store::{
    DbError,
    watch::{self, Answer, Question},
};
use memory::{Memory, Plan};
use std::time::Duration;
use streams::Streams;
use tokio::time::MissedTickBehavior;

pub use streams::Following;

/// How often it looks. A stream ends within twice this after its session has.
const EVERY: Duration = Duration::from_secs(1);

/// What waits on the watch.
#[derive(Default)]
pub struct Watch {
    streams: Streams,
}

impl Watch {
    /// Follows a job of this person, or all of theirs, for a stream that this
    /// session holds. What is read afterwards misses nothing: a change since then
    /// rings.
    pub fn follow(&self, session: &str, person: &str) -> Following {
        self.streams.follow(session, person)
    }
}

/// Looks until shutdown, where the database is shared.
pub async fn run(state: AppState) {
    if !state.db.is_shared() {
        return;
    }
    let mut looks = tokio::time::interval(EVERY);
    // After a slow look the next one waits its turn, instead of making up for lost ones.
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let forever = async {
        let (mut memory, mut worked) = (Memory::default(), true);
        loop {
            looks.tick().await;
            let looked = look(&state, &mut memory).await;
            // Said once, and not at each look of a long trouble.
            match looked {
                Ok(()) if !worked => tracing::info!("the watch sees the database again"),
                Err(error) if worked => tracing::warn!(%error, "the watch sees no database"),
                _ => {}
            }
            worked = looked.is_ok();
        }
    };
    tokio::select! {
        () = state.shutdown.cancelled() => {}
        () = forever => {}
    }
}

/// Now by the clock that all nodes have in common, the database's, in Unix
/// milliseconds; by this node's where it is alone. No more exact than an answer
/// takes.
pub fn common_now_ms(state: &AppState) -> i64 {
    // Not by the clock that tests move, which no other node shares.
    let offset_ms = state.db.clock_offset_ms().unwrap_or_default();
    state.clock.system_ms().saturating_add(offset_ms)
}

/// Looks once, and rings for what is new.
async fn look(state: &AppState, memory: &mut Memory) -> Result<(), DbError> {
    let plan = memory.plan(common_now_ms(state));
    let wanted = state.watch.streams.wanted();
    if !wanted.queue {
        memory.forget_queue();
    }
    let question = Question {
        now_ms: state.clock.now_ms(),
        per_person: state.config.imgc.jobs.per_person,
        sessions: wanted.sessions,
        people: wanted.people,
        since_ms: plan.since_ms,
        queue: wanted.queue && plan.queue,
    };
    let began_ms = state.db.public().now_ms();
    let answer = watch::look(&state.db, &question).await?;
    state.offer.know(answer.models_off.clone());
    // Before pages are drawn of another version: they show it.
    state.announcements.know(answer.announcements.clone());
    state.db.public().looked(began_ms, answer.public);
    tell(state, memory, plan, answer);
    Ok(())
}

/// Ends the streams whose session has ended, and rings whoever there is news for.
fn tell(state: &AppState, memory: &mut Memory, plan: Plan, answer: Answer) {
    let streams = &state.watch.streams;
    streams.end(&answer.ended);
    for job in &answer.to_stop {
        state.progress.stop(job, false);
    }
    streams.ring(&memory.news(plan, answer.changed));
    if answer.queue.is_some_and(|queue| memory.is_another(queue)) {
        streams.ring_queue();
    }
    if answer.due {
        state.job_queued.notify_one();
    }
}
