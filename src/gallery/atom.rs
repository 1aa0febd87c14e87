//! Feeds of public pictures (Atom, RFC 4287): the newest of a list, for readers of feeds.
//! A feed is drawn for whoever asks, so that nothing stands in it that was taken back.

use crate::{
    i18n::{self, Locale, td_string},
    routes::{PagePath, Route},
    server::{AppState, cards, media},
    store::images::{Author, Image},
    ui::{format, image_card::fallback_source},
};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use std::{
    fmt::Write,
    time::{Duration, UNIX_EPOCH},
};

/// Pictures in a feed.
pub const FEED_PICTURES: u32 = 24;
/// The media type of a feed.
pub const ATOM: &str = "application/atom+xml";
/// Whoever keeps a copy asks whether it is still so; a cache that many share, after seconds.
pub(super) const ASK_AGAIN: HeaderValue =
    HeaderValue::from_static("public, max-age=0, must-revalidate, s-maxage=2");
/// When a feed without a picture changed, Unix milliseconds: it never did.
const NEVER_MS: i64 = 0;

/// A list of public pictures as a feed.
pub struct Feed {
    /// The language it is in.
    pub locale: Locale,
    /// What it is called.
    pub title: String,
    /// Its own address.
    pub own: PagePath,
    /// The page that shows the same list.
    pub page: PagePath,
    /// The pictures, the newest first. Sensitive ones are left out here.
    pub pictures: Vec<(Image, Author)>,
}

/// Answers with a feed, or says that the reader has it. Whether it does goes by the tag of
/// what is in it alone: what is taken back changes no date.
pub fn answer(state: &AppState, headers: &HeaderMap, feed: &Feed) -> Response {
    let (xml, updated_ms) = drawn(state, feed);
    let hash = Sha256::digest(xml.as_bytes());
    let tag: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let tag = format!("\"{tag}\"");
    let mut response = if media::is_known(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = format!("{ATOM}; charset=utf-8");
        ([(header::CONTENT_TYPE, kind)], xml).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, ASK_AGAIN);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    let updated = Duration::from_millis(updated_ms.unsigned_abs());
    let updated = httpdate::fmt_http_date(UNIX_EPOCH + updated);
    if let Ok(updated) = HeaderValue::from_str(&updated) {
        headers.insert(header::LAST_MODIFIED, updated);
    }
    response
}

/// The feed's text, and when the newest of its pictures was published (Unix milliseconds).
fn drawn(state: &AppState, feed: &Feed) -> (String, i64) {
    let Feed { locale, .. } = *feed;
    let origin = state.config.public_origin();
    let pictures = feed.pictures.iter().filter(|(image, _)| {
        // Nobody was asked whether they want to see it.
        image.public_slug.is_some() && !image.sensitive && !image.unlisted
    });
    let updated_ms = pictures
        .clone()
        .filter_map(|(image, _)| image.published_at_ms)
        .max()
        .unwrap_or(NEVER_MS);
    let page = format!("{origin}{}", feed.page.address(locale));
    let own = format!("{origin}{}", feed.own.address(locale));
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" \
         xmlns:media=\"http://search.yahoo.com/mrss/\" xml:lang=\"{}\">\n\
         <id>{}</id>\n<title>{}</title>\n<updated>{}</updated>\n\
         <link rel=\"self\" type=\"{ATOM}\" href=\"{}\"/>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n\
         <generator>imgc</generator>\n",
        i18n::code(locale),
        escaped(&page),
        escaped(&feed.title),
        format::iso(updated_ms),
        escaped(&own),
        escaped(&page),
    );
    for (image, author) in pictures {
        entry(&mut xml, state, locale, image, author);
    }
    xml.push_str("</feed>\n");
    (xml, updated_ms)
}

fn entry(xml: &mut String, state: &AppState, locale: Locale, image: &Image, author: &Author) {
    let origin = state.config.public_origin();
    let painted = state.config.demo;
    let card = cards::open_card(image, false);
    let page = format!("{origin}{}", Route::Image(&image.id).address(locale));
    let picture = format!("{origin}{}", fallback_source(&card.renditions));
    let small = card
        .renditions
        .first()
        .map(|rendition| rendition.src.as_str());
    let small = format!("{origin}{}", small.unwrap_or_default());
    let named = cards::named(locale, image, painted);
    let made = match painted {
        true => td_string!(locale, picture.painted),
        false => td_string!(locale, picture.made_with_ai),
    };
    let at = format::iso(image.published_at_ms.unwrap_or(NEVER_MS));
    let (width, height) = (image.width, image.height);
    // What reads feeds shows this as a page of its own, so that it is whole.
    let html = format!(
        "<p><a href=\"{0}\"><img src=\"{1}\" width=\"{width}\" height=\"{height}\" alt=\"{2}\"></a></p>\
         <p>{3}</p>",
        escaped(&page),
        escaped(&picture),
        escaped(&named.alt),
        escaped(made),
    );
    let _ = writeln!(
        xml,
        "<entry>\n<id>urn:uuid:{}</id>\n<title>{}</title>\n<updated>{at}</updated>\n\
         <published>{at}</published>\n<author><name>{}</name></author>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n\
         <media:content url=\"{}\" medium=\"image\">\n\
         <media:description type=\"plain\">{}</media:description>\n\
         <media:thumbnail url=\"{}\"/>\n</media:content>\n\
         <content type=\"html\">{}</content>\n</entry>",
        escaped(&image.id),
        escaped(&named.title),
        escaped(&author.name),
        escaped(&page),
        escaped(&picture),
        escaped(&named.alt),
        escaped(&small),
        escaped(&html),
    );
}

/// Text as it may stand in XML, in elements and in quoted attributes: without the characters
/// that XML has no place for.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\t' | '\n' | '\r' => safe.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_anything_but_text() {
        let text = "a <b> & \"c\" \u{0}\u{b}\u{1b}\u{ffff}é 🦊";
        assert_eq!(escaped(text), "a &lt;b&gt; &amp; &quot;c&quot; é 🦊");
    }
}
