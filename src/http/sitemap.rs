//! `/robots.txt`, and the map of the public pages for crawlers: an index, and files.

use crate::{
    error::AppError,
    i18n::LANGUAGES,
    legal::Document,
    routes::{self, AUTH, CONTACT, PagePath, Route, TRANSPARENCY},
    server::{AppState, plain_page},
    store::{public_lists, sitemap},
    ui::format,
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use leptos_router::location::Url;
use std::fmt::Write;

/// The file of the pages that are no pictures.
const PAGES: &str = "pages.xml";
/// The file of those who have a profile.
const PROFILES: &str = "profiles.xml";
/// What the names of the others end with, after their number.
const ENDING: &str = ".xml";
/// Tags in the file of the pages; whatever else there is, is linked to by its pictures.
const TAGS: u32 = 1_000;
const _: () = assert!(
    sitemap::FILE_PICTURES as usize * LANGUAGES.len() <= 45_000
        && sitemap::PROFILES_MAX as usize * LANGUAGES.len() <= 45_000,
    "more addresses than a file of the format may have"
);

/// What crawlers may read, and where the map is.
pub async fn robots(State(state): State<AppState>) -> Response {
    let origin = state.config.public_origin();
    let mut text = String::from("User-agent: *\n");
    for (lang, _) in LANGUAGES {
        for private in [
            Route::Account,
            Route::Admin,
            Route::Create,
            Route::Receipt(""),
            Route::Invitation(""),
            Route::TurnedAway,
            Route::Library,
            Route::Compare,
            Route::Job(""),
            Route::SignIn,
            Route::Usage,
        ] {
            let _ = writeln!(text, "Disallow: {}", private.address(lang));
        }
        for private in [routes::STYLES, routes::FOLLOWING, routes::LIKES] {
            let _ = writeln!(text, "Disallow: {}", PagePath::of(private).address(lang));
        }
        let _ = writeln!(text, "Disallow: {}", routes::edit("").address(lang));
        let _ = writeln!(text, "Disallow: {}", routes::words("").address(lang));
    }
    let _ = write!(
        text,
        "Disallow: /api/\nDisallow: {AUTH}\nAllow: /\n\nSitemap: {origin}{}\n",
        routes::SITEMAP
    );
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// The files of the map. Which pictures one is of is fixed by their numbers, and how
/// many of them are public is kept beside: nothing here grows with the pictures.
pub async fn index(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let found = sitemap::files(&state.db, state.clock.now_ms()).await;
    let (files, profiles) = match found {
        Ok(found) => found,
        Err(error) => return plain_page::error(&headers, &error.into()),
    };
    let origin = state.config.public_origin();
    let mut xml = opened("sitemapindex");
    for name in [Some(PAGES), profiles.then_some(PROFILES)]
        .into_iter()
        .flatten()
    {
        let _ = writeln!(
            xml,
            "<sitemap><loc>{origin}{}</loc></sitemap>",
            routes::sitemap_file(name)
        );
    }
    for file in files {
        let _ = writeln!(
            xml,
            "<sitemap><loc>{origin}{}</loc><lastmod>{}</lastmod></sitemap>",
            routes::sitemap_file(&format!("{}{ENDING}", file.number)),
            format::iso_day(file.published_on_ms)
        );
    }
    xml.push_str("</sitemapindex>\n");
    answer(xml)
}

/// One file of the map: each of its pages in every language, naming its other
/// languages. Drawn for whoever asks, because what is taken back must not stand in a
/// file until the next one is made.
pub async fn file(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let origin = state.config.public_origin();
    let mut xml = opened("urlset");
    if name == PAGES {
        // Public pages that always exist.
        let legal = Document::ALL.map(Document::route);
        let pages = [Route::Home, Route::Gallery].into_iter().chain(legal);
        let served = [TRANSPARENCY, CONTACT].map(PagePath::of);
        let tags = match public_lists::tags(&state.db, TAGS).await {
            Ok(tags) => tags,
            Err(error) => return plain_page::error(&headers, &error.into()),
        };
        let tags = tags.iter().map(|tag| routes::tag(&Url::escape(tag)));
        for page in pages.map(Route::path).chain(served).chain(tags) {
            entry(&mut xml, &origin, &page, None);
        }
    } else if name == PROFILES {
        let profiles = match sitemap::profiles(&state.db, state.clock.now_ms()).await {
            Ok(profiles) if profiles.is_empty() => {
                return plain_page::error(&headers, &AppError::NotFound);
            }
            Ok(profiles) => profiles,
            Err(error) => return plain_page::error(&headers, &error.into()),
        };
        for handle in &profiles {
            entry(&mut xml, &origin, &routes::profile(handle), None);
        }
    } else {
        // One name a file: `007` is none.
        let number = name.strip_suffix(ENDING).and_then(|number| {
            let read: u32 = number.parse().ok()?;
            (read.to_string() == number).then_some(read)
        });
        let pictures = match number {
            Some(number) => sitemap::pictures(&state.db, number).await,
            None => return plain_page::error(&headers, &AppError::NotFound),
        };
        let pictures = match pictures {
            Ok(pictures) if pictures.is_empty() => {
                return plain_page::error(&headers, &AppError::NotFound);
            }
            Ok(pictures) => pictures,
            Err(error) => return plain_page::error(&headers, &error.into()),
        };
        for (id, published_at_ms) in &pictures {
            let page = Route::Image(id).path();
            entry(&mut xml, &origin, &page, Some(*published_at_ms));
        }
    }
    xml.push_str("</urlset>\n");
    answer(xml)
}

fn opened(element: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{element} \
         xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n"
    )
}

fn answer(xml: String) -> Response {
    let kind = "application/xml; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], xml).into_response()
}

fn entry(xml: &mut String, origin: &str, page: &PagePath, changed_ms: Option<i64>) {
    for (lang, _) in LANGUAGES {
        let _ = writeln!(xml, "<url><loc>{origin}{}</loc>", page.address(lang));
        for (other, code) in LANGUAGES {
            let _ = writeln!(
                xml,
                "<xhtml:link rel=\"alternate\" hreflang=\"{code}\" href=\"{origin}{}\"/>",
                page.address(other)
            );
        }
        if let Some(ms) = changed_ms {
            let _ = writeln!(xml, "<lastmod>{}</lastmod>", format::iso_day(ms));
        }
        xml.push_str("</url>\n");
    }
}
