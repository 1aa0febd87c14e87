//! Limits of one person in place of the service's, as an administrator sets them.

use super::{super::decisions::require_admin, LIMITED};
use crate::{
    account,
    error::{AccountProblem, AppError},
    model::{allowance::Allowance, folding::says_nothing, limits::ADMIN_REASON_CHARS, typed::line},
    server::{Context, kept_forms, ledger},
    store::{personal_limits, reports::Act, users::User},
};

/// The form of a person's limits, as it was sent.
#[derive(Clone)]
pub(super) struct Typed {
    pub(super) pictures: String,
    pub(super) dollars: String,
    pub(super) reason: String,
}

/// The key that an administrator's refused form about a person is kept under.
fn key(admin: &str, id: &str) -> String {
    format!("limits:{admin}:{id}")
}

impl Typed {
    /// What this administrator typed about a person, where it was refused.
    pub(super) fn kept(admin: &str, id: &str, now_ms: i64) -> Option<Typed> {
        let kept = kept_forms::find(&key(admin, id), now_ms)?;
        Some(Typed {
            pictures: kept.of("pictures"),
            dollars: kept.of("dollars"),
            reason: kept.of("reason"),
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
    let fields = kept_forms::Typed::new([
        ("pictures", &typed.pictures),
        ("dollars", &typed.dollars),
        ("reason", &typed.reason),
    ]);
    let key = key(&admin.id, id);
    kept_forms::keep(&key, fields, now_ms);
    account::require_fresh(state, &context.visitor).await?;
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
    kept_forms::forget(&key);
    set.then_some(()).ok_or(AppError::NotFound)
}

fn read(pictures: &str, dollars: &str) -> Result<Allowance, AppError> {
    let allowed = Allowance::typed(pictures, dollars);
    allowed.map_err(|_| AccountProblem::LimitInvalid.into())
}
