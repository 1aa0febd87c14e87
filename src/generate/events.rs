//! A job's progress as server-sent events (`/jobs/{id}/events`), those of all of
//! a person's jobs (`/jobs/events`), and the partial pictures they point at.
//!
//! A stream reads the session and the rows when something rings: this node's own
//! workers and requests, and for what other nodes do the watch. Where there is no
//! watch, because there are no other nodes, it looks every few seconds.

use super::pipeline;
use crate::{
    error::AppError,
    model::JobView,
    server::{AppState, media, plain_page, session::Visitor, watch::Following},
    wire,
};
use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, stream};
use imgc_pictures::PictureFormat;
use std::{convert::Infallible, time::Duration};
use tokio::sync::{broadcast, watch};

/// The interval at which the row and the session are read when nothing rings.
const TICK: Duration = Duration::from_secs(2);
/// The same for all jobs of a person.
const ALL_TICK: Duration = Duration::from_secs(5);
/// Streams a person may hold at once: several tabs with several jobs.
const STREAMS_PER_PERSON: usize = 24;

/// The stream: an event `job` with a [`JobView`] at once and at every change,
/// until the job ends, the session ends, or the server stops.
pub async fn events(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let user = match visitor.user(&state).await {
        Ok(Some(user)) => user,
        Ok(None) => return plain_page::error(&headers, &AppError::NotFound),
        Err(error) => return plain_page::error(&headers, &error),
    };
    // Before anything is read, so that no change falls in between.
    let pulse = Pulse::new(&state, &visitor, &user.id, Some(&id), TICK);
    let changes = state.progress.subscribe(&id);
    let first = match pipeline::job_view(&state, &user.id, &id).await {
        Ok(view) => view,
        Err(error) => return plain_page::error(&headers, &error),
    };
    let Some(slot) = state.limits.stream(&user.id, STREAMS_PER_PERSON) else {
        return plain_page::error(&headers, &AppError::TooMany { retry_after_s: 5 });
    };
    let follower = Follower {
        pulse,
        changes,
        state,
        visitor,
        user_id: user.id,
        id,
        first: Some(first),
        sent: None,
        ended: false,
        _slot: slot,
    };
    sent_on_at_once(follower.stream())
}

/// The stream of all of a person's jobs: an event `jobs` with the list the
/// composer's page shows, at once and at every change.
pub async fn all(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
) -> Response {
    let user = match visitor.user(&state).await {
        Ok(Some(user)) => user,
        Ok(None) => return plain_page::error(&headers, &AppError::NotFound),
        Err(error) => return plain_page::error(&headers, &error),
    };
    let Some(slot) = state.limits.stream(&user.id, STREAMS_PER_PERSON) else {
        return plain_page::error(&headers, &AppError::TooMany { retry_after_s: 5 });
    };
    let watcher = Watcher {
        pulse: Pulse::new(&state, &visitor, &user.id, None, ALL_TICK),
        changes: state.progress.listen(),
        state,
        visitor,
        user_id: user.id,
        sent: None,
        _slot: slot,
    };
    let events = stream::unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((Ok::<_, Infallible>(event), watcher))
    });
    sent_on_at_once(events)
}

/// Events, of which no cache keeps one and no proxy holds one back: nothing on
/// the way may compress them either, for that is done in large pieces. (What
/// nginx needs to be told besides is told of every stream, with the headers all
/// answers carry.)
fn sent_on_at_once(
    events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static,
) -> Response {
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response();
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store, no-transform"),
    );
    response
}

/// What makes a stream look again when nothing of this node's rings.
enum Pulse {
    /// Time: the end of a session and the queue's moving make no sound.
    Ticks(Duration),
    /// The watch, which looks for all streams at once.
    Watched(Following),
}

impl Pulse {
    /// Of a stream about one job or all of this person's.
    fn new(
        state: &AppState,
        visitor: &Visitor,
        user_id: &str,
        job: Option<&str>,
        tick: Duration,
    ) -> Pulse {
        if !state.db.is_shared() {
            return Pulse::Ticks(tick);
        }
        let session = visitor.session_id().unwrap_or_default();
        Pulse::Watched(state.watch.follow(&session, user_id, job))
    }

    /// Waits until it is time to look; `None` once the session has ended.
    async fn next(&mut self) -> Option<()> {
        match self {
            Pulse::Ticks(tick) => {
                tokio::time::sleep(*tick).await;
                Some(())
            }
            Pulse::Watched(following) => following.news().await,
        }
    }

    /// Says whether a place in the queue was shown.
    fn shows_queue(&self, in_queue: bool) {
        if let Pulse::Watched(following) = self {
            following.shows_queue(in_queue);
        }
    }
}

/// The session of a stream may have ended since: a stream must not outlive it.
async fn is_still(visitor: &Visitor, state: &AppState, user_id: &str) -> bool {
    let user = visitor.user_now(state).await;
    matches!(user, Ok(Some(user)) if user.id == user_id)
}

struct Watcher {
    state: AppState,
    visitor: Visitor,
    user_id: String,
    pulse: Pulse,
    changes: broadcast::Receiver<String>,
    sent: Option<Vec<JobView>>,
    _slot: crate::server::rate_limit::Slot,
}

impl Watcher {
    /// The next event; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.sent.is_some() {
                self.wait().await?;
            }
            let jobs = self.look().await?;
            let in_queue = jobs.iter().any(|job| job.position.is_some());
            self.pulse.shows_queue(in_queue);
            let unchanged = self.sent.as_ref().is_some_and(|sent| {
                sent.len() == jobs.len() && sent.iter().zip(&jobs).all(|(a, b)| same(a, b))
            });
            if unchanged {
                continue;
            }
            let event = Event::default().event("jobs").data(wire::to_text(&jobs));
            self.sent = Some(jobs);
            return Some(event);
        }
    }

    /// Reads the session and the jobs, which go to the database together.
    async fn look(&self) -> Option<Vec<JobView>> {
        let (still, jobs) = tokio::join!(
            is_still(&self.visitor, &self.state, &self.user_id),
            pipeline::recent_jobs(&self.state, &self.user_id)
        );
        jobs.ok().filter(|_| still)
    }

    /// Until something happened to one of these jobs, or may have: a queue
    /// moves without a notification.
    async fn wait(&mut self) -> Option<()> {
        let Watcher {
            state,
            user_id,
            pulse,
            changes,
            sent,
            ..
        } = self;
        let shown: Vec<&str> = sent.iter().flatten().map(|job| job.id.as_str()).collect();
        let concerns = |id: &str| id == user_id.as_str() || shown.contains(&id);
        let beat = pulse.next();
        tokio::pin!(beat);
        loop {
            tokio::select! {
                () = state.shutdown.cancelled() => return None,
                beat = &mut beat => return beat,
                changed = changes.recv() => match changed {
                    Ok(id) if !concerns(&id) => {}
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return Some(()),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
            }
        }
    }
}

struct Follower {
    state: AppState,
    visitor: Visitor,
    user_id: String,
    id: String,
    pulse: Pulse,
    changes: watch::Receiver<u64>,
    /// What was read when the stream was asked for.
    first: Option<JobView>,
    sent: Option<JobView>,
    ended: bool,
    _slot: crate::server::rate_limit::Slot,
}

impl Follower {
    fn stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut follower| async move {
            let event = follower.next().await?;
            Some((Ok(event), follower))
        })
    }

    /// The next event; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        if self.ended {
            return None;
        }
        loop {
            let view = match self.first.take() {
                Some(view) => view,
                None => {
                    self.wait().await?;
                    self.look().await?
                }
            };
            self.pulse.shows_queue(view.position.is_some());
            self.ended = view.state.is_final();
            if self.sent.as_ref().is_some_and(|sent| same(sent, &view)) {
                continue;
            }
            let event = Event::default().event("job").data(wire::to_text(&view));
            self.sent = Some(view);
            return Some(event);
        }
    }

    /// Reads the session and the job, which go to the database together.
    async fn look(&self) -> Option<JobView> {
        let (still, view) = tokio::join!(
            is_still(&self.visitor, &self.state, &self.user_id),
            pipeline::job_view(&self.state, &self.user_id, &self.id)
        );
        view.ok().filter(|_| still)
    }

    async fn wait(&mut self) -> Option<()> {
        tokio::select! {
            () = self.state.shutdown.cancelled() => None,
            changed = self.changes.changed() => {
                if changed.is_err() {
                    // The job's entry was dropped; a later attempt makes a new one.
                    self.changes = self.state.progress.subscribe(&self.id);
                }
                Some(())
            }
            beat = self.pulse.next() => beat,
        }
    }
}

/// True if two views differ in nothing but the clock.
fn same(a: &JobView, b: &JobView) -> bool {
    let mut a = JobView {
        now_ms: b.now_ms,
        ..a.clone()
    };
    // A picture's colour is known a moment after it is shown: no reason to show it anew.
    for (of_a, of_b) in a.images.iter_mut().zip(&b.images) {
        of_a.placeholder.clone_from(&of_b.placeholder);
    }
    a == *b
}

/// A partial picture of the person's own running job.
pub async fn partial(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Path((id, index)): Path<(String, u32)>,
    headers: HeaderMap,
) -> Response {
    let found = async {
        let user = visitor.user(&state).await?.ok_or(AppError::NotFound)?;
        pipeline::job_view(&state, &user.id, &id).await?;
        let partial = state.progress.newest_partial(&id);
        Ok::<_, AppError>(partial.filter(|p| p.index >= index))
    };
    match found.await {
        Err(error) => plain_page::error(&headers, &error),
        // The job ended while the browser was asking: no error, and nothing to show.
        Ok(None) => StatusCode::NO_CONTENT.into_response(),
        Ok(Some(partial)) => {
            let Ok(format) = PictureFormat::from_magic(&partial.bytes) else {
                return StatusCode::NO_CONTENT.into_response();
            };
            let mut response = (StatusCode::OK, partial.bytes).into_response();
            media::picture_headers(&mut response, format.content_type(), media::Cache::Private);
            response
        }
    }
}
