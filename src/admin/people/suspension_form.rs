//! The part of a person's page that tells of a suspension, and its forms.

use super::{
    super::case_page::choices,
    api::{LiftSuspension, SuspendPerson},
};
use crate::{
    i18n::{Locale, td_string},
    model::{
        limits::{ADMIN_REASON_CHARS, NOTICE_CHARS, RULE_CHARS},
        notice::{AccountMeasure, Ground},
    },
    reports::words,
    server::{AppState, admission::names_admin, kept_forms::Typed},
    store::people::Person,
    ui::{
        form::{Language, counted},
        platform::textarea_text,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The part of a person's page: how they stand, and the form that changes it.
pub(super) fn section(state: &AppState, locale: Locale, person: &Person, typed: &Typed) -> AnyView {
    let until_ms = person.suspended_until(state.clock.now_ms());
    let stands = until_ms.map(|until_ms| {
        view! { <p role="note">{words::suspended(locale, until_ms)}</p> }
    });
    let lift = until_ms.map(|_| lift_form(locale, &person.id));
    let suspend = match names_admin(state, &person.identity()) {
        true => view! { <p>{td_string!(locale, standing.administrator)}</p> }.into_any(),
        false => suspend_form(locale, &person.id, typed),
    };
    view! {
        <section class="card" aria-labelledby="suspension">
            <h2 id="suspension">{td_string!(locale, standing.heading)}</h2>
            {stands}
            {lift}
            {suspend}
        </section>
    }
    .into_any()
}

fn lift_form(locale: Locale, id: &str) -> AnyView {
    view! {
        <form class="account-choices" method="post" action=LiftSuspension::url()>
            <Language />
            <input type="hidden" name="id" value=id.to_owned() />
            {line("lift-reason", "reason", td_string!(locale, admin.reason), ADMIN_REASON_CHARS, locale, String::new())}
            <button class="button" type="submit">
                {td_string!(locale, standing.lift)}
            </button>
        </form>
    }
    .into_any()
}

fn suspend_form(locale: Locale, id: &str, typed: &Typed) -> AnyView {
    let measures = [Some(7), Some(30), None].map(AccountMeasure::Suspend);
    let measures = measures
        .map(|measure| (measure.as_str(), words::account_measure(locale, measure)))
        .to_vec();
    let grounds = vec![
        (
            Ground::Law.as_str(),
            td_string!(locale, decision.choose_law).to_owned(),
        ),
        (
            Ground::Terms.as_str(),
            td_string!(locale, decision.choose_terms).to_owned(),
        ),
    ];
    view! {
        <p>{td_string!(locale, standing.hint)}</p>
        <form class="account-choices" method="post" action=SuspendPerson::url()>
            <Language />
            <input type="hidden" name="id" value=id.to_owned() />
            {choices("measure", td_string!(locale, standing.how_long), measures, &typed.of("measure"))}
            {choices("ground", td_string!(locale, decision.ground), grounds, &typed.of("ground"))}
            {line("suspend-rule", "rule", td_string!(locale, decision.rule), RULE_CHARS, locale, typed.of("rule"))}
            <div class="field">
                <label class="field-label" for="suspend-facts">
                    {td_string!(locale, standing.facts)}
                </label>
                <textarea id="suspend-facts" name="facts" rows="5" dir="auto" required maxlength=2 * NOTICE_CHARS>
                    {textarea_text(&typed.of("facts"))}
                </textarea>
            </div>
            <button class="button button-danger" type="submit">
                {td_string!(locale, standing.suspend)}
            </button>
        </form>
    }
    .into_any()
}

fn line(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    most: u32,
    locale: Locale,
    value: String,
) -> AnyView {
    view! {
        <div class="field">
            <label class="field-label" for=id>
                {label}
            </label>
            <input
                type="text"
                id=id
                name=name
                dir="auto"
                pattern=counted(name, 1, most)
                title=td_string!(locale, library.tag_rule, limit = most)
                value=value
                required
                autocomplete="off"
            />
        </div>
    }
    .into_any()
}
