//! The form for a report of a child's account.

use super::api::ReportChild;
use crate::{
    error::AppError,
    i18n::{td_string, use_locale},
    model::{
        limits::{DAY_MS, REPORT_ABOUT_CHARS, REPORT_DETAILS_CHARS},
        retention::RetentionRule,
    },
    server::Context,
    ui::{
        error_view::{ErrorNote, error_in_address},
        form::{Language, TextField},
        head::PrivateHead,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The page.
#[component]
pub fn ReportChildPage() -> impl IntoView {
    let locale = use_locale();
    let age = Context::take().state.config.imgc.minimum_age;
    let title = td_string!(locale, report.title);
    let error: Option<AppError> = error_in_address();
    view! {
        <PrivateHead locale title=title.to_string() />
        <article class="account-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, report.lead, age = age)}</p>
            </header>
            <ErrorNote error=error />
            <section class="card">{form()}</section>
        </article>
    }
}

fn form() -> AnyView {
    let locale = use_locale();
    // A mere bound: a browser counts an emoji as two, the server counts it as one.
    let details_bound = 2 * REPORT_DETAILS_CHARS;
    let days = RetentionRule::Notices.kept_ms() / DAY_MS;
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
            <p class="field-hint">{td_string!(locale, report.after, days = days)}</p>
        </form>
    }
    .into_any()
}
