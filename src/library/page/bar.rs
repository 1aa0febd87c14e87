//! Choosing pictures, and doing one thing to all of them.
//!
//! One plain form around the tiles: each tile has a checkbox, each button names an
//! action. Where scripts run (`public/scripts/library.js`), Shift and dragging choose a range, and
//! the bar counts, inverts and clears.

use super::tiles::days;
use crate::{
    i18n::{Locale, td_string, use_locale},
    library::api::Change,
    model::{
        library::{LibraryFacets, LibraryView, NamedValue},
        limits::{COLLECTION_NAME_CHARS, TAG_CHARS},
    },
    routes::{LIBRARY_ZIP, Route},
    ui::form::{Choice, Language, Select, TextField},
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The pictures with their checkboxes, and the bar with the actions.
#[component]
pub(super) fn SelectionForm(view: LibraryView) -> impl IntoView {
    let locale = use_locale();
    let more = if view.uncounted { "+" } else { "" };
    let all = format!("{}{more}", view.total);
    let label = td_string!(locale, library.select_all, count = all.as_str());
    let collection = view.collection.map(|collection| collection.value);
    view! {
        <form id="selection" class="selection" method="post" action=Change::url() data-all=all>
            // The Enter key presses a form's first button: this one changes
            // nothing but what is filled in.
            <button type="submit" name="action" value="" hidden tabindex="-1"></button>
            <input type="hidden" name="query" value=view.query />
            <Language />
            <label class="check select-all">
                <input type="checkbox" name="all" value="on" data-key="Ctrl+a" />
                <span>{label}</span>
            </label>
            {days(locale, view.pictures, view.trash)}
            <Bar facets=view.facets trash=view.trash collection />
        </form>
    }
}

/// A button of the bar.
fn act(value: &'static str, label: &'static str, class: &'static str) -> AnyView {
    let key = match value {
        "trash" => Some("Delete"),
        "favourite" => Some("."),
        _ => None,
    };
    view! {
        <button class=class type="submit" name="action" value=value data-key=key>
            {label}
        </button>
    }
    .into_any()
}

/// A button that changes what is chosen, where scripts run.
fn choose(way: &'static str, label: &'static str) -> AnyView {
    view! {
        <button class="link-button scripted" type="button" data-choose=way>
            {label}
        </button>
    }
    .into_any()
}

/// What asks before it is done: what is said stands in a panel that the button opens.
fn ask(open: &'static str, class: &'static str, panel: AnyView) -> AnyView {
    view! {
        <details class="menu ask">
            <summary class=class>{open}</summary>
            <div class="ask-panel">{panel}</div>
        </details>
    }
    .into_any()
}

/// Publishing says what it means before it is done, and how many it is for where they
/// can be counted.
fn publish(locale: Locale) -> AnyView {
    let panel = view! {
        <p>{td_string!(locale, library.publish_ask)}</p>
        <p class="scripted">
            {td_string!(locale, library.publish_count)} " " <b data-publics></b>
        </p>
        {act("publish", td_string!(locale, picture.publish), "button button-primary")}
    };
    ask(
        td_string!(locale, library.publish_open),
        "button",
        panel.into_any(),
    )
}

/// What can be done, in the trash and outside of it.
fn actions(
    locale: Locale,
    facets: LibraryFacets,
    trash: bool,
    collection: Option<String>,
) -> AnyView {
    let zip = view! {
        <button class="button" type="submit" formaction=LIBRARY_ZIP>
            {td_string!(locale, library.zip)}
        </button>
    };
    if trash {
        let panel = view! {
            <p>{td_string!(locale, library.delete_ask)}</p>
            {act("delete", td_string!(locale, library.delete), "button button-danger")}
        };
        view! {
            <>
                {act("restore", td_string!(locale, library.restore), "button button-primary")}
                {zip}
                {ask(
                    td_string!(locale, library.delete_open),
                    "button button-danger",
                    panel.into_any(),
                )}
            </>
        }
        .into_any()
    } else {
        let sorting = view! { <Sorting facets collection /> }.into_any();
        view! {
            <>
                {act("favourite", td_string!(locale, library.favourite), "button")}
                {act("unfavourite", td_string!(locale, library.unfavourite), "button")}
                {publish(locale)}
                {act("unpublish", td_string!(locale, picture.unpublish), "button")}
                {ask(td_string!(locale, library.more), "button", sorting)}
                <button class="button" formmethod="get" formaction=Route::Compare.address(locale)>
                    {td_string!(locale, compare.title)}
                </button>
                {zip}
                {act("trash", td_string!(locale, library.to_trash), "button button-danger")}
            </>
        }
        .into_any()
    }
}

/// What can be done to the chosen pictures; shown while any is chosen.
#[component]
fn Bar(
    facets: LibraryFacets,
    trash: bool,
    /// The collection that is shown.
    collection: Option<String>,
) -> impl IntoView {
    let locale = use_locale();
    // The script puts another number there.
    let counted = td_string!(locale, library.selected, count = "0");
    let label = td_string!(locale, library.selection);
    view! {
        <div class="bar" role="group" aria-label=label>
            <p role="status" data-counted=counted>
                {label}
            </p>
            <div class="bar-actions">
                {choose("none", td_string!(locale, library.select_none))}
                {choose("invert", td_string!(locale, library.invert))}
                {actions(locale, facets, trash, collection)}
            </div>
        </div>
    }
}
/// The fields that put the chosen pictures under a tag or in a collection.
#[component]
fn Sorting(facets: LibraryFacets, collection: Option<String>) -> impl IntoView {
    let locale = use_locale();
    let choose = Choice::plain("", td_string!(locale, library.choose));
    let chosen = collection.clone().unwrap_or_default();
    let choices: Vec<Choice> = std::iter::once(choose)
        .chain(facets.collections.into_iter().map(entry))
        .collect();
    let tags: Vec<AnyView> = facets
        .tags
        .into_iter()
        .map(|tag| view! { <option value=tag.name dir="auto"></option> }.into_any())
        .collect();
    let take_out = collection
        .is_some()
        .then(|| act("uncollect", td_string!(locale, library.uncollect), "button"));
    view! {
        <div class="sorting">
            <div class="inline-form">
                <TextField id="bar-tag" name="about[tag]" label=td_string!(locale, library.tag) limit=TAG_CHARS list="tags" />
                <datalist id="tags">{tags}</datalist>
                {act("tag", td_string!(locale, library.add_tag), "button")}
            </div>
            <div class="inline-form">
                <Select
                    id="bar-collection"
                    name="about[collection]"
                    label=td_string!(locale, library.into)
                    choices
                    chosen
                />
                <TextField id="bar-name" name="about[name]" label=td_string!(locale, library.into_new) limit=COLLECTION_NAME_CHARS  />
                {act("collect", td_string!(locale, library.collect), "button")}
                {take_out}
            </div>
        </div>
    }
}

fn entry(collection: NamedValue) -> Choice {
    Choice::plain(collection.value, collection.name)
}
