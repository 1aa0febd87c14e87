//! A job's page: where the picture stands, live where scripts run.
//!
//! The server renders the whole page; without a script it loads itself anew
//! every few seconds, with one it follows the job's event stream.

mod outcome;

use super::api::{Cancel, Edit, Retry, job};
use crate::{
    i18n::{Locale, td_string, use_locale},
    model::{JobState, JobView, Site},
    routes::job_events,
    ui::{
        data::{Shared, load, when_loaded},
        dynamic::{dynamic, effect, memo, part},
        error_view::{ErrorNote, ErrorPage, error_in_address},
        form::PostForm,
        format,
        head::PrivateHead,
        platform, words,
    },
    wire,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;
use outcome::Outcome;
pub(super) use outcome::{Stage, ready};
use std::time::Duration;

/// Loads the page anew while the job is under way and no script runs. A constant.
const REFRESH: &str = r#"<meta http-equiv="refresh" content="3">"#;

/// Seconds between attempts to open a stream that was refused.
const REOPEN_S: i64 = 5;

/// The page of the job the address names.
#[component]
pub fn JobPage() -> impl IntoView {
    let shared = expect_context::<Shared>();
    let params = use_params_map();
    let loaded = load(
        move || params.with(|params| params.get("id").unwrap_or_default()),
        job,
    );
    when_loaded(move || async move {
        let site = shared.site().await;
        match loaded.await {
            Ok(job) => view! { <Job job site /> }.into_any(),
            Err(error) => view! { <ErrorPage error /> }.into_any(),
        }
    })
}

#[component]
fn Job(job: JobView, site: Site) -> impl IntoView {
    let locale = use_locale();
    let id = job.id.clone();
    let job = RwSignal::new(job);
    let waited_ms = follow(job);
    let title = Signal::derive(move || {
        let state = words::state(locale, job.with(|job| job.state));
        td_string!(locale, job.title_state, state = state)
    });
    let waiting = memo(move || job.with(|job| !job.state.is_final()));
    view! {
        <PrivateHead locale title />
        {part(move || waiting.get().then(|| view! { <noscript inner_html=REFRESH></noscript> }))}
        <article class="job-page">
            <h1>{td_string!(locale, job.title)}</h1>
            <Status job />
            <Stage job />
            <div class="job-panel">
                <Outcome job contact=site.contact />
                <ErrorNote error=error_in_address() />
                <Actions job id />
                <Progress job waited_ms />
                <Request job />
            </div>
        </article>
    }
}

/// Follows the job's events while it is under way; how many milliseconds
/// passed here since the last word from the server.
fn follow(job: RwSignal<JobView>) -> RwSignal<i64> {
    let waited_ms = RwSignal::new(0);
    let going = memo(move || job.with(|job| !job.state.is_final()));
    let heard_ms = StoredValue::new(0);
    // Effects run in a browser only. Each run drops what the last one opened.
    effect(move || {
        if !going.get() {
            return;
        }
        heard_ms.set_value(platform::now_ms());
        let address = job.with_untracked(|job| job_events(&job.id));
        let open = move || {
            platform::listen(&address, "job", move |data| {
                if let Some(news) = wire::from_text::<JobView>(&data) {
                    heard_ms.set_value(platform::now_ms());
                    waited_ms.set(0);
                    job.set(news);
                }
            })
        };
        let listener = StoredValue::new_local(open());
        let tick = move || {
            let silent_ms = platform::now_ms() - heard_ms.get_value();
            waited_ms.set(silent_ms);
            let gone = listener.with_value(|l| l.as_ref().is_none_or(|l| l.is_closed()));
            if gone && silent_ms / 1000 % REOPEN_S == REOPEN_S - 1 {
                listener.set_value(open());
            }
        };
        if let Ok(timer) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || timer.clear());
        }
    });
    waited_ms
}

/// The colour family a state is shown in, as a class.
fn state_class(state: JobState) -> &'static str {
    match state {
        JobState::Ready => "state state-good",
        JobState::Failed | JobState::Unknown => "state state-bad",
        JobState::Cancelled => "state",
        _ => "state state-busy",
    }
}

/// The state, told to those who listen as it changes.
#[component]
pub(super) fn Status(job: RwSignal<JobView>) -> impl IntoView {
    let locale = use_locale();
    let state = move || job.with(|job| job.state);
    let position = move || job.with(|job| words::position(locale, job));
    view! {
        <p class="job-status" role="status">
            <span class=dynamic(move || state_class(state()))>
                {dynamic(move || words::state(locale, state()).to_string())}
            </span>
            " "
            <span class="job-position">{dynamic(position)}</span>
        </p>
    }
}

/// Time and money, as far as they are known.
#[component]
pub(super) fn Progress(
    job: RwSignal<JobView>,
    waited_ms: RwSignal<i64>,
    /// Leaves out that the page may be closed.
    #[prop(optional)]
    brief: bool,
) -> impl IntoView {
    let locale = use_locale();
    let time = memo(move || {
        let text = job.with(|job| time_text(locale, job, waited_ms.get()));
        text.unwrap_or_default()
    });
    let cost = memo(move || job.with(|job| cost_text(locale, job)).unwrap_or_default());
    let close = memo(move || {
        let going = !brief && job.with(|job| !job.state.is_final());
        let text = going.then(|| td_string!(locale, job.close).to_string());
        text.unwrap_or_default()
    });
    // A line that has nothing to say takes no room.
    let line = |class: &'static str, text: Memo<String>| {
        part(move || {
            let text = text.get();
            (!text.is_empty()).then(|| view! { <p class=class>{text}</p> })
        })
    };
    view! {
        {line("job-time", time)}
        {line("job-cost", cost)}
        {line("quiet", close)}
    }
}

fn time_text(locale: Locale, job: &JobView, waited_ms: i64) -> Option<String> {
    let began = job.dispatched_at_ms?;
    Some(match job.finished_at_ms {
        Some(ended) => {
            let time = format::duration(ended - began);
            td_string!(locale, job.took, time = time)
        }
        None => {
            let time = format::duration(job.now_ms - began + waited_ms);
            td_string!(locale, job.elapsed, time = time)
        }
    })
}

/// The price that was set aside, then the true one. Where a job ended without
/// a picture, the words about its end say what it cost.
fn cost_text(locale: Locale, job: &JobView) -> Option<String> {
    let price = format::money(locale, job.cost_micros);
    if !job.state.is_final() {
        Some(td_string!(locale, job.cost_set_aside, price = price))
    } else if job.settled && job.cost_micros > 0 && job.estimated {
        Some(td_string!(locale, job.cost_about, price = price))
    } else if job.settled && job.cost_micros > 0 {
        Some(td_string!(locale, job.cost, price = price))
    } else {
        None
    }
}

/// The request: prompt and settings.
#[component]
fn Request(job: RwSignal<JobView>) -> impl IntoView {
    let locale = use_locale();
    let (prompt, facts) = job.with_untracked(|job| (job.prompt.0.clone(), facts(locale, job)));
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
}

/// The settings that were asked for, in a line.
pub(super) fn facts(locale: Locale, job: &JobView) -> String {
    let settings = job.settings.clone();
    let references = (settings.references > 0).then(|| words::references(locale, &settings));
    let mut facts = vec![
        job.model_name.clone(),
        words::size(locale, &settings.size),
        words::quality(locale, &settings.quality),
        words::format(&settings.format),
    ];
    if settings.count > 1 {
        facts.push(format!("× {}", settings.count));
    }
    facts.extend(
        settings
            .compression
            .map(|percent| words::compression(locale, &percent.to_string())),
    );
    facts.extend(
        settings
            .background
            .filter(|b| b != "auto")
            .map(|b| words::background(locale, &b)),
    );
    facts.extend(settings.style.map(|s| words::style(locale, &s)));
    facts.extend(references);
    facts.join(" · ")
}

/// The actions that the job's state allows.
#[component]
pub(super) fn Actions(job: RwSignal<JobView>, id: String) -> impl IntoView {
    let locale = use_locale();
    // Buttons that are pressed are made anew only where others take their place.
    let is = move |wanted: fn(&JobView) -> bool| memo(move || job.with(wanted));
    let queued = is(|job| job.state == JobState::Queued);
    let failed = is(|job| job.state.is_final() && job.state != JobState::Ready);
    // Words that went with their pictures cannot be edited.
    let editable = is(|job| job.state == JobState::Ready && !job.prompt.0.is_empty());
    let buttons = part(move || {
        let form = |action, button, class| {
            let id = id.clone();
            view! { <PostForm action id button class /> }.into_any()
        };
        let edit = || form(Edit::url(), td_string!(locale, job.edit), "button");
        if queued.get() {
            let cancel = td_string!(locale, job.cancel);
            vec![form(Cancel::url(), cancel, "button")]
        } else if failed.get() {
            let retry = td_string!(locale, job.retry);
            vec![form(Retry::url(), retry, "button button-primary"), edit()]
        } else if editable.get() {
            let (id, key) = (id.clone(), platform::request_key());
            let again = td_string!(locale, job.again);
            let again = view! {
                <PostForm action=Retry::url() id button=again class="button" request_key=key />
            };
            vec![again.into_any(), edit()]
        } else {
            vec![]
        }
    });
    view! { <div class="actions">{buttons}</div> }
}
