//! Choosing pictures, and doing one thing to all of them.
//!
//! One plain form around the tiles: each tile has a checkbox, each button
//! names an action. Once the page is hydrated, Shift chooses a range, and the bar
//! counts, inverts and clears.

use crate::{
    i18n::{Locale, td_string, use_locale},
    library::api::Change,
    model::{
        ImageCard,
        library::{LibraryFacets, LibraryView, NamedValue},
        limits::{COLLECTION_NAME_CHARS, TAG_CHARS},
    },
    routes::{LIBRARY_ZIP, Route},
    ui::{
        dynamic::{dynamic, effect, on},
        form::{Choice, Language, Select, TextField},
        icon::icon,
        image_card::{Tile, alt_text, shape},
        platform,
    },
};
use leptos::{
    ev::{MouseEvent, SubmitEvent},
    html,
    prelude::*,
    server_fn::ServerFn,
    wasm_bindgen::JsCast,
    web_sys::{HtmlFormElement, HtmlInputElement},
};
use std::time::Duration;

/// Tiles in sight when the page opens.
const IN_SIGHT: usize = 6;
/// The tiles' checkboxes.
const PICKS: &str = "ids[]";
const ALL: &str = "all";

/// The ids of the pictures chosen, which outlive the list; `None` before the page wakes up.
pub(super) type Chosen = StoredValue<Option<Vec<String>>>;

/// The selection as the hydrated page knows it.
#[derive(Clone, Copy)]
struct Picks {
    chosen: Chosen,
    form: NodeRef<html::Form>,
    /// Pictures chosen; `None` before the page wakes up.
    count: RwSignal<Option<u32>>,
    /// Where a range chosen with Shift begins.
    last: StoredValue<usize>,
    total: u32,
    /// True if there are more than `total`.
    uncounted: bool,
}

impl Picks {
    /// The number of pictures chosen, for people.
    fn text(self, count: u32) -> String {
        let more = self.uncounted && count >= self.total;
        format!("{count}{}", if more { "+" } else { "" })
    }

    /// Follows a click on a checkbox.
    fn clicked(self, event: &MouseEvent) {
        let target = event.target();
        let Some(target) = target.and_then(|t| t.dyn_into::<HtmlInputElement>().ok()) else {
            return;
        };
        self.change(|picks, all| {
            if target.name() == ALL {
                picks
                    .iter()
                    .for_each(|pick| pick.set_checked(target.checked()));
                return;
            }
            let value = target.value();
            let Some(here) = picks.iter().position(|pick| pick.value() == value) else {
                return;
            };
            if event.shift_key() {
                let last = self.last.get_value();
                for pick in &picks[here.min(last)..=here.max(last).min(picks.len() - 1)] {
                    pick.set_checked(target.checked());
                }
            }
            self.last.set_value(here);
            if !target.checked() {
                all.set_checked(false);
            }
        });
    }

    /// Whether the form is sent by the Enter key, with nothing typed that it could mean.
    fn says_nothing(self, event: &SubmitEvent) -> bool {
        let pressed = event.submitter().and_then(|b| b.get_attribute("value"));
        let form = self.form.get_untracked();
        pressed.is_some_and(|value| value.is_empty())
            && form.is_some_and(|form| {
                ["about[tag]", "about[name]"]
                    .iter()
                    .all(|name| platform::field(&form, name).trim().is_empty())
            })
    }

    /// Chooses what was not chosen on this page, and the other way round; or nothing.
    fn reset(self, invert: bool) {
        self.change(|picks, all| {
            all.set_checked(false);
            for pick in picks {
                pick.set_checked(invert && !pick.checked());
            }
        });
    }

    /// Changes the checkboxes and counts again.
    fn change(self, act: impl FnOnce(&[HtmlInputElement], &HtmlInputElement)) {
        let Some(form) = self.form.get_untracked() else {
            return;
        };
        let form: &HtmlFormElement = &form;
        let picks = platform::checkboxes(form, PICKS);
        if let Some(all) = platform::checkboxes(form, ALL).first() {
            act(&picks, all);
            let chosen = picks.iter().filter(|pick| pick.checked());
            let chosen: Vec<String> = chosen.map(HtmlInputElement::value).collect();
            let count = match all.checked() {
                true => self.total,
                false => chosen.len() as u32,
            };
            self.count.set(Some(count));
            self.chosen.set_value(Some(chosen));
        }
    }
}

/// The pictures with their checkboxes, and the bar with the actions.
#[component]
pub(super) fn SelectionForm(view: LibraryView, chosen: Chosen) -> impl IntoView {
    let locale = use_locale();
    let picks = Picks {
        chosen,
        form: NodeRef::new(),
        count: RwSignal::new(None),
        last: StoredValue::new(0),
        total: view.total,
        uncounted: view.uncounted,
    };
    let all = picks.text(view.total);
    // Runs in a browser only: the checkboxes may have been used before. A list that is drawn
    // anew keeps the elements of the one before, with their ticks: each is the picture's that
    // was chosen, and not its place's, because what is ticked may be deleted for good.
    effect(move || {
        if picks.form.get().is_some() {
            let chosen = chosen.get_value();
            picks.change(|boxes, _| {
                for pick in boxes.iter().filter(|_| chosen.is_some()) {
                    let is_chosen = chosen.iter().flatten().any(|id| *id == pick.value());
                    pick.set_checked(is_chosen);
                }
            });
        }
    });
    let sent = StoredValue::new(false);
    // The pressed button is part of what is sent, so it cannot be disabled here.
    let once = move |event: SubmitEvent| {
        if sent.get_value() || picks.says_nothing(&event) {
            event.prevent_default();
            return;
        }
        sent.set_value(true);
        set_timeout(
            move || _ = sent.try_set_value(false),
            Duration::from_secs(3),
        );
    };
    let tiles: Vec<AnyView> = view
        .pictures
        .into_iter()
        .enumerate()
        .map(|(index, card)| view! { <Pick card index /> }.into_any())
        .collect();
    let collection = view.collection.map(|collection| collection.value);
    view! {
        <form
            class="selection"
            method="post"
            action=Change::url()
            node_ref=picks.form
            on:click=on(move |event| picks.clicked(&event))
            on:submit=on(once)
        >
            // The Enter key presses a form's first button: this one changes
            // nothing but what is filled in.
            <button type="submit" name="action" value="" hidden tabindex="-1"></button>
            <input type="hidden" name="query" value=view.query />
            <Language />
            <label class="check select-all">
                <input type="checkbox" name=ALL value="on" data-key="Ctrl+a" />
                <span>{td_string!(locale, library.select_all, count = all)}</span>
            </label>
            <ul class="grid">{tiles}</ul>
            <Bar picks facets=view.facets trash=view.trash collection />
        </form>
    }
}

/// One picture and its checkbox.
#[component]
fn Pick(card: ImageCard, index: usize) -> impl IntoView {
    let locale = use_locale();
    let (favourite, days_left) = (card.favourite, card.days_left);
    let name = alt_text(locale, &card.prompt, false);
    let label = td_string!(locale, library.select_one, name = name.as_str());
    let id = card.id.clone();
    let lazy = index >= IN_SIGHT;
    let class = format!("pick {}", shape(&card));
    let left = days_left.map(|days| {
        let text = match days {
            0 | 1 => td_string!(locale, library.day_left).to_string(),
            days => td_string!(locale, library.days_left, count = days),
        };
        view! { <span class="badge badge-low">{text}</span> }
    });
    let heart = favourite.then(|| {
        view! {
            <span class="badge badge-heart" role="img" aria-label=td_string!(locale, library.favourite)>
                {icon("heart")}
            </span>
        }
    });
    view! {
        <li class=class>
            <Tile card marked=days_left.is_none() lazy />
            {heart}
            {left}
            <label class="pick-box">
                <input type="checkbox" name=PICKS value=id aria-label=label />
            </label>
        </li>
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
        view! {
            <div class="bar-actions">
                {act("restore", td_string!(locale, library.restore), "button button-primary")}
                {zip}
            </div>
            <details class="fold danger">
                <summary>{td_string!(locale, library.delete_open)}</summary>
                <p>{td_string!(locale, library.delete_ask)}</p>
                {act("delete", td_string!(locale, library.delete), "button button-danger")}
            </details>
        }
        .into_any()
    } else {
        view! {
            <div class="bar-actions">
                {act("favourite", td_string!(locale, library.favourite), "button")}
                {act("unfavourite", td_string!(locale, library.unfavourite), "button")}
                {act("publish", td_string!(locale, picture.publish), "button")}
                {act("unpublish", td_string!(locale, picture.unpublish), "button")}
                <button class="button" formmethod="get" formaction=Route::Compare.address(locale)>
                    {td_string!(locale, compare.title)}
                </button>
                {zip}
                {act("trash", td_string!(locale, library.to_trash), "button button-danger")}
            </div>
            <details class="fold">
                <summary>{td_string!(locale, library.more)}</summary>
                <Sorting facets collection />
            </details>
        }
        .into_any()
    }
}

/// What can be done to the chosen pictures; shown while any is chosen.
#[component]
fn Bar(
    picks: Picks,
    facets: LibraryFacets,
    trash: bool,
    /// The collection that is shown.
    collection: Option<String>,
) -> impl IntoView {
    let locale = use_locale();
    let count = dynamic(move || match picks.count.get() {
        None => td_string!(locale, library.selection).to_string(),
        Some(count) => td_string!(locale, library.selected, count = picks.text(count)),
    });
    let asleep = || dynamic(move || picks.count.with(Option::is_none));
    let actions = actions(locale, facets, trash, collection);
    view! {
        <div class="bar" role="group" aria-label=td_string!(locale, library.selection)>
            <div class="bar-head">
                <p role="status">{count}</p>
                <button
                    class="link-button"
                    type="button"
                    hidden=asleep()
                    on:click=on(move |_| picks.reset(true))
                >
                    {td_string!(locale, library.invert)}
                </button>
                <button
                    class="link-button"
                    type="button"
                    hidden=asleep()
                    on:click=on(move |_| picks.reset(false))
                >
                    {td_string!(locale, library.select_none)}
                </button>
            </div>
            {actions}
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
