//! A job's progress as server-sent events (`/jobs/{id}/events`), those of all of
//! a person's jobs (`/jobs/events`), and the partial pictures they point at.
//!
//! A stream reads the session and the rows when something rings: this node's own
//! workers and requests, and for what other nodes do the watch. Where there is no
//! watch, because there are no other nodes, it looks every few seconds.

use super::{pipeline, requests::Followed};
use crate::{
    error::AppError,
    i18n::{self, Locale},
    model::JobView,
    server::{AppState, media, plain_page, rate_limit::Slot, session::Visitor, watch::Following},
    store::jobs,
    wire,
};
use axum::{
    Extension,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, stream};
use imgc_pictures::PictureFormat;
use serde::Deserialize;
use std::{convert::Infallible, time::Duration};
use tokio::sync::broadcast;

/// The interval at which the row and the session are read when nothing rings.
const TICK: Duration = Duration::from_secs(2);
/// The same for all jobs of a person.
const ALL_TICK: Duration = Duration::from_secs(5);
/// Streams a person may hold at once: several tabs with several jobs.
const STREAMS_PER_PERSON: usize = 24;

/// The stream: an event `job` with a [`JobView`] at once and at every change, until all
/// of what was asked for has ended, the session ends, or the server stops.
pub async fn events(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let of = Of::Job(id);
    match Watcher::begin(state, visitor, of, Locale::default()).await {
        Ok(watcher) => sent_on_at_once(watcher.stream()),
        Err(error) => plain_page::error(&headers, &error),
    }
}

/// The language a stream speaks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Spoken {
    /// A language's code.
    lang: String,
}

/// The stream of all of a person's requests: an event `jobs` with the list the
/// composer's page shows, at once and at every change.
pub async fn all(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Query(spoken): Query<Spoken>,
    headers: HeaderMap,
) -> Response {
    let locale = i18n::from_code(&spoken.lang);
    match Watcher::begin(state, visitor, Of::All, locale).await {
        Ok(watcher) => sent_on_at_once(watcher.stream()),
        Err(error) => plain_page::error(&headers, &error),
    }
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
    /// Of a stream about jobs of this person.
    fn new(state: &AppState, visitor: &Visitor, user_id: &str, tick: Duration) -> Pulse {
        if !state.db.is_shared() {
            return Pulse::Ticks(tick);
        }
        let session = visitor.session_id().unwrap_or_default();
        Pulse::Watched(state.watch.follow(&session, user_id))
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

/// What a stream is about.
enum Of {
    /// The request that the job of this id belongs to.
    Job(String),
    /// All of the person's requests.
    All,
}

struct Watcher {
    state: AppState,
    visitor: Visitor,
    user_id: String,
    of: Of,
    locale: Locale,
    pulse: Pulse,
    changes: broadcast::Receiver<String>,
    /// What was read when the stream was asked for.
    first: Option<Vec<Followed>>,
    sent: Option<Vec<JobView>>,
    /// The ids of the jobs in what was sent.
    shown: Vec<String>,
    _slot: Slot,
}

impl Watcher {
    async fn begin(
        state: AppState,
        visitor: Visitor,
        of: Of,
        locale: Locale,
    ) -> Result<Watcher, AppError> {
        let user = visitor.user(&state).await?.ok_or(AppError::NotFound)?;
        let tick = match of {
            Of::Job(_) => TICK,
            Of::All => ALL_TICK,
        };
        // Before anything is read, so that no change falls in between.
        let pulse = Pulse::new(&state, &visitor, &user.id, tick);
        let changes = state.progress.listen();
        let first = match &of {
            Of::Job(id) => Some(vec![pipeline::request(&state, &user.id, id, locale).await?]),
            Of::All => None,
        };
        let slot = state.limits.stream(&user.id, STREAMS_PER_PERSON);
        let slot = slot.ok_or(AppError::TooMany { retry_after_s: 5 })?;
        Ok(Watcher {
            state,
            visitor,
            user_id: user.id,
            of,
            locale,
            pulse,
            changes,
            first,
            sent: None,
            shown: Vec::new(),
            _slot: slot,
        })
    }

    fn stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut watcher| async move {
            let event = watcher.next().await?;
            Some((Ok(event), watcher))
        })
    }

    /// The next event; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        if self.has_ended() {
            return None;
        }
        loop {
            if self.sent.is_some() {
                self.wait().await?;
            }
            let followed = match self.first.take() {
                Some(first) => first,
                None => self.look().await?,
            };
            let (mut shown, mut views) = (Vec::new(), Vec::new());
            for Followed { view, jobs } in followed {
                shown.extend(jobs);
                views.push(view);
            }
            self.shown = shown;
            let in_queue = views.iter().any(|job| job.position.is_some());
            self.pulse.shows_queue(in_queue);
            let unchanged = self.sent.as_ref().is_some_and(|sent| {
                sent.len() == views.len() && sent.iter().zip(&views).all(|(a, b)| same(a, b))
            });
            if unchanged {
                continue;
            }
            let event = match (&self.of, views.first()) {
                (Of::Job(_), Some(view)) => Event::default().event("job").data(wire::to_text(view)),
                _ => Event::default().event("jobs").data(wire::to_text(&views)),
            };
            self.sent = Some(views);
            return Some(event);
        }
    }

    /// True if nothing more will be told: of all requests there may always be another.
    fn has_ended(&self) -> bool {
        let ended = |sent: &Vec<JobView>| sent.iter().all(|job| job.state.is_final());
        matches!(self.of, Of::Job(_)) && self.sent.as_ref().is_some_and(ended)
    }

    /// Reads the session and the jobs, which go to the database together.
    async fn look(&self) -> Option<Vec<Followed>> {
        let jobs = async {
            match &self.of {
                Of::Job(id) => {
                    let found = pipeline::request(&self.state, &self.user_id, id, self.locale);
                    found.await.map(|request| vec![request])
                }
                Of::All => pipeline::recent(&self.state, &self.user_id, self.locale).await,
            }
        };
        let still = is_still(&self.visitor, &self.state, &self.user_id);
        let (still, jobs) = tokio::join!(still, jobs);
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
            shown,
            ..
        } = self;
        let concerns = |id: &String| id == user_id || shown.contains(id);
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

/// True if two views differ in nothing but the clock.
fn same(a: &JobView, b: &JobView) -> bool {
    let mut a = JobView {
        now_ms: b.now_ms,
        ..a.clone()
    };
    // A picture's colour is known a moment after it is shown: no reason to show it anew.
    for (of_a, of_b) in a.tiles.iter_mut().zip(&b.tiles) {
        if let (Some(of_a), Some(of_b)) = (&mut of_a.image, &of_b.image) {
            of_a.placeholder.clone_from(&of_b.placeholder);
        }
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
        let job = jobs::by_owner(&state.db, &id, &user.id).await?;
        job.ok_or(AppError::NotFound)?;
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
