//! The sign-in page: why one is here, and the way on.

use super::{admission::who_may, invitation::keep_secret};
use crate::{
    error::AppError,
    i18n::{self, td_string, use_locale},
    model::local_path::LocalPath,
    routes::{INVITATION, Route, SIGN_IN_START},
    server::{Context, config::SignUpMode},
    ui::{
        data::{Shared, when_loaded},
        error_view::{ErrorNote, error_in_address},
        head::PrivateHead,
    },
};
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, location::Url};

/// Explains signing in, and leads to the provider by a plain link: the
/// security policy lets no form leave this site.
#[component]
pub fn SignInPage() -> impl IntoView {
    let locale = use_locale();
    let query = use_query_map();
    let next = query
        .with_untracked(|query| query.get("next"))
        .and_then(|next| LocalPath::parse(&next));
    let context = Context::take();
    let page = next.as_ref().map(LocalPath::page);
    if page.is_some_and(|page| page.starts_with(INVITATION)) {
        keep_secret(&context);
    }
    let kept = next
        .as_ref()
        .is_none_or(|next| Route::Create.begins(&next.page()));
    // Who was on the way to nowhere in particular begins.
    let next = match next {
        Some(next) => next.in_language(locale).into(),
        None => Route::Create.address(locale),
    };
    let start = format!(
        "{SIGN_IN_START}?next={}&lang={}",
        Url::escape(&next),
        i18n::code(locale)
    );
    // "Sign in first" is what this page says anyway.
    let error = error_in_address().filter(|error| !matches!(error, AppError::SignInNeeded));
    let mode = context.state.config.sign_up_mode();
    let chosen = (mode != SignUpMode::Open).then(|| view! { <p>{who_may(locale, mode)}</p> });
    let title = td_string!(locale, sign_in.title);
    view! {
        <PrivateHead locale title=title.to_string() />
        <section class="sign-in-page card">
            <h1>{title}</h1>
            <ErrorNote error=error />
            <p>{td_string!(locale, sign_in.why)}</p>
            {chosen}
            {kept.then(|| view! { <p>{td_string!(locale, sign_in.kept)}</p> })}
            <Ways start next />
            <p class="quiet">{td_string!(locale, sign_in.cookie)}</p>
        </section>
    }
}

/// The way to the provider, or onward for somebody who is signed in already.
#[component]
fn Ways(start: String, next: String) -> impl IntoView {
    let locale = use_locale();
    let shared = expect_context::<Shared>();
    when_loaded(move || {
        let (start, next) = (start.clone(), next.clone());
        async move {
            let demo = shared.site().await.demo;
            if let Some(viewer) = shared.viewer().await {
                return view! {
                    <p>{td_string!(locale, sign_in.already, name = viewer.name)}</p>
                    <a class="button button-primary" href=next>
                        {td_string!(locale, sign_in.onward)}
                    </a>
                }
                .into_any();
            }
            view! {
                {demo.then(|| view! { <p>{td_string!(locale, sign_in.demo)}</p> })}
                <a class="button button-primary" rel="external" href=start>
                    {td_string!(locale, sign_in.proceed)}
                </a>
            }
            .into_any()
        }
    })
}
