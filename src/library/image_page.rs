//! One picture's page: for everybody while it is published, for its owner always. It is
//! only read, or answered by plain forms: what acts in place is the lightbox.

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

use super::{
    elsewhere::code_for_others,
    image_head::Head,
    picture::{Picture, title},
    views::{Placed, PutTogether, placed},
    visibility::visibility_form,
};
use crate::{
    gallery::asked::CURSOR,
    i18n::{self, Locale, td_string, use_locale},
    makers::buttons,
    model::{ImageDetail, library::NamedValue},
    routes::{self, PagePath, Route},
    ui::{
        copy_button::copy_button,
        data::{Shared, load, when_loaded},
        error_view::ErrorPage,
        icon::icon,
    },
};
use leptos::prelude::*;
use leptos_router::{
    hooks::{use_params_map, use_query_map},
    location::Url,
};

/// The name in the query by which somebody was asked and wants to see.
pub(super) const SHOW: &str = "show";

/// The page of the picture the address names.
#[component]
pub fn ImagePage() -> impl IntoView {
    let locale = use_locale();
    let shared = expect_context::<Shared>();
    let (params, query) = (use_params_map(), use_query_map());
    let picture = load(
        move || params.with(|params| params.get("id").unwrap_or_default()),
        move |id| async move {
            let done = query.with_untracked(|query| query.get("done").unwrap_or_default());
            placed(&id, &done, i18n::code(locale)).await
        },
    );
    let asked = query.with_untracked(|query| query.get(SHOW).is_some());
    when_loaded(move || async move {
        let site = shared.site().await;
        match picture.await {
            Ok(placed) => view! {
                <Head site placed=placed.clone() />
                {beside(locale, &placed)}
                {decided(locale, &placed)}
                {shown(locale, &placed, Route::Image(&placed.detail.card.id).path(), asked)}
                {tags(locale, &placed)}
                {placed.detail.mine.then(|| put_together(locale, placed.put_together.clone()))}
                {placed.shown_to.clone().map(|to| visibility_form(locale, &placed, to))}
                {code_for_others(locale, &placed)}
                {report(locale, &placed.detail)}
            }
            .into_any(),
            Err(error) => view! { <ErrorPage error /> }.into_any(),
        }
    })
}

/// The ways back, and to the pictures before and after it in the gallery. They stand at
/// the same place on each page, so that one can go on without looking for them.
fn beside(locale: Locale, placed: &Placed) -> AnyView {
    let Placed { detail, .. } = placed;
    let library = detail.mine.then(|| {
        view! {
            <a class="button" href=Route::Library.address(locale)>
                {icon("library")}
                {td_string!(locale, picture.to_library)}
            </a>
        }
    });
    let gallery = detail.card.public.then(|| {
        // Where it is the first one, so that one comes back to the place one left.
        let here: PagePath = match placed.cursor.as_deref() {
            Some(cursor) => Route::Gallery.with(CURSOR, cursor),
            None => Route::Gallery.path(),
        };
        view! {
            <a class="button" href=here.address(locale) rel="nofollow">
                {icon("images")}
                {td_string!(locale, picture.to_gallery)}
            </a>
            {share(locale, detail.canonical.clone())}
            <span class="beside-ways">
                {way(locale, "arrow-left", "prev", "ArrowLeft", placed.newer.as_deref(), td_string!(locale, lightbox.newer))}
                {way(locale, "arrow-right", "next", "ArrowRight", placed.older.as_deref(), td_string!(locale, lightbox.older))}
            </span>
        }
    });
    if library.is_none() && gallery.is_none() {
        return ().into_any();
    }
    view! {
        <nav class="beside" aria-label=td_string!(locale, picture.beside)>
            {library}
            {gallery}
        </nav>
    }
    .into_any()
}

/// The picture; before a sensitive one, others are asked.
pub(super) fn shown(locale: Locale, placed: &Placed, here: PagePath, asked: bool) -> AnyView {
    let detail = &placed.detail;
    if !placed.marks.sensitive || detail.mine || asked {
        let closer = closer_look(locale, detail);
        let by = buttons::about(locale, &detail.card.id, placed.made_by.as_ref());
        return view! { <Picture closer by detail=detail.clone() /> }.into_any();
    }
    let href = here.with(SHOW, "1").address(locale);
    view! {
        <article class="account-page">
            <header class="page-header">
                <h1 dir="auto">{title(locale, detail)}</h1>
                <p class="lead">{td_string!(locale, measure.asks)}</p>
            </header>
            <p class="actions">
                <a class="button button-primary" href=href rel="external nofollow">
                    {td_string!(locale, measure.show)}
                </a>
            </p>
        </article>
    }
    .into_any()
}

/// The tags that it is found by; of a sensitive picture none, as lists show none.
fn tags(locale: Locale, placed: &Placed) -> Option<AnyView> {
    let shown = placed.detail.card.public && !placed.marks.sensitive && !placed.tags.is_empty();
    let link = |tag: &NamedValue| {
        let href = routes::tag(&Url::escape(&tag.value)).address(locale);
        view! {
            <li>
                <a class="place" href=href rel="tag" dir="auto">
                    {format!("#{}", tag.name)}
                </a>
            </li>
        }
        .into_any()
    };
    shown.then(|| {
        let links: Vec<AnyView> = placed.tags.iter().map(link).collect();
        view! {
            <nav class="orders picture-tags" aria-label=td_string!(locale, library.tags)>
                <ul>{links}</ul>
            </nav>
        }
        .into_any()
    })
}

/// What decisions did to it, to its owner.
fn decided(locale: Locale, placed: &Placed) -> Vec<AnyView> {
    let mine = placed.detail.mine;
    [
        (placed.marks.withheld, td_string!(locale, decision.withheld)),
        (
            placed.marks.decided && mine,
            td_string!(locale, measure.own_sensitive),
        ),
        (
            placed.marks.unlisted && mine,
            td_string!(locale, measure.own_unlisted),
        ),
        // About these nothing is decided, or not yet.
        (placed.marks.copy, td_string!(locale, measure.own_copy)),
        (placed.marks.held, td_string!(locale, measure.own_held)),
    ]
    .into_iter()
    .filter(|(holds, _)| *holds)
    .map(|(_, words)| told(locale, words, !placed.marks.held && !placed.marks.copy))
    .collect()
}

fn told(locale: Locale, words: &'static str, has_reasons: bool) -> AnyView {
    let reasons = has_reasons.then(|| {
        view! {
            " "
            <a href=Route::Decisions.address(locale)>
                {td_string!(locale, decision.withheld_link)}
            </a>
        }
    });
    view! {
        <div class="note note-error" role="note">
            <p>{words} {reasons}</p>
        </div>
    }
    .into_any()
}

/// How a picture that is put together stands, and what the model itself sent for it.
pub fn put_together(locale: Locale, how: Option<PutTogether>) -> AnyView {
    let (words, answer) = match how {
        None => return ().into_any(),
        Some(PutTogether::Made(answer)) => (td_string!(locale, edit.composite_made), answer),
        Some(PutTogether::Due) => (td_string!(locale, edit.composite_due), None),
        Some(PutTogether::Failed) => (td_string!(locale, edit.composite_failed), None),
    };
    let answer = answer.map(|address| {
        view! {
            <a class="button button-small" href=address rel="external" download>
                {icon("download")}
                " "
                {td_string!(locale, edit.answer)}
            </a>
        }
    });
    view! {
        <div class="edit-composite">
            <p class="field-hint">{words}</p>
            {answer}
        </div>
    }
    .into_any()
}

/// The way to say that a public picture breaks the law or the rules; nothing for its owner.
fn report(locale: Locale, detail: &ImageDetail) -> Option<AnyView> {
    let may = detail.card.public && !detail.mine;
    may.then(|| {
        view! {
            <p class="report-link">
                <a href=Route::Report(&detail.card.id).address(locale) rel="nofollow">
                    {td_string!(locale, notice.link)}
                </a>
            </p>
        }
        .into_any()
    })
}

/// The picture's address to copy; where the system has a sheet for sharing, the page's
/// own small script opens that instead (`http/shell.rs`).
pub(super) fn share(locale: Locale, address: String) -> AnyView {
    let words = td_string!(locale, picture.share);
    view! {
        <details class="menu share">
            <summary class="button" aria-label=words>
                {icon("share-2")}
                <span class="beside-words">{words}</span>
            </summary>
            <p class="share-panel">
                <a href=address.clone()>{address.clone()}</a>
                {copy_button(td_string!(locale, picture.copy_link), td_string!(locale, picture.copied))}
            </p>
        </details>
    }
    .into_any()
}

/// The way to a neighbour. Where there is none it keeps its place.
fn way(
    locale: Locale,
    drawing: &'static str,
    rel: &'static str,
    key: &'static str,
    picture: Option<&str>,
    words: &'static str,
) -> AnyView {
    let href = picture.map(|id| Route::Image(id).address(locale));
    let missing = href.is_none().then_some("true");
    let role = missing.map(|_| "link");
    let rel = href.is_some().then_some(rel);
    view! {
        <a class="button" href=href rel=rel role=role aria-label=words aria-disabled=missing data-key=key>
            {icon(drawing)}
            <span class="beside-words">{words}</span>
        </a>
    }
    .into_any()
}

/// A closer look at it.
fn closer_look(locale: Locale, detail: &ImageDetail) -> AnyView {
    let card = &detail.card;
    view! {
            // Closed, it is not shown, and what is not shown is not loaded; but
            // without scripts browsers load everything, so a link stands in.
            <noscript>
                <a class="button" href=detail.original.clone() rel="external">
                    {td_string!(locale, picture.zoom)}
                </a>
            </noscript>
            <details class="zoom scripted">
                <summary class="button">{icon("zoom-in")} {td_string!(locale, picture.zoom)}</summary>
                <div
                    class="zoom-area"
                    tabindex="0"
                    role="region"
                    aria-label=td_string!(locale, picture.zoom_area)
                >
                    <img
                        src=detail.original.clone()
                        width=card.width
                        height=card.height
                        alt=""
                        loading="lazy"
                    />
                </div>
            </details>
    }
    .into_any()
}
