//! The home page: what imgc is, the newest published pictures, one way to begin.

use crate::{
    error::AppError,
    gallery::{grid::PublicGrid, list::newest},
    generate::{api::Begin, example_list::ExampleList, examples::prompts},
    i18n::{Locale, td_string, use_locale},
    model::{Page, Site},
    routes::Route,
    server::{cards::is_veiled, public_cards::PublicCard},
    ui::{
        data::{Shared, load, when_loaded},
        form::Language,
        public_head::{Public, PublicHead},
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// Pictures shown here; the gallery has the rest.
const NEWEST: usize = 12;
/// A wall of fewer pictures than this begins with the examples.
const ENOUGH: usize = 4;
/// Tiles that are in sight as the page opens.
const IN_SIGHT: usize = 4;

/// The home page.
#[component]
pub fn HomePage() -> impl IntoView {
    let shared = expect_context::<Shared>();
    let newest = load(String::new, |_| newest());
    when_loaded(move || async move {
        let (site, mut newest) = (shared.site().await, newest.await);
        if let Ok(page) = &mut newest {
            // What lists veil is no welcome.
            page.items.retain(|one| !is_veiled(&one.card));
        }
        let signed_in = shared.viewer().await.is_some();
        view! { <Home site newest signed_in /> }.into_any()
    })
}

#[component]
fn Home(site: Site, newest: Result<Page<PublicCard>, AppError>, signed_in: bool) -> impl IntoView {
    let locale = use_locale();
    let page = Public {
        title: td_string!(locale, home.title).to_string(),
        description: td_string!(locale, home.description).to_string(),
        path: Route::Home.path(),
        picture: None,
        kind: "website",
    };
    let shown = newest.as_ref().map_or(0, |page| page.items.len());
    let newest = view! {
        <section class="wall newest" aria-labelledby="newest">
            <h2 id="newest">{td_string!(locale, home.newest)}</h2>
            <Newest newest />
        </section>
    }
    .into_any();
    // Pictures come first, whosever they are.
    let walls = if shown < ENOUGH {
        [examples(locale, usize::MAX, IN_SIGHT), newest]
    } else {
        [newest, examples(locale, ENOUGH, 0)]
    };
    view! {
        <PublicHead locale site page />
        <section class="hero">
            <h1>{td_string!(locale, home.heading)}</h1>
            <p class="lead">{td_string!(locale, home.lead)}</p>
            {begin(locale, signed_in)}
        </section>
        {walls}
        <Promises />
    }
}

/// The way to begin. A person's form waits in the composer; a stranger's words are
/// taken there.
fn begin(locale: Locale, signed_in: bool) -> AnyView {
    if signed_in {
        return view! {
            <div class="actions">
                <a class="button button-primary button-large" href=Route::Create.address(locale)>
                    {td_string!(locale, home.start)}
                </a>
                <a class="button button-large" href=Route::Gallery.address(locale)>
                    {td_string!(locale, home.look)}
                </a>
            </div>
        }
        .into_any();
    }
    view! {
        <form class="hero-form" method="post" action=Begin::url()>
            <Language />
            <label class="unseen" for="words">
                {td_string!(locale, create.prompt)}
            </label>
            // Without words, it leads to the composer.
            <textarea
                id="words"
                name="prompt"
                rows="1"
                dir="auto"
                placeholder=td_string!(locale, create.prompt_hint)
                aria-describedby="begin-hint"
                spellcheck="true"
            ></textarea>
            <button class="button button-primary button-large">{td_string!(locale, home.start)}</button>
        </form>
        <p class="quiet">
            <span id="begin-hint">{td_string!(locale, home.begin_hint)}</span>
            " "
            <a href=Route::Gallery.address(locale)>{td_string!(locale, home.look)}</a>
        </p>
    }
    .into_any()
}

/// Example prompts as pictures, this many at most.
fn examples(locale: Locale, most: usize, in_sight: usize) -> AnyView {
    let prompts = prompts(locale).into_iter().take(most);
    let prompts: Vec<String> = prompts.map(str::to_owned).collect();
    view! {
        <section class="examples" aria-labelledby="examples">
            <h2 id="examples">{td_string!(locale, home.examples)}</h2>
            <ExampleList prompts in_sight />
            <p class="quiet">{td_string!(locale, home.examples_painted)}</p>
        </section>
    }
    .into_any()
}

#[component]
fn Newest(newest: Result<Page<PublicCard>, AppError>) -> impl IntoView {
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
