//! The pictures under the filters in force.

use super::{
    places::CollectionHeader,
    selection::{Chosen, SelectionForm},
};
use crate::{
    i18n::{td_string, use_locale},
    library::{api::Change, notice_bar::NoticeBar},
    model::library::{LibraryView, NamedValue},
    routes::Route,
    ui::{density::density, form::Language, icon::icon, words},
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The notice of the last act, the filters in force, and the pictures.
#[component]
pub(super) fn Results(view: LibraryView, chosen: Chosen) -> impl IntoView {
    let locale = use_locale();
    let count = if view.uncounted {
        td_string!(locale, library.count_over, count = view.total)
    } else {
        words::pictures(locale, view.total)
    };
    let notice = view.notice.clone();
    let (next, first) = (view.next.clone(), view.first.clone());
    let empty_trash = view.trash && view.total > 0 && view.filters.is_empty();
    let list = if view.pictures.is_empty() {
        empty(&view)
    } else {
        view! { <SelectionForm view=view.clone() chosen /> }.into_any()
    };
    view! {
        {notice.map(|notice| view! { <NoticeBar notice query=view.query.clone() /> })}
        {view.collection.clone().map(|collection| view! { <CollectionHeader collection /> })}
        {empty_trash.then(|| view! { <EmptyTrash /> })}
        <ActiveFilters filters=view.filters.clone() unfiltered=view.unfiltered.clone() />
        <div class="count">
            <p class="quiet" role="status">
                {count}
            </p>
            {density(locale)}
        </div>
        {list}
        <nav class="pager">
            {first
                .map(|href| {
                    view! {
                        <a href=href rel="external">
                            {td_string!(locale, gallery.first)}
                        </a>
                    }
                })}
            {next
                .map(|href| {
                    view! {
                        <a class="button" rel="next" href=href>
                            {td_string!(locale, gallery.more)}
                        </a>
                    }
                })}
        </nav>
    }
}

/// The reason the list is empty, and what to do about it.
fn empty(view: &LibraryView) -> AnyView {
    let locale = use_locale();
    let text = match (view.filters.is_empty(), view.trash, &view.collection) {
        (false, _, _) => td_string!(locale, library.no_match),
        (true, true, _) => td_string!(locale, library.trash_empty),
        (true, false, Some(_)) => td_string!(locale, library.collection_empty),
        (true, false, None) => td_string!(locale, library.empty),
    };
    let start = (view.filters.is_empty() && !view.trash && view.collection.is_none()).then(|| {
        view! {
            <a class="button button-primary" href=Route::Create.address(locale)>
                {td_string!(locale, home.start)}
            </a>
        }
    });
    view! {
        <div class="empty">
            <p>{text}</p>
            {start}
        </div>
    }
    .into_any()
}

/// Each filter by name, with a link that removes it.
#[component]
fn ActiveFilters(filters: Vec<NamedValue>, unfiltered: String) -> impl IntoView {
    let locale = use_locale();
    if filters.is_empty() {
        return ().into_any();
    }
    let chips: Vec<AnyView> = filters
        .into_iter()
        .map(|filter| {
            let name = filter.name.as_str();
            let remove = td_string!(locale, library.remove_filter, name = name);
            view! {
                <li>
                    <a class="chip" href=filter.value rel="external" aria-label=remove>
                        <bdi>{filter.name}</bdi>
                        " " {icon("x")}
                    </a>
                </li>
            }
            .into_any()
        })
        .collect();
    view! {
        <div class="active-filters">
            <ul aria-label=td_string!(locale, library.active)>{chips}</ul>
            <a href=unfiltered rel="external">
                {td_string!(locale, library.clear_all)}
            </a>
        </div>
    }
    .into_any()
}

/// Deletes everything in the trash, after a second look.
#[component]
fn EmptyTrash() -> impl IntoView {
    let locale = use_locale();
    view! {
        <details class="fold danger">
            <summary>{td_string!(locale, library.empty_open)}</summary>
            <form method="post" action=Change::url()>
                <input type="hidden" name="all" value="on" />
                <input type="hidden" name="query" value="trash=1" />
                <Language />
                <p>{td_string!(locale, library.delete_ask)}</p>
                <button class="button button-danger" type="submit" name="action" value="delete">
                    {td_string!(locale, library.empty_trash)}
                </button>
            </form>
        </details>
    }
}
