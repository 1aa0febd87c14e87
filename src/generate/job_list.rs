//! The composer's list of jobs: what is under way, what has just ended, and
//! what failed, each with its picture to be and what can be done. Live where
//! scripts run.

use super::{
    api::{Cancel, Composer, Retry, Stop},
    job_feed::{JobFeed, NotifyButton},
    job_view::{Actions, Progress, Stage, Status, facts},
};
use crate::{
    error::AppError,
    i18n::{Locale, td_string, use_locale},
    model::JobView,
    routes::Route,
    ui::{
        data::{Loaded, when_loaded},
        dynamic::{dynamic, each, effect, memo, part},
        part::{NotLoaded, later, part},
        platform, words,
    },
    wire::Sealed,
};
use leptos::{
    ev::Event,
    html,
    prelude::*,
    server_fn::ServerFn,
    wasm_bindgen::JsCast,
    web_sys::{HtmlElement, HtmlFormElement},
};
use std::time::Duration;

/// The jobs under way or ended lately, as the composer's data have them; nothing
/// for a stranger. They wake after the page.
#[component]
pub fn RecentJobs(
    /// The composer's data, which holds the jobs.
    composer: Loaded<Composer>,
) -> impl IntoView {
    when_loaded(move || async move {
        match composer.await {
            Ok(composer) if composer.signed_in => later(move || live_jobs(composer.jobs.clone())),
            _ => ().into_any(),
        }
    })
}

part! {
    /// The list as it lives.
    later, load_jobs:
    fn live_jobs(jobs: Sealed<Vec<JobView>>) {
        let jobs = jobs.open().ok_or(NotLoaded)?;
        view! { <LiveJobs jobs /> }.into_any()
    }
}

#[component]
fn LiveJobs(jobs: Vec<JobView>) -> impl IntoView {
    let locale = use_locale();
    let news = expect_context::<JobFeed>();
    // As the page has them, until the stream speaks.
    if news.jobs.with_untracked(Option::is_none) {
        news.jobs.set(Some(jobs));
    }
    let jobs = news.jobs;
    let waited_ms = RwSignal::new(0);
    // Effects run in a browser only.
    effect(move || {
        news.wanted.set(true);
        let began_ms = StoredValue::new(platform::now_ms());
        effect(move || {
            jobs.track();
            began_ms.set_value(platform::now_ms());
            waited_ms.set(0);
        });
        let tick = move || waited_ms.set(platform::now_ms() - began_ms.get_value());
        if let Ok(timer) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || {
                timer.clear();
                let _ = news.wanted.try_set(false);
            });
        }
    });
    let ids = move || {
        jobs.with(|jobs| {
            let jobs = jobs.iter().flatten();
            jobs.map(|job| job.id.clone()).collect::<Vec<String>>()
        })
    };
    let card = move |id| {
        view! {
            <li>
                <Card jobs id waited_ms />
            </li>
        }
        .into_any()
    };
    let empty = memo(move || jobs.with(|jobs| jobs.iter().flatten().next().is_none()));
    view! {
        <section class="recent" aria-labelledby="recent" hidden=dynamic(move || empty.get())>
            <div class="recent-header">
                <h2 id="recent">{td_string!(locale, create.recent)}</h2>
                <NotifyButton />
            </div>
            <ul class="job-list">
                {each(ids, Clone::clone, card)}
            </ul>
        </section>
    }
}

#[component]
fn Card(
    jobs: RwSignal<Option<Vec<JobView>>>,
    id: String,
    waited_ms: RwSignal<i64>,
) -> impl IntoView {
    let locale = use_locale();
    let find = {
        let id = id.clone();
        move || {
            jobs.with(|jobs| {
                let mut jobs = jobs.iter().flatten();
                jobs.find(|job| job.id == id).cloned()
            })
        }
    };
    let Some(first) = untrack(&find) else {
        return ().into_any();
    };
    let words = words::shortened(&first.prompt, 140);
    let settings = facts(locale, &first.model_name, &first.settings);
    let job = RwSignal::new(first);
    effect(move || {
        if let Some(news) = find()
            && job.with_untracked(|job| *job != news)
        {
            job.set(news);
        }
    });
    let failure = memo(move || job.with(|job| job.said.clone()));
    let card = NodeRef::<html::Article>::new();
    let said = RwSignal::new(Said::default());
    let feed = expect_context::<JobFeed>();
    effect(move || {
        if let Some(card) = card.get() {
            let acts = move |event: &Event| act(locale, feed, event, said);
            let listening = platform::listen_on(&card, &["submit"], acts);
            on_cleanup(move || listening.end());
        }
    });
    let class = dynamic(move || ["quiet", "job-card-failure"][usize::from(said.get().refused)]);
    let words_said = dynamic(move || said.get().words);
    view! {
        <article class="job-card" node_ref=card>
            <Stage job in_feed=true />
            <div class="job-card-text">
                <Status job />
                <a class="job-card-words" dir="auto" href=Route::Job(&id).address(locale) rel="external">
                    {words}
                </a>
                {part(move || {
                    let said = failure.get();
                    (!said.is_empty()).then(|| view! { <p class="job-card-failure">{said}</p> })
                })}
                <p class="quiet">{settings}</p>
                <Progress job waited_ms />
                <p class=class role="status">
                    {words_said}
                </p>
                <Actions job id />
            </div>
        </article>
    }
    .into_any()
}

/// Two presses on one button within this are one.
const TWICE_MS: i64 = 1_000;

/// What came of the last thing that was done to a job of the list.
#[derive(Clone, Default)]
struct Said {
    /// When it was asked for, Unix milliseconds.
    asked_ms: i64,
    /// Empty until there is an answer.
    words: String,
    refused: bool,
}

/// A form of a job in the list is sent: in the background where the list itself shows what
/// comes of it, so that whoever is looking stays where they are.
fn act(locale: Locale, feed: JobFeed, event: &Event, said: RwSignal<Said>) {
    let address = platform::destination(event);
    let again = address == Retry::url();
    let form = event.target().and_then(|target| target.dyn_into().ok());
    let Some(form): Option<HtmlFormElement> = form
        .filter(|_| feed.is_live() && (again || [Cancel::url(), Stop::url()].contains(&&*address)))
    else {
        return;
    };
    event.prevent_default();
    let asked_ms = platform::now_ms();
    if asked_ms - said.get_untracked().asked_ms < TWICE_MS {
        return;
    }
    let tell = move |words, refused| {
        _ = said.try_set(Said {
            asked_ms,
            words,
            refused,
        });
    };
    tell(String::new(), false);
    let sent = form.clone();
    platform::post_fields(&address, &form, &[], move |answer| {
        match platform::told::<String>(answer) {
            Ok(id) => {
                platform::set_hidden(&sent, "request_key", &id);
                let words = td_string!(locale, create.accepted);
                tell(if again { words } else { "" }.to_owned(), false);
            }
            // As without a script: the answer asks for the sign-in.
            Err(AppError::SignInNeeded) => _ = sent.submit(),
            Err(error) => tell(words::error(locale, &error), true),
        }
    });
    // A button that rests now has the focus no more, and what is cancelled leaves the list.
    if platform::field(&form, "request_key").is_empty()
        && let Ok(Some(row)) = form.closest("li")
    {
        let next = row.next_element_sibling();
        let next = next.or_else(|| row.previous_element_sibling());
        let row = next.filter(|_| !again).unwrap_or(row);
        if let Ok(Some(link)) = row.query_selector(".job-card-words") {
            let _ = link.unchecked_into::<HtmlElement>().focus();
        }
    }
}
