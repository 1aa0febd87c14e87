//! The page of somebody who signed in and may open no account: why, whom to ask,
//! and the way to another account. It sets no cookie.

use super::admission::Why;
use crate::{
    error::AppError,
    i18n::{self, Locale, td_string, use_locale},
    model::local_path::LocalPath,
    routes::{Route, SIGN_IN_START},
    server::{AppState, Context, config::SignUpMode},
    ui::{error_view::ErrorPage, head::PrivateHead},
};
use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The page; `?why=` is the code of the reason where there is a particular one.
#[component]
pub fn TurnedAwayPage() -> impl IntoView {
    let locale = use_locale();
    let context = Context::take();
    let mode = context.state.config.sign_up_mode();
    if mode == SignUpMode::Open {
        // Nobody is turned away here.
        let error = context.with_status(AppError::NotFound);
        return view! { <ErrorPage error /> }.into_any();
    }
    context.set_status(StatusCode::FORBIDDEN);
    let why = use_query_map().with_untracked(|query| query.get("why"));
    let why = reason(locale, mode, Why::from_code(&why.unwrap_or_default()));
    let title = td_string!(locale, sign_up.title);
    view! {
        <PrivateHead locale title=title.to_string() />
        <section class="sign-in-page card">
            <h1>{title}</h1>
            <p role="alert">{why}</p>
            <p>{td_string!(locale, sign_up.nothing_kept)}</p>
            {whom_to_ask(&context.state, locale)}
            <a class="button button-primary" rel="external" href=another_account(locale)>
                {td_string!(locale, sign_up.other)}
            </a>
        </section>
    }
    .into_any()
}

fn reason(locale: Locale, mode: SignUpMode, why: Why) -> &'static str {
    match (mode, why) {
        (SignUpMode::List, _) => td_string!(locale, sign_up.why_list),
        (SignUpMode::Closed | SignUpMode::Open, _) => td_string!(locale, sign_up.why_closed),
        (SignUpMode::Invitation, Why::NotInvited) => td_string!(locale, sign_up.why_invitation),
        (SignUpMode::Invitation, Why::Unknown) => td_string!(locale, sign_up.why_unknown),
        (SignUpMode::Invitation, Why::Ended) => td_string!(locale, sign_up.why_ended),
        (SignUpMode::Invitation, Why::Revoked) => td_string!(locale, sign_up.why_revoked),
        (SignUpMode::Invitation, Why::UsedUp) => td_string!(locale, sign_up.why_used_up),
    }
}

/// Where the provider is asked for another account than the last one.
fn another_account(locale: Locale) -> String {
    let next = LocalPath::parse(&Route::Create.address(locale));
    let next = next.map_or_else(String::new, |next| next.in_query());
    format!(
        "{SIGN_IN_START}?again=1&lang={}&next={next}",
        i18n::code(locale)
    )
}

/// Whom to write to: the operator's address, or their name where a demo has none.
pub(super) fn whom_to_ask(state: &AppState, locale: Locale) -> AnyView {
    match &state.config.imgc.contact {
        Some(contact) => view! {
            <p>
                {td_string!(locale, sign_up.ask)} " "
                <a href=format!("mailto:{contact}")>{contact.clone()}</a>
            </p>
        }
        .into_any(),
        None => view! { <p>{td_string!(locale, sign_up.ask_operator)}</p> }.into_any(),
    }
}
