//! Pages that are the same for every stranger are drawn once and kept as finished
//! answers, until something changes that strangers see.
//!
//! Nobody whom a cookie of ours makes known is given one, and nothing is kept that
//! was drawn for them. A page is kept by its language, its path, and the parameters
//! it knows; it is drawn without the others, which make no page of their own.

use super::headers::{CspNonce, hash_source, page_policy};
use crate::{
    gallery::asked::{CURSOR, List, PERIOD, SORT, WORDS},
    i18n,
    routes::{self, Route, served_public},
    server::{
        AppState,
        config::Config,
        incident,
        kept::{Encoding, Page, PageKey},
        media,
        session::Cookie,
    },
    store::public_lists::At,
};
use axum::{
    body::{Body, to_bytes},
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use leptos_router::params::ParamsMap;

/// More than any page is long, in bytes.
const PAGE_MAX: usize = 8 * 1024 * 1024;
/// A longer parameter is none of ours, in bytes.
const PARAMETER_MAX: usize = 200;
/// What a page tells one reader: it is shown as it is drawn, and not kept.
const TOLD: [&str; 3] = ["error", "done", "show"];

/// Answers strangers with what is kept.
pub async fn keep(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let Some(key) = key(&state, &request) else {
        return next.run(request).await;
    };
    let encoding = Encoding::accepted(request.headers());
    let known = known_tags(request.headers());
    let policy = Policy::of(&state.config, &request);
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("", MatchedPath::as_str).to_owned();
    let request = as_drawn(request, &key);
    let drawn = async {
        let drawn = draw(policy, encoding, request, next).await;
        drawn.map(|(headers, bytes)| Page::new(route, headers, bytes))
    };
    let page = state.kept.pages.get(&key, drawn).await;
    match page {
        Ok(page) => {
            page.answer(encoding, |tag| media::is_known(&known, tag))
                .await
        }
        Err(other) => other,
    }
}

/// What the page that is asked for is kept by; `None` for what is not kept.
fn key(state: &AppState, request: &Request) -> Option<PageKey> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) || !state.kept.pages.keeps() {
        return None;
    }
    let route = request.extensions().get::<MatchedPath>()?;
    let (_, route) = i18n::split(route.as_str());
    let list = Paged::of(&route);
    let mut public = Route::public("{id}").into_iter();
    if list == Paged::Nothing && !public.any(|page| page.is(&route)) {
        return None;
    }
    let headers = request.headers();
    if Cookie::any_is_in(&state.config, headers) {
        return None;
    }
    // Another spelling of the same address: drawn, so that it makes no entry of its own.
    if request.uri().path().contains('%') {
        return None;
    }
    let query = query(request.uri().query().unwrap_or_default(), list)?;
    let mut address = request.uri().path().to_owned();
    if !query.is_empty() {
        address = format!("{address}?{query}");
    }
    Some(PageKey {
        version: state.db.public().current()?,
        address,
        offered: offered(headers),
    })
}

/// The language that a browser asks for first, which the page may offer.
pub(super) fn offered(headers: &HeaderMap) -> Option<&'static str> {
    let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    i18n::accepted(accepted).map(i18n::code)
}

/// What of a query a page knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Paged {
    /// Nothing: it is one page.
    Nothing,
    /// An order, a period, and where it begins.
    Gallery,
    /// Where it begins.
    Tag,
    /// Where it begins, in words that are another list's.
    Other,
}

impl Paged {
    /// Of the page with this route.
    fn of(route: &str) -> Paged {
        if Route::Gallery.is(route) {
            Paged::Gallery
        } else if routes::tag("{id}").as_str() == route {
            Paged::Tag
        } else if served_public("{id}")
            .iter()
            .any(|page| page.as_str() == route)
        {
            Paged::Other
        } else {
            Paged::Nothing
        }
    }
}

/// The query that a page knows, in the one spelling that the page's own links have; `None`
/// for a page that is not kept: one that tells something, or what no such link leads to,
/// among that all that is looked for, of which there is no end.
fn query(query: &str, paged: Paged) -> Option<String> {
    let mut known = ParamsMap::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if TOLD.contains(&&*name) {
            return None;
        }
        let is_known = match paged {
            Paged::Nothing => false,
            Paged::Gallery => [SORT, PERIOD, CURSOR, WORDS].contains(&&*name),
            Paged::Tag | Paged::Other => name == CURSOR,
        };
        if !is_known {
            continue;
        }
        // Which of two a page would take is its own affair.
        if known.get_str(&name).is_some() || value.len() > PARAMETER_MAX {
            return None;
        }
        known.insert(name.into_owned(), value.into_owned());
    }
    let list = match paged {
        Paged::Nothing => return Some(String::new()),
        Paged::Other => {
            let cursor = known.get(CURSOR).filter(|cursor| !cursor.is_empty());
            return Some(cursor.map_or_else(String::new, |cursor| {
                let cursor: String =
                    url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
                format!("{CURSOR}={cursor}")
            }));
        }
        Paged::Gallery => List::read(&known)?,
        // Whichever it is, it stands in the path.
        Paged::Tag => List::Tag(String::new()),
    };
    if matches!(list, List::Words(_)) {
        return None;
    }
    let cursor = known.get(CURSOR).filter(|cursor| !cursor.is_empty());
    if let Some(cursor) = &cursor
        && list.place(cursor)? == At::START
    {
        return None;
    }
    let page = list.page(cursor.as_deref());
    let query = page
        .as_str()
        .split_once('?')
        .map(|(_, query)| query.to_owned());
    Some(query.unwrap_or_default())
}

/// The tags that the client says it has.
fn known_tags(headers: &HeaderMap) -> HeaderMap {
    let mut known = HeaderMap::new();
    for tag in headers.get_all(header::IF_NONE_MATCH) {
        known.append(header::IF_NONE_MATCH, tag.clone());
    }
    known
}

/// The request as whoever asks first makes it for all: of a page, whole, unpacked,
/// with no more in its address than the page is kept by, and nothing of who asks.
fn as_drawn(mut request: Request, key: &PageKey) -> Request {
    *request.method_mut() = Method::GET;
    if let Ok(address) = key.address.parse::<Uri>() {
        *request.uri_mut() = address;
    }
    let page = header::HeaderValue::from_static("text/html");
    request.headers_mut().insert(header::ACCEPT, page);
    for name in [
        header::ACCEPT_ENCODING,
        header::REFERER,
        header::USER_AGENT,
        header::IF_NONE_MATCH,
        header::IF_MODIFIED_SINCE,
        header::RANGE,
    ] {
        request.headers_mut().remove(name);
    }
    request
}

/// Draws a page: its headers and its bytes. An answer that is not to be kept is the
/// error.
async fn draw(
    policy: Policy,
    encoding: Encoding,
    request: Request,
    next: Next,
) -> Result<(HeaderMap, Bytes), Response> {
    let (mut parts, body) = next.run(request).await.into_parts();
    let Ok(bytes) = to_bytes(body, PAGE_MAX).await else {
        let error = incident::internal("a page", &"it broke off, or is too long");
        return Err(error.into_response());
    };
    let is_page = parts
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let is_one_persons = parts.headers.contains_key(header::SET_COOKIE)
        || parts.headers.contains_key(header::CACHE_CONTROL);
    let kept = (parts.status == StatusCode::OK && is_page && !is_one_persons)
        .then(|| policy.without_nonce(&bytes))
        .flatten();
    if let Some((bytes, policy)) = kept {
        parts
            .headers
            .insert(header::CONTENT_SECURITY_POLICY, policy);
        return Ok((parts.headers, bytes));
    }
    let (encoding, bytes) = encoding.pack(bytes).await;
    parts.headers.remove(header::CONTENT_LENGTH);
    if let Some(packed) = encoding.header() {
        parts.headers.insert(header::CONTENT_ENCODING, packed);
        let vary = header::HeaderValue::from_static("Accept-Encoding");
        parts.headers.append(header::VARY, vary);
    }
    Err(Response::from_parts(parts, Body::from(bytes)))
}

/// What lets a kept page's inline scripts run: their hashes, where every other
/// answer has a nonce of its own.
struct Policy {
    nonce: Option<String>,
    analytics: bool,
}

impl Policy {
    fn of(config: &Config, request: &Request) -> Policy {
        let nonce = request.extensions().get::<CspNonce>();
        Policy {
            nonce: nonce.map(|nonce| nonce.0.clone()),
            analytics: config.analytics_token().is_some(),
        }
    }

    /// The page without its nonce, and the policy with the hashes of the scripts
    /// that had it: only we know it, so that a script of somebody else's gets no
    /// hash. `None` if there is no telling.
    fn without_nonce(&self, page: &Bytes) -> Option<(Bytes, header::HeaderValue)> {
        let nonce = self.nonce.as_deref()?;
        let text = std::str::from_utf8(page).ok()?;
        let mark = format!(" nonce=\"{nonce}\"");
        let mut hashes: Vec<String> = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find("<script") {
            let (tag, after) = rest[at..].split_once('>')?;
            rest = after;
            if !tag.contains(&mark) || tag.contains(" src=") {
                continue;
            }
            let end = rest.find("</script")?;
            let hash = hash_source(&rest.as_bytes()[..end]);
            if !hashes.contains(&hash) {
                hashes.push(hash);
            }
            rest = &rest[end..];
        }
        let bare = text.replace(&mark, "");
        // In some place that is no attribute: left to be drawn for each reader.
        if bare.contains(nonce) {
            return None;
        }
        let policy = page_policy(&hashes.join(" "), self.analytics);
        let policy = header::HeaderValue::from_str(&policy).ok()?;
        Some((bare.into(), policy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_that_a_page_knows_are_what_it_is_kept_by() {
        use Paged::{Gallery, Nothing, Tag};
        let kept = |asked: &str, paged| query(asked, paged);
        let some = |known: &str| Some(known.to_owned());
        assert_eq!(kept("", Gallery), some(""));
        assert_eq!(kept("utm_source=x&fbclid=1", Gallery), some(""));
        assert_eq!(
            kept("utm=1&cursor=new%2Dall-7", Gallery),
            some("cursor=new-all-7")
        );
        assert_eq!(kept("cursor=new-all-7", Nothing), some(""));
        assert_eq!(kept("cursor=&sort=&q=", Gallery), some(""));
        assert_eq!(
            kept("period=week&x=1&cursor=liked-week-7-2&sort=liked", Gallery),
            some("sort=liked&period=week&cursor=liked-week-7-2")
        );
        assert_eq!(kept("sort=newest&period=all", Gallery), some(""));
        assert_eq!(
            kept("cursor=tag-all-7&sort=liked", Tag),
            some("cursor=tag-all-7")
        );
        for none in [
            "cursor=new-all-7&cursor=new-all-8",
            "error=too_late",
            "%65rror=too_late",
            "q=fox",
            "sort=best",
            "period=hour",
            "cursor=x",
            "cursor=liked-week-7-2",
            "cursor=new-all-07",
            "cursor=1764500000000-0199b1c2-7a3e-7000-8000-000000000001",
        ] {
            assert_eq!(kept(none, Gallery), None, "{none}");
        }
        assert_eq!(kept("show=1", Nothing), None);
        assert_eq!(kept(&format!("cursor={}", "a".repeat(201)), Gallery), None);
    }

    #[test]
    fn only_scripts_with_the_nonce_are_allowed() {
        let policy = Policy {
            nonce: Some("N123".into()),
            analytics: false,
        };
        let page = "<script nonce=\"N123\">let a=1</script><script>theirs()</script>\
            <script type=\"module\" nonce=\"N123\">let b=2</script><link nonce=\"N123\" href=x>\
            <script nonce=\"N123\" src=\"/a.js\"></script>";
        let (bare, policy) = policy.without_nonce(&page.into()).expect("a page");
        assert!(!String::from_utf8_lossy(&bare).contains("nonce"));
        let policy = policy.to_str().expect("text");
        let hash = |script: &str| hash_source(script.as_bytes());
        assert!(policy.contains(&hash("let a=1")) && policy.contains(&hash("let b=2")));
        assert!(!policy.contains(&hash("theirs()")));
        let scripts = policy.split(';').find(|rule| rule.contains("script-src"));
        assert_eq!(scripts.map_or(0, |rule| rule.matches("sha256-").count()), 2);
        assert!(!policy.contains("nonce"));
    }

    #[test]
    fn a_page_that_says_its_nonce_elsewhere_is_not_kept() {
        let policy = Policy {
            nonce: Some("N123".into()),
            analytics: false,
        };
        assert!(policy.without_nonce(&"<p>N123</p>".into()).is_none());
    }
}
