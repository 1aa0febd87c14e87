//! A job's pictures: the ground, partial pictures, and what came.

use crate::{
    i18n::{Locale, td_string, use_locale},
    library::{api::Change, quick::acts},
    model::{ImageCard, JobView, Tile},
    references::use_button,
    routes::Route,
    ui::{
        dynamic::part,
        form::Language,
        icon::icon,
        image_card::{STAGE_SIZES, alt_of, fallback_source, srcset},
        placeholder::Placeholder,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The place of the picture, reserved at its true proportions from the start. What has not
/// changed in it stays as it is, however often the job is told of.
#[component]
pub fn Stage(
    job: RwSignal<JobView>,
    /// Whether it is one of many, and small.
    #[prop(optional)]
    in_feed: bool,
) -> impl IntoView {
    part(move || {
        let tiles = job.with(|job| job.tiles.clone());
        if tiles.is_empty() {
            return ().into_any();
        }
        let count = tiles.len();
        let tile = |(tile, number): (Tile, usize)| match tile.image {
            Some(card) => result(card, tile.file, number, count, in_feed),
            None => place(tile),
        };
        let tiles = tiles.into_iter().zip(1..).map(tile);
        let tiles: Vec<AnyView> = tiles
            .map(|tile| view! { <li>{tile}</li> }.into_any())
            .collect();
        view! { <ul class=stage_class(count)>{tiles}</ul> }.into_any()
    })
}

/// The place of a picture to be, with what is there of it, or of one that will not be.
fn place(tile: Tile) -> AnyView {
    let locale = use_locale();
    let (width, height) = (tile.width, tile.height);
    let partial = tile.file.map(|src| {
        let alt = td_string!(locale, job.partial);
        view! { <img class="partial" src=src width=width height=height alt=alt /> }
    });
    view! {
        <figure class=["frame", "frame frame-busy"][usize::from(tile.busy)]>
            <Placeholder width height />
            {partial}
            <figcaption>{tile.said}</figcaption>
        </figure>
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

/// A picture that is there, leading to its page.
fn result(
    card: ImageCard,
    original: Option<String>,
    number: usize,
    count: usize,
    in_feed: bool,
) -> AnyView {
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
    let mut alt = alt_of(locale, &card, false);
    if count > 1 {
        let which = td_string!(locale, job.number, number = number, count = count);
        alt = format!("{which} – {alt}");
    }
    let quick = original.filter(|_| in_feed);
    let quick = quick.map(|original| quick_acts(locale, &card, original, &alt));
    view! {
        <figure class=["", "pick"][usize::from(in_feed)]>
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
            {quick}
        </figure>
    }
    .into_any()
}

/// What can be done to a picture of the feed by one press, as in the library. A plain form;
/// where scripts run, `public/scripts/create.js` sends it and tells what came of it.
fn quick_acts(locale: Locale, card: &ImageCard, original: String, name: &str) -> AnyView {
    let label = td_string!(locale, library.actions_of, name = name);
    let more = vec![use_button(locale, &card.id)];
    view! {
        <details class="quick menu">
            <summary aria-label=label.clone()>{icon("ellipsis")}</summary>
        </details>
        <form class="quick-acts" method="post" action=Change::url() aria-label=label>
            <Language />
            {acts(locale, card, original, more)}
        </form>
    }
    .into_any()
}
