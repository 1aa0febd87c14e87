//! The form for what a public picture is called: before it is published, and at any time
//! after.

use super::{
    api::SaveWords,
    tags::folded,
    words::{BETWEEN, kept_key, offered},
};
use crate::{
    error::{AppError, Problem},
    i18n::{self, Locale, td_string, use_locale},
    model::limits::{DESCRIPTION_CHARS, PUBLIC_TAGS_MAX, TAG_CHARS, TITLE_CHARS},
    routes::{self, Route},
    server::{
        Context,
        cards::card,
        kept_forms::{self, Typed},
    },
    store::words::{self as rows, Worded},
    ui::{
        error_view::{ErrorPage, error_in_address},
        form::{Language, counted},
        found::when_found,
        head::PrivateHead,
        image_card::{alt_of, fallback_source},
        platform::textarea_text,
        words,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;
use std::sync::Arc;

struct Shown {
    worded: Worded,
    /// As it was typed and refused.
    typed: Option<Typed>,
}

/// The page of the form; the picture is that of the address.
#[component]
pub fn WordsPage() -> impl IntoView {
    let locale = use_locale();
    let context = Arc::new(Context::take());
    let id = use_params_map().with_untracked(|params| params.get("id").unwrap_or_default());
    let asked = context.clone();
    let found = async move { shown(&asked, locale, &id).await.map(Arc::new) };
    when_found(found, move |found| match found {
        Ok(shown) => page(locale, &shown),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

async fn shown(context: &Context, locale: Locale, id: &str) -> Result<Shown, AppError> {
    let user = context
        .require_user_or_sign_in(i18n::code(locale), routes::words(id))
        .await?;
    let state = &context.state;
    let worded = rows::read(&state.db, id, &user.id).await?;
    let worded = worded.filter(|worded| worded.image.trashed_at_ms.is_none());
    let now_ms = state.clock.now_ms();
    Ok(Shown {
        worded: worded.ok_or(AppError::NotFound)?,
        typed: error_in_address().and_then(|_| kept_forms::find(&kept_key(&user, id), now_ms)),
    })
}

/// What is wrong, in the words of this page.
fn problem(locale: Locale, error: &AppError) -> String {
    match error {
        AppError::Invalid { problem } => match problem {
            Problem::PromptTooLong { limit } if *limit == TITLE_CHARS => {
                td_string!(locale, words.title_too_long, limit = *limit)
            }
            Problem::PromptTooLong { limit } => {
                td_string!(locale, words.description_too_long, limit = *limit)
            }
            Problem::TooManyTags => {
                td_string!(locale, words.too_many_tags, limit = PUBLIC_TAGS_MAX)
            }
            other => words::problem(locale, other),
        },
        error => words::error(locale, error),
    }
}

fn page(locale: Locale, shown: &Shown) -> AnyView {
    let image = &shown.worded.image;
    let title = td_string!(locale, words.title);
    let back = Route::Image(&image.id).address(locale);
    let error = error_in_address().map(|error| {
        view! {
            <div class="note note-error" role="alert">
                <p>{problem(locale, &error)}</p>
            </div>
        }
    });
    let card = card(image, true);
    view! {
        <PrivateHead locale title=title.to_string() />
        <div class="account-page words-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, words.lead)}</p>
                <p>
                    <a href=back rel="external">
                        {td_string!(locale, edit.to_picture)}
                    </a>
                </p>
            </header>
            {error}
            <img
                class="words-picture"
                src=fallback_source(&card.renditions)
                width=card.width
                height=card.height
                alt=alt_of(locale, &card, false)
            />
            {form(locale, shown)}
        </div>
    }
    .into_any()
}

fn form(locale: Locale, shown: &Shown) -> AnyView {
    let Shown { worded, typed } = shown;
    let image = &worded.image;
    let is_public = image.public_slug.is_some();
    let [title, alt, more] = match typed {
        Some(typed) => ["title", "alt", "more"].map(|field| typed.of(field)),
        None => [
            image.title.clone().unwrap_or_default(),
            image.alt.clone().unwrap_or_else(|| offered(image)),
            String::new(),
        ],
    };
    let hint = match (image.shows_prompt, image.alt.is_none()) {
        (true, true) => td_string!(locale, words.description_offered),
        _ => td_string!(locale, words.description_hint),
    };
    view! {
        <form class="card account-choices" method="post" action=SaveWords::url()>
            <Language />
            <input type="hidden" name="id" value=image.id.clone() />
            <div class="field">
                <label class="field-label" for="words-title">
                    {td_string!(locale, words.title_label)}
                </label>
                <input
                    type="text"
                    id="words-title"
                    name="title"
                    value=title
                    pattern=counted("title", 0, TITLE_CHARS)
                    title=td_string!(locale, library.tag_rule, limit = TITLE_CHARS)
                    dir="auto"
                    autocomplete="off"
                />
            </div>
            <div class="field">
                <label class="field-label" for="words-alt">
                    {td_string!(locale, words.description)}
                </label>
                <textarea id="words-alt" name="alt" rows="3" dir="auto" aria-describedby="words-alt-hint">
                    {textarea_text(&alt)}
                </textarea>
                <small class="field-hint" id="words-alt-hint">
                    {hint}
                    " "
                    {td_string!(locale, library.tag_rule, limit = DESCRIPTION_CHARS)}
                </small>
            </div>
            {tags(locale, shown, more)}
            <p class="quiet">{td_string!(locale, words.hint)}</p>
            <div class="actions">{buttons(locale, is_public)}</div>
        </form>
    }
    .into_any()
}

/// The tags of the library to be ticked, and a field for others.
fn tags(locale: Locale, shown: &Shown, more: String) -> AnyView {
    let Shown { worded, typed } = shown;
    let ticked: Vec<String> = match typed {
        Some(typed) => typed.of("tags").split(BETWEEN).map(folded).collect(),
        None => worded.shown.iter().map(|tag| tag.folded.clone()).collect(),
    };
    let mut names: Vec<(String, String)> = Vec::new();
    for tag in worded.shown.iter().chain(&worded.own) {
        if !names.iter().any(|(known, _)| *known == tag.folded) {
            names.push((tag.folded.clone(), tag.name.clone()));
        }
    }
    let boxes: Vec<AnyView> = names
        .into_iter()
        .map(|(folded, name)| {
            let checked = ticked.contains(&folded);
            view! {
                <label class="check">
                    <input type="checkbox" name="tags[]" value=name.clone() checked=checked />
                    <span dir="auto">{name}</span>
                </label>
            }
            .into_any()
        })
        .collect();
    let boxes = (!boxes.is_empty()).then(|| view! { <div class="words-tags">{boxes}</div> });
    view! {
        <fieldset class="words-fieldset">
            <legend class="field-label">{td_string!(locale, words.tags)}</legend>
            {boxes}
            <div class="field">
                <label class="field-label" for="words-more">
                    {td_string!(locale, words.more_tags)}
                </label>
                <input
                    type="text"
                    id="words-more"
                    name="more"
                    value=more
                    dir="auto"
                    autocomplete="off"
                    aria-describedby="words-more-hint"
                />
                <small class="field-hint" id="words-more-hint">
                    {td_string!(
                        locale,
                        words.more_tags_hint,
                        count = PUBLIC_TAGS_MAX,
                        limit = TAG_CHARS
                    )}
                </small>
            </div>
        </fieldset>
    }
    .into_any()
}

fn buttons(locale: Locale, is_public: bool) -> AnyView {
    let save = td_string!(locale, words.save);
    if is_public {
        return view! {
            <button class="button button-primary" type="submit" name="act" value="save">
                {save}
            </button>
        }
        .into_any();
    }
    view! {
        <button class="button button-primary" type="submit" name="act" value="publish">
            {td_string!(locale, words.publish)}
        </button>
        <button class="button" type="submit" name="act" value="save">
            {td_string!(locale, words.save_private)}
        </button>
    }
    .into_any()
}
