//! The frame of every page: skip link, demo banner, header. The footer is the
//! document's (`server/shell.rs`).

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

use super::{
    data::{Shared, when_loaded},
    dynamic::dynamic,
    icon::icon,
    language::LanguageSwitch,
};
use crate::{
    i18n::{self, Locale, td_string},
    routes::Route,
};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The page's frame around `children`; `menu` is who is signed in.
#[component]
pub fn Layout(locale: Locale, shared: Shared, menu: AnyView, children: Children) -> impl IntoView {
    let banner = when_loaded(move || async move {
        let banner = shared.site().await.demo.then(|| {
            view! {
                <aside class="demo-banner" aria-label=td_string!(locale, site.demo_label)>
                    {td_string!(locale, site.demo)}
                </aside>
            }
        });
        banner.into_any()
    });
    view! {
        <a class="skip" href="#main">
            {td_string!(locale, site.skip)}
        </a>
        {banner}
        <header id="site-header" class="site-header">
            <a
                class="brand"
                href=Route::Home.address(locale)
                rel="external"
                aria-label=td_string!(locale, nav.home)
            >
                <Mark />
                <span>"imgc"</span>
            </a>
            <nav class="site-nav" aria-label=td_string!(locale, site.main_menu)>
                <NavLink
                    locale
                    page=Route::Gallery
                    drawing="images"
                    label=td_string!(locale, nav.gallery)
                    rel="external"
                />
                <NavLink locale page=Route::Create drawing="sparkles" label=td_string!(locale, nav.create) />
                <NavLink locale page=Route::Library drawing="library" label=td_string!(locale, nav.library) />
            </nav>
            <div class="site-tools">{menu} <LanguageSwitch /></div>
        </header>
        <main id="main" tabindex="-1">
            {children()}
        </main>
    }
}

/// One link of the main menu, marked when its page is shown.
#[component]
fn NavLink(
    locale: Locale,
    page: Route<'static>,
    drawing: &'static str,
    label: &'static str,
    /// `external` for a page that the browser's router does not know.
    #[prop(optional)]
    rel: Option<&'static str>,
) -> impl IntoView {
    let pathname = use_location().pathname;
    let current =
        dynamic(move || pathname.with(|shown| page.is(&i18n::split(shown).1).then_some("page")));
    view! {
        <a href=page.address(locale) rel=rel aria-current=current>
            {icon(drawing)}
            {label}
        </a>
    }
}

/// The brand's mark: a picture with a spark in it, drawn with the text's colour.
#[component]
fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
            <rect class="mark-frame" x="2" y="2" width="28" height="28" rx="8" />
            <path class="mark-hill" d="M2 24 L11 15 L17 21 L22 17 L30 24 V22 a8 8 0 0 1 -8 8 H10 a8 8 0 0 1 -8 -8 Z" />
            <path class="mark-spark" d="M21 5 l1.4 3.6 L26 10 l-3.6 1.4 L21 15 l-1.4 -3.6 L16 10 l3.6 -1.4 Z" />
        </svg>
    }
}
