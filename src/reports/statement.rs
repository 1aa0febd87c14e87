//! The statement of reasons: what was decided, where and for how long, on which facts
//! and which rule, who took part, and how to object (Digital Services Act, Article 17).

use super::account_cases;
use crate::{
    i18n::{Locale, td_string},
    model::{
        limits::{APPEAL_MS, NOTICE_CHARS},
        notice::{Ground, PictureMeasure},
    },
    routes::Route,
    store::cases::{Appeal, Case, Decided},
    ui::{form::Language, format, platform::textarea_text},
};
use leptos::prelude::*;

/// The statement of a case that was decided.
pub fn statement(locale: Locale, case: &Case, decided: &Decided) -> AnyView {
    let ground = match decided.ground {
        Ground::Law => td_string!(locale, decision.ground_law, rule = decided.rule.as_str()),
        Ground::Terms => td_string!(locale, decision.ground_terms, rule = decided.rule.as_str()),
    };
    let notices = account_cases::led_by(locale, case);
    let about = Route::Image(&case.about).address(locale);
    let about = match case.is_there {
        true => view! { <a href=about.clone()>{about.clone()}</a> }.into_any(),
        false => view! { {account_cases::gone(locale, case)} }.into_any(),
    };
    let text = |words: String| view! { <span dir="auto">{words}</span> }.into_any();
    let facts = [
        (account_cases::label(locale, case), about),
        (
            td_string!(locale, decision.what),
            text(account_cases::done(locale, case, decided).join(" ")),
        ),
        (
            td_string!(locale, decision.whereabouts),
            text(td_string!(locale, decision.everywhere).to_owned()),
        ),
        (
            td_string!(locale, decision.how_long),
            text(lasts(locale, decided).to_owned()),
        ),
        (
            td_string!(locale, decision.facts),
            text(decided.facts.clone()),
        ),
        (td_string!(locale, decision.ground), text(ground)),
        (td_string!(locale, decision.led_by), text(notices)),
        (
            td_string!(locale, decision.automatic),
            text(means(locale, case).to_owned()),
        ),
    ];
    let facts: Vec<AnyView> = facts
        .into_iter()
        .map(|(name, value)| {
            view! {
                <div>
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                </div>
            }
            .into_any()
        })
        .collect();
    let overturned = decided.overturned_at_ms.map(|at_ms| {
        let date = format::date(locale, at_ms);
        view! {
            <p role="note">
                <strong>{td_string!(locale, decision.overturned, date = date)}</strong>
            </p>
        }
    });
    view! {
        {overturned}
        <dl class="account-facts">{facts}</dl>
        <p class="quiet">{format::date_time(locale, decided.at_ms)} " · " {case.id.clone()}</p>
    }
    .into_any()
}

/// How long it holds.
fn lasts(locale: Locale, decided: &Decided) -> &'static str {
    match decided.picture {
        PictureMeasure::Kept => td_string!(locale, decision.lasts_account),
        _ => td_string!(locale, decision.lasts),
    }
}

/// Whether anything automatic took part.
fn means(locale: Locale, case: &Case) -> &'static str {
    match case.automatic {
        true => td_string!(locale, measure.automatic),
        false => td_string!(locale, decision.by_a_person),
    }
}

/// The three ways to object, with the form of our own where it is open.
pub fn redress(locale: Locale, decided_at_ms: i64, form: Option<AnyView>) -> AnyView {
    let until = format::date(locale, decided_at_ms + APPEAL_MS);
    view! {
        <h3>{td_string!(locale, decision.redress)}</h3>
        <ol>
            <li>{td_string!(locale, decision.redress_here, until = until)}</li>
            <li>{td_string!(locale, decision.redress_body)}</li>
            <li>{td_string!(locale, decision.redress_court)}</li>
        </ol>
        {form}
    }
    .into_any()
}

/// The form of an appeal; `case_id` and `notice_id` name what it is about.
pub fn appeal_form(
    locale: Locale,
    action: &'static str,
    case_id: &str,
    notice_id: Option<String>,
    typed: &str,
) -> AnyView {
    let id = format!("words-{case_id}");
    let notice = notice_id.map(|id| view! { <input type="hidden" name="notice" value=id /> });
    view! {
        <form class="account-choices" method="post" action=action>
            <Language />
            <input type="hidden" name="id" value=case_id.to_owned() />
            {notice}
            <div class="field">
                <label class="field-label" for=id.clone()>
                    {td_string!(locale, decision.appeal_words)}
                </label>
                <textarea id=id name="words" rows="4" dir="auto" required maxlength=2 * NOTICE_CHARS>
                    {textarea_text(typed)}
                </textarea>
            </div>
            <button class="button" type="submit">
                {td_string!(locale, decision.appeal_send)}
            </button>
        </form>
    }
    .into_any()
}

/// Appeals that were sent, with their answers.
pub fn appeals(locale: Locale, appeals: &[Appeal]) -> Vec<AnyView> {
    appeals.iter().map(|one| appeal(locale, one)).collect()
}

fn appeal(locale: Locale, appeal: &Appeal) -> AnyView {
    let sent = format::date_time(locale, appeal.created_at_ms);
    let standing = match (appeal.decided_at_ms, appeal.upheld) {
        (None, _) => td_string!(locale, decision.appeal_waits),
        (Some(_), true) => td_string!(locale, decision.appeal_upheld),
        (Some(_), false) => td_string!(locale, decision.appeal_rejected),
    };
    view! {
        <div class="admin-case">
            <p class="quiet">{td_string!(locale, decision.appeal_sent, date = sent)}</p>
            <p dir="auto">{appeal.words.clone()}</p>
            <p>
                <strong>{standing}</strong>
            </p>
            <p dir="auto">{appeal.answer.clone()}</p>
        </div>
    }
    .into_any()
}
