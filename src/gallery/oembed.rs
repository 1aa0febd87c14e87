//! oEmbed (oembed.com, 1.0): what another site shows of a picture whose address somebody
//! wrote there.

use super::{atom::escaped, embed};
use crate::{
    error::{AppError, Problem},
    i18n::{self, Locale},
    routes::{OEMBED, PagePath, Route},
    server::{AppState, cards, plain_page},
    store::images::{Author, Image},
};
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use std::fmt::Write;
use url::{Url, form_urlencoded};

/// A frame's size where nobody asks for another, in pixels.
pub const USUAL: (u32, u32) = (640, 720);
/// The largest side that a frame is given, in pixels.
const LARGEST: u32 = 4096;
/// Seconds for which a site may keep the answer.
const KEPT_S: u32 = 300;

/// What is asked for.
struct Asked {
    url: String,
    xml: bool,
    most: (u32, u32),
}

/// Why nothing is asked for that can be answered.
enum Unasked {
    /// A parameter is missing, twice there, or no number.
    Malformed,
    /// Another format than JSON and XML.
    Format,
}

/// `/oembed`: of anything but a public picture's page of this very site it says that there is
/// nothing, in the same way.
pub async fn answer(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let asked = match Asked::read(query.as_deref().unwrap_or_default()) {
        Ok(asked) => asked,
        Err(Unasked::Format) => return StatusCode::NOT_IMPLEMENTED.into_response(),
        Err(Unasked::Malformed) => {
            return plain_page::error(&headers, &AppError::from(Problem::Malformed));
        }
    };
    let origin = state.config.public_origin();
    let Some((locale, id)) = picture_at(&origin, &asked.url) else {
        return plain_page::error(&headers, &AppError::NotFound);
    };
    let (image, author) = match embed::find(&state, &id).await {
        Ok(Some(found)) => found,
        Ok(None) => return plain_page::error(&headers, &AppError::NotFound),
        Err(error) => return plain_page::error(&headers, &error),
    };
    let said = described(&state, locale, &image, &author, asked.most);
    let (kind, text) = match asked.xml {
        true => ("text/xml; charset=utf-8", as_xml(&said)),
        false => ("application/json", Value::Object(said).to_string()),
    };
    let mut response = ([(header::CONTENT_TYPE, kind)], text).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, super::atom::ASK_AGAIN);
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    response
}

impl Asked {
    fn read(query: &str) -> Result<Asked, Unasked> {
        let (mut url, mut format, mut width, mut height) = (None, None, None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = match &*name {
                "url" => &mut url,
                "format" => &mut format,
                "maxwidth" => &mut width,
                "maxheight" => &mut height,
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return Err(Unasked::Malformed);
            }
        }
        let xml = match format.as_deref() {
            None | Some("json") => false,
            Some("xml") => true,
            Some(_) => return Err(Unasked::Format),
        };
        let side = |given: Option<String>| match given.map(|text| text.parse::<u32>()) {
            None => Ok(None),
            Some(Ok(side)) if side > 0 => Ok(Some(side.min(LARGEST))),
            Some(_) => Err(Unasked::Malformed),
        };
        let (width, height) = (side(width)?, side(height)?);
        Ok(Asked {
            url: url
                .filter(|url| !url.is_empty())
                .ok_or(Unasked::Malformed)?,
            xml,
            most: (
                width.map_or(USUAL.0, |width| width.min(LARGEST)),
                height.unwrap_or(match width {
                    Some(_) => LARGEST,
                    None => USUAL.1,
                }),
            ),
        })
    }
}

/// The picture whose page is at this address of this very site, and the page's language.
fn picture_at(origin: &str, address: &str) -> Option<(Locale, String)> {
    let (own, asked) = (Url::parse(origin).ok()?, Url::parse(address).ok()?);
    let is_ours = asked.scheme() == own.scheme()
        && asked.host_str() == own.host_str()
        && asked.port_or_known_default() == own.port_or_known_default()
        && asked.username().is_empty()
        && asked.password().is_none();
    if !is_ours {
        return None;
    }
    let (locale, path) = i18n::split(asked.path());
    let begins = Route::Image("").path();
    let id = path.strip_prefix(begins.as_str())?;
    uuid::Uuid::parse_str(id).ok()?;
    Some((locale, id.to_owned()))
}

/// What is said of a picture.
fn described(
    state: &AppState,
    locale: Locale,
    image: &Image,
    author: &Author,
    most: (u32, u32),
) -> Map<String, Value> {
    let origin = state.config.public_origin();
    let title = cards::named(locale, image, state.config.demo).title;
    let (width, height) = embed::frame_size((image.width, image.height), most);
    let mut said = Map::new();
    let mut say = |name: &str, value: Value| said.insert(name.to_owned(), value);
    say("version", json!("1.0"));
    say("type", json!("rich"));
    say("title", json!(title));
    say("author_name", json!(author.name));
    say("provider_name", json!("imgc"));
    say("provider_url", json!(origin));
    say("cache_age", json!(KEPT_S));
    say("width", json!(width));
    say("height", json!(height));
    let code = embed::code(&origin, locale, &image.id, &title, (width, height));
    say("html", json!(code));
    // No larger than was asked for either.
    let renditions = cards::open_card(image, false).renditions;
    let fits = |width: u32| width <= most.0 && scaled_height(image, width) <= most.1;
    if let Some(thumbnail) = renditions.iter().rev().find(|r| fits(r.width)) {
        say("thumbnail_url", json!(format!("{origin}{}", thumbnail.src)));
        say("thumbnail_width", json!(thumbnail.width));
        say(
            "thumbnail_height",
            json!(scaled_height(image, thumbnail.width)),
        );
    }
    said
}

fn scaled_height(image: &Image, width: u32) -> u32 {
    let whole = u64::from(image.width.max(1));
    let height = (u64::from(width) * u64::from(image.height) + whole / 2) / whole;
    u32::try_from(height).unwrap_or(u32::MAX).max(1)
}

fn as_xml(said: &Map<String, Value>) -> String {
    let mut xml =
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n<oembed>\n".to_owned();
    for (name, value) in said {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let _ = writeln!(xml, "<{name}>{}</{name}>", escaped(&text));
    }
    xml.push_str("</oembed>\n");
    xml
}

/// Where it is said what other sites show of this page, as JSON and as XML.
pub fn discovery(origin: &str, page: &PagePath, locale: Locale) -> [(&'static str, String); 2] {
    let address = format!("{origin}{}", page.address(locale));
    let url: String = form_urlencoded::byte_serialize(address.as_bytes()).collect();
    [
        ("json", "application/json+oembed"),
        ("xml", "text/xml+oembed"),
    ]
    .map(|(format, kind)| (kind, format!("{origin}{OEMBED}?format={format}&url={url}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0199c5a0-0000-7000-8000-000000000001";

    #[test]
    fn only_a_pictures_page_of_this_very_site_is_meant() {
        let at = |address: &str| picture_at("https://imgc.example", address).map(|(_, id)| id);
        for good in ["", "/fr"] {
            let address = format!("https://imgc.example{good}/i/{ID}?show=1#x");
            assert_eq!(at(&address).as_deref(), Some(ID), "{address}");
        }
        let https = format!("https://imgc.example:443/i/{ID}");
        assert_eq!(at(&https).as_deref(), Some(ID));
        for bad in [
            format!("http://imgc.example/i/{ID}"),
            format!("https://imgc.example:8443/i/{ID}"),
            format!("https://imgc.example.evil/i/{ID}"),
            format!("https://evil/https://imgc.example/i/{ID}"),
            format!("https://imgc.example@evil/i/{ID}"),
            format!("https://me@imgc.example/i/{ID}"),
            format!("//imgc.example/i/{ID}"),
            format!("javascript:alert(1)//imgc.example/i/{ID}"),
            format!("https://imgc.example/u/{ID}"),
            format!("https://imgc.example/i/{ID}/"),
            "https://imgc.example/i/x".to_owned(),
            "https://imgc.example/i/".to_owned(),
            String::new(),
        ] {
            assert_eq!(at(&bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_asked_for_is_read_once_and_within_bounds() {
        let read = |query: &str| Asked::read(query).map(|asked| (asked.xml, asked.most));
        assert!(matches!(read("url=a"), Ok((false, USUAL))));
        assert!(matches!(
            read("url=a&format=xml&maxwidth=200"),
            Ok((true, (200, LARGEST)))
        ));
        assert!(matches!(
            read("url=a&maxwidth=9999999"),
            Ok((false, (LARGEST, _)))
        ));
        assert!(matches!(read("url=a&format=yaml"), Err(Unasked::Format)));
        for bad in [
            "",
            "url=",
            "url=a&url=b",
            "url=a&maxwidth=0",
            "url=a&maxheight=-1",
            "url=a&maxwidth=x",
        ] {
            assert!(matches!(read(bad), Err(Unasked::Malformed)), "{bad}");
        }
    }
}
