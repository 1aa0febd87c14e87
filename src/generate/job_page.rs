//! A job's page: where the picture stands. The server draws it, and goes on doing so while
//! the job is under way: without a script the page loads itself anew every few seconds,
//! with one (`http/shell.rs`) what has changed in it is put in its place.

use super::{
    api::job,
    job_view::{Actions, Progress, Stage, Status, facts},
    requests::ready,
};
use crate::{
    i18n::{self, Locale, td_string, use_locale},
    model::{Failure, JobState, JobView, Site},
    routes::{LIBRARY_ZIP, job_events},
    ui::{
        data::{Shared, load, when_loaded},
        error_view::{ErrorNote, ErrorPage, error_in_address},
        form::Language,
        head::PrivateHead,
        words,
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// Loads the page anew while the job is under way and no script runs. A constant.
pub const REFRESH: &str = r#"<meta http-equiv="refresh" content="3">"#;

/// The page of the job the address names.
#[component]
pub fn JobPage() -> impl IntoView {
    let shared = expect_context::<Shared>();
    let params = use_params_map();
    let locale = use_locale();
    let loaded = load(
        move || params.with(|params| params.get("id").unwrap_or_default()),
        move |id| job(id, i18n::code(locale).to_owned()),
    );
    when_loaded(move || async move {
        let site = shared.site().await;
        match loaded.await {
            Ok(job) => page(job, site),
            Err(error) => view! { <ErrorPage error /> }.into_any(),
        }
    })
}

fn page(job: JobView, site: Site) -> AnyView {
    let locale = use_locale();
    let id = job.id.clone();
    let state = words::state(locale, job.state);
    let title = td_string!(locale, job.title_state, state = state);
    let is_under_way = !job.state.is_final();
    // Where the script finds news, for as long as there are any.
    let events = is_under_way.then(|| job_events(&job.id));
    let refresh = is_under_way.then(|| view! { <noscript inner_html=REFRESH></noscript> });
    let close =
        is_under_way.then(|| view! { <p class="quiet">{td_string!(locale, job.close)}</p> });
    let zip = zip(locale, &job);
    let (outcome, request) = (outcome(locale, &job, site.contact), request(locale, &job));
    let job = RwSignal::new(job);
    view! {
        <PrivateHead locale title />
        {refresh}
        <article class="job-page" data-events=events>
            <h1>{td_string!(locale, job.title)}</h1>
            <Status job />
            <Stage job />
            <div class="job-panel">
                {outcome}
                <ErrorNote error=error_in_address() />
                <Actions job id />
                {zip}
                <Progress job waited_ms=RwSignal::new(0) />
                {close}
                {request}
            </div>
        </article>
    }
    .into_any()
}

/// The job's end in words; nothing while it is under way.
pub fn outcome(locale: Locale, job: &JobView, contact: Option<String>) -> AnyView {
    match (job.state, job.failure.clone()) {
        (JobState::Ready, failure) => {
            let fewer = fewer(locale, job).map(|text| view! { <p class="note">{text}</p> });
            let said = Some(job.said.clone()).filter(|said| failure.is_none() && !said.is_empty());
            view! {
                <p class="note note-good">{ready(locale, job)}</p>
                {fewer}
                {said.map(|said| view! { <p class="note">{said}</p> })}
                {failure.map(|failure| failed(locale, failure, contact))}
            }
            .into_any()
        }
        (JobState::Cancelled, _) => {
            view! { <p class="note">{td_string!(locale, job.cancelled)}</p> }.into_any()
        }
        (_, Some(failure)) => failed(locale, failure, contact),
        _ => ().into_any(),
    }
}

/// All of several pictures as one file.
fn zip(locale: Locale, job: &JobView) -> Option<AnyView> {
    let there = job.tiles.iter().filter_map(|tile| tile.image.as_ref());
    let ids: Vec<AnyView> = there
        .map(|card| view! { <input type="hidden" name="ids[]" value=card.id.clone() /> }.into_any())
        .collect();
    let several = ids.len() > 1 && job.state.is_final();
    several.then(|| {
        view! {
            <form method="post" action=LIBRARY_ZIP>
                <Language />
                {ids}
                <button class="button" type="submit">
                    {td_string!(locale, many.zip)}
                </button>
            </form>
        }
        .into_any()
    })
}

/// That fewer pictures came than were asked for. Of pictures that are made one by one
/// their own places say why.
fn fewer(locale: Locale, job: &JobView) -> Option<String> {
    if job.settings.calls() > 1 {
        return (job.outcome != ready(locale, job)).then(|| job.outcome.clone());
    }
    let (count, asked) = (job.came?, u32::from(job.settings.count));
    if count >= asked {
        return None;
    }
    Some(if i18n::singular(locale, count as usize) {
        td_string!(locale, job.fewer_one, asked = asked)
    } else {
        td_string!(locale, job.fewer_many, count = count, asked = asked)
    })
}

/// A failure: the cause, the cost, the next step, and the incident to quote.
fn failed(locale: Locale, failure: Failure, contact: Option<String>) -> AnyView {
    let (title, text) = words::failure(locale, failure.kind);
    let categories = failure.categories.map(|categories| {
        let text = td_string!(locale, job.categories, categories = categories);
        view! { <p>{text}</p> }
    });
    let contact = contact
        .filter(|_| words::operator_can_mend(failure.kind))
        .map(|contact| {
            let text = td_string!(locale, failure.contact, contact = contact);
            view! { <p>{text}</p> }
        });
    let incident = failure.incident.map(|incident| {
        let text = td_string!(locale, job.incident, incident = incident);
        view! { <p class="quiet">{text}</p> }
    });
    view! {
        <section class="note note-error" role="alert">
            <h2>{title}</h2>
            <p>{text}</p>
            {categories}
            {contact}
            {incident}
        </section>
    }
    .into_any()
}

/// The request: prompt and settings.
fn request(locale: Locale, job: &JobView) -> AnyView {
    let (prompt, facts) = (
        job.prompt.0.clone(),
        facts(locale, &job.model_name, &job.settings),
    );
    let said = if prompt.is_empty() {
        view! { <p class="quiet">{td_string!(locale, job.words_gone)}</p> }.into_any()
    } else {
        view! { <p class="prompt" dir="auto">{prompt}</p> }.into_any()
    };
    view! {
        <section class="request" aria-labelledby="words">
            <h2 id="words">{td_string!(locale, job.words)}</h2>
            {said}
            <p class="quiet">{facts}</p>
        </section>
    }
    .into_any()
}
