//! Terms, cookies, the legal notice and the accessibility statement.

use super::{
    Document, mail,
    parts::{Opening, bullets, document, operator, ours, period, section, table, words, write_to},
};
use crate::{
    i18n::{Locale, td_string},
    model::{
        limits::{MINUTE_MS, RANKINGS_MS},
        retention::RetentionRule,
    },
    routes::{CONTACT, PagePath, Route, TRANSPARENCY},
    server::{AppState, config::SignUpMode, session::Cookie},
};
use leptos::prelude::*;

/// The terms of use.
#[component]
pub fn TermsPage() -> impl IntoView {
    document(
        Document::Terms,
        |locale| Opening {
            title: td_string!(locale, terms.title),
            description: td_string!(locale, terms.description),
            lead: td_string!(locale, terms.lead),
        },
        terms,
    )
}

/// The one cookie, and what stays in the browser.
#[component]
pub fn CookiesPage() -> impl IntoView {
    document(
        Document::Cookies,
        |locale| Opening {
            title: td_string!(locale, cookies.title),
            description: td_string!(locale, cookies.description),
            lead: td_string!(locale, cookies.lead),
        },
        cookies,
    )
}

/// Who publishes and who hosts.
#[component]
pub fn ImprintPage() -> impl IntoView {
    document(
        Document::Imprint,
        |locale| Opening {
            title: td_string!(locale, imprint.title),
            description: td_string!(locale, imprint.description),
            lead: "",
        },
        imprint,
    )
}

/// How accessible the site is.
#[component]
pub fn AccessibilityPage() -> impl IntoView {
    document(
        Document::Accessibility,
        |locale| Opening {
            title: td_string!(locale, accessibility.title),
            description: td_string!(locale, accessibility.description),
            lead: td_string!(locale, accessibility.lead),
        },
        accessibility,
    )
}

/// Who may use the service, as the server lets people in.
fn who_may(state: &AppState, locale: Locale) -> String {
    let (age, name) = (state.config.imgc.minimum_age, operator(state, locale));
    match state.config.sign_up_mode() {
        SignUpMode::Open => td_string!(locale, terms.who_text, age = age, name = name),
        SignUpMode::Invitation => td_string!(locale, terms.who_invited, age = age, name = name),
        SignUpMode::List => td_string!(locale, terms.who_listed, age = age, name = name),
        SignUpMode::Closed => td_string!(locale, terms.who_closed, age = age, name = name),
    }
}

/// By what each list of public pictures goes (Regulation (EU) 2022/2065, Article 27).
fn orders(locale: Locale) -> AnyView {
    let minutes = RANKINGS_MS / MINUTE_MS;
    let lists = [
        td_string!(locale, terms.orders_newest).to_owned(),
        td_string!(locale, terms.orders_liked, minutes = minutes),
        td_string!(locale, terms.orders_remixed, minutes = minutes),
        td_string!(locale, terms.orders_search).to_owned(),
        td_string!(locale, terms.orders_tag).to_owned(),
        td_string!(locale, terms.orders_home).to_owned(),
        td_string!(locale, terms.orders_profile).to_owned(),
        td_string!(locale, terms.orders_following).to_owned(),
    ];
    let lists = lists.map(|text| view! { <li>{text}</li> }.into_any());
    view! {
        <p>{td_string!(locale, terms.orders_lead)}</p>
        <ul>{lists.into_iter().collect_view()}</ul>
        <p>{td_string!(locale, terms.orders_left_out)}</p>
    }
    .into_any()
}

fn terms(state: &AppState, locale: Locale) -> AnyView {
    let who = who_may(state, locale);
    let not = vec![
        td_string!(locale, terms.not_crime),
        td_string!(locale, terms.not_people),
        td_string!(locale, terms.not_hate),
        td_string!(locale, terms.not_rights),
        td_string!(locale, terms.not_abuse),
    ];
    let figures = PagePath::of(TRANSPARENCY);
    let measures = view! {
        {write_to(state, locale, td_string!(locale, terms.measures_text))}
        {mail::told(state, locale)}
        <p>{ours(locale, figures, td_string!(locale, terms.figures))}</p>
    };
    let end = view! {
        <p>
            {td_string!(locale, terms.end_text)} " "
            {ours(locale, Route::Account.part("close"), td_string!(locale, account.close))}
        </p>
    };
    let plain = |id, title, text: &'static str| section(id, title, words(text));
    vec![
        section("who", td_string!(locale, terms.who), words(who)),
        plain(
            "yours",
            td_string!(locale, terms.yours),
            td_string!(locale, terms.yours_text),
        ),
        plain(
            "share",
            td_string!(locale, terms.share),
            td_string!(locale, terms.share_text),
        ),
        section("not", td_string!(locale, terms.not), bullets(not)),
        section("orders", td_string!(locale, terms.orders), orders(locale)),
        plain(
            "marks",
            td_string!(locale, terms.marks),
            td_string!(locale, terms.marks_text),
        ),
        section("measures", td_string!(locale, terms.measures), measures),
        plain(
            "service",
            td_string!(locale, terms.service),
            td_string!(locale, terms.service_text),
        ),
        section("end", td_string!(locale, terms.end), end),
        plain(
            "law",
            td_string!(locale, terms.law),
            td_string!(locale, terms.law_text),
        ),
    ]
    .into_any()
}

fn cookies(state: &AppState, locale: Locale) -> AnyView {
    let config = &state.config;
    let rows = vec![
        vec![
            Cookie::Session.name(config).to_owned(),
            td_string!(locale, cookies.session).to_owned(),
            td_string!(
                locale,
                cookies.session_kept,
                days = period(locale, RetentionRule::Sessions.kept_ms())
            ),
        ],
        vec![
            Cookie::SignIn.name(config).to_owned(),
            td_string!(locale, cookies.sign_in).to_owned(),
            td_string!(
                locale,
                cookies.sign_in_kept,
                minutes = period(locale, RetentionRule::SignIns.kept_ms())
            ),
        ],
    ];
    let heads = [
        td_string!(locale, cookies.column_name),
        td_string!(locale, cookies.column_why),
        td_string!(locale, cookies.column_kept),
    ];
    let nothing = match config.analytics_token() {
        None => td_string!(locale, cookies.nothing_text),
        Some(_) => td_string!(locale, cookies.nothing_but),
    };
    vec![
        section(
            "cookies",
            td_string!(locale, cookies.title),
            view! {
                {table("cookies", &heads, rows)}
                {words(td_string!(locale, cookies.refuse))}
            },
        ),
        section(
            "storage",
            td_string!(locale, cookies.storage),
            words(td_string!(locale, cookies.storage_text)),
        ),
        section(
            "nothing",
            td_string!(locale, cookies.nothing),
            words(nothing),
        ),
    ]
    .into_any()
}

fn imprint(state: &AppState, locale: Locale) -> AnyView {
    let settings = &state.config.imgc.operator;
    let host = settings
        .hosting
        .clone()
        .map(|hosting| section("host", td_string!(locale, imprint.host), words(hosting)));
    let address = settings.address.clone().map(|address| {
        section(
            "address",
            td_string!(locale, imprint.address),
            words(address),
        )
    });
    let reached = view! {
        {write_to(state, locale, td_string!(locale, imprint.write_to))}
        <p>
            {td_string!(locale, imprint.contact_text)} " "
            {ours(locale, PagePath::of(CONTACT), td_string!(locale, contact.link))}
        </p>
    };
    vec![
        Some(section(
            "publisher",
            td_string!(locale, imprint.publisher),
            words(operator(state, locale)),
        )),
        address,
        host,
        Some(section(
            "contact",
            td_string!(locale, imprint.contact),
            reached,
        )),
        Some(section(
            "ai",
            td_string!(locale, imprint.ai),
            words(td_string!(locale, imprint.ai_text)),
        )),
        Some(section(
            "software",
            td_string!(locale, imprint.software),
            words(td_string!(locale, imprint.software_text)),
        )),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<AnyView>>()
    .into_any()
}

fn accessibility(state: &AppState, locale: Locale) -> AnyView {
    let done = vec![
        td_string!(locale, accessibility.done_keys),
        td_string!(locale, accessibility.done_script),
        td_string!(locale, accessibility.done_motion),
        td_string!(locale, accessibility.done_tests),
    ];
    let missing = vec![
        td_string!(locale, accessibility.missing_mask),
        td_string!(locale, accessibility.missing_alt),
    ];
    let tell = write_to(state, locale, td_string!(locale, accessibility.tell_text));
    vec![
        section(
            "done",
            td_string!(locale, accessibility.done),
            bullets(done),
        ),
        section(
            "missing",
            td_string!(locale, accessibility.missing),
            bullets(missing),
        ),
        section("tell", td_string!(locale, accessibility.tell), tell),
    ]
    .into_any()
}
