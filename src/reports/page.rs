//! The form for a report of a child's account, and the word that it arrived.

use super::api::ReportChild;
use crate::{
    error::AppError,
    i18n::{td_string, use_locale},
    model::limits::{REPORT_ABOUT_CHARS, REPORT_DETAILS_CHARS},
    server::Context,
    ui::{
        error_view::{ErrorNote, error_in_address},
        form::{Language, TextField},
        head::PrivateHead,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

/// The page; `?sent=` is the number of a report that arrived.
#[component]
pub fn ReportChildPage() -> impl IntoView {
    let locale = use_locale();
    let age = Context::take().state.config.imgc.minimum_age;
    let title = td_string!(locale, report.title);
    let sent = use_query_map().with_untracked(|query| query.get("sent"));
    let sent = sent.filter(|number| uuid::Uuid::parse_str(number).is_ok());
    let error: Option<AppError> = error_in_address();
    let body = match sent {
        Some(number) => view! {
            <p role="status">{td_string!(locale, report.sent)}</p>
            <p class="quiet">{td_string!(locale, report.number, number = number)}</p>
        }
        .into_any(),
        None => form(),
    };
    view! {
        <PrivateHead locale title=title.to_string() />
        <article class="account-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, report.lead, age = age)}</p>
            </header>
            <ErrorNote error=error />
            <section class="card">{body}</section>
        </article>
    }
}

fn form() -> AnyView {
    let locale = use_locale();
    // A mere bound: a browser counts an emoji as two, the server counts it as one.
    let details_bound = 2 * REPORT_DETAILS_CHARS;
    view! {
        <form class="account-choices" method="post" action=ReportChild::url()>
            <Language />
            <TextField
                id="about"
                name="about"
                label=td_string!(locale, report.about)
                limit=REPORT_ABOUT_CHARS
                required=true
                described_by="about-hint"
            />
            <p class="field-hint" id="about-hint">
                {td_string!(locale, report.about_hint)}
            </p>
            <div class="field">
                <label class="field-label" for="details">
                    {td_string!(locale, report.details)}
                </label>
                <textarea id="details" name="details" rows="4" dir="auto" maxlength=details_bound></textarea>
            </div>
            <div class="field">
                <label class="field-label" for="email">
                    {td_string!(locale, report.email)}
                </label>
                <input type="email" id="email" name="email" maxlength="320" autocomplete="email" />
            </div>
            <button class="button button-primary" type="submit">
                {td_string!(locale, report.send)}
            </button>
            <p class="field-hint">{td_string!(locale, report.after)}</p>
        </form>
    }
    .into_any()
}
