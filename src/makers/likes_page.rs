//! The pictures one likes, as far as they are public still: nobody else's to see.

use super::pager::{self, PAGE_SIZE};
use crate::{
    error::{AppError, Problem},
    gallery::grid::PublicGrid,
    i18n::{self, Locale, td_string, use_locale},
    model::Page,
    routes::{FOLLOWING, LIKES, PagePath, Route},
    server::{
        Context,
        public_cards::{PublicCard, public_card},
    },
    store::{INTEGER_MAX, likes},
    ui::{density::density, error_view::ErrorPage, found::when_found, head::PrivateHead},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use std::sync::Arc;

#[derive(Clone)]
struct Shown {
    page: Page<PublicCard>,
    paged: bool,
}

/// The page.
#[component]
pub fn LikesPage() -> impl IntoView {
    let locale = use_locale();
    let cursor = use_query_map().with_untracked(|query| query.get("cursor").unwrap_or_default());
    let context = Arc::new(Context::take());
    let asked = context.clone();
    let found = async move { look(&asked, locale, &cursor).await.map(Arc::new) };
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

/// When the last one of the page before was liked, and which it was.
fn after(cursor: &str) -> Result<(i64, String), AppError> {
    if cursor.is_empty() {
        return Ok((INTEGER_MAX, String::new()));
    }
    let malformed = || AppError::from(Problem::Malformed);
    let (at, id) = cursor.split_once('-').ok_or_else(malformed)?;
    let at: i64 = at.parse().map_err(|_| malformed())?;
    let id = uuid::Uuid::parse_str(id).map_err(|_| malformed())?;
    Ok((at.clamp(0, INTEGER_MAX), id.to_string()))
}

async fn look(context: &Context, locale: Locale, cursor: &str) -> Result<Shown, AppError> {
    let state = &context.state;
    let user = context
        .require_user_or_sign_in(i18n::code(locale), PagePath::of(LIKES))
        .await?;
    let (at, id) = after(cursor)?;
    let now_ms = state.clock.now_ms();
    let mut rows = likes::liked(&state.db, &user.id, (at, &id), PAGE_SIZE + 1).await?;
    let more = rows.len() > PAGE_SIZE as usize;
    rows.truncate(PAGE_SIZE as usize);
    let last = rows.last().filter(|_| more);
    let next = last.map(|(row, at)| format!("{at}-{}", row.image.id));
    // Whomever one has hidden: this list is made by oneself.
    let items = rows
        .iter()
        .map(|(row, _)| public_card(row, Some(&user), now_ms))
        .collect();
    Ok(Shown {
        page: Page { items, next },
        paged: !cursor.is_empty(),
    })
}

fn page(locale: Locale, shown: &Shown) -> AnyView {
    let title = td_string!(locale, makers.liked);
    let list = match shown.page.items.is_empty() {
        true => view! { <p class="empty">{td_string!(locale, makers.liked_none)}</p> }.into_any(),
        false => view! { <PublicGrid items=shown.page.items.clone() /> }.into_any(),
    };
    let here = PagePath::of(LIKES);
    view! {
        <PrivateHead locale title=title.to_string() />
        <section class="wall">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, makers.liked_lead)}</p>
                <p>
                    <a href=PagePath::of(FOLLOWING).address(locale)>{td_string!(locale, makers.following)}</a>
                    " · "
                    <a href=Route::Gallery.address(locale)>{td_string!(locale, nav.gallery)}</a>
                </p>
                {density(locale)}
            </header>
            {list}
            {pager::links(locale, &here, shown.page.next.clone(), shown.paged)}
        </section>
    }
    .into_any()
}
