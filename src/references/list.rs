//! The pictures of the composer, and where more of them come from.

use super::{FormButton, MULTIPART, mask::MaskEditor, sender::Sender, tray::Reference};
use crate::{
    i18n::{td_string, use_locale},
    model::{ImageCard, catalogue::Model},
    routes::{Route, UPLOADS},
    ui::{
        dynamic::{dynamic, each, memo, on, part},
        format,
        image_card::alt_text,
        platform, words,
    },
};
use leptos::prelude::*;

/// A button of the form that changes the list: without a script it sends the
/// form, with one it asks in the background.
#[component]
fn Change(
    sender: Sender,
    /// The button's value, as `form::apply` reads it.
    change: String,
    /// The button's text.
    text: &'static str,
    /// The button's `aria-label`: the text in full.
    label: String,
    /// The element that takes the focus afterwards.
    then: String,
) -> impl IntoView {
    let locale = use_locale();
    let id = change.replace(':', "-");
    let asked = change.clone();
    let press = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        sender.change(locale, asked.clone(), then.clone());
    };
    view! {
        <button
            class="button button-small"
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
            {text}
        </button>
    }
}

/// The pictures in order, each with what can be done to it.
#[component]
pub(super) fn Items(sender: Sender, live: RwSignal<bool>, able: Memo<bool>) -> impl IntoView {
    let locale = use_locale();
    let items = memo(move || sender.tray.with(|tray| tray.items.clone()));
    let first = memo(move || items.with(|items| items.first().cloned()));
    let paints = move || {
        let first = first.get().filter(|_| live.get() && able.get());
        first.into_iter().collect()
    };
    let tiles = part(move || {
        let items = items.get();
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
        view! {
            <Change
                sender
                change=format!("earlier:{id}")
                text=td_string!(locale, reference.earlier)
                label=td_string!(locale, reference.earlier_label, number = number)
                then
            />
        }
    });
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
                <Change
                    sender
                    change=format!("remove:{}", item.id)
                    text=td_string!(locale, reference.remove)
                    label=td_string!(locale, reference.remove_label, number = number)
                    then="reference-files".to_owned()
                />
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
            view! {
                <div class="mask-state note note-good">
                    <p>{td_string!(locale, mask.active)}</p>
                    <Change
                        sender
                        change="unmask".to_owned()
                        text=remove
                        label=remove.to_owned()
                        then="reference-files".to_owned()
                    />
                </div>
            }
        })
    })
}

/// The picture that is remixed, and the button that leaves it out.
#[component]
pub(super) fn Parent(sender: Sender) -> impl IntoView {
    let locale = use_locale();
    let parent = memo(move || sender.tray.with(|tray| tray.parent.clone()));
    part(move || {
        parent.get().map(|parent| {
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
                    <Change
                        sender
                        change="unparent".to_owned()
                        text=drop
                        label=drop.to_owned()
                        then="prompt".to_owned()
                    />
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
            let alt = alt_text(locale, &card.prompt, false);
            let label = td_string!(locale, reference.library_pick, words = alt);
            let source = card.renditions.first().map(|r| r.src.clone());
            let asked = change.clone();
            let press = move |event: leptos::ev::MouseEvent| {
                event.prevent_default();
                sender.change(locale, asked.clone(), String::new());
            };
            view! {
                <li>
                    <button
                        class="library-choice"
                        type="submit"
                        name="change"
                        value=change
                        disabled=dynamic(move || sender.busy.get())
                        formaction=UPLOADS
                        formenctype=MULTIPART
                        formmethod="post"
                        formnovalidate
                        on:click=on(press)
                    >
                        <img
                            src=source
                            width=card.width
                            height=card.height
                            alt=label
                            loading="lazy"
                            decoding="async"
                        />
                    </button>
                </li>
            }
            .into_any()
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
pub(super) fn MaskFile(
    sender: Sender,
    models: StoredValue<Vec<Model>>,
    live: RwSignal<bool>,
) -> impl IntoView {
    let locale = use_locale();
    let offered = models.with_value(|models| {
        let mut edits = models.iter().filter_map(|m| m.edits.as_ref());
        edits.any(|e| e.mask)
    });
    let first = memo(move || sender.tray.with(|tray| tray.items.first().cloned()));
    let chosen = move |event: leptos::ev::Event| {
        if let Some(file) = platform::chosen_files(&event).into_iter().next() {
            sender.mask(locale, file, Box::new(|_| {}));
        }
    };
    part(move || {
        first.get().filter(|_| offered).map(|first| {
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
                        <span hidden=dynamic(move || live.get())>
                            <FormButton label=td_string!(locale, mask.file_button).to_string() />
                        </span>
                    </div>
                </details>
            }
        })
    })
}
