//! The administrators' list of people: who they are, when they were last here, what they
//! used and may use. Nothing of what they made.

pub mod api;
mod exceptions;
pub mod person;
mod profile;
pub mod suspension;
mod suspension_form;

use super::decisions::require_admin;
use crate::{
    account,
    error::AppError,
    i18n::{self, Locale, td_string, use_locale},
    model::{
        allowance::{Allowance, InForce, SetBy},
        limits::PEOPLE_SEARCH_CHARS,
    },
    routes::Route,
    server::{AppState, Context, clock},
    store::people::{self, MonthUse, Months, Person},
    ui::{confirm::confirm, error_view::ErrorPage, format, found::when_found, head::PrivateHead},
};
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, location::Url};
use std::sync::Arc;

/// The record's word for limits of a person that were set or removed.
pub const LIMITED: &str = "limited";

/// The month that is on and the one before it.
pub fn months(state: &AppState) -> Months {
    let now_ms = state.clock.now_ms();
    Months {
        this_ms: clock::month_start_ms(now_ms),
        last_ms: clock::last_month_ms(now_ms),
    }
}

/// What is looked for, and where the page begins.
#[derive(Clone, Default)]
struct Wanted {
    search: String,
    after: Option<String>,
}

#[derive(Clone)]
struct Shown {
    wanted: Wanted,
    /// `None` where the sign-in is too old to read who people are.
    people: Option<(Vec<Person>, Option<String>)>,
    service: Allowance,
}

/// The page; `?q=` is what is looked for, `?cursor=` where it begins.
#[component]
pub fn PeoplePage() -> impl IntoView {
    let locale = use_locale();
    let wanted = use_query_map().with_untracked(|query| Wanted {
        search: query.get("q").unwrap_or_default(),
        after: query.get("cursor").filter(|cursor| !cursor.is_empty()),
    });
    let context = Arc::new(Context::take());
    let asked = context.clone();
    let found = async move { shown(&asked, locale, wanted).await };
    when_found(found, move |found| match found {
        Ok(shown) => page(locale, shown),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

async fn shown(context: &Context, locale: Locale, wanted: Wanted) -> Result<Shown, AppError> {
    let lang = i18n::code(locale);
    let user = context.require_user_or_sign_in(lang, Route::People).await?;
    let state = &context.state;
    require_admin(state, &user).await?;
    let people = match account::is_fresh(state, &context.visitor).await? {
        true => {
            let after = wanted.after.as_deref();
            Some(people::list(&state.db, &wanted.search, after, months(state)).await?)
        }
        false => None,
    };
    Ok(Shown {
        wanted,
        people,
        service: state.config.imgc.limits.per_person(),
    })
}

fn page(locale: Locale, shown: Shown) -> AnyView {
    let title = td_string!(locale, people.title);
    let Shown {
        wanted,
        people,
        service,
    } = shown;
    let body = match people {
        None => confirm(locale, Route::People),
        Some((people, next)) => view! {
            {search(locale, &wanted)} {list(locale, people, &service)}
            {pager(locale, &wanted, next)}
        }
        .into_any(),
    };
    view! {
        <PrivateHead locale title=title.to_string() />
        <div class="account-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, people.lead)}</p>
            </header>
            <section class="card" aria-label=title>
                {body}
            </section>
            <p>
                <a href=Route::Admin.address(locale)>{td_string!(locale, admin.title)}</a>
            </p>
        </div>
    }
    .into_any()
}

fn search(locale: Locale, wanted: &Wanted) -> AnyView {
    let everybody = (!wanted.search.is_empty()).then(|| {
        view! { <a href=Route::People.address(locale)>{td_string!(locale, people.everybody)}</a> }
    });
    view! {
        <form class="account-choices" method="get" action=Route::People.address(locale) role="search">
            <label class="field">
                <span class="field-label">{td_string!(locale, people.search)}</span>
                <input
                    type="search"
                    name="q"
                    dir="auto"
                    maxlength=PEOPLE_SEARCH_CHARS.to_string()
                    value=wanted.search.clone()
                    autocomplete="off"
                />
            </label>
            <p class="actions">
                <button class="button" type="submit">
                    {td_string!(locale, people.find)}
                </button>
                {everybody}
            </p>
        </form>
    }
    .into_any()
}

fn list(locale: Locale, people: Vec<Person>, service: &Allowance) -> AnyView {
    if people.is_empty() {
        return view! { <p class="empty">{td_string!(locale, people.nobody)}</p> }.into_any();
    }
    let rows: Vec<AnyView> = people
        .into_iter()
        .map(|person| row(locale, person, service))
        .collect();
    view! {
        <div class="table-scroll" tabindex="0" role="group" aria-label=td_string!(locale, people.title)>
            <table>
                <thead>
                    <tr>
                        <th scope="col">{td_string!(locale, people.person)}</th>
                        <th scope="col">{td_string!(locale, people.visited)}</th>
                        <th scope="col">{td_string!(locale, people.this_month)}</th>
                        <th scope="col">{td_string!(locale, people.last_month)}</th>
                        <th scope="col">{td_string!(locale, limits.per_day)}</th>
                        <th scope="col">{td_string!(locale, limits.per_month)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(locale: Locale, person: Person, service: &Allowance) -> AnyView {
    let in_force = person.limits.in_force(service);
    let href = Route::Person(&person.id).address(locale);
    let handle = person.handle.map(|handle| format!("@{handle} "));
    view! {
        <tr>
            <th scope="row">
                <a href=href dir="auto">
                    {person.name}
                </a>
                <br />
                <small class="quiet">{handle} {person.email}</small>
            </th>
            <td>{format::date(locale, person.visited_at_ms)}</td>
            <td>{used(locale, person.this_month)}</td>
            <td>{used(locale, person.last_month)}</td>
            <td>{limit(locale, in_force.pictures_per_day, |most| most.to_string())}</td>
            <td>{limit(locale, in_force.micros_per_month, |most| format::money(locale, most))}</td>
        </tr>
    }
    .into_any()
}

/// Pictures and money of a month.
fn used(locale: Locale, month: MonthUse) -> String {
    let money = format::money(locale, month.micros);
    td_string!(
        locale,
        people.used,
        pictures = month.pictures,
        money = money
    )
}

/// A limit that is in force, with whose it is where it is not everybody's.
fn limit<T>(locale: Locale, limit: Option<InForce<T>>, written: impl Fn(T) -> String) -> String {
    match limit {
        None => td_string!(locale, limits.none).to_owned(),
        Some(InForce { most, set_by }) => match set_by {
            SetBy::Service => written(most),
            SetBy::Administrator => {
                td_string!(locale, people.exception, limit = written(most))
            }
            SetBy::Person => td_string!(locale, people.own, limit = written(most)),
        },
    }
}

fn pager(locale: Locale, wanted: &Wanted, next: Option<String>) -> AnyView {
    let from = |cursor: Option<&str>| {
        let path = Route::People.path();
        let path = match wanted.search.as_str() {
            "" => path,
            search => path.with("q", &Url::escape(search)),
        };
        match cursor {
            Some(cursor) => path.with("cursor", &Url::escape(cursor)),
            None => path,
        }
        .address(locale)
    };
    let first = wanted.after.as_ref().map(|_| {
        view! { <a href=from(None)>{td_string!(locale, people.first)}</a> }
    });
    let more = next.map(|cursor| {
        view! {
            <a class="button" rel="next" href=from(Some(&cursor))>
                {td_string!(locale, people.more)}
            </a>
        }
    });
    view! { <nav class="pager">{first} {more}</nav> }.into_any()
}
