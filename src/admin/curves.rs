//! Curves of the site's use, drawn on the server.

use crate::{
    i18n::{Locale, td_string},
    model::limits::DAY_MS,
    ui::format,
};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// The days a curve shows.
pub const DAYS: i64 = 30;
/// The drawing's size, in its own units; the page stretches it.
const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 100.0;

/// Counts of (day, what), as the store has them.
pub type Counts = Vec<(i64, String, u64)>;

/// A curve each of visitors, pages and pictures, and a table of everything.
pub fn curves(locale: Locale, counts: &Counts, today_ms: i64) -> AnyView {
    let sum = |wanted: fn(&str) -> bool| -> Vec<u64> {
        (0..DAYS)
            .map(|index| today_ms - (DAYS - 1 - index) * DAY_MS)
            .map(|day| {
                let of_day = counts
                    .iter()
                    .filter(|(at, what, _)| *at == day && wanted(what));
                of_day.map(|(_, _, count)| count).sum()
            })
            .collect()
    };
    view! {
        {curve(td_string!(locale, admin.visitors), &sum(|what| what == "visitors"))}
        {curve(td_string!(locale, admin.pages), &sum(|what| what.starts_with("page ")))}
        {curve(td_string!(locale, admin.pictures), &sum(|what| what == "job ready"))}
        <p class="quiet">
            {format::date(locale, today_ms - (DAYS - 1) * DAY_MS)} " – " {format::date(locale, today_ms)}
        </p>
        {totals(locale, counts)}
    }
    .into_any()
}

fn curve(title: &'static str, values: &[u64]) -> AnyView {
    let most = values.iter().copied().max().unwrap_or(0);
    let total: u64 = values.iter().sum();
    let step = WIDTH / (values.len().max(2) - 1) as f64;
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let height = HEIGHT * *value as f64 / most.max(1) as f64;
            format!("{:.1},{:.1}", index as f64 * step, HEIGHT - height)
        })
        .collect();
    view! {
        <figure class="chart">
            <figcaption class="chart-words">
                <span>{title}</span>
                <span>{total}</span>
            </figcaption>
            <svg
                viewBox=format!("0 -2 {WIDTH} {}", HEIGHT + 4.0)
                preserveAspectRatio="none"
                role="img"
                aria-label=title
            >
                <polyline class="curve" points=points.join(" ") />
            </svg>
        </figure>
    }
    .into_any()
}

/// Everything that was counted in these days, the most frequent first.
fn totals(locale: Locale, counts: &Counts) -> AnyView {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, what, count) in counts {
        *sums.entry(what).or_default() += count;
    }
    let mut sums: Vec<(&str, u64)> = sums.into_iter().collect();
    sums.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let rows: Vec<AnyView> = sums
        .into_iter()
        .map(|(what, count)| {
            view! {
                <tr>
                    <th scope="row">{what.to_owned()}</th>
                    <td>{count}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <details>
            <summary>{td_string!(locale, admin.everything)}</summary>
            <div class="table-scroll">
                <table>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}
