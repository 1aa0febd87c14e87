//! The composer: one bar with the words, what they are made with, the price and the
//! button, and below it what is under way.
//!
//! Without a script the form offers the settings of every model, and the
//! server leaves out what the chosen one lacks. Once the page is hydrated it
//! offers only what the chosen model can do, the price follows each change, and
//! sending leaves the page where it is (see `send`).

mod autosave;
mod choices;
mod history;
mod send;
mod settings;
mod state;

use super::{
    api::{Composer, Generate, composer},
    example_list::ExampleList,
    job_list::RecentJobs,
};
use crate::{
    error::AppError,
    i18n::{self, Locale, singular, td_string, use_locale},
    references::{self, COMPOSER, References, tray::Tray, turn::Wanted},
    ui::{
        data::{load, when_loaded},
        dynamic::{dynamic, effect, on, part},
        error_view::{ErrorNote, error_in_address},
        form::{Language, TextArea, sending},
        head::PrivateHead,
        part::{MissingPage, NotLoaded, later, part},
        platform,
    },
    wire::Sealed,
};
use leptos::{
    ev::{KeyboardEvent, SubmitEvent},
    prelude::*,
    server_fn::ServerFn,
};
use leptos_router::hooks::use_query_map;
use send::Desk;
use settings::settings;
use state::Form;

/// The page where pictures are asked for.
#[component]
pub fn CreatePage() -> impl IntoView {
    let locale = use_locale();
    let query = use_query_map();
    // What the feed asks of the form's pictures.
    provide_context(Wanted(RwSignal::new(String::new())));
    // An example is named by its number: no prompt is ever in an address. It is read once:
    // the page's own script takes it out of the address when the form is touched, and the
    // form must not be loaded anew for that.
    let example = query.with_untracked(|query| query.get("example").unwrap_or_default());
    let composer = load(String::new, move |_| {
        composer(i18n::code(locale).to_owned(), example.clone())
    });
    let error = error_in_address();
    let title = td_string!(locale, create.title);
    let form = when_loaded(move || {
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
                Ok(composer) => view! { <ComposerForm composer error drawn_here /> }.into_any(),
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
        <div class="create-page" data-offline=td_string!(locale, error.connection)>
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

/// The form itself.
#[component]
fn ComposerForm(
    composer: Composer,
    error: Option<AppError>,
    /// Whether somebody came here from another page of the site, and the browser draws it.
    drawn_here: bool,
) -> impl IntoView {
    let locale = use_locale();
    let (sending, mark_sent) = sending();
    let (form, first) = Form::new(composer.models, composer.draft);
    let (tray, signed_in, request_key) = (composer.tray, composer.signed_in, composer.request_key);
    let desk = Desk::new(form, sending, signed_in, drawn_here);
    if let Some(error) = error {
        desk.refuse(&error);
    }
    let years = composer.age_to_state;
    desk.age.set(years.is_some());
    desk.left.set(composer.left_today.unwrap_or_default());
    // Runs in the browser only, once the form is hydrated: it may hold more than
    // the HTML said, because people type before scripts arrive.
    effect(move || {
        if let Some(element) = desk.form_ref.get() {
            form.wake(&element);
        }
    });
    let read = move |_| {
        if let Some(element) = desk.form_ref.get_untracked() {
            form.read(&element);
            desk.typed();
            desk.autosave.changed();
        }
    };
    let on_key = move |event: KeyboardEvent| desk.history.on_key(&event, form, desk.area_ref);
    let on_submit = move |event: SubmitEvent| sent(desk, event, mark_sent);
    let stranger = (!signed_in).then(|| {
        let count = composer.pictures_per_day;
        view! { <p class="quiet">{td_string!(locale, create.stranger, count = count)}</p> }
    });
    view! {
        <div class="composer card" on:input=on(read) on:keydown=on(on_key)>
            // A plain form: what is refused comes back as the draft, with the reason.
            <form
                id=COMPOSER
                method="post"
                action=Generate::url()
                on:submit=on(on_submit)
                node_ref=desk.form_ref
            >
                {refusal(desk)}
                <input type="hidden" name="request_key" value=request_key />
                <Language />
                <TextArea
                    id="prompt"
                    name="draft[prompt]"
                    label=td_string!(locale, create.prompt)
                    placeholder=td_string!(locale, create.prompt_hint)
                    text=first.prompt.0
                    described_by="prompt-note"
                    node_ref=desk.area_ref
                />
                {chips(locale, desk, tray, signed_in)}
                {foot(locale, desk, years, signed_in)}
                <SendButton form pending=sending />
            </form>
        </div>
        {stranger}
        <noscript class="quiet">{without_script(locale)}</noscript>
        {example_prompts(locale, composer.examples)}
    }
}

/// What is to be known without a script, which the browser's code has no words for.
fn without_script(locale: Locale) -> &'static str {
    platform::server_words(locale, || td_string!(locale, create.price_fixed))
}

/// Answers the form's `submit` event, once at a time.
fn sent(desk: Desk, event: SubmitEvent, mark_sent: impl Fn(SubmitEvent)) {
    if desk.sending.get_untracked() {
        event.prevent_default();
        return;
    }
    if !desk.submitted(&event) {
        // What is sent needs not be kept.
        desk.autosave.rest();
        mark_sent(event);
    }
}

/// The row of chips, each of which opens a panel of fields.
fn chips(locale: Locale, desk: Desk, tray: Sealed<Tray>, signed_in: bool) -> AnyView {
    let form = desk.form;
    view! {
        <div class="bar-chips" role="group" aria-label=td_string!(locale, create.settings)>
            <References
                tray
                signed_in
                draft=form.draft
                model=form.model
                models=form.models
                live=form.live
                turn=desk.turn
                form_ref=desk.form_ref
            />
            {later(move || live_settings(desk))}
        </div>
    }
    .into_any()
}

/// Why the form was refused.
fn refusal(desk: Desk) -> AnyView {
    part(move || {
        let words = desk.error.get();
        let again = (words == td_string!(desk.locale, error.connection)).then(|| {
            view! {
                <button class="button button-small">{td_string!(desk.locale, part.again)}</button>
            }
        });
        (!words.is_empty()).then(|| {
            view! {
                // It may have to be scrolled, and not by a mouse.
                <div class="note note-error" role="alert" tabindex="0">
                    <p>{words}</p>
                    {again}
                </div>
            }
        })
    })
    .into_any()
}

/// While something is told, the style sheet leaves out what is less urgent on a phone.
fn status_class(desk: Desk) -> &'static str {
    match desk.turn.status.with(String::is_empty) {
        true => "bar-status",
        false => "bar-status bar-told",
    }
}

/// What is to be known beside the button.
fn foot(locale: Locale, desk: Desk, years: Option<u32>, signed_in: bool) -> AnyView {
    let left = signed_in.then(|| {
        let left = dynamic(move || left_today(locale, desk.left.get()));
        view! { <p class="quiet">{left}</p> }
    });
    let years = years.unwrap_or_default();
    view! {
        <div class="bar-foot">
            {part(move || desk.age.get().then(|| view! { <AgeStatement years /> }))}
            {left}
            // What happens to the form and its pictures, told as it happens.
            <p class=dynamic(move || status_class(desk)) role="status">
                {dynamic(move || desk.turn.status.get())}
            </p>
            <PromptNote form=desk.form signed_in />
        </div>
    }
    .into_any()
}

part! {
    /// The settings as they live: the few that matter to everybody, and the rest. They
    /// wake after the page, as what was chosen meanwhile; until then they offer what
    /// every model can do. With them comes what sends the form in the background.
    later, load_settings:
    fn live_settings(desk: Desk) {
        desk.form.fit();
        desk.live();
        settings(desk.locale, desk.form)
    }
}

/// What the person may still make today.
fn left_today(locale: Locale, count: u32) -> String {
    match count {
        0 => td_string!(locale, create.left_none).to_string(),
        count if singular(locale, count as usize) => {
            td_string!(locale, create.left_one).to_string()
        }
        count => td_string!(locale, create.left_many, count = count),
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

/// Example prompts, as long as nothing is written: plain links, which the page's own
/// script answers by filling the field, so that the settings stay as they are. The style
/// sheet shows them to somebody who has written nothing and has nothing under way.
fn example_prompts(locale: Locale, prompts: Vec<String>) -> AnyView {
    view! {
        <div class="composer-examples">
            <p class="quiet">{td_string!(locale, create.examples)}</p>
            <ExampleList prompts in_sight=0 />
        </div>
    }
    .into_any()
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
fn SendButton(form: Form, pending: RwSignal<bool>) -> impl IntoView {
    let locale = use_locale();
    let text = dynamic(move || {
        if pending.get() {
            return td_string!(locale, create.sending).to_string();
        }
        let generate = td_string!(locale, create.generate);
        match form.price(locale) {
            // With what is on a line of its own where the button is narrow.
            Some(price) => format!("{generate}\u{a0}· {price}"),
            None => generate.to_string(),
        }
    });
    view! {
        <button class="button button-primary" type="submit" disabled=pending>
            {text}
        </button>
    }
}
