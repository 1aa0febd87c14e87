//! The account page: everything held about a person, where they read it,
//! correct it, take it along and have it erased. Only read and posted, so all
//! of it is the server's.

mod devices;
mod invitations;
mod leaving;
mod profile;

use super::{
    api::{Rename, SetChoices, SetHandle, SetLanguage, SetSeesSensitive},
    overview::{self, Overview, overview},
};
use crate::{
    error::AppError,
    i18n::{self, LANGUAGES, td_string, use_locale},
    model::limits::{HANDLE_CHARS, PERSON_NAME_CHARS},
    routes::Route,
    server::{
        Context,
        oidc::{GOOGLE, GOOGLE_PERMISSIONS},
    },
    store::users::Account,
    ui::{
        error_view::{ErrorNote, ErrorPage, error_in_address},
        form::{Choice, Language, Select, TextField},
        format,
        found::when_found,
        head::PrivateHead,
    },
};
use devices::{Devices, SignIns};
use invitations::Invitations;
use leaving::{Closing, Leaving, Periods};
use leptos::{prelude::*, server_fn::ServerFn};
use profile::{Hidden, OwnProfile};
use std::sync::Arc;

/// The page.
#[component]
pub fn AccountPage() -> impl IntoView {
    let lang = i18n::code(use_locale());
    let context = Arc::new(Context::take());
    let asked = context.clone();
    let found = async move { overview(&asked, lang).await };
    when_found(found, move |found| match found {
        Ok(overview::Page::Live(held)) => {
            let periods = Periods::of(&context.state.config);
            view! { <Everything held=*held periods /> }.into_any()
        }
        Ok(overview::Page::Closing(erasure)) => view! { <Closing erasure /> }.into_any(),
        Err(error) => view! { <ErrorPage error /> }.into_any(),
    })
}

#[component]
fn Everything(held: Overview, periods: Periods) -> impl IntoView {
    let locale = use_locale();
    let title = td_string!(locale, account.title);
    let error: Option<AppError> = error_in_address();
    let avatar = held.avatar.clone().map(|src| {
        view! { <img class="account-picture" src=src width="64" height="64" alt="" /> }
    });
    view! {
        <PrivateHead locale title=title.to_string() />
        <div class="account-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, account.lead)}</p>
            </header>
            <ErrorNote error=error />
            {held.decisions.then(decisions)}
            <section class="card" aria-labelledby="you">
                <h2 id="you">{td_string!(locale, account.you)}</h2>
                {avatar}
                <Correct account=held.account.clone() />
                <Facts account=held.account.clone() />
            </section>
            <OwnProfile account=held.account.clone() pictured=held.avatar.is_some() />
            <Choices account=held.account />
            <Hidden hidden=held.hidden now_ms=held.now_ms />
            <Devices sessions=held.sessions here=held.here />
            <SignIns records=held.sign_ins />
            <Invitations came_by=held.invited_by made=held.invitations />
            <Leaving fresh=held.fresh now_ms=held.now_ms periods />
        </div>
    }
}

/// That there are decisions about the person, and where they are read.
fn decisions() -> AnyView {
    let locale = use_locale();
    view! {
        <div class="note note-error" role="note">
            <p>
                {td_string!(locale, decision.link_text)} " "
                <a href=Route::Decisions.address(locale)>{td_string!(locale, decision.link)}</a>
            </p>
        </div>
    }
    .into_any()
}

/// Name, handle and language: what can be corrected.
#[component]
fn Correct(account: Account) -> impl IntoView {
    let locale = use_locale();
    let languages: Vec<Choice> = LANGUAGES
        .map(|(language, code)| Choice::plain(code, td_string!(language, language.name)))
        .to_vec();
    let handle_limit = u32::try_from(HANDLE_CHARS.1).unwrap_or(u32::MAX);
    let chosen = account.language.clone();
    let chosen = chosen.unwrap_or_else(|| i18n::code(locale).to_owned());
    view! {
        <form class="inline-form" method="post" action=Rename::url()>
            <Language />
            <TextField
                id="name"
                name="name"
                label=td_string!(locale, account.name)
                value=account.name
                limit=PERSON_NAME_CHARS
                required=true
            />
            <button class="button" type="submit">
                {td_string!(locale, account.save)}
            </button>
        </form>
        <p class="field-hint">{td_string!(locale, account.name_hint)}</p>
        <form class="inline-form" method="post" action=SetHandle::url()>
            <Language />
            <TextField
                id="handle"
                name="handle"
                label=td_string!(locale, account.handle)
                value=account.handle.unwrap_or_default()
                limit=handle_limit
            />
            <button class="button" type="submit">
                {td_string!(locale, account.save)}
            </button>
        </form>
        <p class="field-hint">{td_string!(locale, account.handle_hint)}</p>
        <form class="inline-form" method="post" action=SetLanguage::url()>
            <Language />
            <Select
                id="account-language"
                name="language"
                label=td_string!(locale, account.language)
                choices=languages
                chosen
            />
            <button class="button" type="submit">
                {td_string!(locale, account.save)}
            </button>
        </form>
    }
}

/// The remaining facts of the account.
#[component]
fn Facts(account: Account) -> impl IntoView {
    let locale = use_locale();
    let fact = |name: &'static str, value: AnyView| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
        .into_any()
    };
    let words = |text: String| view! { {text} }.into_any();
    let age = account.age_stated.map(|(years, at_ms)| {
        let date = format::date(locale, at_ms);
        let text = td_string!(locale, account.age_stated, years = years, date = date);
        fact(td_string!(locale, account.age), words(text))
    });
    let provider = match account.issuer == GOOGLE {
        true => view! {
            "Google · "
            <a href=GOOGLE_PERMISSIONS rel="external noreferrer">
                {td_string!(locale, account.revoke)}
            </a>
        }
        .into_any(),
        false => words(account.issuer),
    };
    let pictures = td_string!(
        locale,
        account.pictures_text,
        count = account.pictures,
        public = account.published,
        unlisted = account.unlisted
    );
    let pictures = view! {
        <a href=Route::Library.address(locale)>{pictures}</a>
        " · "
        <a href=Route::Usage.address(locale)>{td_string!(locale, nav.usage)}</a>
    };
    view! {
        <dl class="account-facts">
            {fact(td_string!(locale, account.email), words(account.email))}
            {fact(td_string!(locale, account.provider), provider)}
            {fact(td_string!(locale, account.subject), words(account.subject))}
            {fact(
                td_string!(locale, account.since),
                words(format::date(locale, account.created_at_ms)),
            )}
            {fact(
                td_string!(locale, account.last_sign_in),
                words(format::date(locale, account.last_sign_in_at_ms)),
            )}
            {age}
            {fact(td_string!(locale, account.pictures), pictures.into_any())}
        </dl>
    }
}

/// The choices on what others see of the person's pictures.
#[component]
fn Choices(account: Account) -> impl IntoView {
    let locale = use_locale();
    let tick = |name: &'static str, checked: bool, label: &'static str, hint: &'static str| {
        view! {
            <label class="check">
                <input type="checkbox" name=name value="on" checked=checked />
                <span>
                    {label} <small class="field-hint">{hint}</small>
                </span>
            </label>
        }
        .into_any()
    };
    view! {
        <section class="card" aria-labelledby="choices">
            <h2 id="choices">{td_string!(locale, account.choices)}</h2>
            <form class="account-choices" method="post" action=SetChoices::url()>
                <Language />
                {tick(
                    "show_prompts",
                    account.shows_prompts,
                    td_string!(locale, account.show_prompts),
                    td_string!(locale, account.show_prompts_hint),
                )}
                {tick(
                    "keep_private",
                    account.keeps_private,
                    td_string!(locale, account.keep_private),
                    td_string!(locale, account.keep_private_hint),
                )}
                <button class="button" type="submit">
                    {td_string!(locale, account.save)}
                </button>
            </form>
            <form class="account-choices" method="post" action=SetSeesSensitive::url()>
                <Language />
                {tick(
                    "sees",
                    account.sees_sensitive,
                    td_string!(locale, account.sees_sensitive),
                    td_string!(locale, account.sees_sensitive_hint),
                )}
                <button class="button" type="submit">
                    {td_string!(locale, account.save)}
                </button>
            </form>
        </section>
    }
}
