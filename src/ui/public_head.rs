//! The head of a page for everybody: what crawlers read, and what is shown where it is
//! shared. The server's alone, as these pages are.

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

use super::platform::{self, ssr_head};
use crate::{
    i18n::{self, LANGUAGES, Locale, td_string},
    model::{Site, typed::isolated},
    routes::{PagePath, SITE_CARD},
};
use leptos::prelude::*;
use leptos_meta::{Link, Meta, Title};

/// Width and height of the site's own card, in pixels.
const SITE_CARD_SIZE: (u32, u32) = (1200, 630);

/// A JPEG that stands for a page where it is shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedPicture {
    /// Its address, absolute.
    pub address: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Its text alternative.
    pub alt: String,
}

/// A public page's metadata for crawlers and link previews.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    /// The title, without the site's name.
    pub title: String,
    /// A sentence for search results and previews.
    pub description: String,
    /// The page, with the query that belongs to its address.
    pub path: PagePath,
    /// The picture of the preview; `None` for the site's own.
    pub picture: Option<SharedPicture>,
    /// OpenGraph's kind of page.
    pub kind: &'static str,
}

/// The head of a page for everybody: description, addresses per language, and
/// what is shown where the page is shared.
#[component]
pub fn PublicHead(locale: Locale, site: Site, page: Public) -> impl IntoView {
    let title = td_string!(locale, site.page_title, page = isolated(&page.title));
    let title = platform::title_text(title);
    let title = view! { <Title text=title /> }.into_any();
    ssr_head(title, || tags(locale, &site, page))
}

/// The tags that only crawlers and link previews read.
fn tags(locale: Locale, site: &Site, page: Public) -> AnyView {
    let address = |locale| format!("{}{}", site.origin, page.path.address(locale));
    let alternates = LANGUAGES
        .map(|(other, code)| {
            view! { <Link rel="alternate" hreflang=code href=address(other) /> }
        })
        .collect_view();
    let open_graph = [
        ("og:site_name", "imgc".to_owned()),
        ("og:type", page.kind.to_owned()),
        ("og:title", page.title),
        ("og:description", page.description.clone()),
        ("og:url", address(locale)),
        ("og:locale", open_graph(locale)),
    ]
    .into_iter()
    .chain(i18n::others(locale).map(|other| ("og:locale:alternate", open_graph(other))))
    .map(|(property, content)| view! { <Meta property=property content=content /> })
    .collect_view();
    let picture = page.picture.unwrap_or_else(|| SharedPicture {
        address: format!("{}{SITE_CARD}", site.origin),
        width: SITE_CARD_SIZE.0,
        height: SITE_CARD_SIZE.1,
        alt: td_string!(locale, home.title).to_owned(),
    });
    view! {
        <Meta name="description" content=page.description />
        <Link rel="canonical" href=address(locale) />
        {alternates}
        <Link rel="alternate" hreflang="x-default" href=address(Locale::en) />
        {open_graph}
        <Meta name="twitter:card" content="summary_large_image" />
        {picture_tags(picture)}
    }
    .into_any()
}

/// Other forms of a page, each with its media type, title and address. They stand in the
/// head beside what [`PublicHead`] writes.
pub fn other_forms(forms: Vec<(&'static str, String, String)>) -> AnyView {
    ssr_head(().into_any(), move || {
        forms
            .into_iter()
            .map(|(kind, title, address)| {
                view! { <Link rel="alternate" type_=kind title=title href=address /> }
            })
            .collect_view()
            .into_any()
    })
}

/// The language as OpenGraph names it.
fn open_graph(locale: Locale) -> String {
    td_string!(locale, language.open_graph).to_owned()
}

fn picture_tags(picture: SharedPicture) -> impl IntoView {
    [
        ("og:image", picture.address),
        // Several sites show nothing else, and not before they know its size.
        ("og:image:type", "image/jpeg".to_owned()),
        ("og:image:width", picture.width.to_string()),
        ("og:image:height", picture.height.to_string()),
        ("og:image:alt", picture.alt),
    ]
    .map(|(property, content)| view! { <Meta property=property content=content /> })
    .collect_view()
}
