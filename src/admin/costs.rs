//! Costs by day, model and person as a table for spreadsheets: `/admin/costs.csv`.
//!
//! It is sent while it is read, a page of rows at a time, so that neither a long time
//! nor a large service is held in memory.

use super::decisions::require_fresh_admin;
use crate::{
    error::{AppError, Problem},
    i18n::{self, Locale, td_string},
    model::{
        catalogue::midnight_ms,
        limits::{COSTS_DAYS_MAX, DAY_MS},
    },
    routes::{ADMIN_COSTS, Route},
    server::{
        AppState,
        context::{accepts_html, localised},
        csv::cell,
        media::NO_STORE,
        plain_page,
        session::Visitor,
    },
    store::{
        DbError,
        costs::{self, Cost, PAGE},
    },
    ui::{confirm::confirm, form::Language, format},
};
use axum::{
    Extension,
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use bytes::Bytes;
use futures::stream;
use leptos::prelude::*;
use std::fmt::Write;
use url::form_urlencoded;

/// The names of the columns.
const HEAD: &str = "day,person,model,pictures,cost_usd,estimated\r\n";

/// What the address asks for.
#[derive(Default)]
struct Asked {
    from: String,
    to: String,
    lang: String,
}

impl Asked {
    fn read(query: &str) -> Asked {
        let mut asked = Asked::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "from" => asked.from = value.into_owned(),
                "to" => asked.to = value.into_owned(),
                "lang" => asked.lang = value.into_owned(),
                _ => {}
            }
        }
        asked
    }

    /// The first and the last midnight: of this month where nothing is said.
    fn period(&self, today_ms: i64) -> Result<(i64, i64), AppError> {
        let malformed = || AppError::from(Problem::Malformed);
        let day = |text: &str, or_ms: i64| match text.trim() {
            "" => Ok(or_ms),
            text => midnight_ms(text).ok_or_else(malformed),
        };
        let to_ms = day(&self.to, today_ms)?;
        let from_ms = day(&self.from, month_ms(to_ms))?;
        let days = (to_ms - from_ms) / DAY_MS + 1;
        match (1..=COSTS_DAYS_MAX).contains(&days) {
            true => Ok((from_ms, to_ms)),
            false => Err(malformed()),
        }
    }
}

/// The midnight that a day's month begins with.
fn month_ms(day_ms: i64) -> i64 {
    let day = format::iso_day(day_ms);
    let first = day.get(..8).map(|month| format!("{month}01"));
    first.and_then(|day| midnight_ms(&day)).unwrap_or(day_ms)
}

/// Sends the table to an administrator who signed in during the last minutes. To
/// everybody else there is nothing here.
pub(super) async fn download(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = Asked::read(&query.unwrap_or_default());
    let is_browser = accepts_html(&headers);
    let error = match begin(&state, &visitor, &asked).await {
        Ok(response) => return response,
        Err(error) => error,
    };
    match error {
        AppError::SignInNeeded if is_browser => {
            let next = localised(&asked.lang, Route::Admin);
            plain_page::see_other(&localised(&asked.lang, Route::sign_in_to(&next)))
        }
        AppError::SignInNeeded => plain_page::error(&headers, &AppError::NotFound),
        error @ AppError::Invalid { .. } if is_browser => {
            let error = error.to_query();
            let query: String = form_urlencoded::byte_serialize(error.as_bytes()).collect();
            plain_page::see_other(&localised(&asked.lang, Route::Admin.with("error", &query)))
        }
        error => {
            let known = i18n::known(&asked.lang);
            let locale = known.unwrap_or_else(|| plain_page::locale(&headers));
            plain_page::error_in(locale, &headers, &error)
        }
    }
}

async fn begin(state: &AppState, visitor: &Visitor, asked: &Asked) -> Result<Response, AppError> {
    let user = visitor.user(state).await?.ok_or(AppError::SignInNeeded)?;
    require_fresh_admin(state, visitor, &user).await?;
    let period = asked.period(state.clock.day_start_ms())?;
    // Before anything is sent, so that a database that fails is an error and not half a
    // table.
    let first = costs::page(&state.db, period, &Cost::default()).await?;
    let (from, to) = (format::iso_day(period.0), format::iso_day(period.1));
    let name = format!("attachment; filename=\"imgc-costs-{from}-{to}.csv\"");
    let name = HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"));
    let mut response = Response::new(body(state.clone(), period, first));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_DISPOSITION, name);
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    headers.insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// The table from its first page on. Where the database fails in between, the download
/// breaks off instead of ending well.
fn body(state: AppState, period: (i64, i64), first: Vec<Cost>) -> Body {
    let begun = (HEAD.to_owned(), Some(first));
    let pieces = stream::try_unfold(begun, move |(mut text, page)| {
        let state = state.clone();
        async move {
            let Some(page) = page else {
                return Ok::<_, DbError>(None);
            };
            page.iter().for_each(|cost| line(&mut text, cost));
            let next = match page.last() {
                Some(last) if page.len() == PAGE => {
                    Some(costs::page(&state.db, period, last).await?)
                }
                _ => None,
            };
            Ok(Some((Bytes::from(text), (String::new(), next))))
        }
    });
    Body::from_stream(pieces)
}

/// Adds a line of the table, as RFC 4180 has it.
fn line(text: &mut String, cost: &Cost) {
    let person = cost.handle.as_deref().unwrap_or(&cost.user_id);
    let micros = cost.cost_micros.max(0);
    let _ = write!(
        text,
        "{},{},{},{},{}.{:06},{}\r\n",
        format::iso_day(cost.day_ms),
        cell(person),
        cell(&cost.model),
        cost.pictures,
        micros / 1_000_000,
        micros % 1_000_000,
        if cost.estimated { "yes" } else { "no" },
    );
}

/// The section: which days, and the way to the table. Whose sign-in is too old signs in
/// first.
pub(super) fn section(locale: Locale, today_ms: i64, is_fresh: bool) -> AnyView {
    let form = match is_fresh {
        false => confirm(locale, Route::Admin),
        true => view! {
            <form class="account-choices" method="get" action=ADMIN_COSTS>
                <Language />
                {day("from", td_string!(locale, costs.from), month_ms(today_ms))}
                {day("to", td_string!(locale, costs.to), today_ms)}
                <button class="button" type="submit">
                    {td_string!(locale, costs.download)}
                </button>
            </form>
        }
        .into_any(),
    };
    view! {
        <section class="card" aria-labelledby="costs">
            <h2 id="costs">{td_string!(locale, costs.heading)}</h2>
            <p>{td_string!(locale, costs.text, days = COSTS_DAYS_MAX)}</p>
            {form}
        </section>
    }
    .into_any()
}

/// A field for a day.
fn day(name: &'static str, label: &'static str, ms: i64) -> AnyView {
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <input type="date" name=name value=format::iso_day(ms) required />
        </label>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_is_this_month_unless_somebody_says_otherwise() {
        let ms = |day: &str| midnight_ms(day).expect("a day");
        let today_ms = ms("2026-11-30");
        let period = |from: &str, to: &str| {
            let asked = Asked::read(&format!("from={from}&to={to}&x=1"));
            asked.period(today_ms).ok()
        };
        assert_eq!(period("", ""), Some((ms("2026-11-01"), today_ms)));
        assert_eq!(
            period("", "2024-02-29"),
            Some((ms("2024-02-01"), ms("2024-02-29")))
        );
        assert_eq!(period("2025-11-30", ""), Some((ms("2025-11-30"), today_ms)));
        for (from, to) in [
            ("2025-11-29", ""),
            ("2026-12-01", ""),
            ("2026-02-30", ""),
            ("yesterday", ""),
            ("0000-01-01", "9999-12-31"),
            ("2026-11-2", ""),
        ] {
            assert_eq!(period(from, to), None, "{from} {to}");
        }
    }
}
