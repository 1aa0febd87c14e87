//! Cases on the administrators' page: those that wait, the most urgent first.

use crate::{
    i18n::{Locale, td_string},
    model::typed::isolated,
    reports::words,
    routes::Route,
    store::cases::Case,
    ui::{confirm::confirm, format},
};
use leptos::prelude::*;

/// The section; `ordered` are the cases that an authority's order opened or joined.
/// `None` where the sign-in is too old to read what other people wrote.
pub(super) fn section(
    locale: Locale,
    cases: Option<Vec<Case>>,
    ordered: &[String],
    now_ms: i64,
) -> AnyView {
    let body = match cases {
        None => confirm(locale, Route::Admin),
        Some(cases) if cases.is_empty() => {
            view! { <p class="empty">{td_string!(locale, admin.nothing)}</p> }.into_any()
        }
        Some(mut cases) => {
            // What an authority orders comes first, and else they stay in their order.
            cases.sort_by_key(|case| !ordered.contains(&case.id));
            let rows: Vec<AnyView> = cases
                .into_iter()
                .map(|case| row(locale, ordered.contains(&case.id), case, now_ms))
                .collect();
            view! { <ul class="account-devices">{rows}</ul> }.into_any()
        }
    };
    view! {
        <section class="card" aria-labelledby="cases">
            <h2 id="cases">{td_string!(locale, decision.cases)}</h2>
            {body}
        </section>
    }
    .into_any()
}

fn row(locale: Locale, is_ordered: bool, case: Case, now_ms: i64) -> AnyView {
    let href = Route::Case(&case.id).address(locale);
    let reason = match case.reason {
        Some(reason) => words::reason(locale, reason),
        // Nobody told of it, or their words have gone.
        None => td_string!(locale, measure.resembles),
    };
    let due = format::date_time(locale, case.due_at_ms);
    let standing = match &case.decision {
        Some(_) => td_string!(locale, decision.case_appealed).to_owned(),
        None if case.due_at_ms < now_ms => td_string!(locale, decision.case_overdue, due = due),
        None => td_string!(locale, decision.case_due, due = due),
    };
    let about = td_string!(
        locale,
        decision.case_about,
        name = isolated(&case.name),
        count = case.notices
    );
    view! {
        <li>
            <span>
                <a href=href>{reason}</a>
                <br />
                {about}
                <br />
                {is_ordered.then(|| view! { <strong>{td_string!(locale, order.mark)}</strong> " " })}
                <strong>{standing}</strong>
            </span>
        </li>
    }
    .into_any()
}
