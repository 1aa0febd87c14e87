//! What surrounds every page: skip link, demo banner, header, footer.

use super::language::LanguageSwitch;
use crate::{
    error::AppError,
    i18n::{self, Locale, td_string},
    model::Site,
};
use leptos::prelude::*;
use leptos_meta::Html;
use leptos_router::hooks::use_location;

/// What the instance says of itself, loaded once by `app.rs` and found in context.
#[derive(Clone, Copy)]
pub struct SiteData(pub Resource<Result<Site, AppError>>);

impl SiteData {
    /// The instance's data; an empty one where it could not be read, because a
    /// page without a banner is better than no page.
    pub async fn read(self) -> Site {
        self.0.await.unwrap_or_default()
    }
}

/// The page's frame around `children`; `menu` is who is signed in.
#[component]
pub fn Layout(locale: Locale, site: SiteData, menu: AnyView, children: Children) -> impl IntoView {
    view! {
        <Html {..} lang=i18n::code(locale) />
        <a class="skip" href="#main">
            {td_string!(locale, site.skip)}
        </a>
        <Suspense>
            {move || Suspend::new(async move {
                site.read().await.demo.then(|| {
                    view! {
                        <aside class="demo-banner" aria-label=td_string!(locale, site.demo_label)>
                            {td_string!(locale, site.demo)}
                        </aside>
                    }
                })
            })}
        </Suspense>
        <header class="site-header">
            <a
                class="brand"
                href=i18n::address(locale, "/")
                aria-label=td_string!(locale, nav.home)
            >
                <Mark />
                <span>"imgc"</span>
            </a>
            <nav class="site-nav" aria-label=td_string!(locale, site.main_menu)>
                <NavLink locale path="/gallery" label=td_string!(locale, nav.gallery) />
                <NavLink locale path="/create" label=td_string!(locale, nav.create) />
                <NavLink locale path="/library" label=td_string!(locale, nav.library) />
            </nav>
            <div class="site-tools">{menu} <LanguageSwitch /></div>
        </header>
        <main id="main" tabindex="-1">
            {children()}
        </main>
        <Footer locale site />
    }
}

/// One link of the main menu, marked when its page is shown.
#[component]
fn NavLink(locale: Locale, path: &'static str, label: &'static str) -> impl IntoView {
    let pathname = use_location().pathname;
    let current = move || pathname.with(|shown| (i18n::split(shown).1 == path).then_some("page"));
    view! {
        <a href=i18n::address(locale, path) aria-current=current>
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

/// What the site is, and whom to write to.
#[component]
fn Footer(locale: Locale, site: SiteData) -> impl IntoView {
    view! {
        <footer class="site-footer">
            <p>{td_string!(locale, site.about)}</p>
            <Suspense>
                {move || Suspend::new(async move {
                    site.read().await.contact.map(|contact| {
                        view! {
                            <p>
                                {td_string!(locale, site.contact)} " "
                                <a href=format!("mailto:{contact}")>{contact.clone()}</a>
                            </p>
                        }
                    })
                })}
            </Suspense>
        </footer>
    }
}
