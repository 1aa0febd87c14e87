//! What a job shows, on its page and in the composer's feed: how it stands, its pictures
//! to be and as they are, time and money, and what can be done.

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

mod stage;

use super::api::{Cancel, Edit, Retry, Stop};
use crate::{
    i18n::{Locale, td_string, use_locale},
    model::{FailureKind, JobState, JobView, Settings},
    ui::{
        dynamic::{dynamic, memo, part},
        form::PostForm,
        format, platform, words,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
pub use stage::Stage;

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
pub fn Status(job: RwSignal<JobView>) -> impl IntoView {
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
pub fn Progress(job: RwSignal<JobView>, waited_ms: RwSignal<i64>) -> impl IntoView {
    let locale = use_locale();
    let time = memo(move || {
        let text = job.with(|job| time_text(locale, job, waited_ms.get()));
        text.unwrap_or_default()
    });
    let cost = memo(move || job.with(|job| cost_text(locale, job)).unwrap_or_default());
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
    }
}

fn time_text(locale: Locale, job: &JobView, waited_ms: i64) -> Option<String> {
    if let Some(at_ms) = job.retry_at_ms {
        let time = format::duration((at_ms - job.now_ms - waited_ms).max(0));
        return Some(td_string!(
            locale,
            job.retrying,
            attempt = job.attempts + 1,
            time = time
        ));
    }
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

/// The settings that are asked for, in a line.
pub(super) fn facts(locale: Locale, model_name: &str, settings: &Settings) -> String {
    let settings = settings.clone();
    let references = (settings.references > 0).then(|| words::references(locale, &settings));
    let mut facts = vec![
        model_name.to_owned(),
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
pub fn Actions(job: RwSignal<JobView>, id: String) -> impl IntoView {
    let locale = use_locale();
    // Buttons that are pressed are made anew only where others take their place.
    let is = move |wanted: fn(&JobView) -> bool| memo(move || job.with(wanted));
    let queued = is(|job| job.state == JobState::Queued);
    let asked = is(|job| job.state == JobState::Dispatching);
    let failed = is(|job| job.state.is_final() && job.state != JobState::Ready);
    // Words that went with their pictures cannot be edited.
    let editable = is(|job| job.state == JobState::Ready && !job.prompt.0.is_empty());
    let buttons = part(move || {
        let form = |action, button, class| {
            let id = id.clone();
            view! { <PostForm action id button class /> }.into_any()
        };
        let edit = |class| form(Edit::url(), td_string!(locale, job.edit), class);
        if queued.get() {
            let cancel = td_string!(locale, job.cancel);
            vec![form(Cancel::url(), cancel, "button")]
        } else if asked.get() {
            let stop = td_string!(locale, job.stop);
            vec![form(Stop::url(), stop, "button")]
        } else if failed.get() {
            let [main, other] = ["button button-primary", "button"];
            let retry = |class| form(Retry::url(), td_string!(locale, job.retry), class);
            let kind = job.with_untracked(|job| job.failure.as_ref().map(|failure| failure.kind));
            match kind {
                // Without its pictures it is another job.
                Some(FailureKind::ReferencesGone) => vec![edit(main)],
                Some(kind) if kind.ends_so_again() => vec![edit(main), retry(other)],
                _ => vec![retry(main), edit(other)],
            }
        } else if editable.get() {
            let (id, key) = (id.clone(), platform::request_key());
            let again = td_string!(locale, job.again);
            let again = view! {
                <PostForm action=Retry::url() id button=again class="button" request_key=key />
            };
            vec![again.into_any(), edit("button")]
        } else {
            vec![]
        }
    });
    view! { <div class="actions">{buttons}</div> }
}
