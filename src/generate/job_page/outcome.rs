//! A job's result: the ground, partial pictures, pictures, or the reason for none.

use crate::{
    i18n::{self, Locale, td_string, use_locale},
    model::{ImageCard, JobState, JobView},
    routes::Route,
    ui::{
        dynamic::{memo, part},
        image_card::{alt_text, fallback_source, srcset},
        placeholder::Placeholder,
        words,
    },
};
use leptos::prelude::*;

/// The place of the picture, reserved at its true proportions from the start.
#[component]
pub(in crate::generate) fn Stage(job: RwSignal<JobView>) -> impl IntoView {
    let locale = use_locale();
    let images = memo(move || job.with(|job| job.images.clone()));
    let failed = memo(move || job.with(|job| job.state.is_final() && job.state != JobState::Ready));
    let expected = memo(move || job.with(|job| job.expected_size.unwrap_or((1024, 1024))));
    part(move || {
        let images = images.get();
        if !images.is_empty() {
            return view! { <Results images /> }.into_any();
        }
        if failed.get() {
            return ().into_any();
        }
        let (width, height) = expected.get();
        let partial = memo(move || job.with(|job| job.partial.clone()));
        view! {
            <figure class="stage frame frame-busy">
                <Placeholder width height />
                {part(move || {
                    partial
                        .get()
                        .map(|src| {
                            view! {
                                <img
                                    class="partial"
                                    src=src
                                    width=width
                                    height=height
                                    alt=td_string!(locale, job.partial)
                                />
                            }
                        })
                })}
            </figure>
        }
        .into_any()
    })
}

/// The finished pictures, each leading to its page.
#[component]
fn Results(images: Vec<ImageCard>) -> impl IntoView {
    let count = images.len();
    let class = if count == 1 {
        "stage results"
    } else {
        "stage results results-many"
    };
    let tiles: Vec<AnyView> = images
        .into_iter()
        .zip(1..)
        .map(|(card, number)| view! { <li>{result(card, number, count)}</li> }.into_any())
        .collect();
    view! { <ul class=class>{tiles}</ul> }
}

fn result(card: ImageCard, number: usize, count: usize) -> AnyView {
    let locale = use_locale();
    let href = Route::Image(&card.id).address(locale);
    let mut alt = alt_text(locale, &card.prompt, false);
    if count > 1 {
        let which = td_string!(locale, job.number, number = number, count = count);
        alt = format!("{which} – {alt}");
    }
    view! {
        <figure>
            <a class="frame" href=href>
                <Placeholder width=card.width height=card.height colour=card.placeholder.clone() />
                <img
                    src=fallback_source(&card.renditions)
                    srcset=srcset(&card.renditions)
                    sizes="(min-width: 1024px) calc(100vw - 440px), 100vw"
                    width=card.width
                    height=card.height
                    alt=alt
                />
            </a>
        </figure>
    }
    .into_any()
}

/// The job's end in words; nothing while it is under way.
#[component]
pub(super) fn Outcome(job: RwSignal<JobView>, contact: Option<String>) -> impl IntoView {
    let locale = use_locale();
    let ended = memo(move || job.with(|job| (job.state, job.failure.clone())));
    let text = memo(move || job.with(|job| (ready(locale, job), fewer(locale, job))));
    part(move || {
        let (state, failure) = ended.get();
        match (state, failure) {
            (JobState::Ready, _) => {
                let (text, fewer) = text.get();
                let fewer = fewer.map(|text| view! { <p class="note">{text}</p> });
                view! {
                    <p class="note note-good">{text}</p>
                    {fewer}
                }
                .into_any()
            }
            (JobState::Cancelled, _) => {
                view! { <p class="note">{td_string!(locale, job.cancelled)}</p> }.into_any()
            }
            (_, Some(failure)) => view! { <Failed failure contact=contact.clone() /> }.into_any(),
            _ => ().into_any(),
        }
    })
}

/// That fewer pictures came than were asked for.
fn fewer(locale: Locale, job: &JobView) -> Option<String> {
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

pub(in crate::generate) fn ready(locale: Locale, job: &JobView) -> String {
    match job.images.len() {
        0 => td_string!(locale, job.gone).to_string(),
        count if i18n::singular(locale, count) => td_string!(locale, job.ready_one).to_string(),
        count => td_string!(locale, job.ready_many, count = count),
    }
}

/// A failure: the cause, the cost, the next step, and the incident to quote.
#[component]
fn Failed(failure: crate::model::Failure, contact: Option<String>) -> impl IntoView {
    let locale = use_locale();
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
}
