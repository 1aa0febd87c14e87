//! The privacy policy: what is held, why, how long, who else receives it, and
//! where each right is exercised.

use super::{
    Document, decided, history, limits, mail,
    parts::{
        Opening, document, operator, ours, period, row, section, table, theirs, words, write_to,
    },
    people,
};
use crate::{
    i18n::{Locale, td_string},
    model::retention::RetentionRule,
    routes::Route,
    server::{
        AppState,
        config::{
            SignUpMode,
            processors::{self, Country, Processor, Purpose},
        },
        oidc::GOOGLE_PERMISSIONS,
    },
};
use leptos::prelude::*;

/// Where the European authorities are listed.
const AUTHORITIES: &str = "https://www.edpb.europa.eu/about-edpb/about-edpb/members_en";
const OPENAI_POLICY: &str = "https://openai.com/policies/privacy-policy/";

/// The page.
#[component]
pub fn PrivacyPage() -> impl IntoView {
    document(Document::Privacy, opening, body)
}

fn opening(locale: Locale) -> Opening {
    Opening {
        title: td_string!(locale, privacy.title),
        description: td_string!(locale, privacy.description),
        lead: td_string!(locale, privacy.lead),
    }
}

fn body(state: &AppState, locale: Locale) -> AnyView {
    let name = operator(state, locale);
    let address = state.config.imgc.operator.address.clone().map(words);
    let who = view! {
        {words(td_string!(locale, privacy.who_text, name = name))}
        {address}
        {write_to(state, locale, td_string!(locale, privacy.contact))}
    };
    vec![
        section("who", td_string!(locale, privacy.who), who),
        section(
            "what",
            td_string!(locale, privacy.what),
            inventory(state, locale),
        ),
        section(
            "others",
            td_string!(locale, privacy.others),
            others(state, locale),
        ),
        section(
            "safety",
            td_string!(locale, privacy.safety),
            safety(state, locale),
        ),
        section(
            "rights",
            td_string!(locale, privacy.rights),
            rights(state, locale),
        ),
        section(
            "closing",
            td_string!(locale, privacy.closing),
            history::closing(state, locale),
        ),
        section(
            "minors",
            td_string!(locale, privacy.minors),
            minors(state, locale),
        ),
        section(
            "cookies",
            td_string!(locale, privacy.cookies),
            view! {
                {words(td_string!(locale, privacy.cookies_text))}
                <p>{ours(locale, Document::Cookies.route(), td_string!(locale, cookies.title))}</p>
            },
        ),
        section(
            "changes",
            td_string!(locale, privacy.changes),
            words(td_string!(locale, privacy.changes_text)),
        ),
    ]
    .into_any()
}

/// What is held because a person makes pictures here.
fn held_for_pictures(locale: Locale) -> Vec<Vec<String>> {
    let kept = |rule: RetentionRule| period(locale, rule.kept_ms());
    let contract = td_string!(locale, privacy.contract);
    vec![
        row(
            td_string!(locale, privacy.account),
            td_string!(locale, privacy.account_why),
            contract,
            td_string!(locale, legal.forever).to_owned(),
        ),
        row(
            td_string!(locale, privacy.age),
            td_string!(locale, privacy.age_why),
            td_string!(locale, privacy.duty),
            td_string!(locale, legal.forever).to_owned(),
        ),
        row(
            td_string!(locale, privacy.content),
            td_string!(locale, privacy.content_why),
            contract,
            td_string!(
                locale,
                privacy.content_kept,
                days = kept(RetentionRule::Trash)
            ),
        ),
        row(
            td_string!(locale, privacy.uploads),
            td_string!(locale, privacy.uploads_why),
            contract,
            td_string!(
                locale,
                privacy.uploads_kept,
                days = kept(RetentionRule::Uploads)
            ),
        ),
        row(
            td_string!(locale, privacy.shared),
            td_string!(locale, privacy.shared_why),
            td_string!(locale, privacy.consent),
            td_string!(locale, privacy.shared_kept).to_owned(),
        ),
        row(
            td_string!(locale, privacy.usage),
            td_string!(locale, privacy.usage_why),
            contract,
            td_string!(locale, legal.forever).to_owned(),
        ),
    ]
}

/// What is held so that the service runs and stays safe.
fn held_for_safety(locale: Locale) -> Vec<Vec<String>> {
    let kept = |rule: RetentionRule| period(locale, rule.kept_ms());
    let contract = td_string!(locale, privacy.contract);
    let interest = td_string!(locale, privacy.interest);
    vec![
        row(
            td_string!(locale, privacy.technical),
            td_string!(locale, privacy.technical_why),
            interest,
            td_string!(
                locale,
                privacy.technical_kept,
                whole = kept(RetentionRule::Addresses),
                records = kept(RetentionRule::SignInRecords)
            ),
        ),
        row(
            td_string!(locale, privacy.session),
            td_string!(locale, privacy.session_why),
            contract,
            td_string!(
                locale,
                privacy.session_kept,
                days = kept(RetentionRule::Sessions)
            ),
        ),
        row(
            td_string!(locale, privacy.logs),
            td_string!(locale, privacy.logs_why),
            interest,
            td_string!(locale, privacy.logs_kept, days = kept(RetentionRule::Logs)),
        ),
        row(
            td_string!(locale, privacy.statistics),
            td_string!(locale, privacy.statistics_why),
            interest,
            td_string!(locale, privacy.statistics_kept).to_owned(),
        ),
        row(
            td_string!(locale, privacy.report),
            td_string!(locale, privacy.report_why),
            interest,
            td_string!(
                locale,
                privacy.report_kept,
                days = kept(RetentionRule::Reports)
            ),
        ),
        row(
            td_string!(locale, privacy.invited),
            td_string!(locale, privacy.invited_why),
            interest,
            td_string!(
                locale,
                privacy.invited_kept,
                days = kept(RetentionRule::Invitations),
                acts = kept(RetentionRule::AdminActs)
            ),
        ),
    ]
}

/// Every kind of data: what, what for, on which basis, how long.
fn inventory(state: &AppState, locale: Locale) -> AnyView {
    let rows = [
        held_for_pictures(locale),
        people::held(locale),
        held_for_safety(locale),
        decided::held(locale),
        limits::inventory(locale),
        mail::held(state, locale),
        history::counts(state, locale),
    ]
    .concat();
    let heads = [
        td_string!(locale, privacy.column_what),
        td_string!(locale, privacy.column_why),
        td_string!(locale, privacy.column_basis),
        td_string!(locale, privacy.column_kept),
    ];
    let turned_away = (state.config.sign_up_mode() != SignUpMode::Open)
        .then(|| words(td_string!(locale, privacy.turned_away)));
    view! {
        {words(td_string!(locale, privacy.what_lead))}
        {table("what", &heads, rows)}
        {turned_away}
        {history::inventory(state, locale)}
    }
    .into_any()
}

/// Who else receives data.
fn others(state: &AppState, locale: Locale) -> AnyView {
    let all = processors::all(&state.config);
    if all.is_empty() {
        return words(td_string!(locale, privacy.others_none));
    }
    let openai = all.iter().any(|processor| processor.company == "OpenAI");
    let openai = openai.then(|| {
        view! {
            <h3>{td_string!(locale, privacy.openai)}</h3>
            {words(td_string!(locale, privacy.openai_text))}
            <p>{theirs(OPENAI_POLICY, td_string!(locale, privacy.openai_link))}</p>
        }
    });
    let rows = all
        .into_iter()
        .map(|processor| receives(locale, processor))
        .collect();
    let heads = [
        td_string!(locale, privacy.column_company),
        td_string!(locale, privacy.column_where),
        td_string!(locale, privacy.column_why),
        td_string!(locale, privacy.column_host),
    ];
    view! {
        {words(td_string!(locale, privacy.others_lead))}
        {table("others", &heads, rows)}
        {words(td_string!(locale, privacy.transfer))}
        {openai}
        {words(td_string!(locale, privacy.law))}
    }
    .into_any()
}

fn receives(locale: Locale, processor: Processor) -> Vec<String> {
    let country = match processor.country {
        Country::Usa => td_string!(locale, legal.country_usa).to_owned(),
        Country::IrelandAndUsa => td_string!(locale, legal.country_ireland_usa).to_owned(),
        Country::Written(country) => country,
    };
    let purpose = match processor.purpose {
        Purpose::SignIn => td_string!(locale, privacy.for_sign_in),
        Purpose::Pictures => td_string!(locale, privacy.for_pictures),
        Purpose::Objects => td_string!(locale, privacy.for_objects),
        Purpose::Database => td_string!(locale, history.for_database),
        Purpose::Statistics => td_string!(locale, privacy.for_statistics),
        Purpose::Mail => td_string!(locale, mail_policy.for_mail),
    };
    vec![
        processor.company,
        country,
        purpose.to_owned(),
        processor.host,
    ]
}

/// How everything is kept safe; the demo on this machine has no connection to encrypt.
fn safety(state: &AppState, locale: Locale) -> AnyView {
    let text = history::safety(state, locale);
    match state.config.is_https() {
        true => words(format!("{} {text}", td_string!(locale, privacy.safety_tls))),
        false => words(text),
    }
}

/// Each right with the page that does it.
fn rights(state: &AppState, locale: Locale) -> AnyView {
    let account = |part: &str| Route::Account.part(part);
    let mut items = vec![
        ours(
            locale,
            Route::Account,
            td_string!(locale, privacy.right_access),
        ),
        ours(
            locale,
            account("you"),
            td_string!(locale, privacy.right_rectification),
        ),
        ours(
            locale,
            account("close"),
            td_string!(locale, privacy.right_erasure),
        ),
        ours(
            locale,
            account("export"),
            td_string!(locale, privacy.right_portability),
        ),
        ours(
            locale,
            account("choices"),
            td_string!(locale, privacy.right_objection),
        ),
        ours(
            locale,
            account("devices"),
            td_string!(locale, privacy.right_sessions),
        ),
        theirs(
            GOOGLE_PERMISSIONS,
            td_string!(locale, privacy.right_revocation),
        ),
    ];
    if let Some(contact) = &state.config.imgc.contact {
        items.push(theirs(
            &format!("mailto:{contact}"),
            td_string!(locale, privacy.right_restriction),
        ));
    }
    let operator = &state.config.imgc.operator;
    let url = operator.authority_url.as_ref().map(url::Url::as_str);
    items.push(match &operator.authority {
        Some(name) => theirs(
            url.unwrap_or(AUTHORITIES),
            td_string!(locale, privacy.right_complaint, name = name.as_str()),
        ),
        None => theirs(
            url.unwrap_or(AUTHORITIES),
            td_string!(locale, privacy.right_complaint_any),
        ),
    });
    let items: Vec<AnyView> = items
        .into_iter()
        .map(|item| view! { <li>{item}</li> }.into_any())
        .collect();
    view! {
        {words(td_string!(locale, privacy.rights_lead))}
        <ul class="rights">{items}</ul>
        {words(automated(state, locale))}
    }
    .into_any()
}

/// What is decided by a machine alone: who may open an account, where not everybody may.
fn automated(state: &AppState, locale: Locale) -> &'static str {
    match state.config.sign_up_mode() {
        SignUpMode::Open => td_string!(locale, privacy.automated),
        _ => td_string!(locale, privacy.automated_but),
    }
}

fn minors(state: &AppState, locale: Locale) -> AnyView {
    let age = state.config.imgc.minimum_age;
    let text = td_string!(locale, privacy.minors_text, age = age);
    view! {
        <p>
            {text} " "
            {ours(locale, Route::ReportChild, td_string!(locale, privacy.minors_link))}
        </p>
    }
    .into_any()
}
