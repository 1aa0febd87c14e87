//! What is new of the people one follows, and who they are: nobody else's to see.

use super::{
    api::Unfollow,
    buttons::problem_note,
    pager::{self, PAGE_SIZE},
};
use crate::{
    error::AppError,
    gallery::{grid::PublicGrid, list},
    i18n::{self, Locale, td_string, use_locale},
    model::{Page, limits::FOLLOWS_MAX, typed::isolated},
    routes::{FOLLOWING, LIKES, PagePath, Route, profile},
    server::{Context, public_cards::PublicCard},
    store::{
        listed::Listed,
        makers::{self, Entry},
    },
    ui::{
        density::density,
        error_view::{ErrorPage, error_in_address},
        form::Language,
        found::when_found,
        head::PrivateHead,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;
use std::sync::Arc;

#[derive(Clone)]
struct Shown {
    follows: Vec<Entry>,
    page: Page<PublicCard>,
    cursor: String,
    now_ms: i64,
}

/// The page.
#[component]
pub fn FollowingPage() -> impl IntoView {
    let locale = use_locale();
    let cursor = use_query_map().with_untracked(|query| query.get("cursor").unwrap_or_default());
    let context = Arc::new(Context::take());
    let asked = context.clone();
    let found = async move { look(&asked, locale, cursor).await.map(Arc::new) };
    when_found(found, move |found| match found {
        Ok(shown) => page(locale, &shown),
        // Who has to sign in is on the way there.
        Err(error @ AppError::SignInNeeded) => view! { <ErrorPage error /> }.into_any(),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

async fn look(context: &Context, locale: Locale, cursor: String) -> Result<Shown, AppError> {
    let state = &context.state;
    let user = context
        .require_user_or_sign_in(i18n::code(locale), PagePath::of(FOLLOWING))
        .await?;
    let window = (pager::before(&cursor)?, PAGE_SIZE + 1);
    let now_ms = state.clock.now_ms();
    let (follows, rows) = makers::following(&state.db, &user.id, window, now_ms).await?;
    let number = |row: &Listed| row.number.to_string();
    Ok(Shown {
        follows,
        page: list::page(rows, PAGE_SIZE, Some(&user), now_ms, number),
        cursor,
        now_ms,
    })
}

fn page(locale: Locale, shown: &Shown) -> AnyView {
    let title = td_string!(locale, makers.following);
    let empty = match shown.follows.is_empty() {
        true => td_string!(locale, makers.follows_nobody),
        false => td_string!(locale, makers.nothing_new),
    };
    let list = match shown.page.items.is_empty() {
        true => view! { <p class="empty">{empty}</p> }.into_any(),
        false => view! { <PublicGrid items=shown.page.items.clone() /> }.into_any(),
    };
    let here = PagePath::of(FOLLOWING);
    view! {
        <PrivateHead locale title=title.to_string() />
        <section class="wall">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, makers.following_lead)}</p>
                <p>
                    <a href=PagePath::of(LIKES).address(locale)>{td_string!(locale, makers.liked)}</a>
                    " · "
                    <a href=Route::Gallery.address(locale)>{td_string!(locale, nav.gallery)}</a>
                </p>
                {density(locale)}
            </header>
            {problem_note(locale, error_in_address())}
            {list}
            {pager::links(locale, &here, shown.page.next.clone(), !shown.cursor.is_empty())}
            {people(locale, shown)}
        </section>
    }
    .into_any()
}

/// Whom one follows, each with the way out.
fn people(locale: Locale, shown: &Shown) -> Option<AnyView> {
    let people: Vec<AnyView> = shown
        .follows
        .iter()
        .map(|entry| {
            view! {
                <li>
                    {named(locale, entry, shown.now_ms)}
                    <form method="post" action=Unfollow::url()>
                        <Language />
                        <input type="hidden" name="id" value=entry.id.clone() />
                        <button class="button button-small">
                            {td_string!(locale, makers.unfollow)}
                            <span class="unseen">" " {isolated(&entry.maker.name)}</span>
                        </button>
                    </form>
                </li>
            }
            .into_any()
        })
        .collect();
    (!people.is_empty()).then(|| {
        view! {
            <section class="makers-list" aria-labelledby="whom">
                <h2 id="whom">{td_string!(locale, makers.whom)}</h2>
                <ul class="makers">{people}</ul>
                <p class="quiet">{td_string!(locale, makers.whom_hint, limit = FOLLOWS_MAX)}</p>
            </section>
        }
        .into_any()
    })
}

/// Somebody in one's own list, with the way to their page where there is one.
pub fn named(locale: Locale, entry: &Entry, now_ms: i64) -> AnyView {
    let name = isolated(&entry.maker.name);
    match entry.maker.profile(now_ms) {
        Some(handle) => {
            let href = profile(handle).address(locale);
            view! {
                <span>
                    <a href=href rel="external">{name}</a>
                    <span class="quiet">" @" {handle.to_owned()}</span>
                </span>
            }
            .into_any()
        }
        None => view! { <span>{name}</span> }.into_any(),
    }
}
