//! The account page: everything held about a person, where they read it and
//! correct it. Only read and posted, so all of it is the server's.

use super::{
    api::{EndSession, NAME_CHARS, Rename, SetLanguage},
    held::{Held, held},
};
use crate::{
    auth::api::SignOutEverywhere,
    error::AppError,
    i18n::{self, LANGUAGES, Locale, td_string, use_locale},
    server::Context,
    store::{sessions::Session, users::Account},
    ui::{
        data::when_loaded,
        error_view::{ErrorNote, ErrorPage, error_in_address},
        form::{Choice, Language, PostForm, Select, TextField},
        format,
        head::PrivateHead,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use std::sync::Arc;

/// The page.
#[component]
pub fn AccountPage() -> impl IntoView {
    let lang = i18n::code(use_locale());
    let context = Arc::new(Context::take());
    when_loaded(move || {
        let context = context.clone();
        async move {
            match held(&context, lang).await {
                Ok(held) => view! { <Everything held /> }.into_any(),
                Err(error) => view! { <ErrorPage error /> }.into_any(),
            }
        }
    })
}

#[component]
fn Everything(held: Held) -> impl IntoView {
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
            <section class="card" aria-labelledby="you">
                <h2 id="you">{td_string!(locale, account.you)}</h2>
                {avatar}
                <Correct account=held.account.clone() />
                <Facts account=held.account />
            </section>
            <Devices sessions=held.sessions here=held.here />
        </div>
    }
}

/// Name and language: what can be corrected.
#[component]
fn Correct(account: Account) -> impl IntoView {
    let locale = use_locale();
    let languages: Vec<Choice> = LANGUAGES
        .map(|(language, code)| Choice::plain(code, td_string!(language, language.name)))
        .to_vec();
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
                limit=NAME_CHARS
                required=true
            />
            <button class="button" type="submit">
                {td_string!(locale, account.correct)}
            </button>
        </form>
        <p class="field-hint">{td_string!(locale, account.name_hint)}</p>
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

/// What else there is to know.
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
    let pictures = td_string!(
        locale,
        account.pictures_text,
        count = account.pictures,
        public = account.published
    );
    let pictures = view! {
        <a href=i18n::address(locale, "/library")>{pictures}</a>
        " · "
        <a href=i18n::address(locale, "/usage")>{td_string!(locale, nav.usage)}</a>
    };
    view! {
        <dl class="account-facts">
            {fact(td_string!(locale, account.email), words(account.email))}
            {fact(td_string!(locale, account.provider), words(account.issuer))}
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

/// Where the person is signed in, and the ways out.
#[component]
fn Devices(sessions: Vec<Session>, here: Option<String>) -> impl IntoView {
    let locale = use_locale();
    let rows: Vec<AnyView> = sessions
        .into_iter()
        .map(|session| {
            let this = here.as_ref() == Some(&session.id);
            device(locale, session, this)
        })
        .collect();
    view! {
        <section class="card" aria-labelledby="devices">
            <h2 id="devices">{td_string!(locale, account.devices)}</h2>
            <ul class="account-devices">{rows}</ul>
            <form method="post" action=SignOutEverywhere::url()>
                <Language />
                <button class="button" type="submit">
                    {td_string!(locale, nav.sign_out_everywhere)}
                </button>
            </form>
        </section>
    }
}

fn device(locale: Locale, session: Session, this: bool) -> AnyView {
    let name = device_name(&session.user_agent)
        .unwrap_or_else(|| td_string!(locale, account.unknown_device).to_owned());
    let since = format::date(locale, session.created_at_ms);
    let seen = format::date(locale, session.last_seen_at_ms);
    let times = td_string!(locale, account.device_times, since = since, seen = seen);
    let mark = this.then(|| {
        view! { " " <span class="badge badge-public">{td_string!(locale, account.this_device)}</span> }
    });
    view! {
        <li>
            <p>
                <strong>{name}</strong>
                {mark}
            </p>
            <p class="quiet">{times}</p>
            // What is held is what the browser sent: all of it is shown.
            <p class="account-agent">{session.user_agent}</p>
            <PostForm
                action=EndSession::url()
                id=session.id
                button=td_string!(locale, nav.sign_out)
                class="button button-small"
            />
        </li>
    }
    .into_any()
}

/// A browser and its system, by the names people know, from what it says of itself.
fn device_name(agent: &str) -> Option<String> {
    // Most of them also name those they resemble, so the order matters.
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let named = |list: &[(&str, &'static str)]| {
        let found = list.iter().find(|(sign, _)| agent.contains(sign));
        found.map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser}, {system}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::device_name;

    #[test]
    fn devices_are_named_by_what_people_call_them() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        assert_eq!(device_name(chrome).as_deref(), Some("Chrome, Linux"));
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(device_name(safari).as_deref(), Some("Safari, iPhone"));
        assert_eq!(device_name("curl/8.0"), None);
    }
}
