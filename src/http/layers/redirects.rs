//! Where the answers of plain forms may lead: to our own pages.

use crate::{
    error::{AppError, Problem},
    model::local_path::LocalPath,
    server::{AppState, config::Config},
    wire,
};
use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use base64::{Engine, engine::general_purpose::URL_SAFE};
use url::Url;

/// Keeps the redirects of server functions on this site.
pub async fn sanitize(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_call = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    if is_call {
        sanitize_redirect(&state.config, &mut response);
    }
    response
}

/// Leptos sends a plain form whose fields it cannot read back to the `Referer`,
/// whatever that is, with the error in the query. Ours goes to our own pages,
/// with the error where they look for it.
fn sanitize_redirect(config: &Config, response: &mut Response) {
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
        .filter(|(url, base)| url.origin() == base.origin());
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
    let fragment = url.fragment().map(|f| format!("#{f}")).unwrap_or_default();
    LocalPath::of_any_length(&format!("{}{query}{fragment}", url.path()))
        .map_or_else(|| "/".to_owned(), String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "/\t/evil.example",
            "/%09/evil.example",
            "/x/..//evil.example",
            "/i/\\evil.example",
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
}
