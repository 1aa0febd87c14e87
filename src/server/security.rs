//! What every request passes before a route: who sent it, how often, from
//! where, how large; and the headers every answer carries.

use super::{AppState, config::Config, incident, plain_page};
use crate::{
    auth::{events, session::Visitor},
    error::{AppError, Problem},
    generate::references::intake,
    legal::processors::CLOUDFLARE_ANALYTICS,
    wire,
};
use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE};
use http_body_util::Limited;
use ipnet::IpNet;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Instant,
};
use tracing::Instrument;
use url::Url;

/// The largest form, in bytes; and the composer's, whose prompt may hold
/// 32,000 characters of any script, percent-encoded.
const BODY_MAX: usize = 64 * 1024;
const COMPOSER_BODY_MAX: usize = 512 * 1024;
/// The largest form with pictures: sixteen of the largest, and the composer's
/// words. It is streamed to the disk, one file at a time.
const UPLOADS_BODY_MAX: usize = 16 * 25 * 1024 * 1024 + COMPOSER_BODY_MAX;

/// The nonce that lets our own inline scripts run in this answer.
#[derive(Clone)]
pub struct CspNonce(pub String);

/// The address the request came from, seen through trusted proxies only.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddr(pub IpAddr);

/// Gives the request an id, a log span and a line when it is answered. The
/// query is left out: it can hold an authorization code.
pub async fn trace(request: Request, next: Next) -> Response {
    let id = incident::new_id();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let span = tracing::info_span!("request", id, %method, path);
    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        if status >= 500 {
            tracing::error!(status, ms, "answered");
        } else {
            tracing::debug!(status, ms, "answered");
        }
    });
    if let Ok(id) = HeaderValue::from_str(&id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}

/// Finds out the client's address and holds it to its limits.
pub async fn limit(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |c| c.0.ip());
    let client = client_addr(peer, request.headers(), &state.config.imgc.trusted_proxies);
    request.extensions_mut().insert(ClientAddr(client));
    let path = request.uri().path();
    // Files are cheap, and one page of a gallery asks for dozens.
    let is_file = [
        "/pkg/",
        "/media/",
        "/files/",
        "/uploads/",
        "/healthz",
        "/readyz",
    ]
    .iter()
    .any(|p| path.starts_with(p));
    let allowed = if path == "/auth/start" {
        state.limits.sign_in(client)
    } else if is_file {
        Ok(())
    } else {
        state.limits.request(client)
    };
    match allowed {
        Ok(()) => next.run(request).await,
        Err(retry_after_s) => {
            plain_page::error(request.headers(), &AppError::TooMany { retry_after_s })
        }
    }
}

/// The rightmost hop that is not a trusted proxy; what stands left of it is
/// the client's own invention.
fn client_addr(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(&ip.to_canonical()));
    if !is_trusted(&peer) {
        return peer;
    }
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .collect();
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        let Ok(ip) = hop.trim().parse::<IpAddr>() else {
            break;
        };
        client = ip;
        if !is_trusted(&ip) {
            break;
        }
    }
    client
}

/// Refuses writes from other sites, bodies too large, and (in the demo, which
/// trusts whoever reaches it) names other than its own.
pub async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if state.config.demo
        && let Some(response) = wrong_host(&state.config, &request)
    {
        return response;
    }
    if is_safe(request.method())
        && let Some(response) = without_trailing_slash(&request)
    {
        return response;
    }
    if !is_safe(request.method())
        && !is_same_origin(&state.config, request.headers())
        && !is_shared_by_the_person(&request)
        // Signed by the identity provider, and of no browser's session.
        && request.uri().path() != events::PATH
    {
        tracing::warn!("a write from another site was refused");
        let mut response =
            plain_page::error(request.headers(), &AppError::from(Problem::Malformed));
        *response.status_mut() = StatusCode::FORBIDDEN;
        return response;
    }
    let (most, error) = body_limit(request.uri().path());
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > most) {
        let mut response = plain_page::error(request.headers(), &error);
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return response;
    }
    let is_call = request.uri().path().starts_with("/api/");
    let mut response = next
        .run(request.map(|body| Body::new(Limited::new(body, most))))
        .await;
    if is_call {
        keep_at_home(&state.config, &mut response);
    }
    response
}

/// The largest body a path takes, in bytes, and what is said of a larger one.
fn body_limit(path: &str) -> (usize, AppError) {
    match path {
        "/uploads" | "/share" => (UPLOADS_BODY_MAX, intake::broken_off()),
        "/api/generate" | "/api/draft" | "/api/change" | "/api/collection" => {
            (COMPOSER_BODY_MAX, too_long())
        }
        _ => (BODY_MAX, too_long()),
    }
}

fn too_long() -> AppError {
    Problem::PromptTooLong { limit: 32_000 }.into()
}

/// Leptos sends a plain form whose fields it cannot read back to the `Referer`,
/// whatever that is, with the error in the query. Ours goes to our own pages,
/// with the error where they look for it.
fn keep_at_home(config: &Config, response: &mut Response) {
    let Some(location) = response.headers().get(header::LOCATION) else {
        return;
    };
    let home = safe_location(&config.public_origin(), location.to_str().unwrap_or("/"));
    let home = HeaderValue::from_str(&home).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, home);
}

/// The path and query of an address of ours; anything else is the home page.
fn safe_location(origin: &str, location: &str) -> String {
    let ours = Url::parse(origin)
        .and_then(|base| Ok((base.join(location)?, base)))
        .ok()
        .filter(|(url, base)| url.origin() == base.origin() && !url.path().starts_with("//"));
    let Some((mut url, _)) = ours else {
        return "/".to_owned();
    };
    let mut kept = Vec::new();
    for (name, value) in url.query_pairs() {
        match name.as_ref() {
            "__path" => {}
            "__err" => {
                let bytes = URL_SAFE.decode(value.as_bytes()).unwrap_or_default();
                let error = wire::from_bytes(bytes).unwrap_or(Problem::Malformed.into());
                kept.push(("error".to_owned(), AppError::to_query(&error)));
            }
            "error" => {}
            _ => kept.push((name.into_owned(), value.into_owned())),
        }
    }
    if location.contains("__err") {
        url.query_pairs_mut().clear().extend_pairs(kept);
    }
    let query = url.query().map(|q| format!("?{q}")).unwrap_or_default();
    format!("{}{query}", url.path())
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// `Sec-Fetch-Site: same-origin`; where a browser is too old to send it, an
/// exact `Origin`; nothing at all is refused.
fn is_same_origin(config: &Config, headers: &HeaderMap) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => headers
            .get(header::ORIGIN)
            .is_some_and(|origin| origin.as_bytes() == config.public_origin().as_bytes()),
    }
}

/// What an app shares with the installed imgc is sent by the browser itself:
/// `none` is a value no site can make it send.
fn is_shared_by_the_person(request: &Request) -> bool {
    request.uri().path() == "/share"
        && request
            .headers()
            .get("sec-fetch-site")
            .is_some_and(|site| site == "none")
}

/// `/fr/` and the like are the pages without the slash: one address a page.
fn without_trailing_slash(request: &Request) -> Option<Response> {
    let path = request.uri().path();
    let trimmed = path.trim_end_matches('/');
    if trimmed.len() == path.len() || trimmed.is_empty() || trimmed.starts_with("//") {
        return None;
    }
    let query = request.uri().query();
    let query = query.map(|q| format!("?{q}")).unwrap_or_default();
    let location = HeaderValue::from_str(&format!("{trimmed}{query}")).ok()?;
    Some(
        (
            StatusCode::PERMANENT_REDIRECT,
            [(header::LOCATION, location)],
        )
            .into_response(),
    )
}

/// Another name for this machine (`localhost`, or a hostile one that resolves
/// to it) is sent to the address the demo's sign-in knows.
fn wrong_host(config: &Config, request: &Request) -> Option<Response> {
    let origin = config.public_origin();
    let ours = origin.split_once("://").map_or("", |(_, host)| host);
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    if host == ours {
        return None;
    }
    if !is_safe(request.method()) {
        return Some(StatusCode::MISDIRECTED_REQUEST.into_response());
    }
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str());
    let location = HeaderValue::from_str(&format!("{origin}{path}")).ok()?;
    Some(
        (
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, location)],
        )
            .into_response(),
    )
}

/// Adds the headers every answer carries.
pub async fn headers(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let nonce = super::secrets::public_key();
    request.extensions_mut().insert(CspNonce(nonce.clone()));
    let personal = request
        .extensions()
        .get::<Visitor>()
        .is_some_and(Visitor::has_cookie);
    let mut response = next.run(request).await;
    let is_html = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|v| v.as_bytes().starts_with(b"text/html"));
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if !headers.contains_key(&name)
            && let Ok(value) = HeaderValue::from_str(value)
        {
            headers.insert(name, value);
        }
    };
    set(
        header::CONTENT_SECURITY_POLICY,
        &if is_html {
            page_policy(&nonce, state.config.analytics_token().is_some())
        } else {
            "default-src 'none'; frame-ancestors 'none'".to_owned()
        },
    );
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    );
    if state.config.is_https() {
        set(
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=63072000; includeSubDomains",
        );
    }
    if is_html || personal {
        set(
            header::CACHE_CONTROL,
            if personal {
                "private, no-store"
            } else {
                "no-cache"
            },
        );
        set(header::VARY, "Cookie, Accept-Encoding, Accept-Language");
    }
    response
}

fn page_policy(nonce: &str, analytics: bool) -> String {
    // cargo-leptos' live reload speaks over a socket of its own.
    let reload = if super::config::is_watching() {
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
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'{script}; \
         style-src 'self'; img-src 'self' blob: data:; font-src 'self'; manifest-src 'self'; \
         connect-src 'self'{reload}{beacon}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen_as(peer: &str, forwarded: &str) -> String {
        let mut headers = HeaderMap::new();
        if !forwarded.is_empty() {
            headers.insert("x-forwarded-for", forwarded.parse().expect("a header"));
        }
        let trusted = ["10.0.0.0/8".parse().expect("a network")];
        client_addr(peer.parse().expect("an address"), &headers, &trusted).to_string()
    }

    #[test]
    fn forwarding_headers_count_only_from_trusted_proxies() {
        assert_eq!(seen_as("203.0.113.9", "198.51.100.1"), "203.0.113.9");
        assert_eq!(seen_as("10.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(
            seen_as("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2"),
            "198.51.100.1"
        );
        assert_eq!(seen_as("10.0.0.1", "198.51.100.1, nonsense"), "10.0.0.1");
        assert_eq!(seen_as("10.0.0.1", ""), "10.0.0.1");
    }

    #[test]
    fn redirects_of_forms_stay_at_home() {
        let origin = "http://127.0.0.1:3000";
        let safe = |location: &str| safe_location(origin, location);
        assert_eq!(safe("/fr/jobs/1?a=b"), "/fr/jobs/1?a=b");
        assert_eq!(safe("http://127.0.0.1:3000/create"), "/create");
        for elsewhere in [
            "https://evil.example/",
            "//evil.example",
            "http://127.0.0.1:3000.evil.example/",
            "http://127.0.0.1:3000//evil.example",
            "javascript:alert(1)",
        ] {
            assert_eq!(safe(elsewhere), "/", "{elsewhere}");
        }
        let error = AppError::from(Problem::EmptyPrompt);
        let leptos = URL_SAFE.encode(wire::to_bytes(&error));
        let back = safe(&format!("{origin}/create?__path=%2Fapi&__err={leptos}"));
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("error", &error.to_query())
            .finish();
        assert_eq!(back, format!("/create?{query}"));
    }

    #[test]
    fn writes_need_proof_of_their_origin() {
        let config = Config::from_parts("", &|_| None).expect("the demo");
        let check = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            is_same_origin(&config, &headers)
        };
        let ours = "http://127.0.0.1:3000";
        assert!(check(&[("sec-fetch-site", "same-origin")]));
        assert!(check(&[("origin", ours)]));
        assert!(!check(&[]));
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(
                !check(&[("sec-fetch-site", site), ("origin", ours)]),
                "{site}"
            );
        }
        for origin in [
            "null",
            "http://127.0.0.1:3000.evil.example",
            "https://127.0.0.1:3000",
        ] {
            assert!(!check(&[("origin", origin)]), "{origin}");
        }
    }
}
