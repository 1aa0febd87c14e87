//! The reports of a case on its page: some at a time, the oldest first.

use super::unfounded;
use crate::{
    i18n::{Locale, td_string},
    model::typed::isolated,
    reports::words,
    routes::Route,
    store::cases::{After, Notice, Whole},
    ui::format,
};
use leptos::prelude::*;

/// The name of the field in an address that says where the list of reports goes on.
pub(super) const AFTER: &str = "after";

/// Where the list of reports goes on, as an address says it; at its beginning where it says
/// nothing that is meant.
pub(super) fn after(text: &str) -> After {
    let parts = text.split_once('.');
    let parts = parts.and_then(|(at, place)| Some(After(at.parse().ok()?, place.parse().ok()?)));
    parts.unwrap_or(After::NOTHING)
}

/// How many reports there are, and the way to the next ones; nothing where all are shown.
fn more(locale: Locale, whole: &Whole) -> Option<AnyView> {
    let count = whole.case.notices;
    if usize::try_from(count).is_ok_and(|count| count == whole.notices.len()) {
        return None;
    }
    let last = whole.notices.last().filter(|_| whole.has_more);
    let next = last.map(|last| {
        let After(at_ms, place) = last.after();
        let next = Route::Case(&whole.case.id).with(AFTER, &format!("{at_ms}.{place}"));
        let href = format!("{}#notices", next.address(locale));
        view! {
            " "
            <a href=href>{td_string!(locale, decision.notices_next)}</a>
        }
    });
    Some(view! { <p>{td_string!(locale, decision.notices, count = count)} {next}</p> }.into_any())
}

/// The section: each report, with the button that says that it was unfounded.
pub(super) fn list(locale: Locale, whole: &Whole) -> AnyView {
    let notices: Vec<AnyView> = whole
        .notices
        .iter()
        .map(|one| {
            let button = unfounded::button(locale, &whole.case, one);
            (button, notice(locale, one.clone())).into_any()
        })
        .collect();
    view! {
        <section class="card" aria-labelledby="notices">
            <h2 id="notices">{td_string!(locale, decision.notices_heading)}</h2>
            {notices}
            {more(locale, whole)}
        </section>
    }
    .into_any()
}

fn notice(locale: Locale, notice: Notice) -> AnyView {
    let reason = notice.reason.map(|reason| words::reason(locale, reason));
    let email = (!notice.email.is_empty()).then(|| {
        view! { <a href=format!("mailto:{}", notice.email)>{notice.email.clone()}</a> }
    });
    let signature = (!notice.signature.is_empty()).then(|| {
        view! { <p>{td_string!(locale, notice.signed, name = isolated(&notice.signature))}</p> }
    });
    view! {
        <article class="admin-case">
            <p class="quiet">{format::date_time(locale, notice.created_at_ms)} " · " {notice.id}</p>
            <p>
                <strong>{reason.unwrap_or_default()}</strong>
            </p>
            <p dir="auto">{notice.explanation}</p>
            <p>
                <span dir="auto">{notice.name}</span>
                " "
                {email}
            </p>
            {signature}
        </article>
    }
    .into_any()
}
