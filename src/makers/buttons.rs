//! The buttons about a picture and its maker, as plain forms; to strangers what they see
//! of it: the number, and the way in.

use super::api::{HideMaker, Like, ShowMaker};
use crate::{
    error::{AppError, Problem},
    i18n::{Locale, td_string},
    model::{
        limits::{FOLLOWS_MAX, HIDDEN_MAX},
        typed::isolated,
    },
    routes::{Route, profile},
    store::likes::Standing,
    ui::{
        error_view::{error_in_address, sign_in_address},
        form::Language,
        icon::icon,
        words,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// Who looks at a picture's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Reader {
    /// Nobody who is signed in.
    Stranger,
    /// Whose picture it is.
    Owner,
    /// Anybody else.
    Person,
}

/// Who made a picture, and how its reader stands to it.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct MadeBy {
    /// Who made it, who likes it.
    pub standing: Standing,
    /// Who reads this.
    pub reader: Reader,
    /// The time, Unix milliseconds: who is suspended has no page.
    pub now_ms: i64,
}

/// What a picture's page says first: who made it, and what its reader may do about that.
/// Nothing of what is in no list.
pub fn about(locale: Locale, id: &str, by: Option<&MadeBy>) -> AnyView {
    let Some(by) = by else {
        return ().into_any();
    };
    // Its owner's own forms tell of what went wrong with them.
    let told = (by.reader != Reader::Owner).then(|| problem_note(locale, error_in_address()));
    view! {
        {told}
        {maker(locale, &by.standing, by.now_ms)}
        {by.standing.hidden.then(|| hidden_note(locale))}
        {acts(locale, id, &by.standing, by.reader)}
    }
    .into_any()
}

/// Who made a picture, first of all that is said of it.
fn maker(locale: Locale, standing: &Standing, now_ms: i64) -> AnyView {
    let name = isolated(&standing.maker.name);
    match standing.maker.profile(now_ms) {
        Some(handle) => {
            let href = profile(handle).address(locale);
            view! {
                <p class="maker">
                    <a href=href rel="external">{name}</a>
                    <span class="quiet">" @" {handle.to_owned()}</span>
                </p>
            }
            .into_any()
        }
        None => view! { <p class="maker">{name}</p> }.into_any(),
    }
}

/// Like and hide, for a picture that is in the lists.
fn acts(locale: Locale, id: &str, standing: &Standing, reader: Reader) -> AnyView {
    let like = match reader {
        Reader::Person => like_form(locale, id, standing),
        Reader::Stranger => {
            let href = sign_in_address(locale, &Route::Image(id).address(locale));
            let title = td_string!(locale, makers.like_sign_in);
            view! {
                <a class="button" href=href rel="external nofollow" title=title>
                    {icon("heart")}
                    {td_string!(locale, makers.like)}
                    {number(locale, standing.likes)}
                    <span class="unseen">" – " {title}</span>
                </a>
            }
            .into_any()
        }
        Reader::Owner => view! {
            <span class="likes">
                {icon("heart")} {count(locale, standing.likes)}
            </span>
        }
        .into_any(),
    };
    let hide =
        (reader == Reader::Person).then(|| hide_form(locale, ("picture", id), standing.hidden));
    view! {
        <div class="actions social" id="like">
            {like} {hide}
        </div>
    }
    .into_any()
}

fn like_form(locale: Locale, id: &str, standing: &Standing) -> AnyView {
    let liked = standing.liked;
    let drawing = if liked { "heart-filled" } else { "heart" };
    // What a press asks for, and not "the other": two tabs that show the same want the same.
    let wish = if liked { "" } else { "on" };
    view! {
        <form method="post" action=Like::url()>
            <Language />
            <input type="hidden" name="id" value=id.to_owned() />
            <input type="hidden" name="on" value=wish />
            <button class="button" aria-pressed=liked.to_string()>
                {icon(drawing)}
                {td_string!(locale, makers.like)}
                {number(locale, standing.likes)}
            </button>
        </form>
    }
    .into_any()
}

/// The number beside a button; nothing where there is none.
fn number(locale: Locale, likes: u32) -> Option<AnyView> {
    (likes > 0).then(|| {
        view! {
            <span aria-hidden="true" class="number">{likes}</span>
            <span class="unseen">" (" {count(locale, likes)} ")"</span>
        }
        .into_any()
    })
}

/// How many like it, in words.
fn count(locale: Locale, likes: u32) -> String {
    match likes {
        1 => td_string!(locale, makers.likes_one).to_owned(),
        likes => td_string!(locale, makers.likes_many, count = likes),
    }
}

/// Hides somebody, or shows them again; they are named by a field of the form.
pub fn hide_form(locale: Locale, (name, value): (&'static str, &str), hidden: bool) -> AnyView {
    let (action, words) = match hidden {
        false => (HideMaker::url(), td_string!(locale, makers.hide)),
        true => (ShowMaker::url(), td_string!(locale, makers.show)),
    };
    view! {
        <form method="post" action=action>
            <Language />
            <input type="hidden" name=name value=value.to_owned() />
            <button class="button">{words}</button>
        </form>
    }
    .into_any()
}

/// That the reader has hidden whoever this is about.
pub fn hidden_note(locale: Locale) -> AnyView {
    view! { <p class="note" role="note">{td_string!(locale, makers.hidden_note)}</p> }.into_any()
}

/// What is wrong with a wish of these pages, in words.
pub fn problem(locale: Locale, error: &AppError) -> String {
    match error {
        AppError::Invalid {
            problem: Problem::TooManyCollections,
        } => td_string!(
            locale,
            makers.full,
            follows = FOLLOWS_MAX,
            hidden = HIDDEN_MAX
        ),
        AppError::NotFound => td_string!(locale, makers.gone).to_owned(),
        error => words::error(locale, error),
    }
}

/// The note at the top of a page that a form sent back.
pub fn problem_note(locale: Locale, error: Option<AppError>) -> Option<AnyView> {
    error.map(|error| {
        view! {
            <div class="note note-error" role="alert">
                <p>{problem(locale, &error)}</p>
            </div>
        }
        .into_any()
    })
}
