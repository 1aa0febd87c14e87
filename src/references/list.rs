//! The pictures of the composer, and where more of them come from.

use super::{MULTIPART, form_button, mask::MaskEditor, sender::Sender, tray::Reference};
use crate::{
    i18n::{td_string, use_locale},
    model::{ImageCard, catalogue::Model},
    routes::{Route, UPLOADS},
    ui::{
        dynamic::{dynamic, each, memo, on, part},
        format,
        image_card::alt_of,
        platform, words,
    },
};
use leptos::prelude::*;

/// A button of the form that changes the list: without a script it sends the
/// form, with one it asks in the background. `change` is its value, as `form::apply`
/// reads it, and `label` its name; the element of the id `then` takes the focus afterwards.
fn changing(
    sender: Sender,
    class: &'static str,
    change: String,
    label: String,
    then: String,
    content: AnyView,
) -> AnyView {
    let locale = use_locale();
    let id = change.replace(':', "-");
    let asked = change.clone();
    let press = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        sender.change(locale, asked.clone(), then.clone());
    };
    view! {
        <button
            class=class
            id=id
            type="submit"
            name="change"
            value=change
            aria-label=label
            disabled=dynamic(move || sender.busy.get())
            formaction=UPLOADS
            formenctype=MULTIPART
            formmethod="post"
            formnovalidate
            on:click=on(press)
        >
            {content}
        </button>
    }
    .into_any()
}

/// Such a button with a text, which `label` says in full.
fn small(
    sender: Sender,
    change: String,
    text: &'static str,
    label: String,
    then: String,
) -> AnyView {
    let class = "button button-small";
    changing(sender, class, change, label, then, text.into_any())
}

/// The pictures in order, each with what can be done to it.
#[component]
pub(super) fn Items(sender: Sender, live: RwSignal<bool>, able: Memo<bool>) -> impl IntoView {
    let locale = use_locale();
    let paints = move || {
        let first = first(sender).filter(|_| live.get() && able.get());
        first.into_iter().collect()
    };
    let tiles = part(move || {
        let items = sender.tray.with(|tray| tray.items.clone());
        let count = items.len();
        let tiles: Vec<AnyView> = items
            .into_iter()
            .enumerate()
            .map(|(index, item)| view! { <Item sender item index /> }.into_any())
            .collect();
        (count > 0).then(|| {
            view! {
                <ol class="reference-list">{tiles}</ol>
                <p class="field-hint">
                    {(count > 1)
                        .then(|| format!("{} ", td_string!(locale, reference.order)))}
                    {td_string!(locale, reference.kept)}
                </p>
            }
        })
    });
    view! {
        {tiles}
        <MaskState sender />
        // A picture of its own each time another one becomes the first.
        {each(
            paints,
            |first| first.id.clone(),
            move |first| view! { <MaskEditor sender first /> }.into_any(),
        )}
    }
}

/// The first picture, which is the one that may have a mask.
fn first(sender: Sender) -> Option<Reference> {
    sender.tray.with(|tray| tray.items.first().cloned())
}

#[component]
fn Item(sender: Sender, item: Reference, index: usize) -> impl IntoView {
    let locale = use_locale();
    let number = index + 1;
    let id = item.id.clone();
    let earlier = (index > 0).then(|| {
        // The second picture becomes the first, which cannot move any further.
        let then = if index == 1 {
            format!("remove-{id}")
        } else {
            format!("earlier-{id}")
        };
        let label = td_string!(locale, reference.earlier_label, number = number);
        let text = td_string!(locale, reference.earlier);
        small(sender, format!("earlier:{id}"), text, label, then)
    });
    let label = td_string!(locale, reference.remove_label, number = number);
    let text = td_string!(locale, reference.remove);
    let then = "reference-files".to_owned();
    let remove = small(sender, format!("remove:{}", item.id), text, label, then);
    view! {
        <li class="reference">
            <div class="reference-picture">
                <img
                    src=item.thumbnail
                    width=item.width
                    height=item.height
                    alt=td_string!(locale, reference.item, number = number)
                />
                <span class="reference-number" aria-hidden="true">
                    {number}
                </span>
            </div>
            <p class="reference-size field-hint">{format::pixels(item.width, item.height)}</p>
            <div class="reference-acts">
                {earlier}
                {remove}
            </div>
        </li>
    }
}

/// The note that the first picture is masked, and the button that takes the mask off.
#[component]
fn MaskState(sender: Sender) -> impl IntoView {
    let locale = use_locale();
    let masked = memo(move || sender.tray.with(|tray| tray.mask.is_some()));
    part(move || {
        masked.get().then(|| {
            let remove = td_string!(locale, mask.remove);
            let label = remove.to_owned();
            let then = "reference-files".to_owned();
            view! {
                <div class="mask-state note note-good">
                    <p>{td_string!(locale, mask.active)}</p>
                    {small(sender, "unmask".to_owned(), remove, label, then)}
                </div>
            }
        })
    })
}

/// The picture that is remixed, and the button that leaves it out.
#[component]
pub(super) fn Parent(sender: Sender) -> impl IntoView {
    let locale = use_locale();
    part(move || {
        let parent = sender.tray.with(|tray| tray.parent.clone());
        parent.map(|parent| {
            let drop = td_string!(locale, reference.remix_drop);
            let words = words::shortened(&parent.prompt, 60);
            let words = if words.is_empty() {
                td_string!(locale, reference.a_picture).to_owned()
            } else {
                words
            };
            let href = Route::Image(&parent.id).address(locale);
            view! {
                <div class="remix-state">
                    <p>
                        {td_string!(locale, reference.remix_of)} " "
                        <a href=href target="_blank" dir="auto">
                            {words}
                        </a>
                    </p>
                    {small(
                        sender,
                        "unparent".to_owned(),
                        drop,
                        drop.to_owned(),
                        "prompt".to_owned(),
                    )}
                </div>
            }
        })
    })
}

/// The person's newest pictures, each a button that makes it a reference.
#[component]
pub(super) fn LibraryChoices(sender: Sender, choices: Vec<ImageCard>) -> impl IntoView {
    let locale = use_locale();
    if choices.is_empty() {
        return ().into_any();
    }
    let tiles: Vec<AnyView> = choices
        .into_iter()
        .map(|card| {
            let change = format!("picture:{}", card.id);
            let alt = alt_of(locale, &card, false);
            let label = td_string!(locale, reference.library_pick, words = alt);
            let source = card.renditions.first().map(|r| r.src.clone());
            let picture = view! {
                <img
                    src=source
                    width=card.width
                    height=card.height
                    alt=String::new()
                    loading="lazy"
                    decoding="async"
                />
            }
            .into_any();
            let pick = changing(
                sender,
                "library-choice",
                change,
                label,
                String::new(),
                picture,
            );
            view! { <li>{pick}</li> }.into_any()
        })
        .collect();
    view! {
        <details class="library-choices">
            <summary>{td_string!(locale, reference.library)}</summary>
            <ul>{tiles}</ul>
        </details>
    }
    .into_any()
}

/// A mask made elsewhere: for those who paint with another program, or
/// without a script.
#[component]
pub(super) fn MaskFile(sender: Sender, models: StoredValue<Vec<Model>>) -> impl IntoView {
    let locale = use_locale();
    let offered = models.with_value(|models| {
        let mut edits = models.iter().filter_map(|m| m.edits.as_ref());
        edits.any(|e| e.mask)
    });
    let chosen = move |event: leptos::ev::Event| {
        if let Some(file) = platform::chosen_files(&event).into_iter().next() {
            sender.mask(locale, file, Box::new(|_| {}));
        }
    };
    part(move || {
        first(sender).filter(|_| offered).map(|first| {
            let size = format::pixels(first.width, first.height);
            view! {
                <details class="mask-file">
                    <summary>{td_string!(locale, mask.file)}</summary>
                    <p class="field-hint" id="mask-file-hint">
                        {td_string!(locale, mask.file_hint, size = size)} " "
                        <a href=first.picture rel="external" download="reference">
                            {td_string!(locale, mask.file_picture)}
                        </a>
                    </p>
                    <div class="reference-file">
                        <input
                            type="file"
                            name="mask_file"
                            accept="image/png"
                            aria-label=td_string!(locale, mask.file)
                            aria-describedby="mask-file-hint"
                            on:change=on(chosen)
                        />
                        {form_button(td_string!(locale, mask.file_button))}
                    </div>
                </details>
            }
        })
    })
}
