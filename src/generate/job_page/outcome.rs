//! A job's result: the ground, partial pictures, pictures, or the reason for none.

use crate::{
    i18n::{self, Locale, td_string, use_locale},
    model::{ImageCard, JobState, JobView},
    routes::Route,
    ui::{
        dynamic::part,
        image_card::{STAGE_SIZES, alt_text, fallback_source, srcset},
        placeholder::Placeholder,
        words,
    },
};
use leptos::prelude::*;

/// The place of the picture, reserved at its true proportions from the start. What has not
/// changed in it stays as it is, however often the job is told of.
#[component]
pub(in crate::generate) fn Stage(
    job: RwSignal<JobView>,
    /// Whether it is one of many, and small.
    #[prop(optional)]
    in_feed: bool,
) -> impl IntoView {
    let locale = use_locale();
    part(move || {
        let (images, state) = job.with(|job| (job.images.clone(), job.state));
        if !images.is_empty() {
            return view! { <Results images in_feed /> }.into_any();
        }
        if state.is_final() && state != JobState::Ready {
            return ().into_any();
        }
        // What is there of a picture before it is ready comes of single ones only.
        let (size, count, partial) = job.with(|job| {
            let size = job.expected_size.unwrap_or((1024, 1024));
            (size, job.settings.count, job.partial.clone())
        });
        let count = usize::from(count.max(1));
        let places = (0..count).map(|_| place(locale, size, partial.clone()));
        let places: Vec<AnyView> = places.collect();
        view! { <ul class=stage_class(count)>{places}</ul> }.into_any()
    })
}

/// The place of a picture to be, with what is there of it.
fn place(locale: Locale, (width, height): (u32, u32), partial: Option<String>) -> AnyView {
    let partial = partial.map(|src| {
        let alt = td_string!(locale, job.partial);
        view! { <img class="partial" src=src width=width height=height alt=alt /> }
    });
    view! {
        <li>
            <figure class="frame frame-busy">
                <Placeholder width height />
                {partial}
            </figure>
        </li>
    }
    .into_any()
}

/// One picture has the whole stage, several share it.
fn stage_class(count: usize) -> &'static str {
    match count {
        1 => "stage results",
        _ => "stage results results-many",
    }
}

/// The finished pictures, each leading to its page.
#[component]
fn Results(images: Vec<ImageCard>, in_feed: bool) -> impl IntoView {
    let count = images.len();
    let tiles: Vec<AnyView> = images
        .into_iter()
        .zip(1..)
        .map(|(card, number)| view! { <li>{result(card, number, count, in_feed)}</li> }.into_any())
        .collect();
    view! { <ul class=stage_class(count)>{tiles}</ul> }
}

fn result(card: ImageCard, number: usize, count: usize, in_feed: bool) -> AnyView {
    let locale = use_locale();
    // As wide as the style sheet draws it (a single one of the feed is 17rem high at most):
    // a file larger than that is for nobody.
    let sizes = match (in_feed, count) {
        (true, 1) => {
            let width = (17 * card.width).div_ceil(card.height.max(1));
            format!("min(100vw, {width}rem)")
        }
        (true, _) => "14rem".to_owned(),
        (false, _) => STAGE_SIZES.to_owned(),
    };
    let href = Route::Image(&card.id).address(locale);
    let mut alt = alt_text(locale, &card.prompt, false);
    if count > 1 {
        let which = td_string!(locale, job.number, number = number, count = count);
        alt = format!("{which} – {alt}");
    }
    view! {
        <figure>
            <a class="frame" href=href rel="external">
                <Placeholder width=card.width height=card.height colour=card.placeholder.clone() />
                <img
                    src=fallback_source(&card.renditions)
                    srcset=srcset(&card.renditions)
                    sizes=sizes
                    loading=in_feed.then_some("lazy")
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
    part(move || {
        let ended = job.with(|job| (job.state, job.failure.clone()));
        match ended {
            (JobState::Ready, _) => {
                let (text, fewer) = job.with(|job| (ready(locale, job), fewer(locale, job)));
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
