//! The headers every answer carries: the content security policy above all.

use crate::server::{
    AppState,
    config::{is_watching, processors::CLOUDFLARE_ANALYTICS},
    secrets,
    session::Visitor,
};
use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

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
        // What is below this name is the operator's to speak for.
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000");
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
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'{script}; \
         style-src 'self'; img-src 'self' blob: data:; font-src 'self'; manifest-src 'self'; \
         connect-src 'self'{reload}{beacon}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}
