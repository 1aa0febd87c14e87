//! The composer: words, settings, price, and what is under way.
//!
//! Without a script the form offers the settings of every model, and the
//! server leaves out what the chosen one lacks. Once the page is hydrated it
//! offers only what the chosen model can do, and the price follows each change.

mod autosave;
mod choices;
mod history;
mod settings;
mod state;

use super::{
    api::{Composer, Generate, composer},
    examples::examples,
    job_list::RecentJobs,
};
use crate::{
    error::AppError,
    i18n::{Locale, singular, td_string, use_locale},
    references::{self, References},
    routes::Route,
    ui::{
        data::{load, when_loaded},
        dynamic::{dynamic, effect, memo, on, part},
        error_view::{ErrorNote, error_in_address},
        form::{Chips, Language, TextArea, sending},
        head::PrivateHead,
        part::{MissingPage, NotLoaded, later, part},
        platform,
    },
};
use history::History;
use leptos::{ev::KeyboardEvent, html, prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;
use settings::{MainSettings, MoreSettings};
use state::Form;

/// The page where pictures are asked for.
#[component]
pub fn CreatePage() -> impl IntoView {
    let locale = use_locale();
    let query = use_query_map();
    // An example is named by its number: no prompt is ever in an address.
    let example = memo(move || query.with(|query| query.get("example")));
    let composer = load(move || example.get().unwrap_or_default(), |_| composer());
    let error = error_in_address();
    let title = td_string!(locale, create.title);
    let form = when_loaded(move || {
        let prompt = example_prompt(locale, example.get().as_deref());
        let error = error.clone();
        // Drawn here, it is drawn whole: without some of its fields it would be kept
        // and sent without what they hold.
        let drawn_here = !platform::hydrating();
        let parts = platform::of_this_thread(load_parts());
        async move {
            if drawn_here && parts.await.is_err() {
                return view! { <MissingPage /> }.into_any();
            }
            match composer.await {
                Ok(mut composer) => {
                    if let Some(prompt) = prompt {
                        composer.draft.prompt.0 = prompt;
                    }
                    view! { <ComposerForm composer error /> }.into_any()
                }
                Err(error) => view! {
                    <p>{td_string!(locale, create.words_lost)}</p>
                    <ErrorNote error=Some(error) />
                }
                .into_any(),
            }
        }
    });
    view! {
        <PrivateHead locale title=title.to_string() />
        <div class="create-page">
            <h1>{title}</h1>
            {form}
            <RecentJobs composer />
        </div>
    }
}

/// Loads what the form consists of besides the main module.
async fn load_parts() -> Result<(), NotLoaded> {
    load_settings().await.map_err(|_| NotLoaded)?;
    references::load().await
}

fn example_prompt(locale: Locale, number: Option<&str>) -> Option<String> {
    let number: usize = number?.parse().ok()?;
    let prompt = examples(locale).get(number.checked_sub(1)?).copied()?;
    Some(prompt.to_owned())
}

/// The form itself.
#[component]
fn ComposerForm(composer: Composer, error: Option<AppError>) -> impl IntoView {
    let locale = use_locale();
    let (sending, on_submit) = sending();
    let form_ref = NodeRef::<html::Form>::new();
    let area_ref = NodeRef::<html::Textarea>::new();
    let allowance = allowance(locale, &composer);
    let age = composer.age_to_state;
    let request_key = composer.request_key.clone();
    let (tray, signed_in) = (composer.tray, composer.signed_in);
    let (form, first) = Form::new(composer.models, composer.draft);
    // Runs in the browser only, once the form is hydrated: it may hold more than
    // the HTML said, because people type before scripts arrive.
    effect(move || {
        if let Some(element) = form_ref.get() {
            form.wake(&element);
        }
    });
    let keep = autosave::autosave(form_ref, sending, signed_in);
    let read = move |_| {
        if let Some(element) = form_ref.get_untracked() {
            form.read(&element);
            keep();
        }
    };
    let history = History::new();
    let on_key = move |event: KeyboardEvent| {
        history.on_key(&event, form, area_ref);
        send_on_enter(&event, form_ref);
    };
    view! {
        <div class="composer card" on:input=on(read) on:keydown=on(on_key)>
            <ErrorNote error />
            // A plain form: what is refused comes back as the draft, with the reason.
            <form method="post" action=Generate::url() on:submit=on(on_submit) node_ref=form_ref>
                <input type="hidden" name="request_key" value=request_key />
                <Language />
                <TextArea
                    id="prompt"
                    name="draft[prompt]"
                    label=td_string!(locale, create.prompt)
                    placeholder=td_string!(locale, create.prompt_hint)
                    text=first.prompt.0.clone()
                    described_by="prompt-note"
                    node_ref=area_ref
                />
                <PromptNote form signed_in />
                <ExamplePrompts form area_ref />
                <References
                    tray
                    signed_in
                    draft=form.draft
                    model=form.model
                    models=form.models
                    live=form.live
                    form_ref
                />
                <Chips
                    name="draft[look]"
                    label=td_string!(locale, create.look)
                    choices=choices::looks(locale)
                    chosen=first.look.clone()
                />
                {settings(locale, form)}
                {age.map(|years| view! { <AgeStatement years /> })}
                {send_part(form, sending.into(), allowance)}
                <noscript>{td_string!(locale, create.price_fixed)}</noscript>
            </form>
        </div>
    }
}

/// Ctrl or Command with Enter sends the form, as in every other studio.
fn send_on_enter(event: &KeyboardEvent, form_ref: NodeRef<html::Form>) {
    if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
        event.prevent_default();
        if let Some(element) = form_ref.get_untracked() {
            platform::submit(&element);
        }
    }
}

/// The button with the price, and what may still be made today.
fn send_part(form: Form, pending: Signal<bool>, allowance: String) -> AnyView {
    view! {
        <div class="composer-send">
            <SendButton form pending />
            <p class="quiet">{allowance}</p>
        </div>
    }
    .into_any()
}

/// The settings: the few that matter to everybody, and the rest. They wake after
/// the page, as what was chosen meanwhile; until then they offer what every model can do.
fn settings(locale: Locale, form: Form) -> AnyView {
    view! {
        <fieldset class="settings">
            <legend>{td_string!(locale, create.settings)}</legend>
            {later(move || live_settings(form))}
        </fieldset>
    }
    .into_any()
}

part! {
    /// The settings as they live.
    later, load_settings:
    fn live_settings(form: Form) {
        form.fit();
        view! {
            <MainSettings form />
            <MoreSettings form />
        }
        .into_any()
    }
}

/// What the person may still make today, in a sentence.
fn allowance(locale: Locale, composer: &Composer) -> String {
    match composer.left_today {
        None => td_string!(locale, create.stranger, count = composer.pictures_per_day),
        Some(0) => td_string!(locale, create.left_none).to_string(),
        Some(count) if singular(locale, count as usize) => {
            td_string!(locale, create.left_one).to_string()
        }
        Some(count) => td_string!(locale, create.left_many, count = count),
    }
}

/// How long the text is, once that matters, and how else to send it.
#[component]
fn PromptNote(form: Form, signed_in: bool) -> impl IntoView {
    let locale = use_locale();
    let history = signed_in.then(|| td_string!(locale, create.history));
    let counter = part(move || {
        let used = form.chars(locale);
        let limit = form.model.with(|model| model.prompt_max) as usize;
        (used * 5 > limit * 4).then(|| {
            let class = if used > limit {
                "counter counter-over"
            } else {
                "counter"
            };
            let text = td_string!(locale, create.counter, used = used, limit = limit);
            view! { <span class=class>{text}</span> }
        })
    });
    view! {
        <p class="prompt-note" id="prompt-note">
            <span class="keys">{td_string!(locale, create.keys)} " " {history}</span>
            {counter}
        </p>
    }
}

/// Example prompts, as long as nothing is written. Plain links that the
/// hydrated page answers by itself, so that the settings stay as they are.
#[component]
fn ExamplePrompts(form: Form, area_ref: NodeRef<html::Textarea>) -> impl IntoView {
    let locale = use_locale();
    let written = memo(move || form.draft.with(|draft| !draft.prompt.trim().is_empty()));
    let links: Vec<AnyView> = examples(locale)
        .into_iter()
        .zip(1..)
        .map(|(prompt, number)| {
            let fill = move |event: leptos::ev::MouseEvent| {
                event.prevent_default();
                if let Some(area) = area_ref.get_untracked() {
                    platform::set_text(&area, prompt);
                    form.set_prompt(prompt);
                }
            };
            let page = Route::Create.with("example", &number.to_string());
            view! {
                <li>
                    <a class="example" href=page.address(locale) on:click=on(fill)>
                        {prompt}
                    </a>
                </li>
            }
            .into_any()
        })
        .collect();
    view! {
        <div class="composer-examples" hidden=dynamic(move || written.get())>
            <p class="quiet">{td_string!(locale, create.examples)}</p>
            <ul class="example-list">{links}</ul>
        </div>
    }
}

/// The statement asked for before the first picture.
#[component]
fn AgeStatement(years: u32) -> impl IntoView {
    let locale = use_locale();
    view! {
        <label class="check">
            <input type="checkbox" name="age" value="on" required />
            <span>{td_string!(locale, create.age, years = years)}</span>
        </label>
    }
}

/// The button that says what sending costs.
#[component]
fn SendButton(form: Form, pending: Signal<bool>) -> impl IntoView {
    let locale = use_locale();
    let text = dynamic(move || {
        if pending.get() {
            return td_string!(locale, create.sending).to_string();
        }
        let generate = td_string!(locale, create.generate);
        match form.price(locale) {
            Some(price) => format!("{generate} · {price}"),
            None => generate.to_string(),
        }
    });
    view! {
        <button class="button button-primary button-large" type="submit" disabled=pending>
            {text}
        </button>
    }
}
