//! The administrators' page. To everybody else it does not exist.

use super::{
    announcements,
    budget::{self, Budget},
    case_decisions, cases, costs,
    curves::{Counts, DAYS, curves},
    decisions::{kept, require_admin},
    health, invitations, look, models, orders, people, police, police_page, reports, unfounded,
};
use crate::{
    account,
    error::AppError,
    i18n::{self, Locale, td_string, use_locale},
    model::{catalogue::midnight_ms, limits::DAY_MS, retention::RetentionRule},
    reports::copies,
    routes::Route,
    server::{AppState, Context, abuse::Noticed, kept_forms::Typed},
    store::{
        admin_page::{self, Moments},
        cases as rows_of_cases,
        reports::{Act, Case},
        retention::Run,
        sealed::Sealed,
    },
    ui::{
        confirm::confirm,
        error_view::{ErrorNote, ErrorPage, error_in_address},
        format,
        found::when_found,
        head::PrivateHead,
    },
};
use leptos::prelude::*;
use std::sync::Arc;

/// What the page shows.
#[derive(Clone)]
struct Shown {
    health: health::Shown,
    /// The reports, each with what was typed about it before; `None` where the
    /// sign-in is too old to read what other people wrote.
    reports: Option<Vec<(Case, Typed)>>,
    /// Orders of authorities; none as for the reports.
    orders: Vec<orders::Shown>,
    /// Reported pictures; `None` as for the reports.
    cases: Option<Vec<rows_of_cases::Case>>,
    sealed: Vec<Sealed>,
    now_ms: i64,
    noticed: Vec<Noticed>,
    invitations: invitations::Shown,
    models: models::Shown,
    runs: Vec<Run>,
    acts: Vec<Act>,
    counts: Counts,
    today_ms: i64,
    budget: Budget,
    /// True where several nodes count, each for itself.
    is_shared: bool,
    /// Models that end soon: their names, and the midnights of their last days.
    ending: Vec<(String, i64)>,
}

/// The page.
#[component]
pub fn AdminPage() -> impl IntoView {
    let locale = use_locale();
    let context = Arc::new(Context::take());
    let asked = context.clone();
    let found = async move { shown(&asked, locale).await };
    when_found(found, move |found| match found {
        Ok(shown) => page(locale, shown),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

async fn shown(context: &Context, locale: Locale) -> Result<Shown, AppError> {
    let lang = i18n::code(locale);
    let user = context.require_user_or_sign_in(lang, Route::Admin).await?;
    let state = &context.state;
    require_admin(state, &user).await?;
    let today_ms = state.clock.day_start_ms();
    let since_ms = today_ms - (DAYS - 1) * DAY_MS;
    let is_fresh = account::is_fresh(state, &context.visitor).await?;
    let now_ms = state.clock.now_ms();
    let moments = Moments {
        today_ms,
        counts_since_ms: since_ms,
        failed_since_ms: health::failed_since_ms(now_ms),
        begun_since_ms: health::begun_since_ms(now_ms),
    };
    let read = admin_page::read(&state.db, &moments, is_fresh);
    let (rows, beside) = tokio::join!(read, health::beside(state));
    let rows = rows?;
    let typed = rows.reports.into_iter().map(|report| {
        let typed = kept(state, &user, &report.id);
        (report, typed)
    });
    // What is not written yet belongs to the picture, too.
    let unwritten = state.statistics.unwritten().into_iter();
    let unwritten = unwritten.filter(|(day_ms, ..)| *day_ms >= since_ms);
    Ok(Shown {
        reports: is_fresh.then(|| typed.collect()),
        cases: is_fresh.then(|| {
            let others = case_decisions::has_others(state, &user);
            let cases = rows.cases.into_iter();
            cases
                .filter(|case| case.user_id != user.id || !others)
                .collect()
        }),
        orders: orders::Shown::of(context, &user, rows.orders),
        now_ms,
        sealed: rows.sealed,
        noticed: state.abuse.noticed(now_ms),
        health: health::Shown::of(state, rows.standing, beside),
        invitations: invitations::Shown::of(state, locale, is_fresh.then_some(rows.invitations)),
        models: models::Shown::of(state),
        runs: rows.runs,
        acts: rows.acts,
        counts: rows.counts.into_iter().chain(unwritten).collect(),
        today_ms,
        budget: Budget::of(state, rows.spent),
        is_shared: state.config.is_shared(),
        ending: ending(state),
    })
}

fn ending(state: &AppState) -> Vec<(String, i64)> {
    let offered = state.offered();
    offered
        .into_iter()
        .filter_map(|model| Some((model.name, midnight_ms(&model.shutdown_date?)?)))
        .collect()
}

fn page(locale: Locale, shown: Shown) -> AnyView {
    let title = td_string!(locale, admin.title);
    let is_fresh = shown.cases.is_some();
    let none = || view! { <p class="empty">{td_string!(locale, admin.nothing)}</p> }.into_any();
    let reports = match shown.reports {
        None => confirm(locale, Route::Admin),
        Some(reports) if reports.is_empty() => none(),
        Some(reports) => reports
            .into_iter()
            .map(|(one, typed)| reports::report(locale, one, typed))
            .collect::<Vec<AnyView>>()
            .into_any(),
    };
    let acts = match shown.acts.is_empty() {
        true => none(),
        false => done(locale, shown.acts),
    };
    let ending = shown.ending.into_iter().map(|(name, date_ms)| {
        let date = format::date(locale, date_ms);
        let text = td_string!(locale, create.model_ends, name = name, date = date);
        view! { <p class="note">{text}</p> }.into_any()
    });
    let ending: Vec<AnyView> = ending.collect();
    let at_most = shown.is_shared.then(|| {
        view! { <p class="quiet">{td_string!(locale, admin.usage_at_most)}</p> }
    });
    view! {
        <PrivateHead locale title=title.to_string() />
        <div class="account-page">
            <header class="page-header">
                <h1>{title}</h1>
            </header>
            <ErrorNote error=error_in_address() />
            {ending}
            {orders::section(locale, shown.orders.clone(), shown.now_ms)}
            {budget::section(locale, shown.budget)}
            {cases::section(locale, shown.cases, &orders::Shown::cases(&shown.orders), shown.now_ms)}
            {police_page::sealed(locale, shown.sealed)}
            {look::section(locale, &shown.noticed)}
            {health::section(locale, &shown.health)}
            <section class="card" aria-labelledby="reports">
                <h2 id="reports">{td_string!(locale, admin.reports)}</h2>
                {reports}
            </section>
            {invitations::section(locale, shown.invitations)}
            {models::section(locale, shown.models, is_fresh)}
            {costs::section(locale, shown.today_ms, is_fresh)}
            <section class="card" aria-labelledby="use">
                <h2 id="use">{td_string!(locale, admin.usage)}</h2>
                <p class="quiet">{td_string!(locale, admin.usage_hint)}</p>
                {at_most}
                {curves(locale, &shown.counts, shown.today_ms)}
            </section>
            <section class="card" aria-labelledby="retention">
                <h2 id="retention">{td_string!(locale, admin.retention)}</h2>
                {housekeeping(locale, shown.runs)}
            </section>
            <section class="card" aria-labelledby="acts">
                <h2 id="acts">{td_string!(locale, admin.acts)}</h2>
                {acts}
            </section>
        </div>
    }
    .into_any()
}

/// What each rule of retention did when it last ran.
fn housekeeping(locale: Locale, runs: Vec<Run>) -> AnyView {
    let rows: Vec<AnyView> = runs
        .into_iter()
        .map(|run| {
            let standing = match run.failed {
                true => td_string!(locale, admin.failed),
                false => td_string!(locale, admin.well),
            };
            view! {
                <tr>
                    <th scope="row">{rule_name(locale, run.rule)}</th>
                    <td>{format::date_time(locale, run.ran_at_ms)}</td>
                    <td>{run.removed}</td>
                    <td>{run.removed_ever}</td>
                    <td>{standing}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <div class="table-scroll" tabindex="0" role="group" aria-labelledby="retention">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{td_string!(locale, admin.rule)}</th>
                        <th scope="col">{td_string!(locale, admin.ran)}</th>
                        <th scope="col">{td_string!(locale, admin.removed)}</th>
                        <th scope="col">{td_string!(locale, admin.removed_ever)}</th>
                        <th scope="col">{td_string!(locale, admin.standing)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A rule's name in the reader's language.
fn rule_name(locale: Locale, name: String) -> String {
    let rule = RetentionRule::ALL
        .into_iter()
        .find(|rule| rule.name() == name);
    let Some(rule) = rule else { return name };
    match rule {
        RetentionRule::Sessions => td_string!(locale, retention.sessions),
        RetentionRule::SignIns => td_string!(locale, retention.sign_ins),
        RetentionRule::Addresses => td_string!(locale, retention.addresses),
        RetentionRule::SignInRecords => td_string!(locale, retention.sign_in_records),
        RetentionRule::Changes => td_string!(locale, retention.changes),
        RetentionRule::UnlistedAddresses => td_string!(locale, retention.unlisted_addresses),
        RetentionRule::Trash => td_string!(locale, retention.trash),
        RetentionRule::Uploads => td_string!(locale, retention.uploads),
        RetentionRule::ClosedAccounts => td_string!(locale, retention.closed_accounts),
        RetentionRule::ErasedUsage => td_string!(locale, retention.erased_usage),
        RetentionRule::Receipts => td_string!(locale, retention.receipts),
        RetentionRule::Reports => td_string!(locale, retention.reports),
        RetentionRule::Notices => td_string!(locale, retention.notices),
        RetentionRule::Cases => td_string!(locale, retention.cases),
        RetentionRule::Suspensions => td_string!(locale, retention.suspensions),
        RetentionRule::RemovedPictures => td_string!(locale, held.rule_removed),
        RetentionRule::SealedCopies => td_string!(locale, held.rule_sealed),
        RetentionRule::Orders => td_string!(locale, retention.orders),
        RetentionRule::Reporters => td_string!(locale, retention.reporters),
        RetentionRule::AdminActs => td_string!(locale, retention.admin_acts),
        RetentionRule::Invitations => td_string!(locale, retention.invitations),
        RetentionRule::RateWindows => td_string!(locale, retention.rate_windows),
        RetentionRule::Spool => td_string!(locale, retention.spool),
        RetentionRule::Logs => td_string!(locale, retention.logs),
        RetentionRule::Backups => td_string!(locale, retention.backups),
        RetentionRule::MigrationCopies => td_string!(locale, retention.migration_copies),
        RetentionRule::Orphans => td_string!(locale, retention.orphans),
        RetentionRule::Objects => td_string!(locale, retention.objects),
        RetentionRule::Mails => td_string!(locale, mail.rule),
        RetentionRule::MailReceipts => td_string!(locale, mail.rule_receipts),
        RetentionRule::GivenUpHandles => td_string!(locale, retention.handles),
    }
    .to_owned()
}

/// What administrators did; people are shown by the beginning of their hash.
fn done(locale: Locale, acts: Vec<Act>) -> AnyView {
    let short = |hash: String| hash.chars().take(8).collect::<String>();
    // Nobody's hash is what the command line did.
    let who = |hash: String| match hash.is_empty() {
        true => td_string!(locale, invitation.by_command).to_owned(),
        false => short(hash),
    };
    let rows: Vec<AnyView> = acts
        .into_iter()
        .map(|act| {
            let what = match act.act.as_str() {
                "erased" => td_string!(locale, admin.act_erased),
                invitations::INVITED => td_string!(locale, admin.act_invited),
                invitations::REVOKED => td_string!(locale, admin.act_revoked),
                copies::DECIDED => td_string!(locale, decision.act_decided),
                case_decisions::OPENED => td_string!(locale, decision.act_opened),
                case_decisions::ANSWERED => td_string!(locale, decision.act_answered),
                police::PASSED => td_string!(locale, police.act_passed),
                police::UNSEALED => td_string!(locale, police.act_opened),
                police::EXTENDED => td_string!(locale, police.act_longer),
                orders::ANSWERED => td_string!(locale, order.act),
                unfounded::UNFOUNDED => td_string!(locale, unfounded.act),
                people::LIMITED => td_string!(locale, limits.act),
                announcements::ANNOUNCED => td_string!(locale, announcement.act_made),
                announcements::REMOVED => td_string!(locale, announcement.act_removed),
                models::OFF => td_string!(locale, model_switch.act_off),
                models::ON => td_string!(locale, model_switch.act_on),
                other => people::suspension::act_name(locale, other),
            };
            let about = (!act.subject.is_empty()).then(|| format!(" → {}", short(act.subject)));
            view! {
                <tr>
                    <th scope="row">{format::date_time(locale, act.at_ms)}</th>
                    <td>{what}</td>
                    <td>{who(act.admin)} {about}</td>
                    <td dir="auto">{act.reason}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <div class="table-scroll" tabindex="0" role="group" aria-labelledby="acts">
            <table>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
