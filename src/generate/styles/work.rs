//! Keeping styles, and putting one on a form.

use crate::{
    error::{AppError, Problem},
    generate::pipeline,
    model::{
        Prompt,
        catalogue::Model,
        draft::Draft,
        folding::{folded, says_nothing},
        limits::{STYLE_NAME_CHARS, STYLE_WORDS_CHARS},
        typed,
    },
    routes::{self, PagePath, Route},
    server::{
        AppState, Context,
        context::localised,
        drafts,
        kept_forms::{self, Typed},
    },
    store::{
        DbError,
        styles::{self as rows, NewStyle, Style},
        users::User,
    },
};

/// The page of styles.
pub(super) fn styles() -> PagePath {
    PagePath::of(routes::STYLES)
}

/// A style as it was typed.
pub(super) struct Form<'a> {
    /// Empty for a new one.
    pub id: &'a str,
    pub name: &'a str,
    pub before: &'a str,
    pub after: &'a str,
    /// True where the settings become those of the form as it was left.
    pub with_settings: bool,
}

/// The key under which a style's form is kept until it is accepted.
pub(super) fn kept_key(user: &User, id: &str) -> String {
    format!("style:{}:{id}", user.id)
}

/// Keeps the composer's form, and goes to the styles.
pub(super) async fn open(context: &Context, draft: &Draft, lang: &str) -> Result<(), AppError> {
    let page = styles();
    let Some(user) = context.user().await? else {
        return wait(context, draft, lang, page).await;
    };
    match drafts::keep(&context.state, &user, draft).await {
        Ok(()) => {
            context.redirect(lang, page);
            Ok(())
        }
        Err(error) => Err(context.refuse(lang, Route::Create, error)),
    }
}

/// The form waits until its person has signed in, and goes on to a page then.
async fn wait(
    context: &Context,
    draft: &Draft,
    lang: &str,
    next: PagePath,
) -> Result<(), AppError> {
    if let Err(error) = pipeline::keep_until_signed_in(context, draft).await {
        return Err(context.refuse(lang, Route::Create, error));
    }
    context.redirect(lang, Route::sign_in_to(&localised(lang, next)));
    Err(context.with_status(AppError::SignInNeeded))
}

/// Puts a style on a form; one without a model is none, and the form that was left is
/// meant.
pub(super) async fn put_on(
    context: &Context,
    id: &str,
    form: Draft,
    lang: &str,
) -> Result<(), AppError> {
    let state = &context.state;
    let is_form = !form.model.is_empty();
    let Some(user) = context.user().await? else {
        return match is_form {
            true => wait(context, &form, lang, Route::Create.path()).await,
            false => context
                .require_user_for_form(lang, styles())
                .await
                .map(drop),
        };
    };
    let form = match is_form {
        true => form,
        false => drafts::of_person(state, Some(&user)),
    };
    let all = rows::all(&state.db, &user.id).await?;
    let Some(style) = all.iter().find(|style| style.id == id) else {
        // Deleted in another tab: what was typed stays all the same.
        drafts::keep(state, &user, &form).await?;
        return Err(context.refuse(lang, Route::Create, AppError::NotFound));
    };
    let (mut next, lost) = with_settings(&state.offered(), style, &form);
    // Another style that it wears is taken off.
    let mut own = std::iter::once(style).chain(&all);
    let bare = own.find_map(|style| taken_off(&form.prompt, style));
    next.prompt = Prompt(dressed(bare.as_deref().unwrap_or(&form.prompt), style));
    drafts::keep(state, &user, &next).await?;
    match lost {
        None => {
            context.redirect(lang, Route::Create);
            Ok(())
        }
        Some(problem) => Err(context.refuse(lang, Route::Create, problem.into())),
    }
}

/// The form with a style's settings, as far as there are any on offer, and what there is
/// not. Its words and pictures stay.
fn with_settings(offered: &[Model], style: &Style, form: &Draft) -> (Draft, Option<Problem>) {
    let Ok(wanted) = serde_json::from_str::<Draft>(&style.settings) else {
        return (form.clone(), Some(Problem::Malformed));
    };
    if wanted.model.is_empty() {
        return (form.clone(), None);
    }
    let its_own = offered.iter().find(|model| model.id == wanted.model);
    let any = || offered.iter().find(|model| model.id == form.model);
    let Some(model) = its_own.or_else(any).or(offered.first()) else {
        return (form.clone(), Some(Problem::UnknownModel));
    };
    let lost = match its_own {
        None => Some(Problem::UnknownModel),
        Some(model) => {
            let settings = wanted.settings(model);
            let words = Prompt("words".into());
            settings.and_then(|s| model.check(&words, &s)).err()
        }
    };
    let next = Draft {
        references: form.references.clone(),
        mask: form.mask.clone(),
        parent: form.parent.clone(),
        ..wanted.fitted_to(model)
    };
    (next, lost)
}

const ENDS: &[char] = &['.', ',', ';', ':', '!', '?', '…'];

/// Words between those of a style.
fn dressed(words: &str, style: &Style) -> String {
    let (words, before, after) = (words.trim(), style.before.trim(), style.after.trim());
    if words.is_empty() {
        // What belongs between them is yet to be written.
        let parts = [before, after].map(str::to_owned);
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        return parts.join("\n");
    }
    let mut text = match before {
        "" => words.to_owned(),
        before => format!("{before} {words}"),
    };
    if !after.is_empty() {
        text.push_str(match (text.ends_with(ENDS), after.starts_with(ENDS)) {
            (_, true) => "",
            (true, _) => " ",
            _ => ", ",
        });
        text.push_str(after);
    }
    text
}

/// The words between those of a style, where they wear it.
fn taken_off(words: &str, style: &Style) -> Option<String> {
    let (before, after) = (style.before.trim(), style.after.trim());
    if before.is_empty() && after.is_empty() {
        return None;
    }
    let rest = words.trim().strip_prefix(before)?;
    let mut rest = rest.strip_suffix(after)?.trim();
    if !after.is_empty() && !after.starts_with(ENDS) {
        rest = rest.strip_suffix(',').unwrap_or(rest);
    }
    Some(rest.to_owned())
}

/// Keeps a style. What is refused is kept as it was typed, for some minutes.
pub(super) async fn save(state: &AppState, user: &User, form: &Form<'_>) -> Result<(), AppError> {
    let key = kept_key(user, form.id);
    let fields = [
        ("name", form.name),
        ("before", form.before),
        ("after", form.after),
    ];
    kept_forms::keep(&key, Typed::new(fields), state.clock.now_ms());
    checked_and_saved(state, user, form).await?;
    kept_forms::forget(&key);
    Ok(())
}

async fn checked_and_saved(state: &AppState, user: &User, form: &Form<'_>) -> Result<(), AppError> {
    let name = typed::line(form.name);
    if says_nothing(&name) {
        return Err(Problem::NameEmpty.into());
    }
    if name.chars().count() > STYLE_NAME_CHARS as usize {
        return Err(Problem::NameTooLong.into());
    }
    let words = |text: &str| {
        let text = typed::lines(text).trim().to_owned();
        match text.chars().count() > STYLE_WORDS_CHARS as usize {
            true => Err(Problem::PromptTooLong {
                limit: STYLE_WORDS_CHARS,
            }),
            false => Ok(text),
        }
    };
    let (before, after) = (words(form.before)?, words(form.after)?);
    let kept = drafts::of_person(state, Some(user)).next();
    let settings = form
        .with_settings
        .then(|| drafts::to_json(&kept).ok_or(Problem::Malformed))
        .transpose()?;
    // Signs alone are compared as they are.
    let same = Some(folded(&name)).filter(|same| !same.is_empty());
    let same = same.unwrap_or_else(|| name.clone());
    let style = NewStyle {
        name: &name,
        folded: &same,
        before: &before,
        after: &after,
        settings: settings.as_deref(),
    };
    let done = if form.id.is_empty() {
        let (id, now_ms) = (uuid::Uuid::now_v7().to_string(), state.clock.now_ms());
        let added = rows::add(&state.db, &id, &user.id, &style, now_ms).await;
        let full = || AppError::from(Problem::TooManyCollections);
        added.map(|added| added.then_some(()).ok_or_else(full))
    } else {
        let changed = rows::change(&state.db, form.id, &user.id, &style).await;
        changed.map(|changed| changed.then_some(()).ok_or(AppError::NotFound))
    };
    match done {
        Ok(done) => done,
        Err(DbError::Constraint) => Err(Problem::NameTaken.into()),
        Err(error) => Err(error.into()),
    }
}

/// Deletes a style.
pub(super) async fn delete(state: &AppState, user: &User, id: &str) -> Result<(), AppError> {
    match rows::delete(&state.db, id, &user.id).await? {
        true => Ok(()),
        false => Err(AppError::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(before: &str, after: &str) -> Style {
        Style {
            id: String::new(),
            name: String::new(),
            before: before.into(),
            after: after.into(),
            settings: "{}".into(),
        }
    }

    #[test]
    fn words_stand_between_those_of_the_style_and_can_be_taken_out_again() {
        for (before, words, after, expected) in [
            (
                "A studio photograph of",
                "a fox",
                "soft light",
                "A studio photograph of a fox, soft light",
            ),
            (
                "",
                "A fox in the snow.",
                "soft light",
                "A fox in the snow. soft light",
            ),
            ("", "a fox", ", soft light", "a fox, soft light"),
            ("Linocut:", "a fox", "", "Linocut: a fox"),
            ("Linocut of", "", "two colours", "Linocut of\ntwo colours"),
            ("", "a fox", "", "a fox"),
        ] {
            let style = style(before, after);
            let made = dressed(words, &style);
            assert_eq!(made, expected);
            // Put on twice, it is worn once.
            let bare = taken_off(&made, &style);
            assert_eq!(bare.is_some(), !(before.is_empty() && after.is_empty()));
            assert_eq!(dressed(bare.as_deref().unwrap_or(&made), &style), expected);
        }
        assert_eq!(taken_off("a fox", &style("Linocut of", "")), None);
    }
}
