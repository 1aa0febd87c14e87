//! The pictures under the filters in force.

use super::{bar::SelectionForm, places::CollectionHeader};
use crate::{
    i18n::{td_string, use_locale},
    library::{api::Change, notice_bar::NoticeBar},
    model::library::{LibraryView, NamedValue},
    routes::Route,
    ui::{density::density, form::Language, icon::icon, words},
};
use leptos::{prelude::*, server_fn::ServerFn};

/// What the last act did. Where scripts run, what is done next is told here, too.
pub(super) fn told(view: &LibraryView) -> AnyView {
    let query = view.query.clone();
    let notice = view
        .notice
        .clone()
        .map(|notice| view! { <NoticeBar notice query /> });
    let composer = view.referenced.then(|| {
        let locale = use_locale();
        view! {
            <a class="button" href=Route::Create.address(locale) rel="external">
                {td_string!(locale, library.to_composer)}
            </a>
        }
    });
    view! {
        <div class="told" aria-live="polite">
            {notice}
            {composer}
        </div>
    }
    .into_any()
}

/// The filters in force, and the pictures.
#[component]
pub(super) fn Results(view: LibraryView) -> impl IntoView {
    let locale = use_locale();
    let count = if view.uncounted {
        td_string!(locale, library.count_over, count = view.total)
    } else {
        words::pictures(locale, view.total)
    };
    let (next, first) = (view.next.clone(), view.first.clone());
    let empty_trash = view.trash && view.total > 0 && view.filters.is_empty();
    let total = view.total;
    let list = if view.pictures.is_empty() {
        empty(&view)
    } else {
        view! { <SelectionForm view=view.clone() /> }.into_any()
    };
    view! {
        <div class="found">
            {view.collection.clone().map(|collection| view! { <CollectionHeader collection /> })}
            {empty_trash.then(|| view! { <EmptyTrash /> })}
            <ActiveFilters filters=view.filters.clone() unfiltered=view.unfiltered.clone() />
            <div class="count">
                <p class="quiet" role="status" data-total=total>
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
                            <a class="button" rel="next external" href=href>
                                {td_string!(locale, gallery.more)}
                            </a>
                        }
                    })}
            </nav>
        </div>
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
                    <a class="filter" href=filter.value rel="external" aria-label=remove>
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
