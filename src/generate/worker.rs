//! The workers: they claim queued jobs, call the image API, and bring each
//! answer safely to the library.
//!
//! A job is a row with a lease. The intent is on the disk before the call, the
//! bytes are in the spool before anything else happens to them, and a restart
//! resumes from what is there. Nothing here calls the API twice for one claim,
//! and once there is an answer only its bytes can end the job badly: whatever
//! is wrong with this machine is waited out.
//!
//! Several nodes may work on one database. Each step names the claim, or the taking
//! over, that the job is in the hands of, so that one of two who believe that it is
//! theirs is told otherwise.

mod adoption;
mod call;
mod claims;
mod composite;
mod hand;
mod keep;
mod outcome;
mod patience;
mod renditions;
mod standing;

use crate::{
    model::{FailureKind, JobState, catalogue::Settled},
    references::inputs,
    server::{
        AppState, budget_breaker,
        image_api::Answer,
        spool::{Found, Manifest},
    },
    store::{
        jobs::{self, Booking, Job},
        leases,
    },
};
use adoption::Adoption;
use claims::{Claim, Claims, may_send};
use fail::fail_point;
use hand::InHand;
use outcome::{JobError, back_in_the_queue, ended, give_up_or_wait, paid_for, refused};
use patience::{Tries, keep_safe, patiently};
use renditions::Ahead;
use standing::{Standing, regain, standing, standing_now};
use std::{
    convert::Infallible,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{MissedTickBehavior, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long what came waits for the object store, to be booked with its pictures in
/// one step.
const SOON: Duration = Duration::from_secs(2);

/// Runs until shutdown: resumes what a former life left, then takes queued jobs.
pub async fn run(state: AppState) {
    let slots = Arc::new(Semaphore::new(state.config.imgc.jobs.concurrency));
    let tasks = TaskTracker::new();
    let hand = InHand::default();
    let mut claims = Claims::new(state.clone());
    let mut adoption = Adoption::new(state.clone(), hand.clone());
    let renditions = tokio::spawn(renditions::run(state.clone()));
    budget_breaker::close_at_start(&state).await;
    let mut rounds = tokio::time::interval(adoption::every(&state));
    // A process that was stopped for a while has nothing to make up for.
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first round comes at once, and before the first claim.
    rounds.tick().await;
    adoption.round(&tasks).await;
    loop {
        tokio::select! {
            () = state.shutdown.cancelled() => break,
            _ = rounds.tick() => adoption.round(&tasks).await,
            permit = claims.turn(&slots) => {
                let Some(permit) = permit else { break };
                if let Some(claim) = claims.claim().await {
                    start(&state, &tasks, &hand, permit, claim);
                }
            }
        }
    }
    tasks.close();
    let drain = Duration::from_secs(state.config.imgc.jobs.drain_s);
    if tokio::time::timeout(drain, tasks.wait()).await.is_err() {
        tracing::warn!("jobs under way at shutdown are resumed later");
    }
    let _ = renditions.await;
}

/// Starts the work on a job that was claimed.
fn start(
    state: &AppState,
    tasks: &TaskTracker,
    hand: &InHand,
    permit: OwnedSemaphorePermit,
    claim: Claim,
) {
    let held = hand.claimed(&claim.job.id);
    // Before anybody can ask for it in vain.
    let stop = state.progress.stoppable(&claim.job.id);
    fail_point!("job-dispatching");
    let state = state.clone();
    tasks.spawn(async move {
        let (_held, _permit) = (held, permit);
        let work = dispatch(&state, &claim.job, claim.asked, &stop);
        with_lease(&state, &claim.job, work).await;
        // A slot of this person is free again.
        state.job_queued.notify_one();
    });
}

fn lease(state: &AppState) -> Duration {
    Duration::from_secs(state.config.imgc.jobs.lease_s)
}

fn lease_until(state: &AppState) -> i64 {
    let lease_ms = i64::try_from(lease(state).as_millis()).unwrap_or(60_000);
    state.clock.now_ms().saturating_add(lease_ms)
}

/// Does a job's work while its lease is renewed, and records how it stopped.
/// Nothing is given up because a lease could not be renewed: each step says
/// itself whose job it must be.
async fn with_lease(state: &AppState, job: &Job, work: impl Future<Output = Result<(), JobError>>) {
    let stopped = tokio::select! {
        done = work => done.err(),
        never = renew(state, job) => match never {},
    };
    if let Some(stopped) = stopped {
        ended(state, job, stopped).await;
    }
    state.progress.finished(&job.id);
}

async fn renew(state: &AppState, job: &Job) -> Infallible {
    let every = lease(state) / 3;
    loop {
        tokio::time::sleep(every).await;
        let renewed = leases::renew(&state.db, &job.id, job.owner(), lease_until(state)).await;
        if let Err(error) = renewed {
            tracing::warn!(job = job.id, %error, "a lease was not renewed");
        }
    }
}

/// The call, from the recorded intent to the bytes in the spool, and on.
async fn dispatch(
    state: &AppState,
    job: &Job,
    asked: Instant,
    stop: &CancellationToken,
) -> Result<(), JobError> {
    // Nothing was sent yet: trouble before the call costs nothing but time.
    let prepared = || async { Ok(inputs::to_send(state, job).await?) };
    let sent = match patiently(state, job, Tries::Unlimited, prepared).await {
        Ok(Some(sent)) => sent,
        Ok(None) => return Err(refused(FailureKind::ReferencesGone)),
        Err(stopped) => {
            back_in_the_queue(state, job).await?;
            return Err(stopped);
        }
    };
    // A node that is alone has it in hand, however late it is.
    if state.db.is_shared() && !may_send(state, asked) {
        tracing::warn!(job = job.id, "a job was claimed too long ago to be sent");
        return patiently(state, job, Tries::Unlimited, || {
            back_in_the_queue(state, job)
        })
        .await;
    }
    if stop.is_cancelled() {
        // Nothing was sent; whoever stopped it is given all of it back.
        return patiently(state, job, Tries::Unlimited, || {
            back_in_the_queue(state, job)
        })
        .await;
    }
    let answer = match call::ask(state, job, &sent, stop).await {
        Ok(Some(answer)) => answer,
        // The connection is closed. What was sent may be billed all the same.
        Ok(None) => return Err(paid_for(FailureKind::Stopped)),
        Err(error) => return give_up_or_wait(state, job, error).await,
    };
    fail_point!("job-answered");
    let ahead = match job.keeps_outside {
        // What is shown of it will be made of something else.
        true => Ahead::default(),
        false => Ahead::begin(&answer),
    };
    let answer = Arc::new(answer);
    let manifest = keep_safe(state, job, answer.clone()).await;
    fail_point!("job-spooled");
    // A node that is alone has in memory what it has just written, and nobody else has
    // the job: it needs not be read again. Whatever does not work is tried from there.
    let in_memory = (!state.db.is_shared()).then_some(answer);
    if in_memory.is_some() {
        let done = lead_on(state, job, &manifest, in_memory, &ahead).await;
        if done.is_ok() {
            return done;
        }
    }
    go_on(state, job, &ahead).await
}

/// Carries a job whose answer is in the spool on to its end. Every step begins
/// from the row as it is, and can be repeated.
async fn go_on(state: &AppState, job: &Job, ahead: &Ahead) -> Result<(), JobError> {
    patiently(state, job, Tries::Few, || step(state, job, ahead)).await
}

async fn step(state: &AppState, job: &Job, ahead: &Ahead) -> Result<(), JobError> {
    let Some(row) = leases::by_id(&state.db, &job.id).await? else {
        // Its owner is gone: nothing of theirs may stay behind.
        if let Some(manifest) = manifest(state, job).await? {
            keep::leave_nothing(state, job, &manifest).await?;
        }
        let erased = state.spool.erase(&job.id).await;
        erased.map_err(|error| later(job, "spool", &error))?;
        return Err(JobError::LeaseLost);
    };
    let job = match standing(&row, job.owner()) {
        Standing::Theirs => row,
        Standing::Late => regain(state, job).await?,
        Standing::Done => return keep::ended_well(state, &row).await,
        Standing::Elsewhere => return Err(JobError::Later("another node")),
        Standing::Lost => return Err(JobError::LeaseLost),
    };
    let manifest = manifest(state, &job).await?;
    let done = match &manifest {
        Some(manifest) => lead_on(state, &job, manifest, None, ahead).await,
        None => Err(paid_for(FailureKind::StorageFailed)),
    };
    if !matches!(done, Err(JobError::LeaseLost | JobError::Failed { .. })) {
        return done;
    }
    // Whoever has the job by now takes its bytes away when they are done: what was
    // missing here is missing to nobody.
    match (standing_now(state, &job).await?, manifest) {
        (Standing::Theirs, manifest) => {
            if manifest.is_none() {
                tracing::error!(job = job.id, "nothing is left of a job's answer");
            }
            done
        }
        (Standing::Lost, Some(manifest)) => {
            keep::leave_nothing(state, &job, &manifest).await?;
            Err(JobError::LeaseLost)
        }
        (Standing::Lost, None) => Err(JobError::LeaseLost),
        // The next look at the row says how to go on.
        _ => Err(JobError::Later("another node")),
    }
}

/// From the spool to the library, from where a job is: in one step if the object store
/// is quick, and else in as many as there are states, because what came is to be
/// booked soon. `answer` is what the manifest lists, where it is still in memory: until
/// the originals are kept.
async fn lead_on(
    state: &AppState,
    job: &Job,
    manifest: &Manifest,
    answer: Option<Arc<Answer>>,
    ahead: &Ahead,
) -> Result<(), JobError> {
    let mut originals = pin!(keep::keep_originals(state, job, manifest, answer));
    let mut soon = None;
    if job.state == JobState::Dispatching && !keeps_one_waiting() {
        soon = timeout(SOON, &mut originals).await.ok();
    }
    if let Some(Ok(kept)) = soon {
        fail_point!("job-kept");
        let booking = booking(state, job, manifest);
        let done = keep::finish(state, job, kept, Some(booking), ahead).await;
        if let Err(JobError::Later(_)) = done {
            // What the pictures' rows suffer from may last.
            receive(state, job, booking).await?;
        }
        return done;
    }
    // What came is booked, whatever becomes of the pictures.
    let receive = async {
        match job.state {
            JobState::Dispatching => receive(state, job, booking(state, job, manifest)).await,
            _ => Ok(()),
        }
    };
    let kept = match soon {
        Some(kept) => receive.await.and(kept),
        None => {
            // Side by side, because neither needs the other.
            let (received, kept) = tokio::join!(receive, originals);
            received.and(kept)
        }
    }?;
    if job.state != JobState::Stored {
        let now_ms = state.clock.now_ms();
        if !jobs::stored(&state.db, &job.id, job.owner(), now_ms).await? {
            return Err(JobError::LeaseLost);
        }
        state.progress.changed(&job.id);
        fail_point!("job-stored");
    }
    keep::finish(state, job, kept, None, ahead).await
}

/// Whether the object store is taken for a slow one, as only tests say.
fn keeps_one_waiting() -> bool {
    fail_point!("store-slow", |_| true);
    false
}

/// The list of a job's pictures, made anew if it is lost; `None` if nothing is there.
async fn manifest(state: &AppState, job: &Job) -> Result<Option<Manifest>, JobError> {
    let found = async {
        match state.spool.find(&job.id).await? {
            Found::Whole(manifest) => Ok(Some(manifest)),
            Found::Unlisted => state.spool.list_again(&job.id).await,
        }
    };
    found.await.map_err(|error| later(job, "spool", &error))
}

/// Trouble of a folder of ours: the bytes are to be tried again.
fn later(job: &Job, what: &'static str, error: &std::io::Error) -> JobError {
    tracing::error!(job = job.id, what, %error, "a folder of this machine failed");
    JobError::Later(what)
}

/// Records that the bytes are safe and what they cost.
async fn receive(state: &AppState, job: &Job, booking: Booking) -> Result<(), JobError> {
    fail_point!("booking-fails", |_| Err(JobError::Later("database")));
    let now_ms = state.clock.now_ms();
    if !jobs::received(&state.db, &job.id, job.owner(), booking, now_ms).await? {
        return Err(JobError::LeaseLost);
    }
    state.progress.changed(&job.id);
    fail_point!("job-received");
    Ok(())
}

/// What came of the call, as it is booked.
fn booking(state: &AppState, job: &Job, manifest: &Manifest) -> Booking {
    let cost = settled(state, job, manifest);
    let pictures = manifest.pictures.len();
    if cost.estimated {
        let counted = manifest.usage;
        tracing::info!(
            job = job.id,
            came = pictures,
            ?counted,
            "what a job cost is an estimate"
        );
    }
    Booking { cost, pictures }
}

/// What the pictures that came cost.
fn settled(state: &AppState, job: &Job, manifest: &Manifest) -> Settled {
    let came = u32::try_from(manifest.pictures.len()).unwrap_or(u32::MAX);
    match state.config.model(&job.settings.model) {
        Some(model) => {
            let chars = job.prompt.chars().count();
            model.settle(&job.settings, chars, manifest.usage, came)
        }
        None => Settled {
            micros: job.reserved_micros,
            estimated: true,
        },
    }
}
