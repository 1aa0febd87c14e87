//! What administrators do, and whether somebody is one.

use crate::{
    account,
    error::{AccountProblem, AppError, Problem},
    model::{folding::says_nothing, limits::ADMIN_REASON_CHARS, typed::line},
    reports::cases,
    server::{
        AppState, Context,
        admission::{names_admin, names_others},
        kept_forms::{self, Typed},
        ledger, mail,
        session::Visitor,
    },
    store::{
        reports::{self, Act, Decision},
        users::{self, IdentityClaims, User},
    },
};

/// Whether the configuration names this person as an administrator. Everybody
/// else learns nothing: to them the page does not exist.
pub async fn require_admin(state: &AppState, user: &User) -> Result<(), AppError> {
    let account = users::account(&state.db, &user.id).await?;
    let account = account.ok_or(AppError::NotFound)?;
    let identity = IdentityClaims {
        issuer: &account.issuer,
        subject: &account.subject,
        email: &account.email,
        email_assumed: account.email_assumed,
        name: &account.name,
    };
    let is_one = names_admin(state, &identity);
    if is_one {
        state.alone.note(&user.id, !names_others(state, &identity));
    }
    is_one.then_some(()).ok_or(AppError::NotFound)
}

/// As [`require_admin`], of somebody who signed in during the last minutes.
pub(super) async fn require_fresh_admin(
    state: &AppState,
    visitor: &Visitor,
    user: &User,
) -> Result<(), AppError> {
    // First, so that nobody else learns what the form may say.
    require_admin(state, user).await?;
    account::require_fresh(state, visitor).await
}

/// Reads the button of the report's form.
pub fn read_decision(pressed: &str) -> Result<Decision, AppError> {
    match pressed {
        "erase" => Ok(Decision::Erase),
        "dismiss" => Ok(Decision::Dismiss),
        _ => Err(Problem::Malformed.into()),
    }
}

/// A decision about a report.
pub struct Wish {
    /// The report.
    pub id: String,
    /// Erase the account, or leave it.
    pub decision: Decision,
    /// Names an account where the report did not.
    pub account: String,
    /// The reason for the decision; required.
    pub reason: String,
}

/// Decides an open report, by an administrator who signed in during the last
/// minutes. Until it is decided the form is kept, so that a refusal loses nothing
/// of it.
pub async fn decide_freshly(context: &Context, admin: &User, wish: &Wish) -> Result<(), AppError> {
    let key = kept_key(admin, &wish.id);
    let typed = Typed::new([("account", &wish.account), ("reason", &wish.reason)]);
    kept_forms::keep(&key, typed, context.state.clock.now_ms());
    account::require_fresh(&context.state, &context.visitor).await?;
    decide(&context.state, admin, wish).await?;
    kept_forms::forget(&key);
    Ok(())
}

/// What this administrator typed about a report.
pub(super) fn kept(state: &AppState, admin: &User, report: &str) -> Typed {
    kept_forms::about(&kept_key(admin, report), state.clock.now_ms())
}

fn kept_key(admin: &User, report: &str) -> String {
    format!("report:{}:{report}", admin.id)
}

/// Decides an open report. The caller has made sure of the administrator.
async fn decide(state: &AppState, admin: &User, wish: &Wish) -> Result<(), AppError> {
    let found = reports::account(&state.db, &wish.id).await?;
    let found = found.ok_or(AppError::NotFound)?;
    let reason = line(&wish.reason);
    if says_nothing(&reason) {
        return Err(AccountProblem::ReasonEmpty.into());
    }
    if reason.chars().count() > ADMIN_REASON_CHARS as usize {
        return Err(AccountProblem::ReasonTooLong.into());
    }
    let named = match wish.account.trim() {
        "" => None,
        text => cases::account_of(state, text).await?,
    };
    let subject = named.or(found);
    let erase = wish.decision == Decision::Erase;
    let user = match (&subject, erase) {
        (Some(id), true) => users::by_id(&state.db, id).await?,
        _ => None,
    };
    if erase && user.is_none() {
        return Err(AccountProblem::NoSuchAccount.into());
    }
    let act = Act {
        at_ms: state.clock.now_ms(),
        admin: ledger::name_of(&admin.id),
        subject: subject.as_deref().map(ledger::name_of).unwrap_or_default(),
        act: wish.decision.as_str().to_owned(),
        reason,
    };
    let act_id = uuid::Uuid::now_v7().to_string();
    let of_act = (act_id.as_str(), &act);
    if let Some(user) = user {
        // The report waits until it is done: whoever is told that it failed tries again.
        reports::note_erasure(&state.db, &wish.id, of_act).await?;
        account::erase(state, &user).await?;
    }
    let mails = mail::of_report(state, &wish.id, act.at_ms);
    reports::decide(&state.db, &wish.id, wish.decision, of_act, mails).await?;
    Ok(())
}
