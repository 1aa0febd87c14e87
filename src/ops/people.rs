//! `imgc people`: who has an account, what they used and may use, and the limits of one
//! of them, without a browser.

use crate::{
    admin::people::{LIMITED, months},
    i18n::Locale,
    model::{
        allowance::{Allowance, InForce, NoLimit, SetBy, typed_dollars, typed_pictures},
        limits::ADMIN_REASON_CHARS,
        typed::line,
    },
    server::{
        AppState,
        config::Config,
        ledger,
        sharing::{self, SharingError},
        state::StartError,
    },
    store::{
        DbError,
        people::{self, Person},
        personal_limits,
        reports::Act,
    },
    ui::format,
};
use clap::{Args, Subcommand};
use std::fmt::Write;

/// What to do with people.
#[derive(Debug, Subcommand)]
pub enum People {
    /// List people, the newest accounts first, with what they used and may use.
    List {
        /// Only those in whose name, handle or e-mail address this stands.
        #[arg(long, value_name = "TEXT", default_value = "")]
        search: String,
    },
    /// Set limits of one person in place of the service's, or remove them.
    Limit(Limit),
}

/// Limits of one person.
#[derive(Debug, Args)]
pub struct Limit {
    /// Their id, handle or e-mail address.
    person: String,
    /// Pictures a day, or `none` for what everybody may make.
    #[arg(long, value_name = "NUMBER")]
    pictures: Option<String>,
    /// Dollars a calendar month (UTC), or `none` for what everybody may spend.
    #[arg(long, value_name = "DOLLARS")]
    dollars: Option<String>,
    /// Why, for the record of what administrators did.
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// The state of the server cannot be built.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The nodes of the database work otherwise than this command would.
    #[error(transparent)]
    Sharing(#[from] SharingError),
    /// A figure that is no limit.
    #[error("no limit was set: {0}")]
    NoLimit(#[from] NoLimit),
    /// A reason that the record has no room for.
    #[error("no limit was set: the reason has more than {ADMIN_REASON_CHARS} characters")]
    ReasonTooLong,
    /// Nobody, or nobody whose account is not being closed.
    #[error("nobody has the id, handle or e-mail address {0}: `imgc people list` tells who has")]
    Nobody(String),
    /// One address with two providers.
    #[error("several people have the e-mail address {0}: name one by their id")]
    Several(String),
    /// Nothing was said where something is asked for.
    #[error("nothing was done: a reason and a rule have to be said")]
    NoReason,
    /// A text that has no room.
    #[error("nothing was done: a text has more than {0} characters")]
    TooLong(u32),
    /// Whoever the configuration names is not suspended.
    #[error("{0} is an administrator: take them from `admins` first")]
    Administrator(String),
    /// There is nothing to lift.
    #[error("{0} is not suspended")]
    NotSuspended(String),
    /// The database.
    #[error("people: {0}")]
    Database(#[from] DbError),
}

impl PeopleError {
    /// True if another try ends the same, until somebody changes something.
    pub fn is_lasting(&self) -> bool {
        match self {
            PeopleError::Start(error) => error.is_lasting(),
            PeopleError::Sharing(error) => error.is_lasting(),
            _ => false,
        }
    }
}

/// Does it, while the server runs or not. Returns a report.
pub async fn people(config: Config, what: People) -> Result<String, PeopleError> {
    let state = AppState::open_current(config).await?;
    if state.db.is_shared() {
        sharing::check(&state).await?;
    }
    let done = match what {
        People::List { search } => list(&state, &search).await,
        People::Limit(limit) => set(&state, limit).await,
    };
    state.db.close().await;
    done
}

async fn list(state: &AppState, search: &str) -> Result<String, PeopleError> {
    let mut text = String::new();
    let mut after: Option<String> = None;
    loop {
        let page = people::list(&state.db, search, after.as_deref(), months(state));
        let (found, next) = page.await?;
        for person in &found {
            text.push_str(&described(state, person));
        }
        match next {
            Some(next) => after = Some(next),
            None if text.is_empty() => return Ok("Nobody is found.\n".into()),
            None => return Ok(text),
        }
    }
}

/// What is said of a person, in three lines.
fn described(state: &AppState, person: &Person) -> String {
    let in_force = person
        .limits
        .in_force(&state.config.imgc.limits.per_person());
    let handle = person.handle.as_ref().map(|handle| format!("@{handle} "));
    let money = |micros| format::money(Locale::default(), micros);
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}  {}{}  {}",
        person.id,
        handle.unwrap_or_default(),
        person.email,
        person.name
    );
    let _ = writeln!(
        text,
        "  last visit {}; this month {} and {} pictures, last month {} and {}",
        format::iso_day(person.visited_at_ms),
        money(person.this_month.micros),
        person.this_month.pictures,
        money(person.last_month.micros),
        person.last_month.pictures
    );
    let _ = writeln!(
        text,
        "  pictures a day: {}; dollars a month: {}",
        limit(in_force.pictures_per_day, |most| most.to_string()),
        limit(in_force.micros_per_month, money)
    );
    text
}

fn limit<T>(limit: Option<InForce<T>>, written: impl Fn(T) -> String) -> String {
    match limit {
        None => "no limit".into(),
        Some(InForce { most, set_by }) => match set_by {
            SetBy::Service => written(most),
            SetBy::Administrator => format!("{} (exception)", written(most)),
            SetBy::Person => format!("{} (their own)", written(most)),
        },
    }
}

/// What an option asks for: `none`, a figure, or what there is where it was not given.
fn wanted<T>(
    given: Option<&str>,
    there: Option<T>,
    typed: impl Fn(&str) -> Result<Option<T>, NoLimit>,
) -> Result<Option<T>, NoLimit> {
    match given.map(str::trim) {
        None => Ok(there),
        Some("none") => Ok(None),
        Some(text) => typed(text)?.map(Some).ok_or(NoLimit),
    }
}

/// The one person with this id, handle or e-mail address.
pub(super) async fn the_one(state: &AppState, person: &str) -> Result<Person, PeopleError> {
    let named = person.trim();
    let named = named.strip_prefix('@').unwrap_or(named);
    let mut ids = people::named(&state.db, named).await?;
    if ids.len() > 1 {
        return Err(PeopleError::Several(person.to_owned()));
    }
    let nobody = || PeopleError::Nobody(person.to_owned());
    let id = ids.pop().ok_or_else(nobody)?;
    let there = people::one(&state.db, &id, months(state)).await?;
    there.ok_or_else(nobody)
}

async fn set(state: &AppState, limit: Limit) -> Result<String, PeopleError> {
    let Limit {
        person,
        pictures,
        dollars,
        reason,
    } = limit;
    let reason = line(&reason);
    if reason.chars().count() > ADMIN_REASON_CHARS as usize {
        return Err(PeopleError::ReasonTooLong);
    }
    let there = the_one(state, &person).await?;
    let id = there.id.clone();
    let set = there.limits.exception;
    let allowed = Allowance {
        pictures_per_day: wanted(pictures.as_deref(), set.pictures_per_day, typed_pictures)?,
        micros_per_month: wanted(dollars.as_deref(), set.micros_per_month, typed_dollars)?,
    };
    if allowed != set {
        let act = Act {
            at_ms: state.clock.now_ms(),
            admin: String::new(),
            subject: ledger::name_of(&id),
            act: LIMITED.to_owned(),
            reason,
        };
        let act_id = uuid::Uuid::now_v7().to_string();
        if !personal_limits::set_exception(&state.db, &id, &allowed, &act_id, &act).await? {
            return Err(PeopleError::Nobody(person));
        }
        tracing::info!(person = act.subject, "limits of a person were set by hand");
    }
    let now = people::one(&state.db, &id, months(state)).await?;
    Ok(described(state, &now.unwrap_or(there)))
}
