//! The page of a person's own styles: put one on, change it, delete it, keep another.

use super::{
    api::{DeleteStyle, OpenStyles, SaveStyle, UseStyle},
    work::{kept_key, styles},
};
use crate::{
    error::{AppError, Problem},
    i18n::{self, Locale, td_string, use_locale},
    model::{
        catalogue::Model,
        draft::Draft,
        limits::{STYLE_NAME_CHARS, STYLE_WORDS_CHARS, STYLES_MAX},
        looks,
    },
    routes::Route,
    server::{
        Context, drafts,
        kept_forms::{self, Typed},
    },
    store::styles::{self as rows, Style},
    ui::{
        error_view::{ErrorPage, error_in_address},
        form::{Language, PostForm},
        found::when_found,
        head::PrivateHead,
        platform::textarea_text,
        words,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use std::sync::Arc;

struct Shown {
    styles: Vec<(Style, Option<Typed>)>,
    /// A new one, as it was typed.
    new: Typed,
    /// The composer's form as it was left.
    draft: Draft,
    models: Vec<Model>,
}

/// The page.
#[component]
pub fn StylesPage() -> impl IntoView {
    let locale = use_locale();
    let context = Arc::new(Context::take());
    let asked = context.clone();
    let found = async move { shown(&asked, locale).await.map(Arc::new) };
    when_found(found, move |found| match found {
        Ok(shown) => page(locale, &shown),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

async fn shown(context: &Context, locale: Locale) -> Result<Shown, AppError> {
    let user = context
        .require_user_or_sign_in(i18n::code(locale), styles())
        .await?;
    let state = &context.state;
    let now_ms = state.clock.now_ms();
    let typed = |id: &str| kept_forms::find(&kept_key(&user, id), now_ms);
    let styles = rows::all(&state.db, &user.id).await?;
    Ok(Shown {
        new: typed("").unwrap_or_default(),
        styles: styles
            .into_iter()
            .map(|style| {
                let typed = typed(&style.id);
                (style, typed)
            })
            .collect(),
        draft: drafts::of_person(state, Some(&user)),
        models: state.offered(),
    })
}

fn page(locale: Locale, shown: &Shown) -> AnyView {
    let title = td_string!(locale, styles.title);
    let error = error_in_address().map(|error| {
        view! {
            <div class="note note-error" role="alert">
                <p>{problem(locale, &error)}</p>
            </div>
        }
    });
    let cards: Vec<AnyView> = shown
        .styles
        .iter()
        .map(|(style, typed)| card(locale, style, typed.as_ref(), &shown.models))
        .collect();
    let list = match cards.is_empty() {
        true => view! { <p class="empty">{td_string!(locale, styles.none)}</p> }.into_any(),
        false => view! { <ul class="styles">{cards}</ul> }.into_any(),
    };
    view! {
        <PrivateHead locale title=title.to_string() />
        // The way here, for the composer's own script.
        <div
            class="account-page"
            data-open=OpenStyles::url()
            data-words=td_string!(locale, create.own_styles)
        >
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, styles.lead)}</p>
                <p>
                    <a href=Route::Create.address(locale)>{td_string!(locale, styles.back)}</a>
                </p>
            </header>
            {error}
            {list}
            {new(locale, shown)}
        </div>
    }
    .into_any()
}

/// What is wrong with a style, in the words of this page.
fn problem(locale: Locale, error: &AppError) -> String {
    match error {
        AppError::Invalid { problem } => match problem {
            Problem::NameEmpty => td_string!(locale, styles.name_empty).to_owned(),
            Problem::NameTooLong => {
                td_string!(locale, styles.name_too_long, limit = STYLE_NAME_CHARS)
            }
            Problem::NameTaken => td_string!(locale, styles.name_taken).to_owned(),
            Problem::PromptTooLong { limit } => {
                td_string!(locale, styles.words_too_long, limit = *limit)
            }
            Problem::TooManyCollections => full(locale),
            other => words::problem(locale, other),
        },
        error => words::error(locale, error),
    }
}

fn full(locale: Locale) -> String {
    td_string!(locale, styles.full, limit = STYLES_MAX)
}

/// One that is there.
fn card(locale: Locale, style: &Style, typed: Option<&Typed>, models: &[Model]) -> AnyView {
    let (id, name) = (style.id.clone(), style.name.clone());
    let parts = [style.before.clone(), "…".to_owned(), style.after.clone()];
    let put_on = td_string!(locale, styles.put_on);
    let settings = serde_json::from_str::<Draft>(&style.settings).unwrap_or_default();
    let fields = match typed {
        Some(typed) => fields(
            locale,
            &id,
            [typed.of("name"), typed.of("before"), typed.of("after")],
        ),
        None => fields(
            locale,
            &id,
            [name.clone(), style.before.clone(), style.after.clone()],
        ),
    };
    view! {
        <li class="card">
            <h2 dir="auto">{name.clone()}</h2>
            <p class="prompt" dir="auto">{parts.join(" ").trim().to_owned()}</p>
            <p class="quiet">{facts(locale, &settings, models)}</p>
            <form method="post" action=UseStyle::url()>
                <Language />
                <button class="button button-primary" name="style" value=id.clone() data-name=name.clone()>
                    {put_on}
                    <span class="unseen">" " {name.clone()}</span>
                </button>
            </form>
            <details open=typed.is_some()>
                <summary class="button">
                    {td_string!(locale, styles.change)} <span class="unseen">" " {name}</span>
                </summary>
                <form class="account-choices" method="post" action=SaveStyle::url()>
                    <Language />
                    <input type="hidden" name="id" value=id.clone() />
                    {fields}
                    <label class="check">
                        <input type="checkbox" name="settings" value="on" />
                        <span>{td_string!(locale, styles.with_settings)}</span>
                    </label>
                    <button class="button" type="submit">
                        {td_string!(locale, styles.save)}
                    </button>
                </form>
                <PostForm
                    action=DeleteStyle::url()
                    id=id
                    button=td_string!(locale, styles.delete)
                    class="button button-danger"
                />
            </details>
        </li>
    }
    .into_any()
}

/// Name and words.
fn fields(locale: Locale, id: &str, [name, before, after]: [String; 3]) -> AnyView {
    // Ids of elements, each once in the page.
    let place = |field: &str| format!("{field}-{id}");
    let words = |field: &'static str, label: &'static str, text: String| {
        let here = place(field);
        view! {
            <div class="field">
                <label class="field-label" for=here.clone()>
                    {label}
                </label>
                <textarea id=here name=field rows="2" dir="auto" maxlength=STYLE_WORDS_CHARS>
                    {textarea_text(&text)}
                </textarea>
            </div>
        }
        .into_any()
    };
    let here = place("name");
    view! {
        <div class="field">
            <label class="field-label" for=here.clone()>
                {td_string!(locale, styles.name)}
            </label>
            <input
                type="text"
                id=here
                name="name"
                value=name
                required
                maxlength=STYLE_NAME_CHARS
                dir="auto"
                autocomplete="off"
            />
        </div>
        {words("before", td_string!(locale, styles.before), before)}
        {words("after", td_string!(locale, styles.after), after)}
    }
    .into_any()
}

/// The form for another one; where there are as many as may be, that.
fn new(locale: Locale, shown: &Shown) -> AnyView {
    let title = td_string!(locale, styles.new_style);
    let inside = if shown.styles.len() >= STYLES_MAX as usize {
        view! { <p class="note">{full(locale)}</p> }.into_any()
    } else {
        let typed = ["name", "before", "after"].map(|field| shown.new.of(field));
        let facts = facts(locale, &shown.draft.next(), &shown.models);
        view! {
            <form class="account-choices" method="post" action=SaveStyle::url()>
                <Language />
                {fields(locale, "new", typed)}
                <label class="check">
                    <input type="checkbox" name="settings" value="on" checked />
                    <span>
                        {td_string!(locale, styles.with_settings)}
                        <span class="quiet">" " {facts}</span>
                    </span>
                </label>
                <button class="button button-primary" type="submit">
                    {td_string!(locale, styles.add)}
                </button>
            </form>
        }
        .into_any()
    };
    view! {
        <section class="card" aria-labelledby="new-style">
            <h2 id="new-style">{title}</h2>
            {inside}
        </section>
    }
    .into_any()
}

/// The settings of a style in words.
fn facts(locale: Locale, settings: &Draft, models: &[Model]) -> String {
    if settings.model.is_empty() {
        return td_string!(locale, styles.no_settings).to_owned();
    }
    let model = models.iter().find(|model| model.id == settings.model);
    let size = match settings.size.as_str() {
        "custom" => format!("{}x{}", settings.width.trim(), settings.height.trim()),
        size => size.to_owned(),
    };
    let name = model.map_or_else(|| settings.model.clone(), |model| model.name.clone());
    let mut facts = vec![
        name,
        words::size(locale, &size),
        words::quality(locale, &settings.quality),
        words::format(&settings.format),
    ];
    if !matches!(settings.count.as_str(), "" | "1") {
        facts.push(format!("× {}", settings.count));
    }
    if !settings.look.is_empty() {
        facts.push(looks::name(locale, &settings.look).to_owned());
    }
    facts.join(" · ")
}
