//! Reports that were manifestly unfounded: whoever sent one is warned, and whoever does so
//! again is not read for a time (Digital Services Act, Article 23).

use super::{
    case_decisions::{self, case},
    notices_api::MarkUnfounded,
};
use crate::{
    error::AppError,
    i18n::{Locale, td_string},
    model::{
        limits::{DAY_MS, UNREAD_MS},
        notice::PictureMeasure,
    },
    server::Context,
    store::{
        cases::{self, Case, Notice},
        unfounded,
        users::User,
    },
    ui::form::Language,
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The record's word for a notice that was found to be manifestly unfounded.
pub(super) const UNFOUNDED: &str = "report unfounded";

/// Marks a notice, by an administrator who signed in during the last minutes.
pub(super) async fn mark(
    context: &Context,
    admin: &User,
    case_id: &str,
    notice_id: &str,
) -> Result<(), AppError> {
    let whole = case(context, admin, case_id).await?;
    let state = &context.state;
    let mut notice = cases::notice(&state.db, case_id, notice_id).await?;
    if whole.case.user_id == admin.id {
        // Nobody says of a report of themselves that it was unfounded.
        notice = None;
    }
    let notice = notice.filter(|notice| may_be_marked(&whole.case, notice));
    let notice = notice.ok_or(AppError::TooLate)?;
    let person = state.key.reporter(&notice.email);
    // About whoever sent it, whom no account stands for.
    let mut act = case_decisions::act(state, admin, UNFOUNDED, "", "");
    act.subject.clear();
    let act_id = uuid::Uuid::now_v7().to_string();
    let marked = unfounded::mark(&state.db, notice_id, &person, (&act_id, &act)).await?;
    marked.then_some(()).ok_or(AppError::TooLate)
}

/// Whether a notice may be marked: somebody's, of a case in which nothing was found amiss,
/// and about what being wrong before counts for.
fn may_be_marked(case: &Case, notice: &Notice) -> bool {
    let dismissed = case.decision.as_ref().is_some_and(|decided| {
        decided.picture == PictureMeasure::Kept && decided.account == "none"
    });
    let counts = notice.reason.is_some_and(|reason| !reason.is_always_read());
    dismissed && counts && !notice.email.is_empty()
}

/// The button below a notice that may be marked; nothing else below any other.
pub(super) fn button(locale: Locale, case: &Case, notice: &Notice) -> Option<AnyView> {
    if !may_be_marked(case, notice) {
        return None;
    }
    let days = UNREAD_MS / DAY_MS;
    let form = view! {
        <form method="post" action=MarkUnfounded::url()>
            <Language />
            <input type="hidden" name="id" value=case.id.clone() />
            <input type="hidden" name="notice" value=notice.id.clone() />
            <p class="field-hint">{td_string!(locale, unfounded.hint, days = days)}</p>
            <button class="button" type="submit">
                {td_string!(locale, unfounded.mark)}
            </button>
        </form>
    };
    Some(form.into_any())
}
