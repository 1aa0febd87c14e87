//! The service's money of the day on the administrators' page, with the warning that is
//! due, and the way to the people who spend it.

use crate::{
    i18n::{Locale, td_string},
    routes::Route,
    server::{AppState, budget_watch},
    store::day_budget::DaySpent,
    ui::format,
};
use leptos::prelude::*;

/// The money of the day as it stands.
#[derive(Clone, Copy)]
pub(super) struct Budget {
    micros: i64,
    limit: i64,
    percent: u32,
    /// The last warning that is due, or was given today, in percent.
    warning: Option<u32>,
}

impl Budget {
    pub(super) fn of(state: &AppState, spent: DaySpent) -> Budget {
        let limit = state.config.imgc.limits.service_micros_per_day();
        let percent = budget_watch::percent(spent.micros, limit, false);
        Budget {
            micros: spent.micros,
            limit,
            percent,
            warning: budget_watch::warning(percent.max(spent.warned)),
        }
    }
}

/// The section.
pub(super) fn section(locale: Locale, budget: Budget) -> AnyView {
    let spent = td_string!(
        locale,
        limits.service_spent,
        spent = format::money(locale, budget.micros),
        limit = format::money(locale, budget.limit),
        percent = budget.percent
    );
    let warning = budget.warning.map(|percent| {
        let (class, words) = match percent {
            100.. => (
                "note note-error",
                td_string!(locale, limits.service_gone).to_owned(),
            ),
            percent => (
                "note",
                td_string!(locale, limits.service_warning, percent = percent),
            ),
        };
        view! { <p class=class>{words}</p> }
    });
    view! {
        <section class="card" aria-labelledby="budget">
            <h2 id="budget">{td_string!(locale, limits.service_heading)}</h2>
            {warning}
            <p>{spent}</p>
            <p>
                <a class="button" href=Route::People.address(locale)>
                    {td_string!(locale, people.title)}
                </a>
                " "
                <a class="button" href=Route::Announcements.address(locale)>
                    {td_string!(locale, announcement.title)}
                </a>
            </p>
        </section>
    }
    .into_any()
}
