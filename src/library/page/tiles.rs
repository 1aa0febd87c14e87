//! The library's tiles, by the day on which they were made, each with its checkbox and
//! with what is done to one picture by one press.
//!
//! A button says what it does and to which picture (`about[one]`), so
//! that it needs no form of its own inside of the form around them all.

use super::PICKS;
use crate::{
    i18n::{Locale, td_string, use_locale},
    model::{ImageCard, library::Kept},
    references::api::Remix,
    routes,
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

/// A button that does one thing to one picture: a drawing, and words for those who do not
/// see it or have room for them.
fn act(one: String, drawing: &'static str, words: &'static str, on: Option<bool>) -> AnyView {
    let key = match one.split(' ').next() {
        Some("favourite" | "unfavourite") => Some("."),
        Some("trash") => Some("Delete"),
        _ => None,
    };
    let pressed = on.map(|on| on.to_string());
    view! {
        <button
            type="submit"
            name="about[one]"
            value=one
            title=words
            aria-pressed=pressed
            data-tile-key=key
        >
            {icon(drawing)}
            <span>{words}</span>
        </button>
    }
    .into_any()
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

/// Leads to where the picture is edited.
fn edit(locale: Locale, id: &str) -> AnyView {
    let words = td_string!(locale, remix.edit);
    view! {
        <a href=routes::edit(id).address(locale) rel="external" title=words>
            {icon("pencil")}
            <span>{words}</span>
        </a>
    }
    .into_any()
}

/// Saves the original.
fn download(locale: Locale, kept: &Kept) -> AnyView {
    let id = &kept.card.id;
    let file = kept.original.rsplit('.').next().unwrap_or_default();
    view! {
        <a
            href=kept.original.clone()
            download=format!("imgc-{id}.{file}")
            rel="external"
            title=td_string!(locale, picture.download)
        >
            {icon("download")}
            <span>{td_string!(locale, picture.download)}</span>
        </a>
    }
    .into_any()
}

/// What can be done to a picture of the library.
fn acts(locale: Locale, card: &ImageCard, download: AnyView) -> Vec<AnyView> {
    let id = card.id.as_str();
    let of = |action: &str| format!("{action} {id}");
    let (favourite, heart) = match card.favourite {
        true => (of("unfavourite"), "heart-filled"),
        false => (of("favourite"), "heart"),
    };
    let publish = match card.public {
        true => of("unpublish"),
        false => of("publish"),
    };
    vec![
        act(
            favourite,
            heart,
            td_string!(locale, library.favourite),
            Some(card.favourite),
        ),
        download,
        act(
            publish,
            "globe",
            td_string!(locale, picture.public),
            Some(card.public),
        ),
        edit(locale, id),
        begin(
            id,
            Remix::url(),
            "sparkles",
            td_string!(locale, remix.remix),
            Some("r"),
        ),
        act(
            of("trash"),
            "trash-2",
            td_string!(locale, library.to_trash),
            None,
        ),
    ]
}

/// What can be done to one picture by one press: in sight while it is pointed at or has
/// the focus, and on a screen that is touched behind a button of its own.
fn quick(locale: Locale, kept: &Kept, name: &str, trash: bool) -> AnyView {
    let card = &kept.card;
    let id = card.id.as_str();
    let of = |action: &str| format!("{action} {id}");
    let download = download(locale, kept);
    let acts = if trash {
        let words = td_string!(locale, library.restore);
        vec![act(of("restore"), "arrow-left", words, None), download]
    } else {
        acts(locale, card, download)
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
