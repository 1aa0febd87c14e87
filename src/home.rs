//! The home page: what imgc is, the newest published pictures, one way to begin.

use crate::{
    error::AppError,
    gallery::{api::gallery, grid::PublicGrid},
    generate::examples::examples,
    i18n::{td_string, use_locale},
    model::{ImageCard, Page, Site},
    routes::Route,
    ui::{
        data::{Shared, load, when_loaded},
        public_head::{Public, PublicHead},
    },
};
use leptos::prelude::*;

/// Pictures shown here; the gallery has the rest.
const NEWEST: usize = 12;

/// The home page.
#[component]
pub fn HomePage() -> impl IntoView {
    let shared = expect_context::<Shared>();
    let newest = load(String::new, |_| gallery(None));
    when_loaded(move || async move {
        let (site, newest) = (shared.site().await, newest.await);
        view! { <Home site newest /> }.into_any()
    })
}

#[component]
fn Home(site: Site, newest: Result<Page<ImageCard>, AppError>) -> impl IntoView {
    let locale = use_locale();
    let page = Public {
        title: td_string!(locale, home.title).to_string(),
        description: td_string!(locale, home.description).to_string(),
        path: Route::Home.path(),
        picture: None,
        kind: "website",
    };
    let demo = site.demo;
    view! {
        <PublicHead locale site page />
        <section class="hero">
            <h1>{td_string!(locale, home.heading)}</h1>
            <p class="lead">{td_string!(locale, home.lead)}</p>
            <div class="actions">
                <a class="button button-primary button-large" href=Route::Create.address(locale)>
                    {td_string!(locale, home.start)}
                </a>
                <a class="button button-large" href=Route::Gallery.address(locale)>
                    {td_string!(locale, home.look)}
                </a>
            </div>
        </section>
        {demo.then(|| view! { <Examples /> })}
        <section class="wall newest" aria-labelledby="newest">
            <h2 id="newest">{td_string!(locale, home.newest)}</h2>
            <Newest newest />
        </section>
        <Promises />
    }
}

/// Example prompts as plain links to the composer.
#[component]
fn Examples() -> impl IntoView {
    let locale = use_locale();
    let links: Vec<AnyView> = examples(locale)
        .into_iter()
        .zip(1..)
        .map(|(prompt, number)| {
            let page = Route::Create.with("example", &number.to_string());
            view! {
                <li>
                    <a class="example" href=page.address(locale)>
                        {prompt}
                    </a>
                </li>
            }
            .into_any()
        })
        .collect();
    view! {
        <section class="examples" aria-labelledby="examples">
            <h2 id="examples">{td_string!(locale, home.examples)}</h2>
            <ul class="example-list">{links}</ul>
        </section>
    }
}

#[component]
fn Newest(newest: Result<Page<ImageCard>, AppError>) -> impl IntoView {
    let locale = use_locale();
    match newest {
        Err(_) => view! { <p class="empty">{td_string!(locale, home.unavailable)}</p> }.into_any(),
        Ok(page) if page.items.is_empty() => {
            view! { <p class="empty">{td_string!(locale, home.empty)}</p> }.into_any()
        }
        Ok(mut page) => {
            page.items.truncate(NEWEST);
            view! {
                <PublicGrid items=page.items />
                <p class="more">
                    <a href=Route::Gallery.address(locale)>
                        {td_string!(locale, home.everything)}
                    </a>
                </p>
            }
            .into_any()
        }
    }
}

/// What people can count on, in three short blocks.
#[component]
fn Promises() -> impl IntoView {
    let locale = use_locale();
    let blocks = [
        (
            td_string!(locale, home.promise_price),
            td_string!(locale, home.promise_price_text),
        ),
        (
            td_string!(locale, home.promise_kept),
            td_string!(locale, home.promise_kept_text),
        ),
        (
            td_string!(locale, home.promise_yours),
            td_string!(locale, home.promise_yours_text),
        ),
    ]
    .map(|(title, text)| {
        view! {
            <section>
                <h2>{title}</h2>
                <p>{text}</p>
            </section>
        }
    })
    .collect_view();
    view! { <div class="promises">{blocks}</div> }
}
