//! The headers every answer carries, refusals and panics included: the content
//! security policy above all, who may keep a copy, and what an answer depends on.
//!
//! This layer stands around all that can answer, so that nothing leaves without; what
//! lies finished in memory (`finished`) has had its head completed here.

use crate::{
    http::{beacon, transitions},
    server::{
        AppState,
        config::{Config, is_watching, processors::CLOUDFLARE_ANALYTICS},
        media::NO_STORE,
        secrets,
        session::Cookie,
    },
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// What is the same in every answer.
const PROMISED: [(HeaderName, HeaderValue); 5] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
        ),
    ),
];

/// For what every stranger gets: a copy may be kept, and is asked for again.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
/// What the policy calls the page's one inline style by.
static STYLE: LazyLock<String> = LazyLock::new(|| hash_source(transitions::STYLE.as_bytes()));
/// What an answer of ours may depend on: who asks, what they take, their language.
const DEPENDS_ON: [&str; 4] = ["Accept", "Accept-Encoding", "Accept-Language", "Cookie"];
/// The content type of pages.
const PAGES: [&[u8]; 1] = [b"text/html"];
/// What is written as it comes, and of no use once a proxy has held it back.
const STREAMS: [&[u8]; 2] = [b"text/event-stream", b"application/zip"];

/// The nonce that lets our own inline scripts run in this answer.
#[derive(Clone)]
pub struct CspNonce(pub String);

/// Adds the headers every answer carries.
pub async fn add_headers(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let nonce = secrets::random_slug();
    request.extensions_mut().insert(CspNonce(nonce.clone()));
    // A part is asked for with GET and nothing else (RFC 9110, 14.2).
    if *request.method() != Method::GET {
        request.headers_mut().remove(header::RANGE);
    }
    let asked = Asked {
        nonce: &nonce,
        counted: beacon::token(&state.config, request.uri()).is_some(),
        known: Cookie::any_is_in(&state.config, request.headers()),
    };
    let mut response = next.run(request).await;
    let status = response.status();
    complete(status, response.headers_mut(), &state.config, &asked);
    response
}

/// As [`complete`], for the answer that every stranger is given.
pub(super) fn complete_for_strangers(headers: &mut HeaderMap, config: &Config) {
    // What is given to all has a policy of its own, without a nonce.
    complete(StatusCode::OK, headers, config, &Asked::default());
}

/// What an answer's headers depend on besides the answer.
#[derive(Default)]
struct Asked<'a> {
    nonce: &'a str,
    /// Whether somebody else counts a visit of this page.
    counted: bool,
    /// Whether whoever asked sent a cookie of ours.
    known: bool,
}

/// Adds to an answer's headers what they lack.
fn complete(status: StatusCode, headers: &mut HeaderMap, config: &Config, asked: &Asked<'_>) {
    for (name, value) in PROMISED {
        headers.entry(name).or_insert(value);
    }
    if config.is_https() {
        // What is below this name is the operator's to speak for.
        let value = HeaderValue::from_static("max-age=63072000");
        headers
            .entry(header::STRICT_TRANSPORT_SECURITY)
            .or_insert(value);
    }
    set_policy(headers, asked);
    if is_of_kind(headers, &STREAMS) {
        // nginx holds answers back in files of its own unless it is told.
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    }
    set_caching(status, headers, asked.known);
}

/// The same, as lines of a head, for refusals that are made before there is a
/// request for this layer to see.
pub fn of_refusals(config: &Config) -> String {
    let mut headers = HeaderMap::new();
    // No page, so that no nonce is of use to it.
    let asked = Asked::default();
    complete(StatusCode::BAD_REQUEST, &mut headers, config, &asked);
    headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap_or_default()))
        .collect()
}

fn is_of_kind(headers: &HeaderMap, kinds: &[&[u8]]) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kinds.iter().any(|one| kind.as_bytes().starts_with(one)))
}

/// A page may load what is ours; anything else is no page and loads nothing. An
/// answer that has a stricter policy keeps it, and is framed by nobody either.
fn set_policy(headers: &mut HeaderMap, asked: &Asked<'_>) {
    let given = headers.get(header::CONTENT_SECURITY_POLICY);
    let policy = match given.and_then(|policy| policy.to_str().ok()) {
        Some(given) if given.contains("frame-ancestors") => return,
        Some(given) => format!("{given}; frame-ancestors 'none'"),
        None if is_of_kind(headers, &PAGES) => {
            let nonce = format!("'nonce-{}'", asked.nonce);
            page_policy(&nonce, asked.counted)
        }
        None => "default-src 'none'; frame-ancestors 'none'".to_owned(),
    };
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Says who may keep the answer and what it depends on. What says so of itself
/// (files of the site, pictures) is believed, unless it sets a cookie.
fn set_caching(status: StatusCode, headers: &mut HeaderMap, known: bool) {
    let sets_cookie = headers.contains_key(header::SET_COOKIE);
    let stored = |value: &HeaderValue| {
        let value = value.to_str().unwrap_or_default();
        !value.contains("no-store")
    };
    let given = headers.get(header::CACHE_CONTROL);
    let for_everybody = given.is_some_and(stored) && !sets_cookie;
    if given.is_none() || (sets_cookie && given.is_some_and(stored)) {
        let answers = status.is_success() || status == StatusCode::NOT_MODIFIED;
        let same_for_strangers = answers && !known && !sets_cookie;
        let caching = if same_for_strangers {
            ASK_AGAIN
        } else {
            NO_STORE
        };
        headers.insert(header::CACHE_CONTROL, caching);
    }
    // What is for everybody still depends on how it was packed.
    let packed = headers.contains_key(header::CONTENT_ENCODING);
    let depends_on: &[&str] = match (for_everybody, packed) {
        (false, _) => &DEPENDS_ON,
        (true, true) => &["Accept-Encoding"],
        (true, false) => &[],
    };
    merge_vary(headers, depends_on);
}

/// Puts what the layers below said an answer depends on, and `more`, in one
/// header, each once.
fn merge_vary(headers: &mut HeaderMap, more: &[&str]) {
    let mut names: Vec<String> = more.iter().map(|&name| name.to_owned()).collect();
    for value in headers.get_all(header::VARY) {
        for name in value.to_str().unwrap_or_default().split(',') {
            let name = name.trim();
            if !name.is_empty() && !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                names.push(name.to_owned());
            }
        }
    }
    if let Ok(value) = HeaderValue::from_str(&names.join(", "))
        && !names.is_empty()
    {
        headers.insert(header::VARY, value);
    }
}

/// What a policy calls an inline script or style by: the hash of its text.
pub(super) fn hash_source(text: &[u8]) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

/// A page's policy; `scripts` says which inline scripts are ours, by a nonce or by
/// their hashes.
pub(super) fn page_policy(scripts: &str, analytics: bool) -> String {
    // cargo-leptos' live reload speaks over a socket of its own.
    let reload = if is_watching() {
        " ws://127.0.0.1:* ws://localhost:*"
    } else {
        ""
    };
    // Only where the operator chose it; the privacy policy then names it.
    let (script, beacon) = if analytics {
        (
            format!(" https://{CLOUDFLARE_ANALYTICS}"),
            " https://cloudflareinsights.com",
        )
    } else {
        (String::new(), "")
    };
    let style = STYLE.as_str();
    format!(
        "default-src 'none'; script-src 'self' {scripts} 'wasm-unsafe-eval'{script}; \
         style-src 'self' {style}; img-src 'self' blob: data:; font-src 'self'; manifest-src 'self'; \
         connect-src 'self'{reload}{beacon}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        headers
    }

    fn cached(status: StatusCode, pairs: &[(HeaderName, &'static str)], known: bool) -> String {
        let mut headers = headers(pairs);
        set_caching(status, &mut headers, known);
        assert!(headers.get_all(header::VARY).iter().count() <= 1);
        headers[header::CACHE_CONTROL]
            .to_str()
            .expect("text")
            .to_owned()
    }

    #[test]
    fn what_depends_on_somebody_is_kept_by_nobody() {
        let ok = StatusCode::OK;
        assert_eq!(cached(ok, &[], false), "no-cache");
        assert_eq!(cached(ok, &[], true), "private, no-store");
        assert_eq!(
            cached(StatusCode::NOT_FOUND, &[], false),
            "private, no-store"
        );
        let cookie = (header::SET_COOKIE, "imgc=1");
        assert_eq!(
            cached(ok, std::slice::from_ref(&cookie), false),
            "private, no-store"
        );
        let public = (header::CACHE_CONTROL, "public, max-age=300");
        assert_eq!(
            cached(ok, std::slice::from_ref(&public), true),
            "public, max-age=300"
        );
        assert_eq!(
            cached(ok, &[public, cookie.clone()], false),
            "private, no-store"
        );
        let stream = (header::CACHE_CONTROL, "no-store, no-transform");
        assert_eq!(
            cached(ok, &[stream, cookie], true),
            "no-store, no-transform"
        );
    }

    #[test]
    fn an_inline_text_is_called_by_its_hash() {
        let hash = "'sha256-+Q3dsIT3kYyYXlBldxY4Baal1kEoF6cDrlPvZn4iLYs='";
        assert_eq!(hash_source(b"let a=1"), hash);
    }

    #[test]
    fn what_an_answer_depends_on_is_said_once() {
        let mut said = headers(&[
            (header::VARY, "accept-encoding"),
            (header::VARY, "Origin, COOKIE"),
        ]);
        merge_vary(&mut said, &DEPENDS_ON);
        let all: Vec<&HeaderValue> = said.get_all(header::VARY).iter().collect();
        assert_eq!(
            all,
            ["Accept, Accept-Encoding, Accept-Language, Cookie, Origin"]
        );
    }
}
