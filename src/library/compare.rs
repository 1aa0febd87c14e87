//! Two to four of a person's pictures side by side, and what differs in how they were
//! made. Looking closely at one looks at the same place of all: a few inline bytes of the
//! page (`http/shell.rs`) move them together.

use crate::{
    error::AppError,
    i18n::{self, Locale, td_string, use_locale},
    model::limits::COMPARED_MAX,
    routes::Route,
    server::{AppState, Context, cards::card},
    store::images::{self, Image},
    ui::{
        error_view::ErrorPage,
        format,
        found::when_found,
        head::PrivateHead,
        image_card::{alt_of, fallback_source, srcset},
        words,
    },
};
use axum::http::request::Parts;
use leptos::prelude::*;
use std::sync::Arc;
use url::form_urlencoded;

/// The names of the pictures on the page, in the order they were made.
const NAMES: [&str; COMPARED_MAX] = ["A", "B", "C", "D"];
/// The parameter of a picture's id, which the library's form gives for each.
const IDS: &str = "ids[]";

/// A picture and what was asked for, as the page says it.
#[derive(Clone)]
struct Compared {
    image: Image,
    model_name: String,
}

/// The page; the pictures are those of the address, as far as they are the person's.
#[component]
pub fn ComparePage() -> impl IntoView {
    let locale = use_locale();
    let context = Arc::new(Context::take());
    let ids = asked_for();
    let asked = context.clone();
    let found = async move { found(&asked, locale, &ids).await };
    when_found(found, move |found| match found {
        Ok(pictures) => page(locale, &pictures),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

/// The ids in the address, each once.
fn asked_for() -> Vec<String> {
    let parts = use_context::<Parts>();
    let query = parts.and_then(|parts| parts.uri.query().map(str::to_owned));
    let query = query.unwrap_or_default();
    let mut ids = Vec::new();
    for (name, id) in form_urlencoded::parse(query.as_bytes()) {
        let id = id.into_owned();
        if name == IDS && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

async fn found(
    context: &Context,
    locale: Locale,
    ids: &[String],
) -> Result<Vec<Compared>, AppError> {
    let lang = i18n::code(locale);
    let user = context
        .require_user_or_sign_in(lang, Route::Library)
        .await?;
    let state = &context.state;
    // More than can be shown side by side are not looked up: the page says so.
    if ids.is_empty() || ids.len() > COMPARED_MAX {
        return Ok(Vec::new());
    }
    let images = images::listed(&state.db, &user.id, ids).await?;
    Ok(images.into_iter().map(|one| compared(state, one)).collect())
}

fn compared(state: &AppState, image: Image) -> Compared {
    let model = state.config.model(&image.model);
    Compared {
        model_name: model.map_or_else(|| image.model.clone(), |model| model.name.clone()),
        image,
    }
}

fn page(locale: Locale, pictures: &[Compared]) -> AnyView {
    let title = td_string!(locale, compare.title);
    let body = match pictures.len() {
        2.. => view! {
            {stage(locale, pictures)}
            {differences(locale, pictures)}
        }
        .into_any(),
        _ => view! {
            <p class="note">{td_string!(locale, compare.choose, most = COMPARED_MAX)}</p>
        }
        .into_any(),
    };
    view! {
        <PrivateHead locale title=title.to_string() />
        <div class="compare-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p>
                    <a class="button" href=Route::Library.address(locale)>
                        {td_string!(locale, picture.to_library)}
                    </a>
                </p>
            </header>
            {body}
        </div>
    }
    .into_any()
}

/// The pictures, each in a pane of its own that can be looked into.
fn stage(locale: Locale, pictures: &[Compared]) -> AnyView {
    let panes = pictures
        .iter()
        .zip(NAMES)
        .map(|(one, name)| pane(locale, one, name));
    let panes: Vec<AnyView> = panes.collect();
    view! {
        <label class="compare-zoom scripted">
            <span class="field-label">{td_string!(locale, compare.zoom)}</span>
            <input type="range" min="1" max="8" step="0.25" value="1" autocomplete="off" />
        </label>
        <div class="compare" data-panes=pictures.len()>
            {panes}
        </div>
    }
    .into_any()
}

fn pane(locale: Locale, one: &Compared, name: &'static str) -> AnyView {
    let card = card(&one.image, true);
    let label = td_string!(locale, compare.pane, name = name);
    let href = Route::Image(&card.id).address(locale);
    // As large as the closest look asks for, where a script can look closely.
    let largest = card.renditions.last().map(|last| last.src.clone());
    view! {
        <figure>
            <div class="compare-pane" tabindex="0" role="region" aria-label=label.clone()>
                <img
                    src=fallback_source(&card.renditions)
                    srcset=srcset(&card.renditions)
                    sizes="(min-width: 640px) 50vw, 100vw"
                    data-largest=largest
                    width=card.width
                    height=card.height
                    alt=alt_of(locale, &card, false)
                />
            </div>
            <figcaption>
                <a href=href>{label}</a>
            </figcaption>
        </figure>
    }
    .into_any()
}

/// What can be asked for, and what was, for each picture.
fn rows(locale: Locale, pictures: &[Compared]) -> Vec<(&'static str, Vec<String>)> {
    let row = |term: &'static str, of: &dyn Fn(&Compared) -> String| {
        (term, pictures.iter().map(of).collect::<Vec<String>>())
    };
    let chosen = |value: &Option<String>, words: fn(Locale, &str) -> String| {
        let value = value.as_ref().map(|value| words(locale, value));
        value.unwrap_or_else(|| "–".to_owned())
    };
    vec![
        row(td_string!(locale, picture.words), &|one| {
            one.image.prompt.0.clone()
        }),
        row(td_string!(locale, picture.model), &|one| {
            one.model_name.clone()
        }),
        row(td_string!(locale, picture.size), &|one| {
            format::pixels(one.image.width, one.image.height)
        }),
        row(td_string!(locale, picture.quality), &|one| {
            words::quality(locale, &one.image.settings.quality)
        }),
        row(td_string!(locale, picture.file), &|one| {
            let kind = words::format(&one.image.format);
            format!("{kind} · {}", format::bytes(locale, one.image.bytes))
        }),
        row(td_string!(locale, picture.background), &|one| {
            chosen(&one.image.settings.background, words::background)
        }),
        row(td_string!(locale, picture.style), &|one| {
            chosen(&one.image.settings.style, words::style)
        }),
        row(
            td_string!(locale, remix.made_from),
            &|one| match one.image.settings.references {
                0 => "–".to_owned(),
                _ => words::references(locale, &one.image.settings),
            },
        ),
        row(td_string!(locale, picture.cost), &|one| {
            let (cost, about) = (one.image.cost_micros, one.image.cost_estimated);
            format::money_or_about(locale, cost, about)
        }),
        row(td_string!(locale, picture.made), &|one| {
            format::date_time(locale, one.image.created_at_ms)
        }),
    ]
}

/// A table of what differs, and in a line below it what does not.
fn differences(locale: Locale, pictures: &[Compared]) -> AnyView {
    let is_same = |values: &[String]| values.windows(2).all(|pair| pair[0] == pair[1]);
    let (same, different): (Vec<_>, Vec<_>) = rows(locale, pictures)
        .into_iter()
        .partition(|(_, values)| is_same(values));
    let heads = NAMES.iter().take(pictures.len());
    let heads: Vec<AnyView> = heads
        .map(|name| view! { <th scope="col">{*name}</th> }.into_any())
        .collect();
    let different: Vec<AnyView> = different
        .into_iter()
        .map(|(term, values)| {
            let cells = values.into_iter();
            let cells = cells.map(|value| view! { <td dir="auto">{value}</td> }.into_any());
            let cells: Vec<AnyView> = cells.collect();
            view! {
                <tr>
                    <th scope="row">{term}</th>
                    {cells}
                </tr>
            }
            .into_any()
        })
        .collect();
    let same: Vec<AnyView> = same
        .into_iter()
        .filter_map(|(term, values)| Some((term, values.into_iter().next()?)))
        .filter(|(_, value)| value != "–")
        .map(|(term, value)| {
            view! {
                <div class="fact">
                    <dt>{term}</dt>
                    <dd dir="auto">{value}</dd>
                </div>
            }
            .into_any()
        })
        .collect();
    view! {
        <section aria-labelledby="differs">
            <h2 id="differs">{td_string!(locale, compare.differs)}</h2>
            <div class="table-scroll" tabindex="0" role="group" aria-labelledby="differs">
                <table>
                    <thead>
                        <tr>
                            <td></td>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{different}</tbody>
                </table>
            </div>
        </section>
        {(!same.is_empty())
            .then(|| {
                view! {
                    <section class="facts" aria-labelledby="same">
                        <h2 id="same">{td_string!(locale, compare.same)}</h2>
                        <dl>{same}</dl>
                    </section>
                }
            })}
    }
    .into_any()
}
