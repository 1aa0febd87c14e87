//! The library's tiles, by the day on which they were made, each with its checkbox and
//! with what is done to one picture by one press.

use super::PICKS;
use crate::{
    i18n::{Locale, td_string, use_locale},
    library::quick::{act, acts, download},
    model::library::Kept,
    references::api::Remix,
    ui::{
        format,
        icon::icon,
        image_card::{IN_SIGHT, Tile, alt_of, shape},
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The pictures of a page: those of each day below its date, or, in the trash, all together.
pub(super) fn days(locale: Locale, pictures: Vec<Kept>, trash: bool) -> AnyView {
    let mut days: Vec<(String, i64, Vec<AnyView>)> = Vec::new();
    for (index, kept) in pictures.into_iter().enumerate() {
        let made_ms = kept.card.created_at_ms;
        let day = match trash {
            true => String::new(),
            false => format::iso_day(made_ms),
        };
        let tile = view! { <Pick kept index trash /> }.into_any();
        match days.last_mut().filter(|(last, ..)| *last == day) {
            Some((.., tiles)) => tiles.push(tile),
            None => days.push((day, made_ms, vec![tile])),
        }
    }
    let days = days.into_iter().map(|(day, made_ms, tiles)| {
        let heading = (!trash).then(|| view! { <h2>{format::date(locale, made_ms)}</h2> });
        view! {
            <section class="day" data-day=day>
                {heading}
                <ul class="grid">{tiles}</ul>
            </section>
        }
    });
    view! { <div class="days">{days.collect_view()}</div> }.into_any()
}

/// One picture, its checkbox, and what can be done to it.
#[component]
fn Pick(kept: Kept, index: usize, trash: bool) -> impl IntoView {
    let locale = use_locale();
    let card = kept.card.clone();
    let name = alt_of(locale, &card, false);
    let label = td_string!(locale, library.select_one, name = name.as_str());
    let id = card.id.clone();
    let lazy = index >= IN_SIGHT;
    let class = format!("pick {}", shape(&card));
    let left = card.days_left.map(|days| {
        let text = match days {
            0 | 1 => td_string!(locale, library.day_left).to_string(),
            days => td_string!(locale, library.days_left, count = days),
        };
        view! { <span class="badge badge-low">{text}</span> }
    });
    let heart = card.favourite.then(|| {
        view! {
            <span class="badge badge-heart" role="img" aria-label=td_string!(locale, library.favourite)>
                {icon("heart-filled")}
            </span>
        }
    });
    let marked = card.public && !trash;
    let unlisted = (kept.unlisted && !trash).then(|| {
        view! { <span class="badge">{td_string!(locale, picture.unlisted)}</span> }
    });
    let quick = quick(locale, &kept, &name, trash);
    view! {
        <li class=class>
            <Tile card marked lazy />
            {unlisted}
            {heart}
            {left}
            <label class="pick-box">
                <input type="checkbox" id=format!("pick-{id}") name=PICKS value=id aria-label=label />
            </label>
            {quick}
        </li>
    }
}

/// A button that opens the composer with the picture.
fn begin(
    id: &str,
    action: &'static str,
    drawing: &'static str,
    words: &'static str,
    key: Option<&'static str>,
) -> AnyView {
    view! {
        <button
            type="submit"
            name="id"
            value=id.to_owned()
            formaction=action
            title=words
            data-tile-key=key
        >
            {icon(drawing)}
            <span>{words}</span>
        </button>
    }
    .into_any()
}

/// What can be done to one picture by one press: in sight while it is pointed at or has
/// the focus, and on a screen that is touched behind a button of its own.
fn quick(locale: Locale, kept: &Kept, name: &str, trash: bool) -> AnyView {
    let card = &kept.card;
    let id = card.id.as_str();
    let of = |action: &str| format!("{action} {id}");
    let original = kept.original.clone();
    let acts = if trash {
        let words = td_string!(locale, library.restore);
        let restore = act(of("restore"), "arrow-left", words, None);
        vec![restore, download(locale, id, original)]
    } else {
        let words = td_string!(locale, remix.remix);
        let remix = begin(id, Remix::url(), "sparkles", words, Some("r"));
        let words = td_string!(locale, library.reference);
        let reference = act(of("reference"), "images", words, None);
        acts(locale, card, original, vec![remix, reference])
    };
    let label = td_string!(locale, library.actions_of, name = name);
    view! {
        <details class="quick menu">
            <summary aria-label=label.clone()>{icon("ellipsis")}</summary>
        </details>
        <div class="quick-acts" role="group" aria-label=label>
            {acts}
            <label for=format!("pick-{id}")>
                {icon("check")}
                <span>{td_string!(locale, library.select)}</span>
            </label>
        </div>
    }
    .into_any()
}
