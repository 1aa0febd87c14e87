//! The workers: they claim queued jobs, call the image API, and bring each
//! answer safely to the library.
//!
//! A job is a row with a lease. The intent is on the disk before the call, the
//! bytes are in the spool before anything else happens to them, and a restart
//! resumes from what is there. Nothing here calls the API twice for one claim,
//! and once there is an answer only its bytes can end the job badly: whatever
//! is wrong with this machine is waited out.

mod hand;
mod keep;
mod outcome;
mod patience;
mod renditions;

use crate::{
    model::{FailureKind, JobState, catalogue::Settled},
    references::inputs,
    server::{
        AppState,
        image_api::{Answer, ImageApiError, Input, Request},
        spool::{Found, Manifest},
    },
    store::{
        jobs::{self, Job},
        leases,
    },
};
use fail::fail_point;
use hand::{Foreign, InHand};
use imgc_pictures::PictureFormat;
use outcome::{JobError, ended, give_up_or_wait, lost_after_answer, refused};
use patience::{Tries, patiently};
use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::MissedTickBehavior,
};
use tokio_util::task::TaskTracker;

/// The longest interval at which jobs that nobody works on are looked for.
const ADOPTION: Duration = Duration::from_secs(15);
/// The time a shutdown waits for jobs under way.
const DRAIN: Duration = Duration::from_secs(30);

/// Runs until shutdown: resumes what a former life left, then takes queued jobs.
pub async fn run(state: AppState) {
    let slots = Arc::new(Semaphore::new(state.config.imgc.jobs.concurrency));
    let tasks = TaskTracker::new();
    let hand = InHand::default();
    let mut foreign = Foreign::default();
    let renditions = tokio::spawn(renditions::run(state.clone()));
    adopt(&state, &tasks, &hand, &mut foreign).await;
    let mut adoption = tokio::time::interval(ADOPTION.min(lease(&state) / 2));
    // A process that was stopped for a while has nothing to make up for.
    adoption.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = state.shutdown.cancelled() => break,
            _ = adoption.tick() => adopt(&state, &tasks, &hand, &mut foreign).await,
            permit = slots.clone().acquire_owned() => {
                let Ok(permit) = permit else { break };
                take_one(&state, &tasks, &hand, permit).await;
            }
        }
    }
    tasks.close();
    if tokio::time::timeout(DRAIN, tasks.wait()).await.is_err() {
        tracing::warn!("jobs under way at shutdown resume at the next start");
    }
    let _ = renditions.await;
}

/// Claims a job and starts it, or waits until there may be one.
async fn take_one(
    state: &AppState,
    tasks: &TaskTracker,
    hand: &InHand,
    permit: OwnedSemaphorePermit,
) {
    let now_ms = state.clock.now_ms();
    let per_person = state.config.imgc.jobs.per_person;
    let lease_until_ms = lease_until(state);
    match jobs::claim(&state.db, &state.node, lease_until_ms, now_ms, per_person).await {
        Ok(Some(job)) => {
            let held = hand.hold(&job.id);
            fail_point!("job-dispatching");
            let state = state.clone();
            tasks.spawn(async move {
                let (_held, _permit) = (held, permit);
                with_lease(&state, &job, dispatch(&state, &job)).await;
                // A slot of this person is free again.
                state.job_queued.notify_one();
            });
        }
        Ok(None) | Err(_) => {
            drop(permit);
            let due_ms = jobs::next_due_ms(&state.db).await.ok().flatten();
            let wait_ms = due_ms.map_or(5_000, |due| (due - now_ms).clamp(200, 5_000));
            let wait = Duration::from_millis(wait_ms.unsigned_abs());
            tokio::select! {
                () = state.shutdown.cancelled() => {}
                () = state.job_queued.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

/// Takes up unfinished jobs that nobody works on, and carries each on from where
/// it was: this node's that are not in hand (a former life's, or one that had to
/// be let go), and those of nodes whose leases stand still.
async fn adopt(state: &AppState, tasks: &TaskTracker, hand: &InHand, foreign: &mut Foreign) {
    let Ok(unfinished) = leases::unfinished(&state.db).await else {
        return;
    };
    let (ours, theirs): (Vec<_>, Vec<_>) = unfinished
        .into_iter()
        .partition(|lease| lease.owner.as_deref().is_none_or(|node| node == state.node));
    let abandoned = foreign.still_since(theirs, lease(state), Instant::now());
    for seen in ours.into_iter().chain(abandoned) {
        let Some(held) = hand.hold(&seen.job) else {
            continue;
        };
        let taken = leases::take_over(&state.db, &seen, &state.node, lease_until(state)).await;
        let Ok(Some(job)) = taken else { continue };
        tracing::info!(job = job.id, state = job.state.as_str(), "resuming a job");
        let state = state.clone();
        tasks.spawn(async move {
            let _held = held;
            with_lease(&state, &job, resume(&state, &job)).await;
            state.job_queued.notify_one();
        });
    }
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
        let renewed = leases::renew(&state.db, &job.id, &state.node, lease_until(state)).await;
        if let Err(error) = renewed {
            tracing::warn!(job = job.id, %error, "a lease was not renewed");
        }
    }
}

/// The call, from the recorded intent to the bytes in the spool, and on.
async fn dispatch(state: &AppState, job: &Job) -> Result<(), JobError> {
    // Nothing was sent yet: trouble before the call costs nothing but time.
    let prepared = || async { Ok(inputs::to_send(state, job).await?) };
    let sent = match patiently(state, job, Tries::Unlimited, prepared).await {
        Ok(Some(sent)) => sent,
        Ok(None) => return Err(refused(FailureKind::ReferencesGone)),
        Err(stopped) => {
            let now_ms = state.clock.now_ms();
            jobs::requeue(&state.db, &job.id, &state.node, now_ms).await?;
            return Err(stopped);
        }
    };
    let answer = match ask(state, job, &sent).await {
        Ok(answer) => answer,
        Err(error) => return give_up_or_wait(state, job, error).await,
    };
    fail_point!("job-answered");
    keep_safe(state, job, Arc::new(answer)).await;
    fail_point!("job-spooled");
    go_on(state, job).await
}

/// Calls the image API, once.
async fn ask(state: &AppState, job: &Job, sent: &[Input]) -> Result<Answer, ImageApiError> {
    let Some(model) = state.config.model(&job.settings.model) else {
        return Err(ImageApiError::Refused {
            kind: FailureKind::ModelUnavailable,
            categories: None,
        });
    };
    state.progress.changed(&job.id);
    let request = Request {
        model,
        prompt: &job.prompt,
        settings: &job.settings,
        safety_identifier: state.key.safety_identifier(&job.user_id),
        inputs: sent,
    };
    let partial = |index, bytes: bytes::Bytes| {
        if PictureFormat::from_magic(&bytes).is_ok() {
            state.progress.partial(&job.id, index, bytes);
        }
    };
    state
        .image_api
        .generate(&request, &state.objects, partial)
        .await
}

/// Brings an answer from memory to the spool, however long that takes: it was
/// paid for and is nowhere else. At shutdown it is tried all the more.
async fn keep_safe(state: &AppState, job: &Job, answer: Arc<Answer>) {
    let mut wait = patience::FIRST;
    while let Err(error) = state.spool.save(&job.id, answer.clone()).await {
        tracing::error!(job = job.id, %error, "an answer could not be spooled; it is held in memory");
        if state.shutdown.is_cancelled() {
            tokio::time::sleep(patience::FIRST).await;
            continue;
        }
        tokio::select! {
            () = state.shutdown.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
        wait = (wait * 2).min(patience::LONGEST_IN_MEMORY);
    }
}

/// Carries an adopted job on from its state.
async fn resume(state: &AppState, job: &Job) -> Result<(), JobError> {
    if job.state == JobState::Dispatching {
        let answered = || async { Ok(manifest(state, job).await?.is_some()) };
        if !patiently(state, job, Tries::Few, answered).await? {
            // The call may have been made; nobody makes it again without being asked.
            return Err(refused(FailureKind::AnswerLost));
        }
    }
    go_on(state, job).await
}

/// Carries a job whose answer is in the spool on to its end. Every step begins
/// from the row as it is, and can be repeated.
async fn go_on(state: &AppState, job: &Job) -> Result<(), JobError> {
    patiently(state, job, Tries::Few, || step(state, job)).await
}

async fn step(state: &AppState, job: &Job) -> Result<(), JobError> {
    let found = leases::in_hand(&state.db, &job.id, &state.node).await?;
    let job = found.ok_or(JobError::LeaseLost)?;
    let Some(manifest) = manifest(state, &job).await? else {
        tracing::error!(job = job.id, "nothing is left of a job's answer");
        return Err(lost_after_answer(FailureKind::StorageFailed));
    };
    if job.state == JobState::Dispatching {
        receive(state, &job, &manifest).await?;
    }
    keep::keep_originals(state, &job, &manifest).await?;
    if job.state != JobState::Stored {
        if !jobs::stored(&state.db, &job.id, &state.node).await? {
            return Err(JobError::LeaseLost);
        }
        state.progress.changed(&job.id);
        fail_point!("job-stored");
    }
    keep::finish(state, &job, &manifest).await
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
async fn receive(state: &AppState, job: &Job, manifest: &Manifest) -> Result<(), JobError> {
    let came = manifest.pictures.len();
    let cost = settled(state, job, manifest);
    if cost.estimated {
        let counted = manifest.usage;
        tracing::info!(
            job = job.id,
            came,
            ?counted,
            "what a job cost is an estimate"
        );
    }
    if !jobs::received(&state.db, &job.id, &state.node, cost, came).await? {
        return Err(JobError::LeaseLost);
    }
    state.progress.changed(&job.id);
    // It was paid: there is money again, if there was none.
    state.budget_breaker.close();
    fail_point!("job-received");
    Ok(())
}

/// What the pictures that came cost, as it is booked.
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
