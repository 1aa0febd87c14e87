//! The page of an invitation: what it is, how it stands, and the way on with it.
//! Opening it uses nothing up, so that a chat may fetch it for a preview.

use super::{admission::who_may, turned_away::whom_to_ask};
use crate::{
    error::AppError,
    i18n::{self, Locale, td_string, use_locale},
    model::{local_path::LocalPath, typed::isolated},
    routes::{Route, SIGN_IN_START},
    server::{
        AppState, Context,
        admission::takes_invitations,
        invitations::{self, Looked},
    },
    store::invitations::Standing,
    ui::{error_view::ErrorPage, format, found::when_found, head::PrivateHead},
};
use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

/// What the page says.
#[derive(Clone)]
enum Shown {
    /// It holds until then, Unix milliseconds.
    Open(i64),
    /// It opens nothing any more: how it stands, and when it ended.
    Over(Standing, i64),
    /// There is none of this token.
    Unknown,
    /// No invitation is needed, or none would help.
    NotTaken,
    /// The reader has an account: their name.
    Member(String),
}

/// The page.
#[component]
pub fn InvitationPage() -> impl IntoView {
    let locale = use_locale();
    let params = use_params_map();
    let token = params.with_untracked(|params| params.get("id").unwrap_or_default());
    let context = Arc::new(Context::take());
    keep_secret(&context);
    let (asked, presented) = (context.clone(), token.clone());
    let found = async move { look(&asked, &presented).await };
    when_found(found, move |found| match found {
        Ok(shown) => page(&context, locale, &token, shown),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

/// The head of a page whose address holds an invitation's token: it is a key, so that
/// nobody keeps the address, and nobody else learns it.
pub(super) fn keep_secret(context: &Context) {
    context.keep_address_secret();
}

async fn look(context: &Context, token: &str) -> Result<Shown, AppError> {
    let state = &context.state;
    if let Some(user) = context.user().await? {
        return Ok(Shown::Member(user.name));
    }
    if !takes_invitations(state) {
        return Ok(Shown::NotTaken);
    }
    let client = context.client();
    let client = client.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    Ok(match invitations::look(state, client, token).await? {
        Looked::TooMany(retry_after_s) => return Err(AppError::TooMany { retry_after_s }),
        Looked::Unknown => Shown::Unknown,
        Looked::Found(found) => match found.standing(state.clock.now_ms()) {
            Standing::Open => Shown::Open(found.ends_at_ms),
            other => Shown::Over(other, found.ends_at_ms),
        },
    })
}

fn page(context: &Context, locale: Locale, token: &str, shown: Shown) -> AnyView {
    let state = &context.state;
    match shown {
        Shown::Open(until_ms) => open(locale, token, until_ms),
        Shown::Over(standing, ended_ms) => {
            context.set_status(StatusCode::GONE);
            over(state, locale, standing, ended_ms)
        }
        Shown::Unknown => {
            context.set_status(StatusCode::NOT_FOUND);
            let title = td_string!(locale, invitation.unknown_title);
            let body = view! {
                <p>{td_string!(locale, invitation.unknown)}</p>
                {whom_to_ask(state, locale)}
                {sign_in(locale, td_string!(locale, invitation.have_account))}
            };
            card(locale, title, body.into_any())
        }
        Shown::NotTaken => {
            let title = td_string!(locale, invitation.not_taken);
            let body = view! {
                <p>{who_may(locale, state.config.sign_up_mode())}</p>
                {sign_in(locale, td_string!(locale, sign_in.title))}
            };
            card(locale, title, body.into_any())
        }
        Shown::Member(name) => {
            let title = td_string!(locale, invitation.title);
            let name = isolated(&name);
            let body = view! {
                <p>{td_string!(locale, invitation.member, name = name)}</p>
                <a class="button button-primary" rel="external" href=Route::Create.address(locale)>
                    {td_string!(locale, sign_in.onward)}
                </a>
            };
            card(locale, title, body.into_any())
        }
    }
}

/// An invitation that holds.
fn open(locale: Locale, token: &str, until_ms: i64) -> AnyView {
    let date = format::date(locale, until_ms);
    // The way back is this page: whoever begins there takes the invitation along.
    let here = LocalPath::parse(&Route::Invitation(token).address(locale));
    let here = here.map_or_else(String::new, |here| here.in_query());
    let href = format!("{SIGN_IN_START}?lang={}&next={here}", i18n::code(locale));
    let body = view! {
        <p>{td_string!(locale, invitation.lead)}</p>
        <p>{td_string!(locale, invitation.how)}</p>
        <p>{td_string!(locale, invitation.until, date = date)}</p>
        <a class="button button-primary" rel="external nofollow" href=href>
            {td_string!(locale, invitation.accept)}
        </a>
        <p class="quiet">{td_string!(locale, sign_in.cookie)}</p>
    };
    card(
        locale,
        td_string!(locale, invitation.title),
        body.into_any(),
    )
}

/// An invitation that opens nothing any more.
fn over(state: &AppState, locale: Locale, standing: Standing, ended_ms: i64) -> AnyView {
    let date = format::date(locale, ended_ms);
    let why = match standing {
        Standing::Revoked => td_string!(locale, invitation.revoked).to_owned(),
        Standing::UsedUp => td_string!(locale, invitation.used_up).to_owned(),
        Standing::Ended | Standing::Open => td_string!(locale, invitation.ended, date = date),
    };
    let body = view! {
        <p>{why}</p>
        {whom_to_ask(state, locale)}
        {sign_in(locale, td_string!(locale, invitation.have_account))}
    };
    card(locale, td_string!(locale, invitation.over), body.into_any())
}

/// The way in without the invitation.
fn sign_in(locale: Locale, label: &'static str) -> AnyView {
    view! {
        <a class="button" rel="external" href=Route::SignIn.address(locale)>
            {label}
        </a>
    }
    .into_any()
}

fn card(locale: Locale, title: &'static str, body: AnyView) -> AnyView {
    view! {
        <PrivateHead locale title=title.to_string() />
        <section class="sign-in-page card">
            <h1>{title}</h1>
            {body}
        </section>
    }
    .into_any()
}
