//! The views of an error: a note at the top of a form, or a whole page.

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

use super::{head::PrivateHead, words};
use crate::{
    error::AppError,
    i18n::{Locale, td_string, use_locale},
    model::local_path::LocalPath,
    routes::Route,
};
use leptos::prelude::*;
use leptos_router::{
    hooks::{use_location, use_query_map},
    location::Url,
};

/// The error a form sent back in the address, where it had no script to show it.
pub fn error_in_address() -> Option<AppError> {
    use_query_map().with_untracked(|query| {
        query
            .get("error")
            .and_then(|text| AppError::from_query(&text))
    })
}

/// Tells of an error where the person looks, if there is one.
#[component]
pub fn ErrorNote(error: Option<AppError>) -> impl IntoView {
    let locale = use_locale();
    let here = use_location().pathname;
    error.map(|error| {
        let sign_in = matches!(error, AppError::SignInNeeded).then(|| {
            let href = sign_in_address(locale, &here.get_untracked());
            view! { <a href=href rel="external">{td_string!(locale, error.to_sign_in)}</a> }
        });
        view! {
            <div class="note note-error" role="alert">
                <p>{words::error(locale, &error)} " " {sign_in}</p>
            </div>
        }
    })
}

/// A page that has nothing else to show.
#[component]
pub fn ErrorPage(error: AppError) -> impl IntoView {
    let locale = use_locale();
    let title = words::error_title(locale, &error);
    let onward = if matches!(error, AppError::SignInNeeded) {
        let here = use_location().pathname.get_untracked();
        let href = sign_in_address(locale, &here);
        view! {
            <a class="button button-primary" href=href rel="external">
                {td_string!(locale, error.to_sign_in)}
            </a>
        }
        .into_any()
    } else {
        view! {
            <a class="button" href=Route::Gallery.address(locale) rel="external">
                {td_string!(locale, error.to_gallery)}
            </a>
            <a class="button" href=Route::Home.address(locale) rel="external">
                {td_string!(locale, error.to_home)}
            </a>
        }
        .into_any()
    };
    view! {
        <PrivateHead locale title=title.to_string() />
        <section class="error-page">
            <h1>{title}</h1>
            <p>{words::error(locale, &error)}</p>
            <div class="actions">{onward}</div>
        </section>
    }
}

/// The sign-in page that comes back to `here` afterwards.
pub fn sign_in_address(locale: Locale, here: &str) -> String {
    let here = LocalPath::parse(here);
    // Somebody who signs in from a page about nothing of theirs wants to begin.
    let about_theirs = here.filter(|here| {
        let page = here.page();
        [Route::Home, Route::SignIn, Route::Gallery]
            .iter()
            .all(|other| !other.is(&page))
    });
    let next = match about_theirs {
        Some(here) => here.in_language(locale).into(),
        None => Route::Create.address(locale),
    };
    Route::sign_in_to(&Url::escape(&next)).address(locale)
}
