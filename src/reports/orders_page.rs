//! The entrance for orders of authorities, and how an order stands.

use super::{cases::EMAIL_CHARS, orders, orders_api::SendOrder, words};
use crate::{
    error::AppError,
    i18n::{Locale, td_string, use_locale},
    model::{
        limits::{
            DAY_MS, HOUR_MS, NOTICE_CHARS, ORDER_DUE_MS, ORDER_LIST_CHARS, ORDER_PICTURES_MAX,
            PERSON_NAME_CHARS, RULE_CHARS, TERRORISM_DUE_MS,
        },
        notice::OrderKind,
        retention::RetentionRule,
    },
    routes::Route,
    server::{Context, kept_forms::Typed},
    store::orders::{self as rows, Order, PictureStanding},
    ui::{
        error_view::{ErrorNote, ErrorPage, error_in_address},
        form::{Language, TextField},
        format,
        found::when_found,
        head::PrivateHead,
        platform::textarea_text,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::{use_params_map, use_query_map};
use std::sync::Arc;

/// The form; `?kept=` is the key of what was typed before.
#[component]
pub fn OrdersPage() -> impl IntoView {
    let locale = use_locale();
    let kept = use_query_map().with_untracked(|query| query.get("kept").unwrap_or_default());
    let typed = orders::kept(&Context::take(), &kept);
    let title = td_string!(locale, order.title);
    view! {
        <PrivateHead locale title=title.to_string() />
        <article class="account-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, order.lead)}</p>
                <p>
                    {td_string!(
                        locale,
                        order.clocks,
                        short = TERRORISM_DUE_MS / HOUR_MS,
                        long = ORDER_DUE_MS / HOUR_MS
                    )}
                </p>
            </header>
            <ErrorNote error=error_in_address() />
            <section class="card">{form(locale, &typed)}</section>
        </article>
    }
}

fn form(locale: Locale, typed: &Typed) -> AnyView {
    let days = RetentionRule::Orders.kept_ms() / DAY_MS;
    let line = |name: &'static str, label: &'static str, limit: u32| {
        let field = name.trim_start_matches("order[").trim_end_matches(']');
        view! {
            <TextField id=field name=name label=label value=typed.of(field) limit=limit required=true />
        }
        .into_any()
    };
    view! {
        <form class="account-choices" method="post" action=SendOrder::url()>
            <Language />
            {line("order[authority]", td_string!(locale, order.authority), RULE_CHARS)}
            {line("order[reference]", td_string!(locale, order.reference), RULE_CHARS)}
            {line("order[basis]", td_string!(locale, order.basis), RULE_CHARS)}
            {kinds(locale, &typed.of("kind"))}
            {text(
                "pictures",
                "order[pictures]",
                td_string!(locale, order.pictures),
                ORDER_LIST_CHARS,
                td_string!(locale, order.pictures_hint, limit = ORDER_PICTURES_MAX),
                &typed.of("pictures"),
            )}
            {text(
                "words",
                "order[words]",
                td_string!(locale, order.words),
                NOTICE_CHARS,
                td_string!(locale, order.words_hint, limit = NOTICE_CHARS),
                &typed.of("words"),
            )}
            {line("order[name]", td_string!(locale, order.name), PERSON_NAME_CHARS)}
            <div class="field">
                <label class="field-label" for="email">
                    {td_string!(locale, order.email)}
                </label>
                <input
                    type="email"
                    id="email"
                    name="order[email]"
                    required
                    maxlength=EMAIL_CHARS
                    autocomplete="email"
                    value=typed.of("email")
                />
            </div>
            <button class="button button-primary" type="submit">
                {td_string!(locale, order.send)}
            </button>
            <p class="field-hint">{td_string!(locale, order.after, days = days)}</p>
        </form>
    }
    .into_any()
}

fn text(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    most: u32,
    hint: String,
    value: &str,
) -> AnyView {
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label class="field-label" for=id>
                {label}
            </label>
            // A mere bound: a browser counts an emoji as two, the server counts it as one.
            <textarea
                id=id
                name=name
                rows="4"
                dir="auto"
                maxlength=2 * most
                aria-describedby=hint_id.clone()
            >
                {textarea_text(value)}
            </textarea>
            <p class="field-hint" id=hint_id>
                {hint}
            </p>
        </div>
    }
    .into_any()
}

fn kinds(locale: Locale, chosen: &str) -> AnyView {
    let options: Vec<AnyView> = OrderKind::ALL
        .into_iter()
        .map(|kind| {
            let word = kind.as_str();
            view! {
                <label class="check">
                    <input type="radio" name="order[kind]" value=word required checked=chosen == word />
                    <span>{words::order_kind(locale, kind)}</span>
                </label>
            }
            .into_any()
        })
        .collect();
    view! {
        <fieldset class="choices">
            <legend class="field-label">{td_string!(locale, order.kind)}</legend>
            {options}
        </fieldset>
    }
    .into_any()
}

/// How an order stands, to whoever holds its address.
#[component]
pub fn OrderPage() -> impl IntoView {
    let locale = use_locale();
    let id = use_params_map().with_untracked(|params| params.get("id").unwrap_or_default());
    let context = Arc::new(Context::take());
    let asked = context.clone();
    let found = async move {
        let order = rows::find(&asked.state.db, &id).await?;
        order.ok_or(AppError::NotFound)
    };
    when_found(found, move |found| match found {
        Ok((order, pictures)) => standing(locale, &order, &pictures),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

fn standing(locale: Locale, order: &Order, pictures: &[PictureStanding]) -> AnyView {
    let title = td_string!(locale, order.receipt);
    let facts = [
        (td_string!(locale, notice.number), order.id.clone()),
        (
            td_string!(locale, notice.received),
            format::date_time(locale, order.received_at_ms),
        ),
        (td_string!(locale, order.authority), order.authority.clone()),
        (td_string!(locale, order.reference), order.reference.clone()),
        (
            td_string!(locale, order.kind),
            words::order_kind(locale, order.kind).to_owned(),
        ),
    ];
    let facts: Vec<AnyView> = facts
        .into_iter()
        .map(|(name, value)| {
            view! {
                <div>
                    <dt>{name}</dt>
                    <dd dir="auto">{value}</dd>
                </div>
            }
            .into_any()
        })
        .collect();
    let stands = match &order.answered {
        None => {
            let due = format::date_time(locale, order.due_at_ms);
            view! { <p>{td_string!(locale, order.waits, due = due)}</p> }.into_any()
        }
        Some((at_ms, answer)) => {
            let date = format::date_time(locale, *at_ms);
            view! {
                <p>
                    <strong>{td_string!(locale, order.answered, date = date)}</strong>
                </p>
                <p dir="auto">{answer.clone()}</p>
            }
            .into_any()
        }
    };
    let none = (pictures.is_empty() && order.kind != OrderKind::Information)
        .then(|| view! { <p>{td_string!(locale, order.no_picture)}</p> });
    let pictures: Vec<AnyView> = pictures.iter().map(|one| picture(locale, one)).collect();
    view! {
        <PrivateHead locale title=title.to_string() />
        <article class="account-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, notice.keep)}</p>
            </header>
            <section class="card">
                <dl class="account-facts">{facts}</dl>
            </section>
            <section class="card" aria-labelledby="standing">
                <h2 id="standing">{td_string!(locale, notice.standing)}</h2>
                {stands}
                {none}
                <ul>{pictures}</ul>
            </section>
        </article>
    }
    .into_any()
}

/// A picture that an order names, with the way to the receipt of the notice about it.
fn picture(locale: Locale, one: &PictureStanding) -> AnyView {
    let about = match &one.about {
        Some(id) => Route::Image(id).address(locale),
        None => td_string!(locale, notice.gone).to_owned(),
    };
    let stands = match one.is_decided {
        true => td_string!(locale, order.decided),
        false => td_string!(locale, order.undecided),
    };
    let receipt = Route::Notice(&one.notice_id).address(locale);
    view! {
        <li>
            {about} " · " <a href=receipt>{stands}</a>
        </li>
    }
    .into_any()
}
