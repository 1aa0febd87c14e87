//! What administrators decide about cases and appeals.

use super::decisions::{require_admin, require_fresh_admin};
use crate::{
    error::{AccountProblem, AppError, Problem},
    model::{
        folding::says_nothing,
        limits::{DAY_MS, FOREVER_MS, NOTICE_CHARS, RULE_CHARS},
        notice::{AccountMeasure, Ground, PictureMeasure},
        typed,
    },
    reports::{account_cases, copies},
    server::{
        AppState, Context,
        kept_forms::{self, Typed},
        ledger, mail, recognise,
    },
    store::{
        case_acts::{self, Decision},
        cases::{self, After, Notice, Whole},
        removed::Traces,
        reports::Act,
        users::User,
    },
};

/// The record's words for what was done.
pub(super) const OPENED: &str = "case opened";
pub(super) const ANSWERED: &str = "appeal decided";

/// The form of a decision, as it was sent.
pub struct Form {
    /// The case.
    pub id: String,
    /// The word of what becomes of the picture.
    pub picture: String,
    /// The word of what becomes of the account.
    pub account: String,
    /// The word of what it rests on.
    pub ground: String,
    /// Which law or rule.
    pub rule: String,
    /// The facts.
    pub facts: String,
}

/// The case of this id, for an administrator who signed in during the last minutes.
pub(super) async fn case(context: &Context, admin: &User, id: &str) -> Result<Whole, AppError> {
    case_after(context, admin, id, After::NOTHING).await
}

/// As [`case`], with its notices after this place.
pub(super) async fn case_after(
    context: &Context,
    admin: &User,
    id: &str,
    after: After,
) -> Result<Whole, AppError> {
    require_fresh_admin(&context.state, &context.visitor, admin).await?;
    let state = &context.state;
    let whole = cases::find(&state.db, id, after, state.clock.now_ms()).await?;
    let mut whole = whole.ok_or(AppError::NotFound)?;
    if whole.case.user_id == admin.id {
        // Nobody judges their own picture where there is anybody else, and nobody
        // learns who told of it.
        if has_others(state, admin) {
            return Err(AppError::NotFound);
        }
        whole.notices.iter_mut().for_each(hide_who);
    }
    Ok(whole)
}

/// Leaves out of a notice who sent it.
pub(super) fn hide_who(notice: &mut Notice) {
    for who in [&mut notice.name, &mut notice.email, &mut notice.signature] {
        who.clear();
    }
}

/// Whether anybody but this administrator, whom `require_admin` has looked at, is one.
pub(super) fn has_others(state: &AppState, admin: &User) -> bool {
    state.config.imgc.admins.len() > 1 && !state.alone.is(&admin.id)
}

/// Decides a case. Until it is decided the form is kept, so that a refusal loses nothing
/// of it.
pub async fn decide(context: &Context, admin: &User, form: &Form) -> Result<(), AppError> {
    require_admin(&context.state, admin).await?;
    let state = &context.state;
    let key = kept_key(admin, &form.id);
    let typed = Typed::new([
        ("picture", &form.picture),
        ("account", &form.account),
        ("ground", &form.ground),
        ("rule", &form.rule),
        ("facts", &form.facts),
    ]);
    kept_forms::keep(&key, typed, state.clock.now_ms());
    let whole = case(context, admin, &form.id).await?;
    let (rule, facts) = (
        typed::line(&form.rule),
        typed::lines(&form.facts).trim().to_owned(),
    );
    if says_nothing(&facts) || says_nothing(&rule) {
        return Err(AccountProblem::ReasonEmpty.into());
    }
    let is_longer = |text: &str, limit: u32| text.chars().count() > limit as usize;
    if is_longer(&facts, NOTICE_CHARS) || is_longer(&rule, RULE_CHARS) {
        return Err(AccountProblem::NoticeTooLong.into());
    }
    let (Some(picture), Some(measure), Some(ground)) = (
        PictureMeasure::parse(&form.picture),
        AccountMeasure::parse(&form.account),
        Ground::parse(&form.ground),
    ) else {
        return Err(Problem::Malformed.into());
    };
    // Where there is no picture, nothing becomes of one.
    let picture = account_cases::picture(&whole.case, picture);
    let now_ms = state.clock.now_ms();
    let (account, until_ms) = effect(measure, now_ms);
    let decision = Decision {
        picture,
        account,
        strike: measure == AccountMeasure::Strike,
        until_ms,
        ground,
        rule: &rule,
        facts: &facts,
        traces: traces(state, &form.id, picture).await?,
    };
    let act = act(state, admin, copies::DECIDED, &whole.case.user_id, "");
    let act_id = uuid::Uuid::now_v7().to_string();
    let mails = mail::of_decision(state, &form.id, &act_id, act.at_ms);
    if !case_acts::decide(&state.db, &form.id, &act_id, &act, &decision, mails).await? {
        return Err(AppError::TooLate);
    }
    kept_forms::forget(&key);
    state
        .statistics
        .count(&format!("decision {}", picture.as_str()));
    // The batch noted where copies are to go as well: what fails here is done later.
    copies::withdraw_of(state, &act_id).await;
    Ok(())
}

/// What copies of a case's picture are found by, where it is to be removed.
async fn traces(
    state: &AppState,
    case_id: &str,
    picture: PictureMeasure,
) -> Result<Traces, AppError> {
    let image = match picture {
        PictureMeasure::Withdrawn => cases::image(&state.db, case_id).await?,
        _ => None,
    };
    Ok(match image {
        Some(image) => recognise::traces(state, &image).await,
        None => Traces::default(),
    })
}

/// What a measure does to the account, and until when. Whether a strike is the last that
/// may be is told where it is written.
fn effect(measure: AccountMeasure, now_ms: i64) -> (&'static str, Option<i64>) {
    let days = |days: u32| Some(now_ms + i64::from(days) * DAY_MS);
    match measure {
        AccountMeasure::None => ("none", None),
        AccountMeasure::Warn => ("warned", None),
        AccountMeasure::Strike => ("strike", None),
        AccountMeasure::Suspend(Some(count)) => ("suspended", days(count)),
        AccountMeasure::Suspend(None) => ("suspended", Some(FOREVER_MS)),
    }
}

/// Decides an appeal, by another administrator than the one whose decision it is about,
/// where there is another.
pub async fn answer(
    context: &Context,
    admin: &User,
    case_id: &str,
    appeal_id: &str,
    upheld: bool,
    words: &str,
) -> Result<(), AppError> {
    require_admin(&context.state, admin).await?;
    let state = &context.state;
    let key = kept_key(admin, appeal_id);
    let typed = Typed::new([("answer", words)]);
    kept_forms::keep(&key, typed, state.clock.now_ms());
    let whole = case(context, admin, case_id).await?;
    let decided = whole.case.decision.as_ref().ok_or(AppError::TooLate)?;
    if !may_answer(state, admin, &decided.by) {
        return Err(AppError::TooLate);
    }
    let appeal = whole.appeals.iter().find(|appeal| appeal.id == appeal_id);
    appeal.ok_or(AppError::NotFound)?;
    let answer = typed::lines(words).trim().to_owned();
    if says_nothing(&answer) {
        return Err(AccountProblem::ReasonEmpty.into());
    }
    if answer.chars().count() > NOTICE_CHARS as usize {
        return Err(AccountProblem::NoticeTooLong.into());
    }
    let words = if upheld { "upheld" } else { "rejected" };
    let act = act(state, admin, ANSWERED, &whole.case.user_id, words);
    let act_id = uuid::Uuid::now_v7().to_string();
    let mails = mail::of_answer(state, appeal_id, &act);
    if !case_acts::answer(&state.db, appeal_id, upheld, &answer, &act_id, &act, mails).await? {
        return Err(AppError::TooLate);
    }
    kept_forms::forget(&key);
    state.statistics.count("appeal decided");
    Ok(())
}

/// Whether this administrator may decide about an appeal: not about their own decision,
/// where there is anybody else.
pub(super) fn may_answer(state: &AppState, admin: &User, decided_by: &str) -> bool {
    ledger::name_of(&admin.id) != decided_by || !has_others(state, admin)
}

/// What was typed into the form of this case, or of this appeal.
pub(super) fn kept(context: &Context, admin: &User, id: &str) -> Typed {
    kept_forms::about(&kept_key(admin, id), context.state.clock.now_ms())
}

fn kept_key(admin: &User, id: &str) -> String {
    format!("case:{}:{id}", admin.id)
}

pub(super) fn act(state: &AppState, admin: &User, act: &str, subject: &str, reason: &str) -> Act {
    Act {
        at_ms: state.clock.now_ms(),
        admin: ledger::name_of(&admin.id),
        subject: ledger::name_of(subject),
        act: act.to_owned(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspension_has_an_end_or_none() {
        let seven = AccountMeasure::Suspend(Some(7));
        assert_eq!(effect(seven, 5), ("suspended", Some(5 + 7 * DAY_MS)));
        let for_good = effect(AccountMeasure::Suspend(None), 5);
        assert_eq!(for_good, ("suspended", Some(FOREVER_MS)));
        assert_eq!(effect(AccountMeasure::Strike, 5), ("strike", None));
    }
}
