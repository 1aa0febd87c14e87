//! The decisions about a person's pictures and account, with their reasons, and how to
//! object. Whoever is suspended may read them, too.

use super::{
    api::AppealDecision,
    appeals,
    statement::{appeal_form, appeals as appeals_view, redress, statement},
    words,
};
use crate::{
    error::AppError,
    i18n::{self, Locale, td_string, use_locale},
    model::limits::APPEAL_MS,
    routes::Route,
    server::Context,
    store::{
        case_acts::Party,
        cases::{self, Appeal, Case},
        users::User,
    },
    ui::{
        error_view::{ErrorNote, ErrorPage, error_in_address},
        found::when_found,
        head::PrivateHead,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use std::sync::Arc;

/// What the page shows.
#[derive(Clone)]
struct Shown {
    user: User,
    cases: Vec<Case>,
    appeals: Vec<Appeal>,
}

/// The page.
#[component]
pub fn DecisionsPage() -> impl IntoView {
    let locale = use_locale();
    let context = Arc::new(Context::take());
    let asked = context.clone();
    let found = async move { look(&asked, locale).await };
    when_found(found, move |found| match found {
        Ok(shown) => page(&context, locale, shown),
        // Who has to sign in is on the way there.
        Err(error @ AppError::SignInNeeded) => view! { <ErrorPage error /> }.into_any(),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

async fn look(context: &Context, locale: Locale) -> Result<Shown, AppError> {
    let lang = i18n::code(locale);
    let user = context
        .require_user_or_sign_in(lang, Route::Decisions)
        .await?;
    let (cases, appeals) = cases::of_user(&context.state.db, &user.id).await?;
    Ok(Shown {
        user,
        cases,
        appeals,
    })
}

fn page(context: &Context, locale: Locale, shown: Shown) -> AnyView {
    let title = td_string!(locale, decision.title);
    let now_ms = context.state.clock.now_ms();
    let suspended = shown.user.suspended_until(now_ms).map(|until_ms| {
        view! {
            <div class="note note-error" role="note">
                <p>{words::suspended(locale, until_ms)} " " {td_string!(locale, decision.still_may)}</p>
            </div>
        }
    });
    let body: Vec<AnyView> = match shown.cases.is_empty() {
        true => {
            let words = match shown.user.suspended_until(now_ms) {
                // What was decided went with the account that it was about.
                Some(_) => td_string!(locale, decision.carried),
                None => td_string!(locale, decision.none),
            };
            vec![view! { <p class="empty">{words}</p> }.into_any()]
        }
        false => shown
            .cases
            .iter()
            .map(|case| section(context, locale, case, &shown.appeals, now_ms))
            .collect(),
    };
    view! {
        <PrivateHead locale title=title.to_string() />
        <div class="account-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, decision.lead)}</p>
            </header>
            <ErrorNote error=error_in_address() />
            {suspended}
            {body}
        </div>
    }
    .into_any()
}

fn section(
    context: &Context,
    locale: Locale,
    case: &Case,
    appeals: &[Appeal],
    now_ms: i64,
) -> AnyView {
    let Some(decided) = &case.decision else {
        return ().into_any();
    };
    let sent: Vec<Appeal> = appeals
        .iter()
        .filter(|appeal| appeal.case_id == case.id)
        .cloned()
        .collect();
    let open =
        decided.overturned_at_ms.is_none() && sent.is_empty() && now_ms - decided.at_ms < APPEAL_MS;
    let form = open.then(|| {
        let typed = appeals::kept(context, &case.id, Party::Owner(&case.user_id)).of("words");
        appeal_form(locale, AppealDecision::url(), &case.id, None, &typed)
    });
    let ways = decided
        .overturned_at_ms
        .is_none()
        .then(|| redress(locale, decided.at_ms, form));
    let heading = format!("case-{}", case.id);
    view! {
        <section class="card" aria-labelledby=heading.clone()>
            <h2 id=heading.clone()>{td_string!(locale, decision.heading)}</h2>
            {statement(locale, case, decided)}
            {appeals_view(locale, &sent)}
            {ways}
        </section>
    }
    .into_any()
}
