//! Who is signed in, in the header.

use super::api::{SignOut, SignOutEverywhere};
use crate::{
    i18n::{td_string, use_locale},
    model::{Viewer, typed::isolated},
    routes::{FOLLOWING, LIKES, PagePath, Route},
    ui::{
        data::{Shared, when_loaded},
        dynamic::dynamic,
        error_view::sign_in_address,
        form::Language,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_location;

/// The way in for a stranger; name and ways out for a person.
#[component]
pub fn Menu() -> impl IntoView {
    let locale = use_locale();
    let pathname = use_location().pathname;
    let shared = expect_context::<Shared>();
    when_loaded(move || async move {
        if let Some(viewer) = shared.viewer().await {
            return view! { <Account viewer /> }.into_any();
        }
        let href = dynamic(move || pathname.with(|here| sign_in_address(locale, here)));
        view! {
            <a class="button sign-in" href=href rel="external">
                {td_string!(locale, nav.sign_in)}
            </a>
        }
        .into_any()
    })
}

/// The person's name, and the two ways to sign out. Plain forms on purpose:
/// a whole new document forgets everything the old one knew.
#[component]
fn Account(viewer: Viewer) -> impl IntoView {
    let locale = use_locale();
    let avatar = viewer.avatar.map(|src| {
        view! { <img class="avatar" src=src width="28" height="28" alt="" /> }
    });
    view! {
        <details class="account menu">
            <summary aria-label=format!("{} – {}", td_string!(locale, nav.account), isolated(&viewer.name))>
                {avatar} <span class="account-name" dir="auto">{viewer.name.clone()}</span>
            </summary>
            <div class="account-panel">
                // The server's own pages: the browser's router does not know them.
                <a class="button" href=Route::Account.address(locale) rel="external">
                    {td_string!(locale, nav.account)}
                </a>
                <a class="button" href=Route::Usage.address(locale) rel="external">
                    {td_string!(locale, nav.usage)}
                </a>
                <a class="button" href=PagePath::of(FOLLOWING).address(locale) rel="external">
                    {td_string!(locale, makers.following)}
                </a>
                <a class="button" href=PagePath::of(LIKES).address(locale) rel="external">
                    {td_string!(locale, makers.liked)}
                </a>
                <form method="post" action=SignOut::url()>
                    <Language />
                    <button class="button" type="submit">
                        {td_string!(locale, nav.sign_out)}
                    </button>
                </form>
                <form method="post" action=SignOutEverywhere::url()>
                    <Language />
                    <button class="button" type="submit">
                        {td_string!(locale, nav.sign_out_everywhere)}
                    </button>
                </form>
            </div>
        </details>
    }
}
