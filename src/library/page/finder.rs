//! The form that finds pictures: words and filters, all of it in the address.
//!
//! A plain GET form. Where scripts run the results also follow the typing: the
//! address is replaced, so that Back leads out of the search and not through
//! every letter of it.

use crate::{
    i18n::{td_string, use_locale},
    model::library::{LibraryFacets, NamedValue},
    routes::Route,
    ui::{
        form::{Choice, FieldKind, Select, TextField},
        icon::icon,
    },
};
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

/// Search, filters and order.
#[component]
pub(super) fn Finder(facets: LibraryFacets) -> impl IntoView {
    let locale = use_locale();
    let query = use_query_map().get_untracked();
    let value = |key: &str| query.get(key).unwrap_or_default();
    let action = Route::Library.address(locale);
    let open = [
        "model",
        "shape",
        "from",
        "to",
        "favourite",
        "shown",
        "tag",
        "sort",
    ]
    .iter()
    .any(|key| query.get_str(key).is_some_and(|value| !value.is_empty()));
    let place = ["collection", "trash"].map(|key| {
        let value = value(key);
        (!value.is_empty()).then(|| view! { <input type="hidden" name=key value=value /> })
    });
    view! {
        <form
            class="finder"
            method="get"
            action=action
            role="search"
        >
            {place.into_iter().collect_view()}
            <div class="finder-words">
                <input
                    type="search"
                    id="words"
                    data-key="/"
                    name="q"
                    dir="auto"
                    value=value("q")
                    aria-label=td_string!(locale, library.search)
                    placeholder=td_string!(locale, library.search_hint)
                    autocomplete="off"
                />
                <button class="button" type="submit">
                    {icon("search")} {td_string!(locale, library.search_button)}
                </button>
            </div>
            <details class="fold" open=open>
                <summary>{td_string!(locale, library.filters)}</summary>
                <Filters facets query />
            </details>
        </form>
    }
}

#[component]
fn Filters(facets: LibraryFacets, query: ParamsMap) -> impl IntoView {
    let locale = use_locale();
    let value = |key: &str| query.get(key).unwrap_or_default();
    let any = || Choice::plain("", td_string!(locale, library.any));
    // Nothing to choose from is no field at all.
    let some = |entries: Vec<NamedValue>| -> Vec<Choice> {
        if entries.is_empty() {
            return Vec::new();
        }
        let entries = entries
            .into_iter()
            .map(|entry| Choice::plain(entry.value, entry.name));
        std::iter::once(any()).chain(entries).collect()
    };
    let tags = some(facets.tags);
    let shapes = vec![
        any(),
        Choice::plain("square", td_string!(locale, library.square)),
        Choice::plain("landscape", td_string!(locale, library.landscape)),
        Choice::plain("portrait", td_string!(locale, library.portrait)),
    ];
    let shown = vec![
        any(),
        Choice::plain("public", td_string!(locale, picture.public)),
        Choice::plain("unlisted", td_string!(locale, picture.unlisted)),
        Choice::plain("private", td_string!(locale, picture.private)),
    ];
    let order = vec![
        Choice::plain("", td_string!(locale, library.newest)),
        Choice::plain("oldest", td_string!(locale, library.oldest)),
    ];
    let models = some(facets.models);
    let favourite = value("favourite") == "1";
    let select = |id, name, label, choices| {
        let chosen = value(name);
        view! { <Select id name label choices chosen /> }.into_any()
    };
    view! {
        <div class="filters">
            {select("by-model", "model", td_string!(locale, picture.model), models)}
            {select("by-shape", "shape", td_string!(locale, library.shape), shapes)}
            {select("by-shown", "shown", td_string!(locale, library.shown), shown)}
            {select("by-tag", "tag", td_string!(locale, library.tag), tags)}
            <TextField id="by-from" name="from" label=td_string!(locale, library.from) value=value("from") kind=FieldKind::Day />
            <TextField id="by-to" name="to" label=td_string!(locale, library.to) value=value("to") kind=FieldKind::Day />
            {select("by-sort", "sort", td_string!(locale, library.sort), order)}
            <label class="check">
                <input type="checkbox" name="favourite" value="1" checked=favourite />
                <span>{td_string!(locale, library.only_favourites)}</span>
            </label>
            <button class="button" type="submit">
                {td_string!(locale, library.apply)}
            </button>
        </div>
    }
}
