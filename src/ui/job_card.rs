//! A job in a list: its words, where it stands, and the way to its page.

use super::words;
use crate::{
    i18n::{self, use_locale},
    model::{JobState, JobView},
};
use leptos::prelude::*;

/// The colour family a state is shown in, as a class.
pub fn state_class(state: JobState) -> &'static str {
    match state {
        JobState::Ready => "state state-good",
        JobState::Failed | JobState::Unknown => "state state-bad",
        JobState::Cancelled => "state",
        _ => "state state-busy",
    }
}

/// Jobs as a list of links.
#[component]
pub fn JobList(jobs: Vec<JobView>) -> impl IntoView {
    let locale = use_locale();
    let items: Vec<AnyView> = jobs
        .into_iter()
        .map(|job| {
            let href = i18n::address(locale, &format!("/jobs/{}", job.id));
            view! {
                <li>
                    <a class="job-card" href=href>
                        <span class="job-card-words">{words::shortened(&job.prompt, 90)}</span>
                        <span class="job-card-model">{job.model_name}</span>
                        <span class=state_class(job.state)>{words::state(locale, job.state)}</span>
                    </a>
                </li>
            }
            .into_any()
        })
        .collect();
    view! { <ul class="job-list">{items}</ul> }
}
