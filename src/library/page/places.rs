//! Links to the parts of a library: everything, a collection, the trash.

use crate::{
    i18n::{td_string, use_locale},
    library::api::{Collection, CollectionDelete},
    model::{
        library::{LibraryFacets, NamedValue},
        limits::COLLECTION_NAME_CHARS,
    },
    routes::{PagePath, Route},
    ui::form::{Language, TextField},
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

/// Links to everything, to each collection and to the trash.
///
/// They are followed without the router: the page's form belongs to one place.
#[component]
pub(super) fn Places(facets: LibraryFacets) -> impl IntoView {
    let locale = use_locale();
    let (here, trash) = use_query_map().with_untracked(|query| {
        let here = query.get("collection").unwrap_or_default();
        (here, query.get_str("trash").is_some())
    });
    let place = |page: PagePath, label: AnyView, current: bool| {
        view! {
            <li>
                <a
                    class="place"
                    href=page.address(locale)
                    rel="external"
                    aria-current=current.then_some("true")
                >
                    {label}
                </a>
            </li>
        }
        .into_any()
    };
    let all = td_string!(locale, library.all_pictures).into_any();
    let mut places = vec![place(Route::Library.path(), all, here.is_empty() && !trash)];
    places.extend(facets.collections.into_iter().map(|collection| {
        let current = collection.value == here;
        let count = format!(" ({})", collection.pictures);
        let label = view! { <bdi>{collection.name}</bdi> {count} }.into_any();
        place(
            Route::Library.with("collection", &collection.value),
            label,
            current,
        )
    }));
    let label = match facets.trashed {
        0 => td_string!(locale, library.trash).into_any(),
        count => format!("{} ({count})", td_string!(locale, library.trash)).into_any(),
    };
    places.push(place(Route::Library.with("trash", "1"), label, trash));
    view! {
        <nav class="places" aria-label=td_string!(locale, library.places)>
            <ul>{places}</ul>
            <details class="fold">
                <summary>{td_string!(locale, library.new_collection)}</summary>
                <NameForm
                    field="new-collection"
                    id=String::new()
                    name=String::new()
                    button=td_string!(locale, library.create)
                />
            </details>
        </nav>
    }
}

/// A field for a collection's name, and the button that makes or renames it.
#[component]
fn NameForm(
    field: &'static str,
    /// The collection to rename; empty for a new one.
    id: String,
    name: String,
    button: &'static str,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <form class="inline-form" method="post" action=Collection::url()>
            <input type="hidden" name="id" value=id />
            <Language />
            <TextField
                id=field
                name="name"
                label=td_string!(locale, library.name)
                value=name
                limit=COLLECTION_NAME_CHARS
                required=true
            />
            <button class="button" type="submit">
                {button}
            </button>
        </form>
    }
}

/// The collection's name, and what can be done to it as a whole.
#[component]
pub(super) fn CollectionHeader(collection: NamedValue) -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="collection-header">
            <h2 dir="auto">{collection.name.clone()}</h2>
            <details class="fold">
                <summary>{td_string!(locale, library.rename_open)}</summary>
                <NameForm
                    field="collection-name"
                    id=collection.value.clone()
                    name=collection.name
                    button=td_string!(locale, library.rename)
                />
                <form method="post" action=CollectionDelete::url()>
                    <input type="hidden" name="id" value=collection.value />
                    <Language />
                    <p class="quiet">{td_string!(locale, library.delete_collection_ask)}</p>
                    <button class="button button-danger" type="submit">
                        {td_string!(locale, library.delete_collection)}
                    </button>
                </form>
            </details>
        </div>
    }
}
