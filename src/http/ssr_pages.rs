//! The map of the pages that are only read: rendered by the server and never
//! hydrated, so that their code is in no download and their data is sent once.
//! Links to them say `rel="external"`, for the browser's router does not know
//! them.

use crate::{
    account::{page::AccountPage, receipt::ReceiptPage},
    admin::{
        announcements::AnnouncementsPage,
        case_page::CasePage,
        page::AdminPage,
        people::{PeoplePage, person::PersonPage},
    },
    auth::{invitation::InvitationPage, menu::Menu, page::SignInPage, turned_away::TurnedAwayPage},
    edit::page::EditPage,
    error::AppError,
    gallery::{page::GalleryPage, tag_page::TagPage},
    generate::{job_page::JobPage, many_page::ManyPage, styles::page::StylesPage},
    home::HomePage,
    http::{
        app::{frame, pages_in, provide},
        at_segment::AtSegment,
    },
    i18n::{self, Locale, languages},
    legal::{
        AccessibilityPage, CookiesPage, ImprintPage, PrivacyPage, TermsPage, contact::ContactPage,
        transparency::TransparencyPage,
    },
    library::{
        compare::ComparePage, image_page::ImagePage, unlisted_page::UnlistedPage,
        words_page::WordsPage,
    },
    makers::{following_page::FollowingPage, likes_page::LikesPage, profile_page::ProfilePage},
    reports::{
        decisions_page::DecisionsPage,
        notice_page::ReportPage,
        orders_page::{OrderPage, OrdersPage},
        page::ReportChildPage,
        standing_page::NoticePage,
    },
    ui::{error_view::ErrorPage, layout::Layout},
    usage::page::UsagePage,
};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    components::{ParentRoute, Route, Router, Routes},
    hooks::use_location,
    path,
};

/// The table of these pages in every language, and what stands at an address
/// that leads nowhere.
#[component]
pub fn SsrPages() -> impl IntoView {
    provide_meta_context();
    if let Some(shared) = Owner::current_shared_context() {
        // What the components load is not written into the page a second time:
        // no script will read it.
        shared.set_is_hydrating(false);
    }
    languages!(pages_in Missing Pages)
}

#[component(transparent)]
fn Pages() -> AnyNestedRoute {
    view! {
        <Route path=path!("") view=HomePage ssr=SsrMode::Async />
        <Route path=path!("/gallery") view=GalleryPage ssr=SsrMode::Async />
        <Route path=path!("/gallery/tag/:id") view=TagPage ssr=SsrMode::Async />
        <Route path=path!("/words/:id") view=WordsPage ssr=SsrMode::Async />
        <Route path=path!("/jobs/:id") view=JobPage ssr=SsrMode::Async />
        <Route path=path!("/styles") view=StylesPage ssr=SsrMode::Async />
        <Route path=path!("/create/many") view=ManyPage ssr=SsrMode::Async />
        <Route path=path!("/compare") view=ComparePage ssr=SsrMode::Async />
        <Route path=path!("/i/:id") view=ImagePage ssr=SsrMode::Async />
        <Route path=path!("/u/:id") view=UnlistedPage ssr=SsrMode::Async />
        <Route path=path!("/edit/:id") view=EditPage ssr=SsrMode::Async />
        <Route path=AtSegment("id") view=ProfilePage ssr=SsrMode::Async />
        <Route path=path!("/following") view=FollowingPage ssr=SsrMode::Async />
        <Route path=path!("/likes") view=LikesPage ssr=SsrMode::Async />
        <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
        <Route path=path!("/invitation/:id") view=InvitationPage ssr=SsrMode::Async />
        <Route path=path!("/turned-away") view=TurnedAwayPage ssr=SsrMode::Async />
        <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async />
        <Route path=path!("/erasure/:id") view=ReceiptPage ssr=SsrMode::Async />
        <Route path=path!("/privacy") view=PrivacyPage ssr=SsrMode::Async />
        <Route path=path!("/terms") view=TermsPage ssr=SsrMode::Async />
        <Route path=path!("/cookies") view=CookiesPage ssr=SsrMode::Async />
        <Route path=path!("/imprint") view=ImprintPage ssr=SsrMode::Async />
        <Route path=path!("/accessibility") view=AccessibilityPage ssr=SsrMode::Async />
        <Route path=path!("/report-child") view=ReportChildPage ssr=SsrMode::Async />
        <Route path=path!("/report/:id") view=ReportPage ssr=SsrMode::Async />
        <Route path=path!("/notices/:id") view=NoticePage ssr=SsrMode::Async />
        <Route path=path!("/decisions") view=DecisionsPage ssr=SsrMode::Async />
        <Route path=path!("/admin/cases/:id") view=CasePage ssr=SsrMode::Async />
        <Route path=path!("/admin") view=AdminPage ssr=SsrMode::Async />
        <Route path=path!("/admin/announcements") view=AnnouncementsPage ssr=SsrMode::Async />
        <Route path=path!("/admin/people") view=PeoplePage ssr=SsrMode::Async />
        <Route path=path!("/admin/people/:id") view=PersonPage ssr=SsrMode::Async />
        <Route path=path!("/usage") view=UsagePage ssr=SsrMode::Async />
        <Route path=path!("/transparency") view=TransparencyPage ssr=SsrMode::Async />
        <Route path=path!("/contact") view=ContactPage ssr=SsrMode::Async />
        <Route path=path!("/orders") view=OrdersPage ssr=SsrMode::Async />
        <Route path=path!("/orders/:id") view=OrderPage ssr=SsrMode::Async />
    }
    .into_inner()
    .into_any_nested_route()
}

/// An address that leads nowhere, in the language it asks for.
#[component]
fn Missing() -> impl IntoView {
    let (locale, _) = use_location()
        .pathname
        .with_untracked(|path| i18n::split(path));
    let shared = provide(locale);
    let menu = view! { <Menu /> }.into_any();
    view! {
        <Layout locale shared menu>
            <ErrorPage error=AppError::NotFound />
        </Layout>
    }
}
