//! A job's progress as server-sent events (`/jobs/{id}/events`), those of all of
//! a person's jobs (`/jobs/events`), and the partial pictures they point at.

use super::pipeline;
use crate::{
    error::AppError,
    model::JobView,
    server::{AppState, media, plain_page, session::Visitor},
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
const WATCH_TICK: Duration = Duration::from_secs(5);
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
    if let Err(error) = pipeline::job_view(&state, &user.id, &id).await {
        return plain_page::error(&headers, &error);
    }
    let Some(slot) = state.limits.stream(&user.id, STREAMS_PER_PERSON) else {
        return plain_page::error(&headers, &AppError::TooMany { retry_after_s: 5 });
    };
    let follower = Follower {
        changes: state.progress.subscribe(&id),
        state,
        visitor,
        user_id: user.id,
        id,
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

struct Watcher {
    state: AppState,
    visitor: Visitor,
    user_id: String,
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
            // The session may have ended since: a stream must not outlive it.
            let user = self.visitor.user_now(&self.state).await.ok()??;
            if user.id != self.user_id {
                return None;
            }
            let jobs = pipeline::recent_jobs(&self.state, &self.user_id)
                .await
                .ok()?;
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

    /// Until something happened to one of these jobs, or may have: a queue
    /// moves without a notification.
    async fn wait(&mut self) -> Option<()> {
        let slow = tokio::time::sleep(WATCH_TICK);
        tokio::pin!(slow);
        loop {
            tokio::select! {
                () = self.state.shutdown.cancelled() => return None,
                () = &mut slow => return Some(()),
                changed = self.changes.recv() => match changed {
                    Ok(id) if !self.concerns(&id) => {}
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return Some(()),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
            }
        }
    }

    fn concerns(&self, id: &str) -> bool {
        id == self.user_id || self.sent.iter().flatten().any(|job| job.id == id)
    }
}

struct Follower {
    state: AppState,
    visitor: Visitor,
    user_id: String,
    id: String,
    changes: watch::Receiver<u64>,
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
            if self.sent.is_some() {
                self.wait().await?;
            }
            // The session may have ended since: a stream must not outlive it.
            let user = self.visitor.user_now(&self.state).await.ok()??;
            if user.id != self.user_id {
                return None;
            }
            let view = pipeline::job_view(&self.state, &self.user_id, &self.id)
                .await
                .ok()?;
            self.ended = view.state.is_final();
            if self.sent.as_ref().is_some_and(|sent| same(sent, &view)) {
                continue;
            }
            let event = Event::default().event("job").data(wire::to_text(&view));
            self.sent = Some(view);
            return Some(event);
        }
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
            () = tokio::time::sleep(TICK) => Some(()),
        }
    }
}

/// True if two views differ in nothing but the clock.
fn same(a: &JobView, b: &JobView) -> bool {
    let a = JobView {
        now_ms: b.now_ms,
        ..a.clone()
    };
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
