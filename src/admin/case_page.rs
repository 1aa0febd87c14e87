//! A case: what was written, the picture, what was decided before, and the forms that
//! decide. To everybody but administrators it does not exist.

use super::{
    api::{AnswerAppeal, DecideCase},
    case_decisions::{case_after, kept, may_answer},
    case_notices, child_accounts,
    decisions::require_admin,
    police, police_page,
};
use crate::{
    error::{AccountProblem, AppError, Problem},
    i18n::{self, Locale, td_string, use_locale},
    model::{
        limits::{NOTICE_CHARS, RULE_CHARS},
        notice::{AccountMeasure, Ground, PictureMeasure},
        typed::isolated,
    },
    reports::{account_cases, statement::statement, words},
    routes::{self, Route},
    server::{Context, kept_forms::Typed},
    store::{
        cases::{After, Appeal, Case, Whole},
        users::User,
    },
    ui::{
        confirm::confirm,
        error_view::{ErrorNote, ErrorPage, error_in_address},
        form::{Language, counted},
        found::when_found,
        head::PrivateHead,
        platform::textarea_text,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::{use_params_map, use_query_map};
use std::sync::Arc;

/// The page.
#[component]
pub fn CasePage() -> impl IntoView {
    let locale = use_locale();
    let id = use_params_map().with_untracked(|params| params.get("id").unwrap_or_default());
    let context = Arc::new(Context::take());
    let after =
        use_query_map().with_untracked(|query| query.get(case_notices::AFTER).unwrap_or_default());
    let (asked, sought) = (context.clone(), id.clone());
    let found = async move { look(&asked, locale, &sought, case_notices::after(&after)).await };
    when_found(found, move |found| match found {
        Ok((admin, Some(whole))) => page(&context, locale, &admin, whole),
        Ok((_, None)) => {
            let title = td_string!(locale, decision.case);
            view! {
                <PrivateHead locale title=title.to_string() />
                <div class="account-page">
                    <h1>{title}</h1>
                    {confirm(locale, Route::Case(&id))}
                </div>
            }
            .into_any()
        }
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

/// The administrator and the case; none where their sign-in is too old.
async fn look(
    context: &Context,
    locale: Locale,
    id: &str,
    after: After,
) -> Result<(User, Option<Whole>), AppError> {
    let lang = i18n::code(locale);
    let admin = context
        .require_user_or_sign_in(lang, Route::Case(id))
        .await?;
    require_admin(&context.state, &admin).await?;
    match case_after(context, &admin, id, after).await {
        Ok(whole) => Ok((admin, Some(whole))),
        Err(AppError::Invalid {
            problem: Problem::Account(AccountProblem::FreshSignInNeeded),
        }) => Ok((admin, None)),
        Err(error) => Err(error),
    }
}

fn page(context: &Context, locale: Locale, admin: &User, whole: Whole) -> AnyView {
    let title = td_string!(locale, decision.case);
    let notices = case_notices::list(locale, &whole);
    let Whole {
        case,
        is_childs,
        appeals,
        strikes,
        passed,
        ..
    } = whole;
    let waits = case.decision.is_none() || appeals.iter().any(|a| a.decided_at_ms.is_none());
    let child = child_accounts::form(locale, &case, is_childs);
    let decided = case.decision.as_ref().map(|decided| {
        view! {
            <section class="card" aria-labelledby="decided">
                <h2 id="decided">{td_string!(locale, decision.heading)}</h2>
                {statement(locale, &case, decided)}
            </section>
        }
    });
    let form = case.decision.is_none().then(|| {
        let typed = kept(context, admin, &case.id);
        decision_form(locale, &case.id, &typed)
    });
    let appeals: Vec<AnyView> = appeals
        .into_iter()
        .map(|one| appeal(context, locale, admin, &case, one))
        .collect();
    let back = Route::Admin.part("cases").address(locale);
    view! {
        <PrivateHead locale title=title.to_string() />
        <div class="account-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p>
                    <a href=back>{td_string!(locale, admin.title)}</a>
                </p>
            </header>
            <ErrorNote error=error_in_address() />
            <section class="card" aria-labelledby="what">
                <h2 id="what">{td_string!(locale, decision.about)}</h2>
                {about(context, locale, &case, strikes, waits)}
            </section>
            {notices}
            {decided}
            {appeals}
            {child}
            {form}
            {police_page::of_case(locale, &case.id, passed, &police::kept(context, admin, &case.id))}
        </div>
    }
    .into_any()
}

/// The picture, which opens by a link of its own that is noted, and whose it is.
fn about(context: &Context, locale: Locale, case: &Case, strikes: u32, waits: bool) -> AnyView {
    let picture = match (case.still_public, case.is_there) {
        (true, _) => {
            let page = case.unlisted_slug.as_deref().map(routes::unlisted);
            let page = page.unwrap_or_else(|| Route::Image(&case.about).path());
            let href = page.address(locale);
            view! { <a href=href>{td_string!(locale, decision.see_public)}</a> }.into_any()
        }
        (false, true) if !waits => {
            view! { {td_string!(locale, decision.picture_private)} }.into_any()
        }
        (false, true) => {
            let href = routes::case_picture(&case.id);
            view! {
                <a href=href rel="external">
                    {td_string!(locale, decision.see_private)}
                </a>
            }
            .into_any()
        }
        (false, false) => view! { {account_cases::gone(locale, case)} }.into_any(),
    };
    let handle = case.handle.as_ref().map(|handle| format!(" @{handle}"));
    let owner = format!("{}{}", isolated(&case.name), handle.unwrap_or_default());
    let now_ms = context.state.clock.now_ms();
    let suspended = case
        .suspended_until_ms
        .filter(|until_ms| *until_ms > now_ms);
    let suspended = suspended.map(|until_ms| {
        view! { <p>{words::suspended(locale, until_ms)}</p> }
    });
    let automatic = case.automatic.then(|| {
        view! { <p>{td_string!(locale, measure.resembles_lead)}</p> }
    });
    let words = (case.still_public || waits).then(|| shown_words(locale, case));
    view! {
        <p>{picture}</p>
        {words}
        {automatic}
        <p>{td_string!(locale, decision.owner, name = owner, strikes = strikes)}</p>
        {suspended}
    }
    .into_any()
}

/// The words that its owner shows with the picture while it is public, which may be what a
/// notice is about.
fn shown_words(locale: Locale, case: &Case) -> Option<AnyView> {
    let tags = (!case.tags.is_empty()).then(|| case.tags.join(", "));
    let words = [
        (td_string!(locale, words.title_label), case.title.clone()),
        (td_string!(locale, words.description), case.alt.clone()),
        (td_string!(locale, words.tags), tags),
    ];
    let facts: Vec<AnyView> = words
        .into_iter()
        .filter_map(|(term, words)| {
            let words = words?;
            let fact = view! {
                <div class="fact">
                    <dt>{term}</dt>
                    <dd dir="auto">{words}</dd>
                </div>
            };
            Some(fact.into_any())
        })
        .collect();
    (!facts.is_empty()).then(|| view! { <dl>{facts}</dl> }.into_any())
}

/// A labelled choice of one of several.
pub(super) fn choices(
    name: &'static str,
    legend: &'static str,
    options: Vec<(&'static str, String)>,
    chosen: &str,
) -> AnyView {
    let options: Vec<AnyView> = options
        .into_iter()
        .map(|(value, label)| {
            view! {
                <label class="check">
                    <input type="radio" name=name value=value required checked=chosen == value />
                    <span>{label}</span>
                </label>
            }
            .into_any()
        })
        .collect();
    view! {
        <fieldset class="choices">
            <legend class="field-label">{legend}</legend>
            {options}
        </fieldset>
    }
    .into_any()
}

fn decision_form(locale: Locale, id: &str, typed: &Typed) -> AnyView {
    let picture = PictureMeasure::ALL.map(|measure| {
        (
            measure.as_str(),
            words::picture_measure(locale, measure).to_owned(),
        )
    });
    let account = AccountMeasure::ALL
        .map(|measure| (measure.as_str(), words::account_measure(locale, measure)));
    let grounds = [
        (Ground::Law, td_string!(locale, decision.choose_law)),
        (Ground::Terms, td_string!(locale, decision.choose_terms)),
    ]
    .map(|(ground, words)| (ground.as_str(), words.to_owned()));
    view! {
        <section class="card" aria-labelledby="decide">
            <h2 id="decide">{td_string!(locale, decision.decide)}</h2>
            <form class="account-choices" method="post" action=DecideCase::url()>
                <Language />
                <input type="hidden" name="id" value=id.to_owned() />
                {choices(
                    "picture",
                    td_string!(locale, decision.picture),
                    picture.into(),
                    &typed.of("picture"),
                )}
                {choices(
                    "account",
                    td_string!(locale, decision.account),
                    account.into(),
                    &typed.of("account"),
                )}
                {choices(
                    "ground",
                    td_string!(locale, decision.ground),
                    grounds.into(),
                    &typed.of("ground"),
                )}
                <label class="field">
                    <span class="field-label">{td_string!(locale, decision.rule)}</span>
                    <input
                        type="text"
                        name="rule"
                        dir="auto"
                        pattern=counted("rule", 1, RULE_CHARS)
                        title=td_string!(locale, library.tag_rule, limit = RULE_CHARS)
                        value=typed.of("rule")
                        required
                        autocomplete="off"
                    />
                </label>
                <div class="field">
                    <label class="field-label" for="facts">
                        {td_string!(locale, decision.facts_for_owner)}
                    </label>
                    <textarea id="facts" name="facts" rows="5" dir="auto" required maxlength=2 * NOTICE_CHARS>
                        {textarea_text(&typed.of("facts"))}
                    </textarea>
                </div>
                <button class="button button-primary" type="submit">
                    {td_string!(locale, decision.send)}
                </button>
            </form>
        </section>
    }
    .into_any()
}

/// An appeal, with the form that answers it while that waits.
fn appeal(context: &Context, locale: Locale, admin: &User, case: &Case, appeal: Appeal) -> AnyView {
    let whose = match appeal.of_owner {
        true => td_string!(locale, decision.appeal_of_owner),
        false => td_string!(locale, decision.appeal_of_notice),
    };
    let by = case.decision.as_ref().map(|decided| decided.by.clone());
    let waits = appeal.decided_at_ms.is_none();
    let form = match waits && may_answer(&context.state, admin, &by.unwrap_or_default()) {
        true => {
            let typed = kept(context, admin, &appeal.id).of("answer");
            answer_form(locale, &case.id, &appeal.id, &typed)
        }
        false if waits => {
            view! { <p>{td_string!(locale, decision.another_decides)}</p> }.into_any()
        }
        false => ().into_any(),
    };
    let heading = format!("appeal-{}", appeal.id);
    view! {
        <section class="card" aria-labelledby=heading.clone()>
            <h2 id=heading.clone()>{whose}</h2>
            {crate::reports::statement::appeals(locale, std::slice::from_ref(&appeal))}
            {form}
        </section>
    }
    .into_any()
}

fn answer_form(locale: Locale, case_id: &str, appeal_id: &str, typed: &str) -> AnyView {
    let id = format!("answer-{appeal_id}");
    view! {
        <form class="account-choices" method="post" action=AnswerAppeal::url()>
            <Language />
            <input type="hidden" name="id" value=case_id.to_owned() />
            <input type="hidden" name="appeal" value=appeal_id.to_owned() />
            <div class="field">
                <label class="field-label" for=id.clone()>
                    {td_string!(locale, decision.answer)}
                </label>
                <textarea id=id name="answer" rows="4" dir="auto" required maxlength=2 * NOTICE_CHARS>
                    {textarea_text(typed)}
                </textarea>
            </div>
            <p class="actions">
                <button class="button" type="submit" name="decision" value="uphold">
                    {td_string!(locale, decision.uphold)}
                </button>
                <button class="button" type="submit" name="decision" value="reject">
                    {td_string!(locale, decision.reject)}
                </button>
            </p>
        </form>
    }
    .into_any()
}
