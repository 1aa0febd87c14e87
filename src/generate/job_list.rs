//! The composer's list of jobs: what is under way, what has just ended, and
//! what failed, each with its picture to be and what can be done. Live where
//! scripts run.

use super::{
    api::Composer,
    job_feed::{JobFeed, NotifyButton},
    job_page::{Actions, Progress, Stage, Status, facts},
};
use crate::{
    i18n::{td_string, use_locale},
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
use leptos::prelude::*;
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
    let settings = facts(locale, &first);
    let job = RwSignal::new(first);
    effect(move || {
        if let Some(news) = find()
            && job.with_untracked(|job| *job != news)
        {
            job.set(news);
        }
    });
    let failure =
        move || job.with(|job| job.failure.as_ref().map(|f| words::failure(locale, f.kind)));
    view! {
        <article class="job-card">
            <Stage job in_feed=true />
            <div class="job-card-text">
                <Status job />
                <a class="job-card-words" dir="auto" href=Route::Job(&id).address(locale)>
                    {words}
                </a>
                {part(move || {
                    failure()
                        .map(|(title, text)| {
                            view! { <p class="job-card-failure">{title} ". " {text}</p> }
                        })
                })}
                <p class="quiet">{settings}</p>
                <Progress job waited_ms brief=true />
                <Actions job id />
            </div>
        </article>
    }
    .into_any()
}
