//! The gallery: published pictures in an order and of a period, or those with some words.
//! Complete in the HTML; every choice is a plain link, and what is looked for a plain form.

use super::{
    asked::{CURSOR, List, Period, Sort, WORDS},
    atom::ATOM,
    grid::PublicGrid,
    list::{Shown, show},
};
use crate::{
    error::{AppError, Problem},
    i18n::{Locale, td_string, use_locale},
    model::{
        Page, Site,
        limits::{PUBLIC_COUNT_MAX, PUBLIC_SEARCH_CHARS},
        typed::isolated,
    },
    routes::{self, GALLERY_FEED, PagePath, Route},
    server::Context,
    store::public_lists::At,
    ui::{
        density::density,
        error_view::ErrorPage,
        found::when_found,
        head::PrivateHead,
        icon::icon,
        public_head::{Public, PublicHead, other_forms},
    },
};
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, location::Url};
use std::sync::Arc;

/// One page of the gallery, as the address asks for it.
#[component]
pub fn GalleryPage() -> impl IntoView {
    let list = use_query_map().with_untracked(List::read);
    listed(list.ok_or_else(|| Problem::Malformed.into()))
}

/// A page of a list, or why there is none.
pub(super) fn listed(list: Result<List, AppError>) -> AnyView {
    let locale = use_locale();
    let context = Arc::new(Context::take());
    let cursor = use_query_map().with_untracked(|query| query.get(CURSOR).unwrap_or_default());
    let asked = context.clone();
    let found = async move {
        let list = list?;
        let shown = show(&asked, &list, &cursor).await?;
        // A tag that no public picture has is no page.
        if matches!(list, List::Tag(_)) && shown.name.is_none() {
            return Err(AppError::NotFound);
        }
        Ok((asked.state.site(), list, shown, cursor))
    };
    when_found(found, move |found| match found {
        Ok((site, list, shown, cursor)) => wall(locale, site, &list, shown, &cursor),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

fn wall(locale: Locale, site: Site, list: &List, shown: Shown, cursor: &str) -> AnyView {
    let Shown { page, name, count } = shown;
    let Page { items, next } = page;
    // One that says nothing is none.
    let cursor = Some(cursor).filter(|cursor| list.place(cursor) != Some(At::START));
    let is_empty = items.is_empty();
    let pictures = match is_empty {
        true => view! { <p class="empty">{nothing(locale, list)}</p> }.into_any(),
        false => view! { <PublicGrid items /> }.into_any(),
    };
    let name = name.unwrap_or_default();
    let count = count.filter(|count| *count > 0).map(|count| {
        view! { <p class="quiet">{counted(locale, count)}</p> }
    });
    view! {
        {head(locale, site, list, &name, cursor)}
        <section class="wall gallery">
            <header class="page-header">
                <h1 dir="auto">{heading(locale, list, &name)}</h1>
                <p class="lead">{lead(locale, list)}</p>
                {search(locale, list)}
                {density(locale)}
            </header>
            {orders(locale, list)}
            {count}
            {pictures}
            {pager(locale, list, next, cursor.is_some())}
        </section>
    }
    .into_any()
}

/// What crawlers are told: of an order and a tag that it is a page, of a search nothing.
fn head(locale: Locale, site: Site, list: &List, name: &str, cursor: Option<&str>) -> AnyView {
    let title = heading(locale, list, name);
    let description = match list {
        List::All(Sort::Newest, Period::All) => td_string!(locale, gallery.description).to_owned(),
        List::All(..) => lead(locale, list),
        List::Tag(_) => td_string!(locale, gallery.tag_description, tag = isolated(name)),
        List::Words(_) => return view! { <PrivateHead locale title /> }.into_any(),
    };
    let feed = match list {
        List::All(Sort::Newest, Period::All) => Some(PagePath::of(GALLERY_FEED)),
        List::Tag(folded) => Some(routes::tag_feed(&Url::escape(folded))),
        _ => None,
    };
    let feed = feed.map(|feed| {
        let address = format!("{}{}", site.origin, feed.address(locale));
        other_forms(vec![(ATOM, title.clone(), address)])
    });
    let page = Public {
        title,
        description,
        path: list.page(cursor),
        picture: None,
        kind: "website",
    };
    view! {
        <PublicHead locale site page />
        {feed}
    }
    .into_any()
}

fn heading(locale: Locale, list: &List, name: &str) -> String {
    match list {
        List::All(Sort::Newest, Period::All) => td_string!(locale, gallery.title).to_owned(),
        List::All(sort, Period::All) => sort_word(locale, *sort).to_owned(),
        List::All(sort, period) => {
            let (sort, period) = (sort_word(locale, *sort), period_word(locale, *period));
            format!("{sort} · {period}")
        }
        List::Words(words) => {
            td_string!(locale, gallery.found_title, words = isolated(words))
        }
        List::Tag(_) => format!("#{name}"),
    }
}

/// By what it goes, in a sentence.
fn lead(locale: Locale, list: &List) -> String {
    let words = match list {
        List::All(Sort::Newest, Period::All) => td_string!(locale, gallery.lead),
        List::All(Sort::Newest, _) => td_string!(locale, gallery.lead_newest),
        List::All(Sort::Liked, _) => td_string!(locale, gallery.lead_liked),
        List::All(Sort::Remixed, _) => td_string!(locale, gallery.lead_remixed),
        List::Words(_) => td_string!(locale, gallery.lead_words),
        List::Tag(_) => td_string!(locale, gallery.lead_tag),
    };
    words.to_owned()
}

fn nothing(locale: Locale, list: &List) -> &'static str {
    match list {
        List::All(Sort::Newest, Period::All) => td_string!(locale, gallery.empty),
        List::All(Sort::Newest, _) => td_string!(locale, gallery.empty_period),
        List::All(Sort::Liked, _) => td_string!(locale, gallery.empty_liked),
        List::All(Sort::Remixed, _) => td_string!(locale, gallery.empty_remixed),
        List::Words(_) | List::Tag(_) => td_string!(locale, gallery.empty_words),
    }
}

fn counted(locale: Locale, count: u32) -> String {
    match count {
        1 => td_string!(locale, library.count_one, count = count),
        count if count > PUBLIC_COUNT_MAX => {
            td_string!(locale, library.count_over, count = PUBLIC_COUNT_MAX)
        }
        count => td_string!(locale, library.count_many, count = count),
    }
}

fn sort_word(locale: Locale, sort: Sort) -> &'static str {
    match sort {
        Sort::Newest => td_string!(locale, gallery.newest),
        Sort::Liked => td_string!(locale, gallery.liked),
        Sort::Remixed => td_string!(locale, gallery.remixed),
    }
}

fn period_word(locale: Locale, period: Period) -> &'static str {
    match period {
        Period::Day => td_string!(locale, gallery.day),
        Period::Week => td_string!(locale, gallery.week),
        Period::Month => td_string!(locale, gallery.month),
        Period::Year => td_string!(locale, gallery.year),
        Period::All => td_string!(locale, gallery.all),
    }
}

/// The field for words, over titles, tags and what is shown of prompts.
fn search(locale: Locale, list: &List) -> AnyView {
    let words = match list {
        List::Words(words) => words.clone(),
        _ => String::new(),
    };
    view! {
        <form class="gallery-search" method="get" action=Route::Gallery.address(locale) role="search">
            <input
                type="search"
                name=WORDS
                value=words
                dir="auto"
                maxlength=PUBLIC_SEARCH_CHARS
                aria-label=td_string!(locale, gallery.search)
                placeholder=td_string!(locale, gallery.search)
                autocomplete="off"
                required
            />
            <button class="button" type="submit">
                {icon("search")}
                {td_string!(locale, library.search_button)}
            </button>
        </form>
    }
    .into_any()
}

/// The orders and the periods as links. Of words and of a tag there is one order.
fn orders(locale: Locale, list: &List) -> AnyView {
    let List::All(sort, period) = *list else {
        let back = Route::Gallery.address(locale);
        return view! {
            <p class="gallery-back">
                <a href=back>{td_string!(locale, picture.to_gallery)}</a>
            </p>
        }
        .into_any();
    };
    let link = |list: List, words: &'static str, is_here: bool| {
        let here = is_here.then_some("true");
        view! {
            <li>
                <a class="place" href=list.path().address(locale) aria-current=here>
                    {words}
                </a>
            </li>
        }
        .into_any()
    };
    let sorts = Sort::ALL.map(|one| {
        let words = sort_word(locale, one);
        link(List::All(one, period), words, one == sort)
    });
    let periods = Period::ALL.map(|one| {
        let words = period_word(locale, one);
        link(List::All(sort, one), words, one == period)
    });
    view! {
        <nav class="orders" aria-label=td_string!(locale, gallery.orders)>
            <ul aria-label=td_string!(locale, gallery.order)>{sorts.into_iter().collect_view()}</ul>
            <ul aria-label=td_string!(locale, gallery.period)>{periods.into_iter().collect_view()}</ul>
            <a class="orders-why" href=Route::Terms.part("orders").address(locale)>
                {td_string!(locale, gallery.orders_why)}
            </a>
        </nav>
    }
    .into_any()
}

/// The next page, and the way back to the first.
fn pager(locale: Locale, list: &List, next: Option<String>, paged: bool) -> AnyView {
    let first = paged.then(|| {
        view! { <a href=list.path().address(locale)>{td_string!(locale, gallery.to_first)}</a> }
    });
    let more = next.map(|cursor| {
        let href = list.page(Some(&cursor)).address(locale);
        view! {
            <a class="button" rel="next" href=href>
                {td_string!(locale, gallery.more)}
            </a>
        }
    });
    view! { <nav class="pager">{first} {more}</nav> }.into_any()
}
