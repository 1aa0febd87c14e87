//! A child's account, told of by a notice: erased at once, where that is so.

use super::{
    case_decisions::{self, case},
    notices_api::EraseChild,
};
use crate::{
    account,
    error::{AccountProblem, AppError},
    i18n::{Locale, td_string},
    model::{folding::says_nothing, limits::ADMIN_REASON_CHARS, typed::line},
    server::{Context, mail},
    store::{
        account_notices,
        cases::Case,
        reports::Decision,
        users::{self, User},
    },
    ui::form::{Language, counted},
};
use leptos::{prelude::*, server_fn::ServerFn};

/// Erases the account of a case in which somebody says that it is a child's, by an
/// administrator who signed in during the last minutes.
pub(super) async fn erase(
    context: &Context,
    admin: &User,
    case_id: &str,
    reason: &str,
) -> Result<(), AppError> {
    let whole = case(context, admin, case_id).await?;
    if whole.case.user_id == admin.id || !whole.is_childs {
        return Err(AppError::TooLate);
    }
    let reason = line(reason);
    if says_nothing(&reason) {
        return Err(AccountProblem::ReasonEmpty.into());
    }
    if reason.chars().count() > ADMIN_REASON_CHARS as usize {
        return Err(AccountProblem::ReasonTooLong.into());
    }
    let state = &context.state;
    let user = users::by_id(&state.db, &whole.case.user_id).await?;
    let user = user.ok_or(AccountProblem::NoSuchAccount)?;
    let erased = Decision::Erase.as_str();
    let act = case_decisions::act(state, admin, erased, &user.id, &reason);
    let act_id = uuid::Uuid::now_v7().to_string();
    let mails = mail::of_erasure(state, case_id, &act_id, act.at_ms);
    account_notices::note_erasure(&state.db, case_id, (&act_id, &act), mails).await?;
    account::erase(state, &user).await
}

/// The form, where somebody says that the account is a child's.
pub(super) fn form(locale: Locale, case: &Case, is_childs: bool) -> Option<AnyView> {
    if !is_childs {
        return None;
    }
    let form = view! {
        <section class="card" aria-labelledby="child">
            <h2 id="child">{td_string!(locale, notice.child_account)}</h2>
            <form class="account-choices" method="post" action=EraseChild::url()>
                <Language />
                <input type="hidden" name="id" value=case.id.clone() />
                <label class="field">
                    <span class="field-label">{td_string!(locale, admin.reason)}</span>
                    <input
                        type="text"
                        name="reason"
                        dir="auto"
                        pattern=counted("reason", 1, ADMIN_REASON_CHARS)
                        title=td_string!(locale, library.tag_rule, limit = ADMIN_REASON_CHARS)
                        required
                        autocomplete="off"
                    />
                </label>
                <button class="button button-danger" type="submit">
                    {td_string!(locale, admin.erase)}
                </button>
            </form>
        </section>
    };
    Some(form.into_any())
}
