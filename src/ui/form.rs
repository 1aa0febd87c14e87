//! Pieces of forms that work before, and without, any script.

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

use super::{
    dynamic::{Dynamic, on},
    platform,
};
use crate::i18n::{self, td_string, use_locale};
use leptos::{ev::SubmitEvent, html, prelude::*};
use std::time::Duration;

/// The name of the field of a tag, in every form that has one.
const TAG: &str = "about[tag]";

/// A button that does one thing to one job or picture.
///
/// A plain form on purpose: the page that answers is a whole new one and shows
/// how things stand, and one kind of form serves every action.
#[component]
pub fn PostForm(
    action: &'static str,
    /// The id of the thing it acts on.
    id: String,
    /// The button's text.
    button: &'static str,
    class: &'static str,
    /// The keys it answers to, separated by spaces; see `platform::answer_key`.
    #[prop(optional)]
    keys: Option<&'static str>,
    /// Tells one press from the next, where each is to count.
    #[prop(optional)]
    request_key: Option<String>,
) -> impl IntoView {
    let (sent, on_submit) = sending();
    // Pressed twice, a form that has a key of its own is one form.
    let rests = request_key.is_none();
    let on_submit = move |event| {
        if rests {
            on_submit(event);
        }
    };
    let request_key = request_key.map(|key| {
        view! { <input type="hidden" name="request_key" value=key /> }
    });
    view! {
        <form method="post" action=action on:submit=on(on_submit)>
            <input type="hidden" name="id" value=id />
            {request_key}
            <Language />
            <button class=class type="submit" disabled=sent data-key=keys>
                {button}
            </button>
        </form>
    }
}

/// A signal that is true while a form is on its way, and the handler of its
/// `submit` event: a second press meanwhile would act twice.
pub fn sending() -> (RwSignal<bool>, impl Fn(SubmitEvent) + Copy + 'static) {
    let sent = RwSignal::new(false);
    let on_submit = move |_| {
        sent.set(true);
        // Coming back to this page finds the button in order.
        set_timeout(move || _ = sent.try_set(false), Duration::from_secs(5));
    };
    (sent, on_submit)
}

/// The hidden field that says in which language the answer should be.
#[component]
pub fn Language() -> impl IntoView {
    view! { <input type="hidden" name="lang" value=i18n::code(use_locale()) /> }
}

/// A field of several lines that keeps what is typed into it before the page
/// wakes up: its text is set once, by the HTML, and read from the browser.
///
/// Its children are written by [`platform::textarea_text`], because Leptos 0.8
/// does not escape them.
#[component]
pub fn TextArea(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    placeholder: &'static str,
    /// The initial value.
    text: String,
    /// The id of the element that explains it.
    described_by: &'static str,
    node_ref: NodeRef<html::Textarea>,
) -> impl IntoView {
    view! {
        // Said to those who listen: what to write stands in the field.
        <label class="unseen" for=id>
            {label}
        </label>
        <textarea
            id=id
            name=name
            rows="1"
            required
            dir="auto"
            placeholder=placeholder
            aria-describedby=described_by
            spellcheck="true"
            node_ref=node_ref
        >
            {platform::textarea_text(&text)}
        </textarea>
    }
}

/// A labelled field of one line.
#[component]
pub fn TextField(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    /// The initial value.
    #[prop(optional)]
    value: String,
    #[prop(default = FieldKind::Words)] kind: FieldKind,
    /// The most characters it takes; none for what has a form of its own.
    #[prop(optional)]
    limit: Option<u32>,
    #[prop(optional)] required: bool,
    /// The id of a list of suggestions.
    #[prop(optional)]
    list: Option<&'static str>,
    /// The id of the element that explains it.
    #[prop(optional)]
    described_by: Option<&'static str>,
) -> impl IntoView {
    let locale = use_locale();
    let digits = matches!(kind, FieldKind::Pixels).then_some("5");
    let least = u8::from(required);
    view! {
        <div class="field">
            <label class="field-label" for=id>
                {label}
            </label>
            <input
                type=if matches!(kind, FieldKind::Day) { "date" } else { "text" }
                id=id
                name=name
                value=value
                required=required
                list=list
                inputmode=digits.map(|_| "numeric")
                maxlength=digits
                size=digits
                dir=matches!(kind, FieldKind::Words).then_some("auto")
                pattern=limit.map(|limit| counted(name, least, limit))
                title=limit.map(|limit| td_string!(locale, library.tag_rule, limit = limit))
                autocomplete="off"
                aria-describedby=described_by
            />
        </div>
    }
}

/// The pattern of so many characters as the server counts them: white space of
/// any length, line breaks of any kind among it, is one, and none at the ends.
/// A tag's `#` before it, which the server takes away, is none either.
pub fn counted(name: &str, least: u8, most: u32) -> String {
    let before = if name == TAG { "\\s*#*\\s*" } else { "\\s*" };
    format!("{before}(\\S|\\s+(?=\\S)){{{least},{most}}}\\s*")
}

/// The kind of content of a [`TextField`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    Words,
    /// A date, `YYYY-MM-DD`.
    Day,
    /// A text field with a keypad: number fields change silently under a
    /// mouse wheel.
    Pixels,
}

/// One entry of a list to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The value the form sends.
    pub value: String,
    /// The words shown.
    pub label: String,
    /// Smaller words beside the label of a chip; empty for none.
    pub detail: String,
}

impl Choice {
    /// An entry that its label says all of.
    pub fn plain(value: impl Into<String>, label: impl Into<String>) -> Choice {
        Choice {
            value: value.into(),
            label: label.into(),
            detail: String::new(),
        }
    }
}

/// A labelled list to choose one entry from; nothing where there is nothing to choose.
#[component]
pub fn Select(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    choices: Vec<Choice>,
    /// The value chosen at first.
    chosen: String,
    /// A sentence under the field; empty for none.
    #[prop(optional, into)]
    hint: String,
) -> impl IntoView {
    if choices.is_empty() {
        return ().into_any();
    }
    let hint_id = format!("{id}-hint");
    let described = (!hint.is_empty()).then(|| hint_id.clone());
    view! {
        <div class="field">
            <label class="field-label" for=id>
                {label}
            </label>
            <select id=id name=name aria-describedby=described>
                {choices.iter().map(|choice| option(choice, &chosen)).collect::<Vec<_>>()}
            </select>
            {(!hint.is_empty())
                .then(|| {
                    view! {
                        <small class="field-hint" id=hint_id>
                            {hint}
                        </small>
                    }
                })}
        </div>
    }
    .into_any()
}

/// A labelled row of choices of which one holds: radio buttons, so that it
/// works by keyboard and without a script. `chosen` holds at first, or the first entry
/// where none of them is it; `icon` draws what stands before a label, from its value.
pub fn chips(
    name: &'static str,
    label: &'static str,
    choices: Vec<Choice>,
    chosen: &str,
    icon: Option<fn(&str) -> AnyView>,
) -> AnyView {
    let known = choices.iter().any(|choice| choice.value == chosen);
    let chips: Vec<AnyView> = choices
        .into_iter()
        .enumerate()
        .map(|(index, choice)| {
            let checked = choice.value == chosen || (!known && index == 0);
            let icon = icon.map(|icon| icon(&choice.value));
            let detail = (!choice.detail.is_empty())
                .then(|| view! { <small class="chip-detail">{choice.detail}</small> });
            view! {
                <label class="chip">
                    <input type="radio" name=name value=choice.value checked=checked />
                    {icon}
                    <span class="chip-words">{choice.label} {detail}</span>
                </label>
            }
            .into_any()
        })
        .collect();
    view! {
        <fieldset class="chips">
            <legend class="field-label">{label}</legend>
            <div class="chip-row">{chips}</div>
        </fieldset>
    }
    .into_any()
}

/// A chip that opens a panel of its own, by the browser's means alone; of all chips of
/// a page one is open at a time. Its summary has an id, by which it keeps the focus.
pub fn pop(id: &'static str, open: bool, summary: AnyView, panel: AnyView) -> AnyView {
    view! {
        <details class="pop" id=id open=open name="pop">
            <summary class="pop-chip" id=format!("{id}-chip")>
                {summary}
            </summary>
            <div class="pop-panel">{panel}</div>
        </details>
    }
    .into_any()
}

/// The words on such a chip: what it is about, and what holds. What is chosen in its
/// panel is written there by the page's own script (`http/shell.rs`).
pub fn pop_words(name: &'static str, value: Dynamic<String>) -> AnyView {
    view! {
        <span class="pop-name">{name}</span>
        " "
        <span class="pop-value">{value}</span>
    }
    .into_any()
}

/// The words of the entry that holds.
pub fn held(choices: &[Choice], chosen: &str) -> String {
    let entry = choices.iter().find(|choice| choice.value == chosen);
    let entry = entry.or(choices.first());
    entry.map(|entry| entry.label.clone()).unwrap_or_default()
}

fn option(choice: &Choice, chosen: &str) -> AnyView {
    view! {
        <option value=choice.value.clone() selected=choice.value == chosen dir="auto">
            {choice.label.clone()}
        </option>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_takes_away_is_not_counted() {
        let rest = r"(\S|\s+(?=\S)){1,40}\s*";
        assert_eq!(counted(TAG, 1, 40), format!(r"\s*#*\s*{rest}"));
        // A name keeps its `#`.
        assert_eq!(counted("name", 1, 40), format!(r"\s*{rest}"));
    }
}
