//! The person's jobs while a page is open: one event stream for the page, and
//! the announcement of what has ended meanwhile.
//!
//! The stream is open while somebody looks at the page (or asked to be
//! notified) and there is something to follow: a browser has few connections
//! to spare for one site.

use crate::{
    i18n::{self, Locale, td_string, use_locale},
    model::JobView,
    routes::{Route, jobs_events},
    ui::{
        data::{Shared, when_loaded},
        dynamic::{effect, memo, on, part},
        icon::icon,
        part::{later, part},
        platform::{self, Listener},
        words,
    },
    wire,
};
use leptos::prelude::*;

/// A stream that may have been opened.
type Stream = StoredValue<Option<Listener>, LocalStorage>;

/// The page's knowledge of the person's jobs, found in context.
#[derive(Clone, Copy)]
pub struct JobFeed {
    /// The jobs the composer's page lists; `None` before the page or the stream told of any.
    pub jobs: RwSignal<Option<Vec<JobView>>>,
    /// True if the page wants the stream even when nothing is under way.
    pub wanted: RwSignal<bool>,
    /// The job that ended last, until it is put away.
    ended: RwSignal<Option<JobView>>,
    /// What tells of them, once that was begun.
    stream: StoredValue<Option<Stream>>,
}

impl JobFeed {
    /// Keeps it where every component of the page finds it.
    pub fn provide() -> JobFeed {
        let feed = JobFeed {
            jobs: RwSignal::new(None),
            wanted: RwSignal::new(false),
            ended: RwSignal::new(None),
            stream: StoredValue::new(None),
        };
        provide_context(feed);
        feed
    }

    /// Whether a job that begins now will be shown. A stream that the server refused is
    /// closed for good.
    pub fn is_live(self) -> bool {
        let open = |stream: Stream| {
            let listener = |l: &Option<Listener>| l.as_ref().is_some_and(|l| !l.is_closed());
            // It ends with what it was opened by.
            stream.try_with_value(listener).unwrap_or_default()
        };
        self.wanted.get_untracked() && self.stream.get_value().is_some_and(open)
    }

    /// Takes the stream's word, and tells of what has ended since its last one.
    fn on_message(self, locale: Locale, text: &str) {
        let Some(now) = wire::from_text::<Vec<JobView>>(text) else {
            return;
        };
        let before = self.jobs.get_untracked().unwrap_or_default();
        let ended = now.iter().find(|job| {
            job.state.is_final()
                && before
                    .iter()
                    .any(|old| old.id == job.id && !old.state.is_final())
        });
        if let Some(job) = ended {
            self.ended.set(Some(job.clone()));
            if platform::is_hidden() {
                let href = Route::Job(&job.id).address(locale);
                platform::notify(&job.outcome, &href);
            }
        }
        self.jobs.set(Some(now));
    }
}

/// True if any job is under way.
fn any_active(jobs: &Option<Vec<JobView>>) -> bool {
    jobs.iter().flatten().any(|job| !job.state.is_final())
}

/// What tells of the person's jobs, on every page. It wakes after the page, and
/// for a stranger there is nothing to wake.
#[component]
pub fn JobToasts() -> impl IntoView {
    let shared = expect_context::<Shared>();
    when_loaded(move || async move {
        let known = shared.viewer().await.is_some();
        known.then(|| later(live_toasts)).into_any()
    })
}

part! {
    /// What tells of the jobs, as it lives.
    later, load_toasts:
    fn live_toasts() {
        view! { <LiveToasts /> }.into_any()
    }
}

/// Follows the jobs while that is of use, and says what has ended.
#[component]
fn LiveToasts() -> impl IntoView {
    let locale = use_locale();
    let feed = expect_context::<JobFeed>();
    let shared = expect_context::<Shared>();
    let active = RwSignal::new(false);
    let hidden = RwSignal::new(false);
    let open = memo(move || {
        let use_to_somebody = feed.wanted.get() || active.get() || feed.jobs.with(any_active);
        let seen = !hidden.get() || platform::may_notify();
        use_to_somebody && seen
    });
    // Effects run in a browser only.
    effect(move || {
        leptos::task::spawn_local(async move {
            let viewer = shared.viewer().await;
            active.set(viewer.is_some_and(|viewer| viewer.active_jobs > 0));
        });
        let looking = window_event_listener_untyped("visibilitychange", move |_| {
            hidden.set(platform::is_hidden());
        });
        on_cleanup(move || looking.remove());
    });
    effect(move || {
        if open.get() {
            let on_message = move |text: String| {
                active.set(false);
                feed.on_message(locale, &text);
            };
            let listener = platform::listen(&jobs_events(i18n::code(locale)), "jobs", on_message);
            // Dropped, and so closed, when this runs again.
            feed.stream
                .set_value(Some(StoredValue::new_local(listener)));
        }
    });
    view! {
        <div class="toasts" role="status">
            {part(move || feed.ended.get().map(|job| toast(locale, feed, &job)))}
        </div>
    }
}

fn toast(locale: Locale, feed: JobFeed, job: &JobView) -> AnyView {
    let href = Route::Job(&job.id).address(locale);
    let words = words::shortened(&job.prompt, 60);
    view! {
        <div class="toast">
            <p>{job.outcome.clone()} " " <bdi class="quiet">{words}</bdi></p>
            <a class="button" href=href rel="external">
                {td_string!(locale, news.look)}
            </a>
            <button
                class="button button-quiet"
                type="button"
                aria-label=td_string!(locale, news.close)
                on:click=on(move |_| feed.ended.set(None))
            >
                {icon("x")}
            </button>
        </div>
    }
    .into_any()
}

/// The offer to be told by the browser, where it has not been answered yet.
#[component]
pub fn NotifyButton() -> impl IntoView {
    let locale = use_locale();
    let feed = expect_context::<JobFeed>();
    let asked = RwSignal::new(false);
    let offered =
        move || !asked.get() && feed.jobs.with(any_active) && platform::may_ask_to_notify();
    let ask = move |_| {
        asked.set(true);
        platform::ask_to_notify();
    };
    part(move || {
        offered().then(|| {
            view! {
                <button class="button" type="button" on:click=on(ask)>
                    {td_string!(locale, news.notify)}
                </button>
            }
        })
    })
}
