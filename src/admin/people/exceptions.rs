//! Limits of one person in place of the service's, as an administrator sets them.

use super::{super::decisions::require_admin, LIMITED};
use crate::{
    account,
    error::{AccountProblem, AppError},
    model::{allowance::Allowance, folding::says_nothing, limits::ADMIN_REASON_CHARS, typed::line},
    server::{Context, ledger, refused_forms},
    store::{personal_limits, reports::Act, users::User},
};

/// The form of a person's limits, as it was sent.
#[derive(Clone)]
pub(super) struct Typed {
    pub(super) pictures: String,
    pub(super) dollars: String,
    pub(super) reason: String,
}

/// The name that a refused form about a person is kept under.
fn form(id: &str) -> String {
    format!("limits of {id}")
}

impl Typed {
    /// What this administrator typed about a person, where it was refused.
    pub(super) fn kept(admin: &str, id: &str, now_ms: i64) -> Option<Typed> {
        let kept = refused_forms::typed(admin, &form(id), now_ms);
        kept.map(|[pictures, dollars, reason]| Typed {
            pictures,
            dollars,
            reason,
        })
    }
}

/// Sets them, by an administrator who signed in during the last minutes, or removes them.
/// Until it is done the form is kept, so that a refusal loses nothing of it.
pub(super) async fn set(
    context: &Context,
    admin: &User,
    id: &str,
    typed: Typed,
    remove: bool,
) -> Result<(), AppError> {
    let state = &context.state;
    // First, so that nobody else learns what the form may say.
    require_admin(state, admin).await?;
    let now_ms = state.clock.now_ms();
    let fields = [&*typed.pictures, &*typed.dollars, &*typed.reason];
    refused_forms::keep(&admin.id, &form(id), &fields, now_ms);
    if !account::is_fresh(state, &context.visitor).await? {
        return Err(AccountProblem::FreshSignInNeeded.into());
    }
    let allowed = match remove {
        true => Allowance::default(),
        false => read(&typed.pictures, &typed.dollars)?,
    };
    let reason = line(&typed.reason);
    if says_nothing(&reason) {
        return Err(AccountProblem::ReasonEmpty.into());
    }
    if reason.chars().count() > ADMIN_REASON_CHARS as usize {
        return Err(AccountProblem::ReasonTooLong.into());
    }
    let act = Act {
        at_ms: now_ms,
        admin: ledger::name_of(&admin.id),
        subject: ledger::name_of(id),
        act: LIMITED.to_owned(),
        reason,
    };
    let act_id = uuid::Uuid::now_v7().to_string();
    let set = personal_limits::set_exception(&state.db, id, &allowed, &act_id, &act).await?;
    refused_forms::forget(&admin.id, &form(id));
    set.then_some(()).ok_or(AppError::NotFound)
}

fn read(pictures: &str, dollars: &str) -> Result<Allowance, AppError> {
    let allowed = Allowance::typed(pictures, dollars);
    allowed.map_err(|_| AccountProblem::LimitInvalid.into())
}
