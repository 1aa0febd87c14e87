//! Housekeeping: what is due to go goes, while the server runs.
//!
//! It is a task of its own, so that a slow object store or a large erasure holds
//! up no job, and it ends the moment the server is asked to stop: every step
//! can be repeated, so that one cut short costs nothing but time.
//!
//! Of several nodes one keeps the service's house, by a lease; each keeps its own:
//! what is in its memory and on its disk.

pub mod dated_files;
mod late_answers;
mod networks;
pub mod orphans;
pub mod rankings;
pub mod rules;

use crate::{
    model::limits::LIKES_LAG_MS,
    reports::copies,
    server::{AppState, node_lease, recognise},
    store::{library, likes, renditions},
};
use rules::Share;
use std::time::{Duration, Instant};

/// Pictures prepared for the search at once. Few, because nobody else can write
/// meanwhile.
const PREPARED_AT_ONCE: u32 = 25;
/// How long a round prepares pictures: what is due to go waits for its end.
const PREPARING: Duration = Duration::from_secs(10);
/// How long it tells what pictures of earlier releases look like, some listed at a time.
const TELLING: Duration = Duration::from_secs(5);
const TOLD_AT_ONCE: u32 = 8;
/// A rest after some pictures is so many times as long as they took, up to a limit: an
/// index of a large service takes minutes of a processor, which are to be its visitors'
/// first.
const REST: u32 = 3;
const REST_MOST: Duration = Duration::from_secs(1);

/// How often a round begins.
const EVERY: Duration = Duration::from_secs(15);
/// The lease of the node that keeps the service's house.
const HOUSE: &str = "housekeeping";
/// How long a shutdown waits for the last counts to be written and the lease to be
/// given back: a database that does not answer keeps nobody.
const LEAVING: Duration = Duration::from_secs(5);

/// Runs a round every few seconds until shutdown.
pub async fn run(state: AppState) {
    let mut rounds = tokio::time::interval(EVERY);
    // After a long round the next one waits its turn, instead of making up for lost ones.
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let forever = async {
        loop {
            rounds.tick().await;
            round(&state).await;
        }
    };
    tokio::select! {
        () = state.shutdown.cancelled() => {}
        () = forever => {}
    }
    let leaving = async {
        write_statistics(&state).await;
        node_lease::end(&state, HOUSE).await;
    };
    if tokio::time::timeout(LEAVING, leaving).await.is_err() {
        tracing::warn!("the database does not answer: the last counts are lost");
    }
}

/// One round: forgets what nobody looks at any more, and carries out the rules
/// of retention. Where there are other nodes, the service's are one node's.
pub async fn round(state: &AppState) {
    state.limits.sweep();
    state.abuse.sweep(state.clock.now_ms());
    state.kept.pages.forget_old(state.db.public().current());
    state.kept.pictures.forget_idle();
    state.kept.tiles.forget_idle();
    write_statistics(state).await;
    if !state.db.is_shared() {
        return keep_house(state, Share::All).await;
    }
    rules::run(state, Share::Node).await;
    node_lease::holding(state, HOUSE, keep_house(state, Share::Service)).await;
}

async fn keep_house(state: &AppState, share: Share) {
    tell_likes(state).await;
    copies::withdraw_due(state).await;
    rules::run(state, share).await;
    rankings::keep(state).await;
    tell_of_older(state).await;
    prepare_search(state).await;
}

/// Lets what is kept of public pages say how many like what, once likes have changed. A
/// round later is soon enough, so that a number lags no longer than it may.
async fn tell_likes(state: &AppState) {
    let again_ms = LIKES_LAG_MS - i64::try_from(EVERY.as_millis()).unwrap_or(0);
    if let Err(error) = likes::tell(&state.db, state.clock.now_ms(), again_ms).await {
        tracing::warn!(%error, "the numbers of likes were not told");
    }
}

/// Tells what pictures of earlier releases look like, so that copies of removed ones are
/// found among them, too. Each is noted by itself: what is cut short goes on from there.
async fn tell_of_older(state: &AppState) {
    let round = Instant::now();
    while round.elapsed() < TELLING {
        let untold = match renditions::untold(&state.db, TOLD_AT_ONCE).await {
            Ok(untold) if untold.is_empty() => return,
            Ok(untold) => untold,
            Err(error) => {
                tracing::warn!(%error, "nothing was told of pictures of earlier releases");
                return;
            }
        };
        for image in untold {
            let begun = Instant::now();
            let (pixels, looks) = match recognise::told(state, &image).await {
                Ok(told) => told,
                Err(error) => {
                    tracing::warn!(image = image.id, %error, "what pictures look like is told later");
                    return;
                }
            };
            let noted = renditions::tell(&state.db, &image.id, (&pixels, &looks)).await;
            if let Err(error) = noted {
                tracing::warn!(%error, "nothing was told of pictures of earlier releases");
                return;
            }
            if round.elapsed() >= TELLING {
                return;
            }
            tokio::time::sleep((begun.elapsed() * REST).min(REST_MOST)).await;
        }
    }
}

/// Prepares pictures from before the search knew scripts without spaces.
async fn prepare_search(state: &AppState) {
    let round = Instant::now();
    while round.elapsed() < PREPARING {
        let begun = Instant::now();
        match library::prepare(&state.db, PREPARED_AT_ONCE).await {
            Ok(0) => return,
            Ok(_) => tokio::time::sleep((begun.elapsed() * REST).min(REST_MOST)).await,
            Err(error) => {
                tracing::warn!(%error, "pictures were not prepared for the search");
                return;
            }
        }
    }
}

async fn write_statistics(state: &AppState) {
    if let Err(error) = state.statistics.write(state).await {
        tracing::warn!(%error, "statistics were not written");
    }
}
