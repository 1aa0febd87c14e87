//! A job's pictures: the ground, partial pictures, and what came.

use crate::{
    i18n::{Locale, td_string, use_locale},
    model::{ImageCard, JobState, JobView},
    routes::Route,
    ui::{
        dynamic::part,
        image_card::{STAGE_SIZES, alt_text, fallback_source, srcset},
        placeholder::Placeholder,
    },
};
use leptos::prelude::*;

/// The place of the picture, reserved at its true proportions from the start. What has not
/// changed in it stays as it is, however often the job is told of.
#[component]
pub fn Stage(
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
