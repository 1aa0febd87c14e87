//! Orders of authorities on the administrators' page: those that wait, before everything
//! else, each with the form that notes how it was answered.

use super::{
    case_decisions,
    decisions::{require_admin, require_fresh_admin},
    notices_api::AnswerOrder,
};
use crate::{
    error::{AccountProblem, AppError},
    i18n::{Locale, td_string},
    model::{folding::says_nothing, limits::NOTICE_CHARS, typed},
    reports::words,
    routes::Route,
    server::{
        Context,
        kept_forms::{self, Typed},
        mail,
    },
    store::{
        orders::{self, Waiting},
        users::User,
    },
    ui::{form::Language, format, platform::textarea_text},
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The record's word for an order that was answered.
pub(super) const ANSWERED: &str = "order answered";

/// An order that waits, with what was typed about it before.
#[derive(Clone)]
pub(super) struct Shown {
    waiting: Waiting,
    typed: Typed,
}

impl Shown {
    /// Those of the page, for this administrator.
    pub(super) fn of(context: &Context, admin: &User, orders: Vec<Waiting>) -> Vec<Shown> {
        let now_ms = context.state.clock.now_ms();
        let typed = |id: &str| kept_forms::about(&kept_key(admin, id), now_ms);
        let shown = orders.into_iter().map(|waiting| Shown {
            typed: typed(&waiting.order.id),
            waiting,
        });
        shown.collect()
    }

    /// The cases that an order opened, or joined.
    pub(super) fn cases(shown: &[Shown]) -> Vec<String> {
        let cases = shown.iter().flat_map(|one| one.waiting.cases.iter());
        cases.cloned().collect()
    }
}

fn kept_key(admin: &User, id: &str) -> String {
    format!("order:{}:{id}", admin.id)
}

/// Notes how an order was answered, by an administrator who signed in during the last
/// minutes; the authority reads it on the order's page.
pub(super) async fn answer(
    context: &Context,
    admin: &User,
    id: &str,
    words: &str,
) -> Result<(), AppError> {
    let state = &context.state;
    require_admin(state, admin).await?;
    let key = kept_key(admin, id);
    kept_forms::keep(&key, Typed::new([("answer", words)]), state.clock.now_ms());
    require_fresh_admin(state, &context.visitor, admin).await?;
    let answer = typed::lines(words).trim().to_owned();
    if says_nothing(&answer) {
        return Err(AccountProblem::ReasonEmpty.into());
    }
    if answer.chars().count() > NOTICE_CHARS as usize {
        return Err(AccountProblem::NoticeTooLong.into());
    }
    let mut act = case_decisions::act(state, admin, ANSWERED, "", "");
    // It is about nobody's account.
    act.subject.clear();
    let act_id = uuid::Uuid::now_v7().to_string();
    let mails = mail::of_order_answer(state, id, &act);
    if !orders::answer(&state.db, id, &answer, (&act_id, &act), mails).await? {
        return Err(AppError::TooLate);
    }
    kept_forms::forget(&key);
    Ok(())
}

/// The section; nothing where no order waits.
pub(super) fn section(locale: Locale, orders: Vec<Shown>, now_ms: i64) -> Option<AnyView> {
    if orders.is_empty() {
        return None;
    }
    let orders: Vec<AnyView> = orders
        .into_iter()
        .map(|one| order(locale, one, now_ms))
        .collect();
    let section = view! {
        <section class="card" aria-labelledby="orders">
            <h2 id="orders">{td_string!(locale, order.waiting)}</h2>
            <p class="quiet">{td_string!(locale, order.by_hand)}</p>
            {orders}
        </section>
    };
    Some(section.into_any())
}

fn order(locale: Locale, shown: Shown, now_ms: i64) -> AnyView {
    let Shown { waiting, typed } = shown;
    let Waiting { order, cases } = waiting;
    let due = format::date_time(locale, order.due_at_ms);
    let due = match order.due_at_ms < now_ms {
        true => td_string!(locale, decision.case_overdue, due = due),
        false => td_string!(locale, decision.case_due, due = due),
    };
    let cases: Vec<AnyView> = cases
        .into_iter()
        .map(|id| {
            let href = Route::Case(&id).address(locale);
            view! { <li><a href=href>{td_string!(locale, order.to_case)}</a></li> }.into_any()
        })
        .collect();
    let field = format!("answer-{}", order.id);
    view! {
        <article class="admin-case">
            <p class="quiet">{format::date_time(locale, order.received_at_ms)} " · " {order.id.clone()}</p>
            <p>
                <strong>{words::order_kind(locale, order.kind)} " · " {due}</strong>
            </p>
            <p dir="auto">{order.authority} " · " {order.reference} " · " {order.basis}</p>
            <p dir="auto">{order.words}</p>
            <p dir="auto">{order.pictures}</p>
            <p>
                <span dir="auto">{order.name}</span>
                " "
                <a href=format!("mailto:{}", order.email)>{order.email.clone()}</a>
            </p>
            <ul>{cases}</ul>
            <form class="account-choices" method="post" action=AnswerOrder::url()>
                <Language />
                <input type="hidden" name="id" value=order.id />
                <div class="field">
                    <label class="field-label" for=field.clone()>
                        {td_string!(locale, order.answer)}
                    </label>
                    <textarea id=field name="answer" rows="3" dir="auto" required maxlength=2 * NOTICE_CHARS>
                        {textarea_text(&typed.of("answer"))}
                    </textarea>
                </div>
                <button class="button" type="submit">
                    {td_string!(locale, order.done)}
                </button>
            </form>
        </article>
    }
    .into_any()
}
