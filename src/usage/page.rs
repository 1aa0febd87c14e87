//! The usage page: totals, a chart, and the same in tables.

use super::{
    figures::{PERIODS, Usage, UsageDay, usage},
    own_limits,
};
use crate::{
    i18n::{self, Locale, td_string, use_locale},
    model::allowance::SetBy,
    routes::Route,
    server::Context,
    ui::{
        error_view::{ErrorNote, ErrorPage, error_in_address},
        format,
        found::when_found,
        head::PrivateHead,
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The page; `?days=` chooses the period.
#[component]
pub fn UsagePage() -> impl IntoView {
    let lang = i18n::code(use_locale());
    let context = Context::take();
    let days: u32 = use_query_map()
        .with_untracked(|query| query.get("days"))
        .and_then(|days| days.parse().ok())
        .unwrap_or(30);
    let found = async move { usage(&context, days, lang).await };
    when_found(found, |found| match found {
        Ok(usage) => view! { <Figures usage /> }.into_any(),
        Err(error) => view! { <ErrorPage error /> }.into_any(),
    })
}

#[component]
fn Figures(usage: Usage) -> impl IntoView {
    let locale = use_locale();
    let title = td_string!(locale, usage.title);
    let pictures: u32 = usage.days.iter().map(|day| day.pictures).sum();
    let cost: i64 = usage.days.iter().map(|day| day.cost_micros).sum();
    let estimated = usage.days.iter().any(|day| day.estimated);
    let shown = usage.days.len();
    let periods: Vec<AnyView> = PERIODS
        .into_iter()
        .map(|days| {
            let current = (days as usize == shown).then_some("page");
            let href = Route::Usage.with("days", &days.to_string()).address(locale);
            view! {
                <a class="chip" href=href aria-current=current>
                    {td_string!(locale, usage.days, count = days)}
                </a>
            }
            .into_any()
        })
        .collect();
    view! {
        <PrivateHead locale title=title.to_string() />
        <section class="usage">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, usage.lead)}</p>
            </header>
            <ErrorNote error=error_in_address() />
            <nav class="chip-row" aria-label=td_string!(locale, usage.period)>
                {periods}
            </nav>
            <dl class="totals">
                <div>
                    <dt>{td_string!(locale, usage.pictures)}</dt>
                    <dd>{pictures}</dd>
                </div>
                <div>
                    <dt>{td_string!(locale, usage.cost)}</dt>
                    <dd>{format::money_or_about(locale, cost, estimated)}</dd>
                </div>
                {today(locale, &usage)} {this_month(locale, &usage)}
            </dl>
            <Chart days=usage.days.clone() />
            <div class="usage-tables">
                {by_model(locale, &usage)} {by_day(locale, &usage.days)}
            </div>
            {own_limits::section(locale, usage.own)}
        </section>
    }
}

/// What may still be made today, and who says so.
fn today(locale: Locale, usage: &Usage) -> Option<AnyView> {
    let limit = usage.in_force.pictures_per_day?;
    let left = usage.left_today;
    let left = td_string!(locale, usage.left, left = left, limit = limit.most);
    let shown = view! {
        <div>
            <dt>{td_string!(locale, usage.today)}</dt>
            <dd>{left} <small class="field-hint">{set_by(locale, limit.set_by)}</small></dd>
        </div>
    };
    Some(shown.into_any())
}

/// What is spent this month, of how much, who says so, and when it begins anew.
fn this_month(locale: Locale, usage: &Usage) -> AnyView {
    let spent = format::money(locale, usage.month_micros);
    let (spent, whose) = match usage.in_force.micros_per_month {
        None => (spent, td_string!(locale, limits.no_month)),
        Some(limit) => (
            td_string!(
                locale,
                limits.month_spent_of,
                spent = spent,
                limit = format::money(locale, limit.most)
            ),
            set_by(locale, limit.set_by),
        ),
    };
    let until = td_string!(
        locale,
        limits.month_until,
        date = format::date(locale, usage.next_month_ms)
    );
    view! {
        <div>
            <dt>{td_string!(locale, people.this_month)}</dt>
            <dd>{spent} <small class="field-hint">{whose} " " {until}</small></dd>
        </div>
    }
    .into_any()
}

/// Whose limit it is.
fn set_by(locale: Locale, set_by: SetBy) -> &'static str {
    match set_by {
        SetBy::Service => td_string!(locale, limits.by_service),
        SetBy::Administrator => td_string!(locale, limits.by_administrator),
        SetBy::Person => td_string!(locale, limits.by_person),
    }
}

/// The chart's size, in its own units; the page stretches it. Its words stand
/// beside the drawing, where they keep their size.
const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 100.0;

/// A bar a day, as high as what was spent. The table below says the same.
#[component]
fn Chart(days: Vec<UsageDay>) -> impl IntoView {
    let locale = use_locale();
    let most = days.iter().map(|day| day.cost_micros).max().unwrap_or(0);
    if most == 0 {
        return view! { <p class="empty">{td_string!(locale, usage.empty)}</p> }.into_any();
    }
    let step = WIDTH / days.len() as f64;
    let bars: Vec<AnyView> = days
        .iter()
        .enumerate()
        .filter(|(_, day)| day.cost_micros > 0)
        .map(|(index, day)| {
            // A bar of nearly nothing is still to be seen.
            let height = (HEIGHT * day.cost_micros as f64 / most as f64).max(2.0);
            let title = format!(
                "{}: {}",
                format::date(locale, day.day_ms),
                format::money(locale, day.cost_micros)
            );
            view! {
                <rect
                    class="bar"
                    x=number(index as f64 * step + step * 0.15)
                    y=number(HEIGHT - height)
                    width=number(step * 0.7)
                    height=number(height)
                >
                    <title>{title}</title>
                </rect>
            }
            .into_any()
        })
        .collect();
    let date = |index: usize| {
        days.get(index)
            .map(|day| format::date(locale, day.day_ms))
            .unwrap_or_default()
    };
    view! {
        <figure class="chart">
            <p class="chart-words">{format::money(locale, most)}</p>
            <svg
                viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                preserveAspectRatio="none"
                role="img"
                aria-label=td_string!(locale, usage.chart)
            >
                {bars}
            </svg>
            <p class="chart-words">
                <span>{date(0)}</span>
                <span>{date(days.len() - 1)}</span>
            </p>
        </figure>
    }
    .into_any()
}

/// A coordinate, no longer than it needs to be.
fn number(value: f64) -> String {
    format!("{value:.1}")
}

fn by_model(locale: Locale, usage: &Usage) -> Option<AnyView> {
    let rows = usage.models.iter().map(|model| {
        (
            model.name.clone(),
            model.pictures,
            format::money_or_about(locale, model.cost_micros, model.estimated),
        )
    });
    table(locale, td_string!(locale, usage.by_model), rows.collect())
}

fn by_day(locale: Locale, days: &[UsageDay]) -> Option<AnyView> {
    let rows = days
        .iter()
        .rev()
        .filter(|day| day.pictures > 0 || day.cost_micros > 0)
        .map(|day| {
            (
                format::date(locale, day.day_ms),
                day.pictures,
                format::money_or_about(locale, day.cost_micros, day.estimated),
            )
        });
    table(locale, td_string!(locale, usage.by_day), rows.collect())
}

/// A table of names, pictures and money; none without rows.
fn table(locale: Locale, title: &'static str, rows: Vec<(String, u32, String)>) -> Option<AnyView> {
    if rows.is_empty() {
        return None;
    }
    let rows: Vec<AnyView> = rows
        .into_iter()
        .map(|(name, pictures, cost)| {
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    <td>{pictures}</td>
                    <td>{cost}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    let table = view! {
        <table>
            <caption>{title}</caption>
            <thead>
                <tr>
                    <td></td>
                    <th scope="col">{td_string!(locale, usage.pictures)}</th>
                    <th scope="col">{td_string!(locale, usage.cost)}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    };
    Some(table.into_any())
}
