//! The words that a public picture shows: what was typed is made what is kept, or refused
//! and kept as it was typed.

use super::{action::Action, tags, views};
use crate::{
    error::{AccountProblem, AppError, Problem},
    model::{
        folding::{folded, says_nothing},
        limits::{DESCRIPTION_CHARS, PUBLIC_TAGS_MAX, TITLE_CHARS},
        typed,
    },
    routes,
    server::{
        Context,
        kept_forms::{self, Typed},
    },
    store::{
        images::Image,
        users::User,
        words::{self as rows, Words},
    },
};

/// What the form sends.
pub(super) struct Form {
    pub title: String,
    pub alt: String,
    /// Tags that were ticked.
    pub tags: Vec<String>,
    /// Tags that were typed, with commas between.
    pub more: String,
    /// True where the picture is to be published as well.
    pub publishes: bool,
}

/// Parts one ticked tag from the next in a kept form; no tag has a line break.
pub(super) const BETWEEN: char = '\n';

/// Where a person's refused form for a picture is kept.
pub(super) fn kept_key(user: &User, id: &str) -> String {
    format!("words:{}:{id}", user.id)
}

/// What the description begins with: the prompt, where others may read it. It is kept as
/// none while it says the same, so that who hides the prompt hides it here as well.
pub(super) fn offered(image: &Image) -> String {
    if !image.shows_prompt {
        return String::new();
    }
    let limit = DESCRIPTION_CHARS as usize;
    let line = typed::line_of(&image.prompt, limit);
    match line.chars().count() > limit {
        false => line,
        true => {
            let cut: String = line.chars().take(limit).collect();
            match cut.rsplit_once(' ') {
                Some((whole, _)) => whole.to_owned(),
                None => cut,
            }
        }
    }
}

/// Keeps the words, publishes where that is asked for, and goes to the picture's page.
pub(super) async fn save(
    context: &Context,
    user: &User,
    lang: &str,
    id: &str,
    form: Form,
) -> Result<(), AppError> {
    let page = routes::words(id);
    let key = kept_key(user, id);
    let ticked = form.tags.join(&BETWEEN.to_string());
    let kept = Typed::new([
        ("title", form.title.as_str()),
        ("alt", form.alt.as_str()),
        ("tags", ticked.as_str()),
        ("more", form.more.as_str()),
    ]);
    if let Err(error) = keep(context, user, id, &form).await {
        kept_forms::keep(&key, kept, context.state.clock.now_ms());
        return Err(context.refuse(lang, page, error));
    }
    kept_forms::forget(&key);
    if form.publishes {
        return views::change_one(context, &user.id, lang, id, Action::Publish)
            .await
            .map(|_| ());
    }
    context.redirect(lang, routes::Route::Image(id));
    Ok(())
}

async fn keep(context: &Context, user: &User, id: &str, form: &Form) -> Result<(), AppError> {
    let (state, now_ms) = (&context.state, context.state.clock.now_ms());
    // Words that others read are published as pictures are.
    if user.suspended_until(now_ms).is_some() {
        return Err(AccountProblem::Suspended.into());
    }
    let worded = rows::read(&state.db, id, &user.id).await?;
    let worded = worded.ok_or(AppError::NotFound)?;
    let words = tidied(form, &offered(&worded.image))?;
    match rows::set(&state.db, id, &user.id, &words).await? {
        true => Ok(()),
        false => Err(AppError::NotFound),
    }
}

/// What was typed as it is kept.
fn tidied(form: &Form, offered: &str) -> Result<Words, AppError> {
    let line = |text: &str, limit: u32| -> Result<Option<String>, AppError> {
        let line = typed::name(text);
        match line.chars().count() {
            _ if says_nothing(&line) => Ok(None),
            n if n > limit as usize => Err(Problem::PromptTooLong { limit }.into()),
            _ => Ok(Some(line)),
        }
    };
    let alt = line(&form.alt, DESCRIPTION_CHARS)?;
    let alt = alt.filter(|alt| *alt != typed::name(offered));
    let typed = form.more.split([',', '\n', '、', '،']);
    let typed = typed.filter(|tag| !says_nothing(tag));
    let mut chosen: Vec<String> = Vec::new();
    for text in form.tags.iter().map(String::as_str).chain(typed) {
        let tag = typed::name(&tags::tag(text)?);
        if says_nothing(&tag) {
            continue;
        }
        if !chosen.iter().any(|known| folded(known) == folded(&tag)) {
            chosen.push(tag);
        }
        if chosen.len() > PUBLIC_TAGS_MAX as usize {
            return Err(Problem::TooManyTags.into());
        }
    }
    Ok(Words {
        title: line(&form.title, TITLE_CHARS)?,
        alt,
        tags: chosen,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(title: &str, alt: &str, tags: &[&str], more: &str) -> Form {
        Form {
            title: title.to_owned(),
            alt: alt.to_owned(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            more: more.to_owned(),
            publishes: false,
        }
    }

    #[test]
    fn words_are_tidied_and_bounded() {
        let words = tidied(
            &form(
                " The\u{202e} old\n harbour ",
                "a fox",
                &["#Sea", "sea"],
                "Été, ete ,, night,\u{200b}",
            ),
            "a fox",
        )
        .unwrap();
        assert_eq!(words.title.as_deref(), Some("The old harbour"));
        assert_eq!(words.alt, None, "the prompt is no description of its own");
        assert_eq!(words.tags, ["Sea", "Été", "night"]);
        let none = tidied(&form("\u{200b} ", "\u{3164}", &[], " , "), "").unwrap();
        assert_eq!(none, Words::default());
        let long = |n: usize| "é".repeat(n);
        assert!(tidied(&form(&long(100), &long(500), &[], &long(40)), "").is_ok());
        for wrong in [
            form(&long(101), "", &[], ""),
            form("", &long(501), &[], ""),
            form("", "", &[], &long(41)),
            form("", "", &["a", "b", "c", "d", "e"], "f,g,h,i,j,k"),
        ] {
            assert!(tidied(&wrong, "").is_err());
        }
    }
}
