//! `/robots.txt` and `/sitemap.xml`.

use crate::{
    i18n::LANGUAGES,
    legal::Document,
    routes::{AUTH, Route},
    server::{AppState, plain_page},
    store::images,
    ui::format,
};
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use std::fmt::Write;

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
            Route::Library,
            Route::Job(""),
            Route::SignIn,
            Route::Usage,
        ] {
            let _ = writeln!(text, "Disallow: {}", private.address(lang));
        }
    }
    let _ = write!(
        text,
        "Disallow: /api/\nDisallow: {AUTH}\nAllow: /\n\nSitemap: {origin}/sitemap.xml\n"
    );
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// Every public page in every language, each naming its other languages.
pub async fn sitemap(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let published = match images::published_ids(&state.db).await {
        Ok(published) => published,
        Err(error) => return plain_page::error(&headers, &error.into()),
    };
    let origin = state.config.public_origin();
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset \
         xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n",
    );
    // Public pages that always exist.
    let legal = Document::ALL.map(Document::route);
    for page in [Route::Home, Route::Gallery].into_iter().chain(legal) {
        entry(&mut xml, &origin, page, None);
    }
    // 50,000 addresses a file is the format's limit; the languages share it.
    for (id, published_at_ms) in published.iter().take(48_000 / LANGUAGES.len()) {
        entry(&mut xml, &origin, Route::Image(id), Some(*published_at_ms));
    }
    xml.push_str("</urlset>\n");
    (
        [(header::CONTENT_TYPE, "application/xml; charset=utf-8")],
        xml,
    )
        .into_response()
}

fn entry(xml: &mut String, origin: &str, page: Route<'_>, changed_ms: Option<i64>) {
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
            let _ = writeln!(xml, "<lastmod>{}</lastmod>", &format::iso(ms)[..10]);
        }
        xml.push_str("</url>\n");
    }
}
