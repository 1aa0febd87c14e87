//! The page of many prompts at once, which only the server draws: a form that is checked,
//! and what would be started, or why nothing can be. What was typed is in the answer to
//! the form and is kept nowhere.

use super::{
    job_view::facts,
    many::{Batch, Checked, Unfit},
    pipeline,
};
use crate::{
    error::AppError,
    i18n::{self, Locale, td_string, use_locale},
    model::limits::{MANY_BYTES_MAX, MANY_LINES_MAX},
    routes::{self, Route},
    server::Context,
    ui::{
        error_view::{ErrorNote, ErrorPage},
        form::Language,
        format,
        found::when_found,
        head::PrivateHead,
        platform::textarea_text,
        words,
    },
};
use leptos::prelude::*;
use std::sync::Arc;

/// What the page is drawn from.
#[derive(Clone)]
struct Known {
    /// The form that was sent, if one was.
    checked: Option<Checked>,
    /// The age the person still has to state.
    age: Option<u32>,
}

/// The page; what was sent is in its context.
#[component]
pub fn ManyPage() -> impl IntoView {
    let locale = use_locale();
    let context = Arc::new(Context::take());
    let checked = use_context::<Checked>();
    let asked = context.clone();
    let found = async move {
        let user = asked.user().await?;
        match (user, checked) {
            // What a stranger sent stays in front of them.
            (None, None) => Err(AppError::SignInNeeded),
            (user, checked) => Ok(Known {
                age: pipeline::age_to_state(&asked.state, user.as_ref()),
                checked,
            }),
        }
    };
    when_found(found, move |found| match found {
        Ok(known) => page(locale, &known),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

fn page(locale: Locale, known: &Known) -> AnyView {
    let title = td_string!(locale, many.title);
    let checked = known.checked.as_ref();
    let told = checked.map(|checked| match &checked.outcome {
        Ok(batch) => ready(locale, checked, batch, known.age),
        Err(unfit) => refused(locale, unfit),
    });
    let text = checked
        .map(|checked| checked.text.as_str())
        .unwrap_or_default();
    view! {
        <PrivateHead locale title=title.to_string() />
        <article class="account-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, many.lead, most = MANY_LINES_MAX)}</p>
                <p>
                    <a href=Route::Create.address(locale) rel="external">
                        {td_string!(locale, many.change)}
                    </a>
                </p>
            </header>
            {told}
            <section class="card">{form(locale, text)}</section>
        </article>
    }
    .into_any()
}

/// The most that is taken, in round figures: a little less than it is.
fn most_bytes(locale: Locale) -> String {
    format::bytes(locale, (MANY_BYTES_MAX / 1024 * 1000) as u64)
}

/// What is typed or chosen, and the button that checks it.
fn form(locale: Locale, text: &str) -> AnyView {
    let size = most_bytes(locale);
    view! {
        <form
            class="account-choices"
            method="post"
            action=routes::MANY_FORM
            enctype="multipart/form-data"
        >
            <Language />
            <div class="field">
                <label class="field-label" for="lines">
                    {td_string!(locale, many.field)}
                </label>
                <textarea id="lines" name="lines" rows="10" dir="auto">
                    {textarea_text(text)}
                </textarea>
            </div>
            <div class="field">
                <label class="field-label" for="file">
                    {td_string!(locale, many.file)}
                </label>
                <input
                    id="file"
                    type="file"
                    name="file"
                    accept="text/plain,.txt"
                    aria-describedby="file-hint"
                />
                <p class="field-hint" id="file-hint">
                    {td_string!(locale, many.file_hint, size = size)}
                </p>
            </div>
            <button class="button" type="submit">
                {td_string!(locale, many.check)}
            </button>
        </form>
    }
    .into_any()
}

/// How many pictures there would be and what they cost, and the button that starts them.
fn ready(locale: Locale, checked: &Checked, batch: &Batch, age: Option<u32>) -> AnyView {
    let price = format::money(locale, batch.micros);
    let count = batch.count();
    let told = match i18n::singular(locale, count) {
        true => td_string!(locale, many.ready_one, price = price),
        false => td_string!(locale, many.ready_many, count = count, price = price),
    };
    let each = facts(locale, &batch.model_name, &batch.settings);
    let age = age.map(|years| {
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    name="age"
                    value="on"
                    required
                    checked=checked.age_stated
                />
                <span>{td_string!(locale, create.age, years = years)}</span>
            </label>
        }
    });
    view! {
        <section class="note note-good" aria-labelledby="ready">
            <h2 id="ready">{told}</h2>
            <p>{td_string!(locale, many.each, facts = each)}</p>
            <p>{td_string!(locale, many.whole)}</p>
            <form method="post" action=routes::MANY_FORM enctype="multipart/form-data">
                <Language />
                <input type="hidden" name="start" value="on" />
                <input
                    type="hidden"
                    name="request_key"
                    value=uuid::Uuid::new_v4().to_string()
                />
                <textarea name="lines" hidden aria-label=td_string!(locale, many.field)>
                    {textarea_text(&checked.text)}
                </textarea>
                {age}
                <button class="button button-primary" type="submit">
                    {td_string!(locale, many.start)}
                </button>
            </form>
        </section>
    }
    .into_any()
}

/// Why nothing was started.
fn refused(locale: Locale, unfit: &Unfit) -> AnyView {
    let (most, size) = (MANY_LINES_MAX, most_bytes(locale));
    let said = match unfit {
        Unfit::Refused(error) => {
            let error = Some(error.clone());
            return view! { <ErrorNote error /> }.into_any();
        }
        Unfit::TooLarge => td_string!(locale, many.too_large, size = size),
        Unfit::NotText => td_string!(locale, many.not_text).to_string(),
        Unfit::Empty => td_string!(locale, many.empty).to_string(),
        Unfit::TooMany(count) => td_string!(locale, many.too_many, count = *count, most = most),
        Unfit::Lines(_) => td_string!(locale, many.bad_lines).to_string(),
    };
    let lines = match unfit {
        Unfit::Lines(lines) => lines.as_slice(),
        _ => &[],
    };
    let lines: Vec<AnyView> = lines
        .iter()
        .map(|(number, problem)| {
            let why = words::problem(locale, problem);
            let line = td_string!(locale, many.line, number = *number, why = why);
            view! { <li>{line}</li> }.into_any()
        })
        .collect();
    let lines = (!lines.is_empty()).then(|| view! { <ul>{lines}</ul> });
    view! {
        <section class="note note-error" role="alert">
            <p>{said}</p>
            {lines}
        </section>
    }
    .into_any()
}
