//! Reference pictures: what the composer holds besides words, the mask of the
//! first one, and what is remixed.
//!
//! The list is part of the composer's form. Each of its buttons sends that
//! whole form to `/uploads`, so that nothing typed is lost (see `form`); where
//! scripts run, the same form is posted in the background and the answer is
//! the list as it then is.

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

pub mod api;
#[cfg(feature = "ssr")]
pub mod door;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod inputs;
#[cfg(feature = "ssr")]
pub mod intake;
mod list;
mod mask;
mod sender;
#[cfg(feature = "ssr")]
pub mod router;
#[cfg(feature = "ssr")]
pub mod serve;
#[cfg(feature = "ssr")]
pub mod share;
mod strokes;
pub mod tray;
pub mod turn;

use crate::{
    i18n::{Locale, td_string, use_locale},
    model::{catalogue::Model, draft::Draft},
    routes::UPLOADS,
    ui::{
        dynamic::{dynamic, effect, memo, on, part},
        form::{pop, pop_words},
        icon::icon,
        part::{NotLoaded, later, part},
        platform, words,
    },
    wire::Sealed,
};
use leptos::{ev, html, prelude::*};
use leptos_router::hooks::use_query_map;
use list::{Items, LibraryChoices, MaskFile, Parent};
use sender::Sender;
use tray::{Reference, Tray, from_query};
use turn::{Turn, Wanted};

/// The encoding that carries files.
pub const MULTIPART: &str = "multipart/form-data";
/// The id of the composer's form.
pub const COMPOSER: &str = "composer";
/// What a file dialogue offers.
const ACCEPT: &str = "image/png,image/jpeg,image/webp";

/// The edge of a picture in the bar, in pixels.
const SMALL: u32 = 28;

/// The part of the composer that holds pictures.
#[component]
pub fn References(
    tray: Sealed<Tray>,
    signed_in: bool,
    /// The form as it stands: it learns which pictures there are.
    draft: RwSignal<Draft>,
    /// The chosen model.
    model: Memo<Model>,
    /// Every model on offer, for a page no script tells which one is chosen.
    models: StoredValue<Vec<Model>>,
    /// Whether scripts run.
    live: RwSignal<bool>,
    /// What the form and its pictures have on its way.
    turn: Turn,
    form_ref: NodeRef<html::Form>,
) -> impl IntoView {
    let locale = use_locale();
    let most = models.with_value(|models| {
        let edits = models.iter().filter_map(|m| m.edits.as_ref());
        edits.map(|e| e.references_max).max()
    });
    let Some(most) = most else {
        return ().into_any();
    };
    // The first button of a form answers the Enter key: it must not be one of ours.
    let default_button = view! { <button type="submit" hidden></button> };
    if !signed_in {
        let label = td_string!(locale, reference.stranger).to_string();
        return view! {
            {default_button}
            <FormButton label class="pop-chip" />
        }
        .into_any();
    }
    let form = ComposerForm {
        draft,
        model,
        models,
        live,
        turn,
        form_ref,
    };
    view! {
        {default_button}
        {later(move || live_references(tray.clone(), form, most))}
    }
    .into_any()
}

/// What the pictures must know of the form they are part of.
#[derive(Clone, Copy)]
struct ComposerForm {
    draft: RwSignal<Draft>,
    model: Memo<Model>,
    models: StoredValue<Vec<Model>>,
    live: RwSignal<bool>,
    turn: Turn,
    form_ref: NodeRef<html::Form>,
}

part! {
    /// The pictures as they live.
    later, load_references:
    fn live_references(tray: Sealed<Tray>, form: ComposerForm, most: u8) {
        // What cannot be read must not look like a form without pictures.
        let tray = tray.open().ok_or(NotLoaded)?;
        view! { <LiveReferences tray form most /> }.into_any()
    }
}

/// Loads the pictures' code, for a page that is drawn in the browser.
pub async fn load() -> Result<(), NotLoaded> {
    load_references().await.map_err(|_| NotLoaded)
}

#[component]
fn LiveReferences(tray: Tray, form: ComposerForm, most: u8) -> impl IntoView {
    let locale = use_locale();
    let ComposerForm {
        draft,
        model,
        models,
        live,
        turn,
        form_ref,
    } = form;
    let tray = with_refusals(tray);
    let refused = !tray.refused.is_empty();
    let choices = tray.choices.clone();
    let sender = Sender::new(tray, draft, turn, form_ref);
    // What went wrong is told inside, whoever pasted a picture outside.
    effect(move || {
        if sender.problems.with(|problems| !problems.is_empty()) {
            platform::unfold("pop-references");
        }
    });
    accept_everywhere(sender);
    if let Some(Wanted(wanted)) = use_context() {
        effect(move || {
            let change = wanted.get();
            if !change.is_empty() {
                wanted.set(String::new());
                sender.change_in_turn(locale, change);
            }
        });
    }
    let able = memo(move || !live.get() || model.with(|model| model.edits.is_some()));
    let full = memo(move || {
        sender
            .tray
            .with(|tray| tray.items.len() >= usize::from(most))
    });
    let hint = td_string!(locale, reference.hint, count = most);
    let panel = view! {
        <section class="references" id="references" aria-labelledby="references-title">
            <h2 class="field-label" id="references-title">
                {td_string!(locale, reference.title)}
            </h2>
            <Parent sender />
            <Items sender live able />
            {part(move || (!able.get()).then(|| not_offered(locale)))}
            <div class="reference-add" hidden=dynamic(move || !able.get() || full.get())>
                <p class="field-hint" id="references-hint">
                    {hint} <span class="drop-hint">" " {td_string!(locale, reference.drop)}</span>
                </p>
                <FileField sender />
                <LibraryChoices sender choices />
            </div>
            <Told sender />
            <MaskFile sender models />
        </section>
    };
    view! {
        <Hidden sender />
        {pop("pop-references", refused, small_pictures(locale, sender), panel.into_any())}
    }
}

/// The pictures as the bar shows them: their number, and each of them small, in order.
fn small_pictures(locale: Locale, sender: Sender) -> AnyView {
    let count = dynamic(move || match sender.tray.with(|tray| tray.items.len()) {
        0 => String::new(),
        count => count.to_string(),
    });
    // Said by their number: the panel has the pictures themselves.
    let small = |item: &Reference| {
        let (source, edge) = (item.thumbnail.clone(), SMALL);
        view! { <img src=source width=edge height=edge alt=String::new() /> }.into_any()
    };
    let pictures = part(move || {
        let items = |tray: &Tray| tray.items.iter().map(small).collect::<Vec<AnyView>>();
        sender.tray.with(items)
    });
    view! {
        {pop_words(td_string!(locale, reference.chip), count)}
        <span class="pop-pictures">{pictures}</span>
    }
    .into_any()
}

/// The list, with what the address says was refused a moment ago.
fn with_refusals(tray: Tray) -> Tray {
    let refused = use_query_map().with_untracked(|query| query.get("refused"));
    Tray {
        refused: refused.map(|text| from_query(&text)).unwrap_or_default(),
        ..tray
    }
}

/// Said where the chosen model takes words alone.
fn not_offered(locale: Locale) -> AnyView {
    view! { <p class="field-hint">{td_string!(locale, reference.not_offered)}</p> }.into_any()
}

/// What the form says of its pictures when it is sent.
#[component]
fn Hidden(sender: Sender) -> impl IntoView {
    let fields = [0, 1, 2].map(|index| {
        let field = dynamic(move || sender.tray.with(|tray| tray.fields()[index].1.clone()));
        let name = sender.tray.with_untracked(|tray| tray.fields()[index].0);
        view! { <input type="hidden" name=name value=field /> }.into_any()
    });
    fields.into_iter().collect_view()
}

/// A button beside the composer's form that makes a picture of the person's a reference,
/// wherever on the page it stands.
pub fn use_button(locale: Locale, id: &str) -> AnyView {
    let words = td_string!(locale, library.reference);
    let change = ["picture:", id].concat();
    let wanted = use_context::<Wanted>();
    let asked = change.clone();
    let press = move |event: ev::MouseEvent| {
        if let Some(Wanted(wanted)) = wanted {
            event.prevent_default();
            wanted.set(asked.clone());
        }
    };
    view! {
        <button
            type="submit"
            form=COMPOSER
            name="change"
            value=change
            title=words
            formaction=UPLOADS
            formenctype=MULTIPART
            formmethod="post"
            formnovalidate
            on:click=on(press)
        >
            {icon("images")}
            <span>{words}</span>
        </button>
    }
    .into_any()
}

/// A button that sends the composer's form for its pictures. Nothing has to be
/// filled in for that.
#[component]
fn FormButton(label: String, #[prop(default = "button")] class: &'static str) -> impl IntoView {
    view! {
        <button
            class=class
            type="submit"
            formaction=UPLOADS
            formenctype=MULTIPART
            formmethod="post"
            formnovalidate
        >
            {label}
        </button>
    }
}

/// Such a button for who has no script. What scripts draw has none.
fn form_button(label: &'static str) -> AnyView {
    platform::without_script(move || view! { <FormButton label=label.to_owned() /> }.into_any())
}

/// The file dialogue. Where scripts run, what is chosen is added at once;
/// without one a button beside it does.
#[component]
fn FileField(sender: Sender) -> impl IntoView {
    let locale = use_locale();
    let chosen = move |event: ev::Event| {
        let files = platform::chosen_files(&event);
        sender.add(locale, files);
    };
    view! {
        <div class="reference-file">
            <label class="field-label" for="reference-files">
                {td_string!(locale, reference.add)}
            </label>
            <input
                id="reference-files"
                type="file"
                name="files[]"
                multiple
                accept=ACCEPT
                aria-describedby="references-hint"
                on:change=on(chosen)
            />
            {form_button(td_string!(locale, reference.add_button))}
        </div>
    }
}

/// What went wrong, told as it happens. What is under way is told in the bar.
#[component]
fn Told(sender: Sender) -> impl IntoView {
    let locale = use_locale();
    part(move || {
        let said = sender.problems.get();
        let refused = sender.tray.with(|tray| refusals(locale, tray));
        let lines: Vec<AnyView> = refused
            .into_iter()
            .chain(said.lines().map(str::to_owned))
            .map(|line| view! { <li>{line}</li> }.into_any())
            .collect();
        (!lines.is_empty()).then(|| {
            view! {
                <div class="note note-error" role="alert">
                    <ul>{lines}</ul>
                </div>
            }
        })
    })
}

/// The refusals of a form that was sent without a script.
fn refusals(locale: Locale, tray: &Tray) -> Vec<String> {
    let many = tray.refused.iter().any(|refusal| refusal.file > 1);
    let line = |refusal: &tray::Refusal| {
        let words = words::problem(locale, &refusal.problem);
        if many && refusal.file > 0 {
            td_string!(
                locale,
                reference.of_file,
                number = refusal.file,
                words = words
            )
        } else {
            words
        }
    };
    tray.refused.iter().map(line).collect()
}

/// Pictures that are pasted, or dropped anywhere on the page, are added.
fn accept_everywhere(sender: Sender) {
    let locale = use_locale();
    // Effects run in a browser only.
    effect(move || {
        let drop = window_event_listener(ev::drop, move |event| {
            sender.add(locale, platform::dropped_files(&event));
        });
        let paste = window_event_listener(ev::paste, move |event| {
            let files = platform::pasted_files(&event);
            if !files.is_empty() {
                event.prevent_default();
                sender.add(locale, files);
            }
        });
        on_cleanup(move || {
            drop.remove();
            paste.remove();
        });
    });
}
