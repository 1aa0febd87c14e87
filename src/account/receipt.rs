//! The receipt of an erasure: what was asked when, what has happened, and when
//! the rest will have. It names nobody; whoever holds its address may read it.

use super::closing;
use crate::{
    i18n::{Locale, td_string, use_locale},
    routes::Route,
    server::{Context, config::Config},
    store::erasures::Erasure,
    ui::{error_view::ErrorPage, format, found::when_found, head::PrivateHead},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use std::sync::Arc;

/// The page.
#[component]
pub fn ReceiptPage() -> impl IntoView {
    let params = use_params_map();
    let id = params.with_untracked(|params| params.get("id").unwrap_or_default());
    let context = Arc::new(Context::take());
    let asked = context.clone();
    let found = async move { closing::receipt(&asked.state, &id).await };
    when_found(found, move |found| match found {
        Ok(erasure) => {
            let now_ms = context.state.clock.now_ms();
            let copies = Copies::of(&context.state.config);
            view! { <Receipt erasure now_ms copies /> }.into_any()
        }
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

/// The copies that may outlive an erasure: backups, or the history that the
/// database's provider keeps.
#[derive(Clone, Copy)]
struct Copies {
    kept_ms: i64,
    is_history: bool,
}

impl Copies {
    fn of(config: &Config) -> Copies {
        Copies {
            kept_ms: config.copies_kept_ms(),
            is_history: config.is_shared(),
        }
    }
}

#[component]
fn Receipt(erasure: Erasure, now_ms: i64, copies: Copies) -> impl IntoView {
    let locale = use_locale();
    let title = td_string!(locale, erasure.title);
    view! {
        <PrivateHead locale title=title.to_string() />
        <article class="account-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{standing(locale, &erasure, now_ms)}</p>
            </header>
            <section class="card">
                <dl class="account-facts">{steps(locale, &erasure, copies)}</dl>
                <p>{td_string!(locale, erasure.keep)}</p>
            </section>
            {coming_back(locale, &erasure, now_ms)}
        </article>
    }
}

/// The state of the erasure, in a sentence.
fn standing(locale: Locale, erasure: &Erasure, now_ms: i64) -> &'static str {
    if erasure.withdrawn_at_ms.is_some() {
        td_string!(locale, erasure.withdrawn_text)
    } else if erasure.done_at_ms.is_some() {
        td_string!(locale, erasure.done_text)
    } else if erasure.due_at_ms <= now_ms {
        td_string!(locale, erasure.under_way_text)
    } else {
        td_string!(locale, erasure.waiting_text)
    }
}

/// The dates, what is over and what is to come.
fn steps(locale: Locale, erasure: &Erasure, copies: Copies) -> Vec<AnyView> {
    let step = |name: &'static str, at_ms: i64| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>
                    <time datetime=format::iso(at_ms)>{format::date_time(locale, at_ms)}</time>
                </dd>
            </div>
        }
        .into_any()
    };
    let number = view! {
        <div>
            <dt>{td_string!(locale, erasure.number)}</dt>
            <dd>{erasure.id.clone()}</dd>
        </div>
    };
    let mut steps = vec![
        number.into_any(),
        step(
            td_string!(locale, erasure.requested),
            erasure.requested_at_ms,
        ),
    ];
    if let Some(at_ms) = erasure.withdrawn_at_ms {
        steps.push(step(td_string!(locale, erasure.withdrawn), at_ms));
        return steps;
    }
    steps.push(match erasure.rows_gone_at_ms {
        Some(at_ms) => step(td_string!(locale, erasure.rows_gone), at_ms),
        None => step(td_string!(locale, erasure.due), erasure.due_at_ms),
    });
    if let Some(at_ms) = erasure.done_at_ms {
        steps.push(step(td_string!(locale, erasure.done), at_ms));
    }
    let gone_ms = erasure.rows_gone_at_ms.unwrap_or(erasure.due_at_ms);
    let name = match copies.is_history {
        true => td_string!(locale, history.receipt),
        false => td_string!(locale, erasure.backups),
    };
    steps.push(step(name, gone_ms + copies.kept_ms));
    steps
}

/// While the grace lasts: how to come back.
fn coming_back(locale: Locale, erasure: &Erasure, now_ms: i64) -> Option<AnyView> {
    let may = erasure.withdrawn_at_ms.is_none() && erasure.due_at_ms > now_ms;
    may.then(|| {
        let sign_in = Route::sign_in_to(&Route::Account.address(locale)).address(locale);
        view! {
            <p>
                {td_string!(locale, erasure.changed_mind)} " "
                <a href=sign_in>{td_string!(locale, nav.sign_in)}</a>
            </p>
        }
        .into_any()
    })
}
