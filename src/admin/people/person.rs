//! The administrators' page of one person: what they used, what they may use, and the
//! form that sets it.

use super::{
    super::decisions::require_admin, api::SetLimits, exceptions::Typed, limit, months, profile,
    suspension, suspension_form, used,
};
use crate::{
    account,
    error::AppError,
    i18n::{self, Locale, td_string, use_locale},
    model::{
        allowance::{Allowance, plain_dollars},
        limits::ADMIN_REASON_CHARS,
        typed::isolated,
    },
    routes::Route,
    server::{AppState, Context, kept_forms},
    store::people::{self, Person},
    ui::{
        confirm::confirm,
        error_view::{ErrorNote, ErrorPage, error_in_address},
        form::{Language, TextField, counted},
        format,
        found::when_found,
        head::PrivateHead,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;
use std::sync::Arc;

#[derive(Clone)]
struct Shown {
    id: String,
    /// `None` where the sign-in is too old to read who people are.
    person: Option<Person>,
    /// What was typed into the form that was refused.
    typed: Option<Typed>,
    /// And into the one that suspends.
    suspending: kept_forms::Typed,
    /// And into the one about their page for others.
    profile: kept_forms::Typed,
    service: Allowance,
}

/// The page.
#[component]
pub fn PersonPage() -> impl IntoView {
    let locale = use_locale();
    let id = use_params_map().with_untracked(|params| params.get("id").unwrap_or_default());
    let context = Arc::new(Context::take());
    let asked = context.clone();
    let found = async move { shown(&asked, locale, id).await };
    when_found(found, move |found| match found {
        Ok(shown) => page(&context.state, locale, shown),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

async fn shown(context: &Context, locale: Locale, id: String) -> Result<Shown, AppError> {
    let lang = i18n::code(locale);
    let user = context
        .require_user_or_sign_in(lang, Route::Person(&id))
        .await?;
    let state = &context.state;
    require_admin(state, &user).await?;
    let person = match account::is_fresh(state, &context.visitor).await? {
        true => {
            let found = people::one(&state.db, &id, months(state)).await?;
            Some(found.ok_or(AppError::NotFound)?)
        }
        false => None,
    };
    Ok(Shown {
        typed: Typed::kept(&user.id, &id, state.clock.now_ms()),
        suspending: suspension::kept(state, &user, &id),
        profile: profile::kept(state, &user, &id),
        id,
        person,
        service: state.config.imgc.limits.per_person(),
    })
}

fn page(state: &AppState, locale: Locale, shown: Shown) -> AnyView {
    let title = td_string!(locale, people.of_person);
    let Shown {
        id,
        person,
        typed,
        suspending,
        profile: of_profile,
        service,
    } = shown;
    let profile = person
        .as_ref()
        .and_then(|person| profile::section(locale, person, &of_profile));
    let suspension = person
        .as_ref()
        .map(|person| suspension_form::section(state, locale, person, &suspending));
    let body = match person {
        None => confirm(locale, Route::Person(&id)),
        Some(person) => view! {
            {facts(locale, &person, &service)} {form(locale, &person, typed)}
        }
        .into_any(),
    };
    view! {
        <PrivateHead locale title=title.to_string() />
        <div class="account-page">
            <header class="page-header">
                <h1>{title}</h1>
            </header>
            <ErrorNote error=error_in_address() />
            <section class="card" aria-label=title>
                {body}
            </section>
            {profile}
            {suspension}
            <p>
                <a href=Route::People.address(locale)>{td_string!(locale, people.title)}</a>
            </p>
        </div>
    }
    .into_any()
}

fn facts(locale: Locale, person: &Person, service: &Allowance) -> AnyView {
    let in_force = person.limits.in_force(service);
    let handle = person.handle.as_ref().map(|handle| format!(" @{handle}"));
    let money = |most| format::money(locale, most);
    view! {
        <p>
            <strong>{isolated(&person.name)}</strong>
            {handle}
            " · "
            {person.email.clone()}
        </p>
        <dl class="totals">
            {fact(td_string!(locale, people.since), format::date(locale, person.created_at_ms))}
            {fact(td_string!(locale, people.visited), format::date(locale, person.visited_at_ms))}
            {fact(td_string!(locale, people.this_month), used(locale, person.this_month))}
            {fact(td_string!(locale, people.last_month), used(locale, person.last_month))}
            {fact(
                td_string!(locale, limits.per_day),
                limit(locale, in_force.pictures_per_day, |most| most.to_string()),
            )}
            {fact(
                td_string!(locale, limits.per_month),
                limit(locale, in_force.micros_per_month, money),
            )}
        </dl>
    }
    .into_any()
}

fn fact(what: &'static str, value: String) -> AnyView {
    view! {
        <div>
            <dt>{what}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}

fn form(locale: Locale, person: &Person, typed: Option<Typed>) -> AnyView {
    let exception = person.limits.exception;
    let is_set = exception != Allowance::default();
    let typed = typed.unwrap_or_else(|| Typed {
        pictures: exception
            .pictures_per_day
            .map_or_else(String::new, |most| most.to_string()),
        dollars: exception
            .micros_per_month
            .map_or_else(String::new, plain_dollars),
        reason: String::new(),
    });
    let remove = is_set.then(|| {
        view! {
            <button class="button" type="submit" name="remove" value="on">
                {td_string!(locale, people.remove)}
            </button>
        }
    });
    view! {
        <h2>{td_string!(locale, people.heading)}</h2>
        <p>{td_string!(locale, people.hint)}</p>
        <form class="account-choices" method="post" action=SetLimits::url()>
            <Language />
            <input type="hidden" name="id" value=person.id.clone() />
            <TextField
                id="limit-pictures"
                name="pictures"
                label=td_string!(locale, limits.per_day)
                value=typed.pictures
            />
            <TextField
                id="limit-dollars"
                name="dollars"
                label=td_string!(locale, limits.per_month)
                value=typed.dollars
            />
            <div class="field">
                <label class="field-label" for="limit-reason">
                    {td_string!(locale, admin.reason)}
                </label>
                <input
                    type="text"
                    id="limit-reason"
                    name="reason"
                    dir="auto"
                    pattern=counted("reason", 1, ADMIN_REASON_CHARS)
                    title=td_string!(locale, library.tag_rule, limit = ADMIN_REASON_CHARS)
                    value=typed.reason
                    required
                    autocomplete="off"
                />
            </div>
            <p class="actions">
                <button class="button button-primary" type="submit">
                    {td_string!(locale, people.set)}
                </button>
                {remove}
            </p>
        </form>
    }
    .into_any()
}
