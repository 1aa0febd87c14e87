//! Health on the administrators' page: how the service and its machine stand, and in
//! words what needs a person.

use crate::{
    i18n::{Locale, td_string},
    model::{
        FailureKind,
        limits::{
            BACKUP_AGE_WARNING_MS, COSTS_NEAR_PERCENT, DAY_MS, DELETION_WARNING_MS,
            DISK_FREE_WARNING_BYTES, DISK_FREE_WARNING_PERCENT, FAILURES_BEGUN_MS,
            FAILURES_SHOWN_MS, HOUR_MS, MAIL_WARNING_MS, OLDEST_WAIT_WARNING_MS,
        },
    },
    server::{
        AppState,
        disk::Room,
        health::{Folder, Machine},
    },
    store::health::Standing,
    ui::{format, words},
};
use leptos::prelude::*;

/// Bytes of a tenth of a gigabyte.
const TENTH_OF_GB: u64 = 100_000_000;
/// Micro-dollars of a dollar.
const MICROS: f64 = 1e6;

/// From when jobs are counted that ended without a picture.
pub(super) fn failed_since_ms(now_ms: i64) -> i64 {
    now_ms - FAILURES_SHOWN_MS
}

/// Of jobs sent before this none is counted: they do not wait for so long.
pub(super) fn begun_since_ms(now_ms: i64) -> i64 {
    now_ms - FAILURES_BEGUN_MS
}

/// What the section shows.
#[derive(Clone)]
pub(super) struct Shown {
    standing: Standing,
    machine: Machine,
    /// Whether the object store answers.
    objects: bool,
    copies: Copies,
    mails: Mails,
    limit_micros: i64,
    now_ms: i64,
}

/// Who keeps copies of the database.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Copies {
    /// Nobody: the demo's pictures are nobody's.
    Demo,
    /// Its provider, for so many days.
    Provider(i64),
    /// Nobody, because no key is set that backups are encrypted for.
    NoKey,
    /// The operator, by `imgc backup`.
    Backups,
}

/// Whether people are told by mail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mails {
    /// Nobody is in the demo, and nobody misses it.
    Demo,
    /// Nobody is, because no mail host is configured.
    NoHost,
    /// They are.
    Sent,
}

/// What is found beside the database, while that is read.
pub(super) async fn beside(state: &AppState) -> (Machine, bool) {
    tokio::join!(Machine::look(state), state.health.objects(&state.objects))
}

impl Shown {
    pub(super) fn of(
        state: &AppState,
        standing: Standing,
        (machine, objects): (Machine, bool),
    ) -> Shown {
        let config = &state.config;
        let copies = if config.is_shared() {
            Copies::Provider(config.history_ms() / DAY_MS)
        } else if config.demo {
            Copies::Demo
        } else if config.imgc.backup.recipient.is_none() {
            Copies::NoKey
        } else {
            Copies::Backups
        };
        let mails = match (config.sends_mail(), config.demo) {
            (true, _) => Mails::Sent,
            (false, true) => Mails::Demo,
            (false, false) => Mails::NoHost,
        };
        Shown {
            standing,
            mails,
            machine,
            objects,
            copies,
            limit_micros: (config.imgc.limits.spend_per_day_usd * MICROS) as i64,
            now_ms: state.clock.now_ms(),
        }
    }

    fn waited_ms(&self) -> Option<i64> {
        let since_ms = self.standing.work.oldest_ms?;
        Some((self.now_ms - since_ms).max(0))
    }

    /// What needs a person, the most urgent first.
    fn warnings(&self, locale: Locale) -> Vec<String> {
        let mut all = Vec::new();
        if !self.objects {
            all.push(td_string!(locale, health.warn_objects).to_owned());
        }
        let tight = self
            .machine
            .rooms
            .iter()
            .filter(|(_, room)| is_tight(*room));
        all.extend(tight.map(|(folder, room)| {
            let folder = folder_name(locale, *folder);
            td_string!(
                locale,
                health.warn_disk,
                folder = folder,
                free = gigabytes(locale, room.free)
            )
        }));
        let mendable = self.standing.failures.iter();
        let mendable = mendable.filter(|(kind, _)| is_the_operators(*kind));
        all.extend(mendable.map(|(kind, number)| {
            let (what, _) = words::failure(locale, *kind);
            td_string!(locale, health.warn_failures, what = what, number = *number)
        }));
        if let Some(waited_ms) = self.waited_ms().filter(|ms| *ms > OLDEST_WAIT_WARNING_MS) {
            let age = age(locale, waited_ms);
            all.push(td_string!(locale, health.warn_wait, age = age));
        }
        let spent = self.standing.work.spent_micros;
        if spent.saturating_mul(100) >= self.limit_micros.saturating_mul(COSTS_NEAR_PERCENT) {
            let spent = format::money(locale, spent);
            let limit = format::money(locale, self.limit_micros);
            all.push(td_string!(
                locale,
                health.warn_spend,
                spent = spent,
                limit = limit
            ));
        }
        all.extend(self.copies_warning(locale));
        let (number, oldest_ms) = self.standing.deletions;
        if let Some(since_ms) = oldest_ms.filter(|ms| self.now_ms - ms > DELETION_WARNING_MS) {
            let since = format::date_time(locale, since_ms);
            all.push(td_string!(
                locale,
                health.warn_deletions,
                number = number,
                since = since
            ));
        }
        all.extend(self.mail_warnings(locale));
        all
    }

    fn mail_warnings(&self, locale: Locale) -> Vec<String> {
        let mail = &self.standing.mail;
        let none =
            (self.mails == Mails::NoHost).then(|| td_string!(locale, mail.warn_none).to_owned());
        let late = |since_ms: &i64| self.now_ms - since_ms > MAIL_WARNING_MS;
        let waiting = mail.oldest_ms.filter(late).map(|since_ms| {
            let since = format::date_time(locale, since_ms);
            td_string!(
                locale,
                mail.warn_waiting,
                number = mail.waiting,
                since = since
            )
        });
        let given_up = (mail.given_up > 0)
            .then(|| td_string!(locale, mail.warn_given_up, number = mail.given_up));
        [none, waiting, given_up].into_iter().flatten().collect()
    }

    /// Number of mails that wait, and for how long the oldest has; and of those given up.
    fn mail_facts(&self, locale: Locale) -> Vec<(String, String)> {
        let mail = &self.standing.mail;
        if self.mails != Mails::Sent && mail.waiting == 0 {
            return Vec::new();
        }
        let waits = match mail.oldest_ms {
            None => mail.waiting.to_string(),
            Some(since_ms) => {
                let age = age(locale, (self.now_ms - since_ms).max(0));
                td_string!(locale, health.waiting, number = mail.waiting, age = age)
            }
        };
        vec![
            (td_string!(locale, mail.waiting).to_owned(), waits),
            (
                td_string!(locale, mail.given_up).to_owned(),
                mail.given_up.to_string(),
            ),
        ]
    }

    fn copies_warning(&self, locale: Locale) -> Option<String> {
        match (self.copies, self.machine.backup_ms) {
            (Copies::NoKey, _) => Some(td_string!(locale, health.warn_no_key).to_owned()),
            (Copies::Backups, None) => Some(td_string!(locale, health.warn_no_backup).to_owned()),
            (Copies::Backups, Some(at_ms)) => {
                let age_ms = self.now_ms - at_ms;
                let is_old = age_ms > BACKUP_AGE_WARNING_MS;
                is_old.then(|| td_string!(locale, health.warn_backup, age = age(locale, age_ms)))
            }
            _ => None,
        }
    }

    /// Each fact with its name.
    fn facts(&self, locale: Locale) -> Vec<(String, String)> {
        let work = &self.standing.work;
        let waits = match self.waited_ms() {
            None => work.queued.to_string(),
            Some(ms) => {
                let age = age(locale, ms);
                td_string!(locale, health.waiting, number = work.queued, age = age)
            }
        };
        let spent = format::money(locale, work.spent_micros);
        let limit = format::money(locale, self.limit_micros);
        let answers = |does: bool| match does {
            true => td_string!(locale, health.answers).to_owned(),
            false => td_string!(locale, health.silent).to_owned(),
        };
        let mut facts = vec![
            (td_string!(locale, health.queued).to_owned(), waits),
            (
                td_string!(locale, health.running).to_owned(),
                work.running.to_string(),
            ),
            (
                td_string!(locale, health.spent).to_owned(),
                td_string!(locale, health.of_limit, spent = spent, limit = limit),
            ),
            // It has just said what stands here.
            (
                td_string!(locale, health.database).to_owned(),
                answers(true),
            ),
            (
                td_string!(locale, health.objects).to_owned(),
                answers(self.objects),
            ),
        ];
        for (folder, room) in &self.machine.rooms {
            let (free, size) = (gigabytes(locale, room.free), gigabytes(locale, room.size));
            facts.push((
                td_string!(locale, health.free, folder = folder_name(locale, *folder)),
                td_string!(locale, health.of_size, free = free, size = size),
            ));
        }
        facts.push((
            td_string!(locale, health.newest_backup).to_owned(),
            self.newest_backup(locale),
        ));
        facts.extend(self.mail_facts(locale));
        facts
    }

    fn newest_backup(&self, locale: Locale) -> String {
        match (self.copies, self.machine.backup_ms) {
            (Copies::Provider(days), _) => td_string!(locale, health.provider, days = days),
            (_, Some(at_ms)) => {
                let when = format::date_time(locale, at_ms);
                let age = age(locale, self.now_ms - at_ms);
                td_string!(locale, health.made, when = when, age = age)
            }
            (_, None) => td_string!(locale, health.none).to_owned(),
        }
    }
}

/// Whether somebody has to do something about it. An answer that is lost now and then
/// is nobody's fault.
fn is_the_operators(kind: FailureKind) -> bool {
    words::operator_can_mend(kind) && kind != FailureKind::AnswerLost
}

fn is_tight(room: Room) -> bool {
    let percent = u128::from(room.free) * 100;
    let least = u128::from(room.size) * u128::from(DISK_FREE_WARNING_PERCENT);
    room.free < DISK_FREE_WARNING_BYTES || percent < least
}

fn folder_name(locale: Locale, folder: Folder) -> &'static str {
    match folder {
        Folder::Data => td_string!(locale, health.folder_data),
        Folder::Backups => td_string!(locale, health.folder_backups),
    }
}

fn gigabytes(locale: Locale, bytes: u64) -> String {
    let amount = format::tenths(locale, bytes / TENTH_OF_GB);
    td_string!(locale, health.gigabytes, amount = amount)
}

/// How long ago, or for how long: no more exactly than anybody wants to know.
fn age(locale: Locale, ms: i64) -> String {
    match ms {
        ..HOUR_MS => format::duration(ms),
        ms if ms < 2 * DAY_MS => td_string!(locale, health.hours, count = ms / HOUR_MS),
        ms => td_string!(locale, health.days, count = ms / DAY_MS),
    }
}

/// The section.
pub(super) fn section(locale: Locale, shown: &Shown) -> AnyView {
    let warnings = shown.warnings(locale).into_iter();
    let warnings: Vec<AnyView> = warnings
        .map(|text| view! { <p class="note">{text}</p> }.into_any())
        .collect();
    let calm = warnings
        .is_empty()
        .then(|| view! { <p>{td_string!(locale, health.calm)}</p> });
    let failures = shown.standing.failures.iter();
    let failures = failures.map(|(kind, number)| {
        let (what, _) = words::failure(locale, *kind);
        (what.to_owned(), number.to_string())
    });
    let failures: Vec<(String, String)> = failures.collect();
    let failures = match failures.is_empty() {
        true => view! { <p class="empty">{td_string!(locale, admin.nothing)}</p> }.into_any(),
        false => table(failures),
    };
    view! {
        <section class="card" aria-labelledby="health">
            <h2 id="health">{td_string!(locale, health.heading)}</h2>
            {calm}
            {warnings}
            {table(shown.facts(locale))}
            <h3>{td_string!(locale, health.failures)}</h3>
            {failures}
        </section>
    }
    .into_any()
}

fn table(rows: Vec<(String, String)>) -> AnyView {
    let rows = rows.into_iter().map(|(name, value)| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td>{value}</td>
            </tr>
        }
        .into_any()
    });
    let rows: Vec<AnyView> = rows.collect();
    view! {
        <div class="table-scroll">
            <table>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[cfg(test)]
#[path = "health/tests.rs"]
mod tests;
