//! `imgc suspend`: suspending somebody, and ending a suspension before its time, without a
//! browser.

use super::people::{PeopleError, the_one};
use crate::{
    admin::people::suspension::{self, Lasts, Wish},
    i18n::Locale,
    model::{
        folding::says_nothing,
        limits::{ADMIN_REASON_CHARS, NOTICE_CHARS, RULE_CHARS},
        notice::Ground,
        typed,
    },
    reports::words,
    server::{AppState, admission::names_admin, config::Config, sharing},
};
use clap::{ArgGroup, Args};

/// Whom to suspend, and why; or whose suspension to end.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["days", "for_good", "lift"])))]
pub struct Suspend {
    /// Their id, handle or e-mail address.
    person: String,
    /// For so many days.
    #[arg(long, value_name = "DAYS", value_parser = ["7", "30"])]
    days: Option<String>,
    /// For good.
    #[arg(long)]
    for_good: bool,
    /// End the suspension that there is, also one carried over from an erased account.
    #[arg(long)]
    lift: bool,
    /// The facts and circumstances, as the person reads them; of `--lift`, for the record
    /// of what administrators did.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Which rule of the terms of use it is against, or which law.
    #[arg(
        long,
        value_name = "TEXT",
        required_unless_present = "lift",
        conflicts_with = "lift"
    )]
    rule: Option<String>,
    /// It is against a law, and not only against the terms of use.
    #[arg(long, conflicts_with = "lift")]
    law: bool,
}

/// Does it, while the server runs or not. Returns a report.
pub async fn suspend(config: Config, what: Suspend) -> Result<String, PeopleError> {
    let state = AppState::open_current(config).await?;
    if state.db.is_shared() {
        sharing::check(&state).await?;
    }
    let done = match what.lift {
        true => lift(&state, &what).await,
        false => carry_out(&state, &what).await,
    };
    state.db.close().await;
    done
}

/// A text that says something, and not too much.
fn checked(text: &str, most: u32) -> Result<String, PeopleError> {
    let text = typed::lines(text).trim().to_owned();
    if says_nothing(&text) {
        return Err(PeopleError::NoReason);
    }
    match text.chars().count() > most as usize {
        true => Err(PeopleError::TooLong(most)),
        false => Ok(text),
    }
}

async fn carry_out(state: &AppState, what: &Suspend) -> Result<String, PeopleError> {
    let facts = checked(&what.reason, NOTICE_CHARS)?;
    let rule = checked(what.rule.as_deref().unwrap_or_default(), RULE_CHARS)?;
    let person = the_one(state, &what.person).await?;
    if names_admin(state, &person.identity()) {
        return Err(PeopleError::Administrator(what.person.clone()));
    }
    let days = what.days.as_deref().and_then(|days| days.parse().ok());
    let wish = Wish {
        lasts: days.map_or(Lasts::ForGood, Lasts::Days),
        ground: if what.law { Ground::Law } else { Ground::Terms },
        rule: &rule,
        facts: &facts,
    };
    if !suspension::carry_out(state, &person.id, &wish, String::new()).await? {
        return Err(PeopleError::Nobody(what.person.clone()));
    }
    tracing::info!(person = person.id, "somebody was suspended by hand");
    let now = the_one(state, &what.person).await?;
    let until_ms = now.suspended_until(state.clock.now_ms());
    let words = until_ms.map(|until_ms| words::suspended(Locale::default(), until_ms));
    Ok(format!(
        "{}  {}\n{}\nThey read the reasons on their page of decisions, and may object there.\n",
        now.id,
        now.name,
        words.unwrap_or_default()
    ))
}

async fn lift(state: &AppState, what: &Suspend) -> Result<String, PeopleError> {
    let reason = checked(&what.reason, ADMIN_REASON_CHARS)?;
    let person = the_one(state, &what.person).await?;
    if !suspension::end(state, &person, String::new(), reason).await? {
        return Err(PeopleError::NotSuspended(what.person.clone()));
    }
    tracing::info!(person = person.id, "a suspension was lifted by hand");
    Ok(format!(
        "{}  {} is suspended no more.\n",
        person.id, person.name
    ))
}
