//! Suspending somebody where no reported picture led to it, and ending any suspension
//! before its time.

use super::{
    super::decisions::{require_admin, require_fresh_admin},
    months,
    profile::PROFILE,
};
use crate::{
    error::{AccountProblem, AppError, Problem},
    i18n::{Locale, td_string},
    model::{
        folding::says_nothing,
        limits::{ADMIN_REASON_CHARS, DAY_MS, FOREVER_MS, NOTICE_CHARS, RULE_CHARS},
        notice::{AccountMeasure, Ground},
        typed,
    },
    server::{
        AppState, Context,
        admission::names_admin,
        kept_forms::{self, Typed},
        ledger, mail,
    },
    store::{
        DbError,
        people::{self, Person},
        reports::Act,
        suspensions::{self, Suspension},
        users::User,
    },
};

/// The record's word for somebody who was suspended outside of a picture's case.
const SUSPENDED: &str = "suspended";
/// The record's word for a suspension that was ended before its time.
const LIFTED: &str = "suspension lifted";

/// What the record of administrators' acts calls these; any other act was a dismissal.
pub fn act_name(locale: Locale, act: &str) -> &'static str {
    match act {
        SUSPENDED => td_string!(locale, standing.act_suspended),
        LIFTED => td_string!(locale, standing.act_lifted),
        PROFILE => td_string!(locale, makers.act_profile),
        _ => td_string!(locale, admin.act_dismissed),
    }
}

/// How long a suspension is to last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// So many days.
    Days(u32),
    /// For good.
    ForGood,
}

/// A suspension as it is asked for, checked.
pub struct Wish<'a> {
    /// How long.
    pub lasts: Lasts,
    /// What it rests on.
    pub ground: Ground,
    /// Which law, or which rule of the terms.
    pub rule: &'a str,
    /// The facts and the circumstances, as the person reads them.
    pub facts: &'a str,
}

/// Suspends a person; false if they are gone. `admin` is the hash of whose act it is, empty
/// for the command line's. The caller has made sure that it is no administrator.
pub async fn carry_out(
    state: &AppState,
    person: &str,
    wish: &Wish<'_>,
    admin: String,
) -> Result<bool, DbError> {
    let now_ms = state.clock.now_ms();
    let (until_ms, words) = match wish.lasts {
        Lasts::Days(days) => (now_ms + i64::from(days) * DAY_MS, format!("{days} days")),
        Lasts::ForGood => (FOREVER_MS, "for good".to_owned()),
    };
    // Not the facts: the record outlives the account that they are about.
    let act = act(state, admin, SUSPENDED, person, words);
    let [case_id, act_id] = [(); 2].map(|()| uuid::Uuid::now_v7().to_string());
    let suspension = Suspension {
        case_id: &case_id,
        until_ms,
        ground: wish.ground,
        rule: wish.rule,
        facts: wish.facts,
    };
    let mails = mail::of_decision(state, &case_id, &act_id, now_ms);
    suspensions::suspend(&state.db, person, &suspension, (&act_id, &act), mails).await
}

/// Ends a person's suspension; false if they are not suspended. `admin` as for
/// [`carry_out`], `reason` is for the record.
pub async fn end(
    state: &AppState,
    person: &Person,
    admin: String,
    reason: String,
) -> Result<bool, DbError> {
    let identity = person.identity();
    let fingerprint = state.key.fingerprint(identity.issuer, identity.subject);
    let act = act(state, admin, LIFTED, &person.id, reason);
    let act_id = uuid::Uuid::now_v7().to_string();
    suspensions::lift(&state.db, &person.id, &fingerprint, (&act_id, &act)).await
}

pub(super) fn act(state: &AppState, admin: String, act: &str, person: &str, reason: String) -> Act {
    Act {
        at_ms: state.clock.now_ms(),
        admin,
        subject: ledger::name_of(person),
        act: act.to_owned(),
        reason,
    }
}

/// The form that suspends, as it was sent.
pub(super) struct Form {
    pub(super) measure: String,
    pub(super) ground: String,
    pub(super) rule: String,
    pub(super) facts: String,
}

/// Suspends a person, by an administrator who signed in during the last minutes. Until it
/// is done the form is kept, so that a refusal loses nothing of it. Whoever the
/// configuration names as an administrator is taken from there first.
pub(super) async fn suspend(
    context: &Context,
    admin: &User,
    id: &str,
    form: &Form,
) -> Result<(), AppError> {
    let state = &context.state;
    require_admin(state, admin).await?;
    let key = kept_key(admin, id);
    let typed = Typed::new([
        ("measure", &form.measure),
        ("ground", &form.ground),
        ("rule", &form.rule),
        ("facts", &form.facts),
    ]);
    kept_forms::keep(&key, typed, state.clock.now_ms());
    require_fresh_admin(state, &context.visitor, admin).await?;
    let (rule, facts) = (typed::line(&form.rule), typed::lines(&form.facts));
    let facts = facts.trim();
    if says_nothing(facts) || says_nothing(&rule) {
        return Err(AccountProblem::ReasonEmpty.into());
    }
    let is_longer = |text: &str, limit: u32| text.chars().count() > limit as usize;
    if is_longer(facts, NOTICE_CHARS) || is_longer(&rule, RULE_CHARS) {
        return Err(AccountProblem::NoticeTooLong.into());
    }
    let lasts = match AccountMeasure::parse(&form.measure) {
        Some(AccountMeasure::Suspend(Some(days))) => Lasts::Days(days),
        Some(AccountMeasure::Suspend(None)) => Lasts::ForGood,
        _ => return Err(Problem::Malformed.into()),
    };
    let ground = Ground::parse(&form.ground).ok_or(Problem::Malformed)?;
    let person = people::one(&state.db, id, months(state)).await?;
    let person = person.ok_or(AppError::NotFound)?;
    if person.id == admin.id || names_admin(state, &person.identity()) {
        return Err(AppError::NotFound);
    }
    let wish = Wish {
        lasts,
        ground,
        rule: &rule,
        facts,
    };
    let done = carry_out(state, id, &wish, ledger::name_of(&admin.id)).await?;
    kept_forms::forget(&key);
    done.then_some(()).ok_or(AppError::NotFound)
}

/// Ends a person's suspension, by an administrator who signed in during the last minutes.
pub(super) async fn lift(
    context: &Context,
    admin: &User,
    id: &str,
    reason: &str,
) -> Result<(), AppError> {
    let state = &context.state;
    require_fresh_admin(state, &context.visitor, admin).await?;
    let reason = typed::line(reason);
    if says_nothing(&reason) {
        return Err(AccountProblem::ReasonEmpty.into());
    }
    if reason.chars().count() > ADMIN_REASON_CHARS as usize {
        return Err(AccountProblem::ReasonTooLong.into());
    }
    // Nobody lets themselves off.
    let person = people::one(&state.db, id, months(state)).await?;
    let person = person.filter(|person| person.id != admin.id);
    let person = person.ok_or(AppError::NotFound)?;
    let done = end(state, &person, ledger::name_of(&admin.id), reason).await?;
    done.then_some(()).ok_or(AppError::TooLate)
}

fn kept_key(admin: &User, id: &str) -> String {
    format!("suspend:{}:{id}", admin.id)
}

/// What was typed into the form about this person.
pub(super) fn kept(state: &AppState, admin: &User, id: &str) -> Typed {
    kept_forms::about(&kept_key(admin, id), state.clock.now_ms())
}
