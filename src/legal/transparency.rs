//! How notices and decisions went, by calendar year: the page, and the same as a table
//! for spreadsheets. Sums that name nobody.

use super::parts::{period, section, table, words};
use crate::{
    error::AppError,
    i18n::{Locale, td_string, use_locale},
    model::{limits::MINUTE_MS, notice::Reason},
    reports::words as reported,
    routes::{PagePath, TRANSPARENCY, TRANSPARENCY_CSV},
    server::{AppState, Context, csv::cell, plain_page},
    store::notice_sums::{self, Sum, Sums},
    ui::{
        error_view::ErrorPage,
        found::when_found,
        public_head::{Public, PublicHead},
    },
};
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use leptos::prelude::*;
use std::{collections::BTreeSet, fmt::Write, sync::Arc};

/// The names of the columns.
const HEAD: &str = "year,kind,word,count\r\n";

/// The page.
#[component]
pub fn TransparencyPage() -> impl IntoView {
    let locale = use_locale();
    let context = Arc::new(Context::take());
    let asked = context.clone();
    let found = async move { notice_sums::all(&asked.state.db).await };
    when_found(found, move |found| match found {
        Ok(sums) => page(&context.state, locale, &sums),
        Err(error) => {
            let error = context.with_status(AppError::from(error));
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

fn page(state: &AppState, locale: Locale, sums: &Sums) -> AnyView {
    let title = td_string!(locale, transparency.title);
    let head = Public {
        title: title.to_owned(),
        description: td_string!(locale, transparency.description).to_owned(),
        path: PagePath::of(TRANSPARENCY),
        picture: None,
        kind: "article",
    };
    let years = years(sums);
    let body: Vec<AnyView> = match years.is_empty() {
        true => vec![words(td_string!(locale, transparency.nothing))],
        false => years
            .into_iter()
            .map(|year| of_year(locale, sums, year))
            .collect(),
    };
    view! {
        <PublicHead locale site=state.site() page=head />
        <article class="legal">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, transparency.lead)}</p>
                <p>
                    <a href=TRANSPARENCY_CSV rel="external">
                        {td_string!(locale, transparency.csv)}
                    </a>
                </p>
            </header>
            {body}
        </article>
    }
    .into_any()
}

/// The years of which there is something to tell, the newest first.
fn years(sums: &Sums) -> Vec<i64> {
    let counted = sums.sums.iter().map(|sum| sum.year);
    let timed = sums.medians.iter().map(|(year, _)| *year);
    let years: BTreeSet<i64> = counted.chain(timed).collect();
    years.into_iter().rev().collect()
}

fn of_year(locale: Locale, sums: &Sums, year: i64) -> AnyView {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for kind in KINDS {
        let of_kind = sums.sums.iter();
        let of_kind = of_kind.filter(|sum| sum.year == year && sum.kind == kind);
        rows.extend(of_kind.map(|sum| vec![name(locale, sum), sum.count.to_string()]));
    }
    let median = sums.medians.iter().find(|(of, _)| *of == year);
    rows.extend(median.map(|(_, minutes)| {
        vec![
            td_string!(locale, transparency.median).to_owned(),
            period(locale, minutes * MINUTE_MS),
        ]
    }));
    rows.push(vec![
        td_string!(locale, transparency.automatic).to_owned(),
        by_machine(sums, year).to_string(),
    ]);
    let heads = [
        td_string!(locale, transparency.column_what),
        td_string!(locale, transparency.column_count),
    ];
    let id = format!("year-{year}");
    section(id.clone(), year.to_string(), table(id, &heads, rows))
}

/// The kind of what was decided for many at once: copies that are the same to the pixel as
/// a picture about which a person decided.
const MACHINE: &str = "machine";

/// How many decisions of a year nobody made one by one.
fn by_machine(sums: &Sums, year: i64) -> u64 {
    let of_year = sums.sums.iter();
    let of_year = of_year.filter(|sum| sum.year == year && sum.kind == MACHINE);
    of_year.map(|sum| sum.count).sum()
}

/// What is told, in this order.
const KINDS: [&str; 10] = [
    "notice", "order", "found", "picture", "account", "ground", "own", "appeal", "answer", "unread",
];

/// What is counted, in words. What a release after this one counts is named as it is.
fn name(locale: Locale, sum: &Sum) -> String {
    let known = match (sum.kind.as_str(), sum.word.as_str()) {
        ("notice", word) => {
            let reason = Reason::parse(word).map(|reason| reported::reason(locale, reason));
            let what = reason.unwrap_or(word);
            return td_string!(locale, transparency.notice, what = what);
        }
        ("order", "information") => td_string!(locale, transparency.order_information),
        ("order", "terrorism") => td_string!(locale, transparency.order_terrorism),
        ("order", _) => td_string!(locale, transparency.order_removal),
        ("picture", "kept") => td_string!(locale, transparency.picture_kept),
        ("found", _) => td_string!(locale, transparency.found),
        ("picture", "sensitive") => td_string!(locale, transparency.picture_sensitive),
        ("picture", "unlisted") => td_string!(locale, transparency.picture_unlisted),
        ("picture", "withdrawn") => td_string!(locale, transparency.picture_withdrawn),
        ("account", "none") => td_string!(locale, transparency.account_none),
        ("account", "warned") => td_string!(locale, transparency.account_warned),
        ("account", "strike") => td_string!(locale, transparency.account_strike),
        ("account", "suspended") => td_string!(locale, transparency.account_suspended),
        ("account", "erased") => td_string!(locale, transparency.account_erased),
        ("ground", "law") => td_string!(locale, transparency.ground_law),
        ("ground", "terms") => td_string!(locale, transparency.ground_terms),
        ("own", _) => td_string!(locale, transparency.own),
        ("appeal", "owner") => td_string!(locale, transparency.appeal_owner),
        ("appeal", _) => td_string!(locale, transparency.appeal_notice),
        ("answer", "upheld") => td_string!(locale, transparency.answer_upheld),
        ("answer", _) => td_string!(locale, transparency.answer_rejected),
        ("unread", _) => td_string!(locale, transparency.unread),
        (kind, word) => return format!("{kind}: {word}"),
    };
    known.to_owned()
}

/// Sends the table. Public: what it says is on the page, too.
pub(super) async fn download(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let sums = match notice_sums::all(&state.db).await {
        Ok(sums) => sums,
        Err(error) => return plain_page::error(&headers, &error.into()),
    };
    let kind = "text/csv; charset=utf-8; header=present";
    let name = "attachment; filename=\"imgc-transparency.csv\"";
    let told = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (told, csv(&sums)).into_response()
}

/// The table, as RFC 4180 has it.
fn csv(sums: &Sums) -> String {
    let mut text = HEAD.to_owned();
    let mut line = |year: i64, kind: &str, word: &str, count: String| {
        let _ = write!(text, "{year},{},{},{count}\r\n", cell(kind), cell(word));
    };
    for sum in sums.sums.iter().filter(|sum| sum.kind != MACHINE) {
        line(sum.year, &sum.kind, &sum.word, sum.count.to_string());
    }
    for (year, minutes) in &sums.medians {
        line(*year, "decision", "median_minutes", minutes.to_string());
    }
    for year in years(sums) {
        let automatic = by_machine(sums, year).to_string();
        line(year, "decision", "automatic", automatic);
    }
    text
}
