//! The owner's marks on a picture: favourite, tags, collections.

use crate::{
    i18n::{td_string, use_locale},
    library::api::Change,
    model::{
        library::{Keeping, NamedValue},
        limits::{COLLECTION_NAME_CHARS, TAG_CHARS},
        typed::isolated,
    },
    routes::Route,
    ui::{
        dynamic::on,
        form::{Choice, Language, Select, TextField, sending},
        icon::icon,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::location::Url;

/// A form that does one thing to one picture and comes back to its page.
/// `fields` stand before the button, whose content is the children.
#[component]
pub(super) fn ChangeForm(
    id: String,
    action: &'static str,
    class: &'static str,
    /// The button's `aria-label`; empty where its text is enough.
    #[prop(optional)]
    label: String,
    #[prop(optional)] fields: Option<AnyView>,
    /// The key it answers to.
    #[prop(optional)]
    keys: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    let (sent, on_submit) = sending();
    let label = (!label.is_empty()).then_some(label);
    view! {
        <form class="inline-form" method="post" action=Change::url() on:submit=on(on_submit)>
            <input type="hidden" name="ids[]" value=id />
            <input type="hidden" name="page" value="picture" />
            <input type="hidden" name="action" value=action />
            <Language />
            {fields}
            <button class=class type="submit" disabled=sent aria-label=label data-key=keys>
                {children()}
            </button>
        </form>
    }
}

fn hidden(name: &'static str, value: String) -> AnyView {
    view! { <input type="hidden" name=name value=value /> }.into_any()
}

/// The owner's panel: a favourite or not, under which tags, in which collections.
#[component]
pub(super) fn Keep(id: String, favourite: bool, keeping: Keeping) -> impl IntoView {
    let locale = use_locale();
    let (action, label) = if favourite {
        ("unfavourite", td_string!(locale, library.remove_favourite))
    } else {
        ("favourite", td_string!(locale, library.add_favourite))
    };
    let heart = if favourite { "heart-filled" } else { "heart" };
    view! {
        <section class="owner keep" aria-labelledby="keep">
            <h2 id="keep">{td_string!(locale, library.keep)}</h2>
            <ChangeForm id=id.clone() action class="button" keys=".">
                {icon(heart)}
                {label}
            </ChangeForm>
            <Tags id=id.clone() tags=keeping.tags />
            <Collections id within=keeping.collections others=keeping.others />
        </section>
    }
}

/// A name that leads to its pictures, with a button that takes it off this one.
fn chip(
    href: String,
    name: String,
    id: String,
    action: &'static str,
    label: String,
    field: AnyView,
) -> AnyView {
    view! {
        <li class="kept">
            <a href=href dir="auto">{name}</a>
            <ChangeForm id action class="chip-button" label fields=field>
                {icon("x")}
            </ChangeForm>
        </li>
    }
    .into_any()
}

#[component]
fn Tags(id: String, tags: Vec<NamedValue>) -> impl IntoView {
    let locale = use_locale();
    let chips: Vec<AnyView> = tags
        .into_iter()
        .map(|tag| {
            let page = Route::Library.with("tag", &Url::escape(&tag.value));
            let label = td_string!(locale, library.remove_tag, name = isolated(&tag.name));
            let field = hidden("about[tag]", tag.value);
            let href = page.address(locale);
            chip(href, tag.name, id.clone(), "untag", label, field)
        })
        .collect();
    let field = view! {
        <TextField id="tag" name="about[tag]" label=td_string!(locale, library.tag) limit=TAG_CHARS required=true />
    }
    .into_any();
    view! {
        <ul class="kept-list" aria-label=td_string!(locale, library.tags)>{chips}</ul>
        <ChangeForm id action="tag" class="button" fields=field>
            {td_string!(locale, library.add_tag)}
        </ChangeForm>
    }
}

#[component]
fn Collections(id: String, within: Vec<NamedValue>, others: Vec<NamedValue>) -> impl IntoView {
    let locale = use_locale();
    let chips: Vec<AnyView> = within
        .into_iter()
        .map(|collection| {
            let page = Route::Library.with("collection", &collection.value);
            let name = isolated(&collection.name);
            let label = td_string!(locale, library.remove_from, name = name);
            let field = hidden("about[collection]", collection.value);
            let href = page.address(locale);
            chip(href, collection.name, id.clone(), "uncollect", label, field)
        })
        .collect();
    let choose = Choice::plain("", td_string!(locale, library.choose));
    let known = !others.is_empty();
    let choices: Vec<Choice> = std::iter::once(choose)
        .chain(others.into_iter().map(|c| Choice::plain(c.value, c.name)))
        .filter(|_| known)
        .collect();
    let label = if known {
        td_string!(locale, library.into_new)
    } else {
        td_string!(locale, library.name)
    };
    let fields = view! {
        <Select
            id="collection"
            name="about[collection]"
            label=td_string!(locale, library.into)
            choices
            chosen=String::new()
        />
        <TextField id="collection-name" name="about[name]" label limit=COLLECTION_NAME_CHARS />
    }
    .into_any();
    view! {
        <p class="field-label">{td_string!(locale, library.collections)}</p>
        <ul class="kept-list" aria-label=td_string!(locale, library.collections)>{chips}</ul>
        <ChangeForm id action="collect" class="button" fields>
            {td_string!(locale, library.collect)}
        </ChangeForm>
    }
}
