//! How a notice stands, as whoever sent it reads it: the receipt, the decision, and how
//! to object. Whoever holds its address may read it; it names nobody.

use super::{
    api::AppealNotice,
    appeals,
    statement::{appeal_form, appeals as appeals_view, redress},
    words,
};
use crate::{
    error::AppError,
    i18n::{Locale, td_string, use_locale},
    model::{
        limits::{APPEAL_MS, DAY_MS, UNREAD_MS},
        notice::{PictureMeasure, Reason},
    },
    routes::Route,
    server::Context,
    store::{
        case_acts::Party,
        cases::Appeal,
        notices::{self, CaseStanding, Outcome, Standing},
    },
    ui::{
        error_view::{ErrorNote, ErrorPage, error_in_address},
        format,
        found::when_found,
        head::PrivateHead,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;
use std::sync::Arc;

/// The page.
#[component]
pub fn NoticePage() -> impl IntoView {
    let locale = use_locale();
    let id = use_params_map().with_untracked(|params| params.get("id").unwrap_or_default());
    let context = Arc::new(Context::take());
    let asked = context.clone();
    let found = async move {
        let standing = notices::find(&asked.state.db, &id).await?;
        standing.ok_or(AppError::NotFound)
    };
    when_found(found, move |found| match found {
        Ok(standing) => page(&context, locale, standing),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

fn page(context: &Context, locale: Locale, standing: Standing) -> AnyView {
    let title = td_string!(locale, notice.receipt);
    let received = format::date_time(locale, standing.created_at_ms);
    let reason = standing.reason.map(|reason| words::reason(locale, reason));
    let facts = [
        (td_string!(locale, notice.number), standing.id.clone()),
        (td_string!(locale, notice.received), received),
        (
            td_string!(locale, notice.reason),
            reason.unwrap_or_default().to_owned(),
        ),
    ]
    .map(|(name, value)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
        .into_any()
    });
    let outcome = match &standing.case {
        None if standing.is_unread => {
            view! { <p>{td_string!(locale, unfounded.unread)}</p> }.into_any()
        }
        None => report_standing(locale, &standing),
        Some(case) => outcome(context, locale, &standing, case),
    };
    let days = UNREAD_MS / DAY_MS;
    let unfounded = standing.unfounded.map(|times| {
        let words = match times {
            1 => td_string!(locale, unfounded.warned, days = days),
            _ => td_string!(locale, unfounded.unread_now, days = days),
        };
        view! {
            <p role="note">
                <strong>{words}</strong>
            </p>
        }
    });
    view! {
        <PrivateHead locale title=title.to_string() />
        <article class="account-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, notice.keep)}</p>
            </header>
            <ErrorNote error=error_in_address() />
            <section class="card">
                <dl class="account-facts">{facts.into_iter().collect::<Vec<_>>()}</dl>
            </section>
            <section class="card" aria-labelledby="standing">
                <h2 id="standing">{td_string!(locale, notice.standing)}</h2>
                {outcome}
                {unfounded}
            </section>
        </article>
    }
    .into_any()
}

/// How a notice stands that is in no case: picture and account are gone, or it is about an
/// account that is looked for.
fn report_standing(locale: Locale, standing: &Standing) -> AnyView {
    let due = || {
        let reason = standing.reason.unwrap_or(Reason::ChildAccount);
        format::date_time(locale, standing.created_at_ms + reason.due_ms())
    };
    let words = match standing.report.as_deref() {
        Some("") => td_string!(locale, notice.waits, due = due()),
        Some("dismissed") => td_string!(locale, standing.dismissed).to_owned(),
        Some(_) | None => td_string!(locale, notice.gone).to_owned(),
    };
    view! { <p>{words}</p> }.into_any()
}

fn outcome(context: &Context, locale: Locale, standing: &Standing, case: &CaseStanding) -> AnyView {
    let appeals_sent = appeals_view(locale, &standing.appeals);
    let Some(decision) = &case.decision else {
        let due = format::date_time(locale, case.due_at_ms);
        return view! {
            <p>{td_string!(locale, notice.waits, due = due)}</p>
            {appeals_sent}
        }
        .into_any();
    };
    let now_ms = context.state.clock.now_ms();
    let did_nothing =
        decision.picture == PictureMeasure::Kept && !decision.account && !decision.overturned;
    let is_of_it = |appeal: &Appeal| appeal.act_id == decision.act_id;
    let open = did_nothing
        && !standing.appeals.iter().any(is_of_it)
        && now_ms - decision.at_ms < APPEAL_MS;
    let form = open.then(|| {
        let typed = appeals::kept(context, &case.id, Party::Notice(&standing.id)).of("words");
        appeal_form(
            locale,
            AppealNotice::url(),
            &case.id,
            Some(standing.id.clone()),
            &typed,
        )
    });
    let picture = case.still_public.then(|| {
        let picture = Route::Image(&case.about).address(locale);
        view! {
            <p>
                <a href=picture>{td_string!(locale, notice.to_picture)}</a>
            </p>
        }
    });
    view! {
        <p>
            <strong>{decided(locale, case, decision)}</strong>
        </p>
        <p dir="auto">{decision.facts.clone()}</p>
        <p class="quiet">{td_string!(locale, notice.by_a_person)}</p>
        {picture}
        {appeals_sent}
        {did_nothing.then(|| redress(locale, decision.at_ms, form))}
    }
    .into_any()
}

fn decided(locale: Locale, case: &CaseStanding, decision: &Outcome) -> &'static str {
    if case.is_of_account && !decision.overturned {
        return match decision.account {
            true => td_string!(locale, standing.acted),
            false => td_string!(locale, standing.dismissed),
        };
    }
    match (decision.overturned, decision.picture, decision.account) {
        (true, ..) => td_string!(locale, notice.overturned),
        (_, PictureMeasure::Sensitive, _) => td_string!(locale, measure.told_sensitive),
        (_, PictureMeasure::Unlisted, _) => td_string!(locale, measure.told_unlisted),
        (_, PictureMeasure::Withdrawn, _) => td_string!(locale, notice.withdrawn),
        (_, PictureMeasure::Kept, true) => td_string!(locale, notice.acted),
        (_, PictureMeasure::Kept, false) => td_string!(locale, notice.dismissed),
    }
}
