//! `/robots.txt` and `/sitemap.xml`.

use crate::{
    server::{AppState, context::localised, plain_page},
    store::images,
};
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use std::fmt::Write;

/// Public pages that always exist.
const PAGES: [&str; 2] = ["/", "/gallery"];
const LANGUAGES: [&str; 2] = ["en", "fr"];

/// What crawlers may read, and where the map is.
pub async fn robots(State(state): State<AppState>) -> Response {
    let origin = state.config.public_origin();
    let mut text = String::from("User-agent: *\n");
    for lang in LANGUAGES {
        for private in ["/create", "/library", "/jobs/", "/sign-in"] {
            let _ = writeln!(text, "Disallow: {}", localised(lang, private));
        }
    }
    let _ = write!(
        text,
        "Disallow: /api/\nDisallow: /auth/\nAllow: /\n\nSitemap: {origin}/sitemap.xml\n"
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
    for page in PAGES {
        entry(&mut xml, &origin, page, None);
    }
    // 50,000 addresses a file is the format's limit; two languages share it.
    for (id, published_at_ms) in published.iter().take(24_000) {
        entry(
            &mut xml,
            &origin,
            &format!("/i/{id}"),
            Some(*published_at_ms),
        );
    }
    xml.push_str("</urlset>\n");
    (
        [(header::CONTENT_TYPE, "application/xml; charset=utf-8")],
        xml,
    )
        .into_response()
}

fn entry(xml: &mut String, origin: &str, path: &str, changed_ms: Option<i64>) {
    for lang in LANGUAGES {
        let _ = writeln!(xml, "<url><loc>{origin}{}</loc>", localised(lang, path));
        for other in LANGUAGES {
            let _ = writeln!(
                xml,
                "<xhtml:link rel=\"alternate\" hreflang=\"{other}\" href=\"{origin}{}\"/>",
                localised(other, path)
            );
        }
        if let Some(ms) = changed_ms {
            let _ = writeln!(xml, "<lastmod>{}</lastmod>", iso_date(ms));
        }
        xml.push_str("</url>\n");
    }
}

/// `YYYY-MM-DD` in UTC.
fn iso_date(ms: i64) -> String {
    // Days to a civil date, after Howard Hinnant's `civil_from_days`.
    let days = ms.div_euclid(86_400_000) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
