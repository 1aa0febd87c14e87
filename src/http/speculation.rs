//! Speculation rules: which pages a browser may fetch while a pointer rests on
//! their link, so that a click shows them at once. It needs no script, and browsers
//! that do not know it follow links as ever.
//!
//! For strangers alone, and public pages alone: what a browser has fetched it shows
//! for minutes, also after a sign-out in another tab. Such a fetch says what it is
//! (`Sec-Purpose`) and counts as no visit, nor does the click that it serves.

use crate::{
    i18n::LANGUAGES,
    routes::{Route, served_public},
    server::{config::Config, session::Cookie},
};
use axum::http::HeaderMap;
use serde_json::json;
use std::sync::LazyLock;

/// How sure a browser is to be that a link will be followed: a pointer that rests on
/// it for a moment, or a press.
const EAGERNESS: &str = "moderate";

/// The rules, as the page's inline script has them.
static RULES: LazyLock<String> = LazyLock::new(|| {
    let all = || {
        let pages = Route::public("*").map(Route::path).into_iter();
        pages.chain(served_public("*"))
    };
    let pages = LANGUAGES
        .iter()
        .flat_map(|(locale, _)| all().map(|page| page.address(*locale)));
    let pages: Vec<String> = pages.collect();
    let rule = json!({ "where": { "href_matches": pages }, "eagerness": EAGERNESS });
    json!({ "prefetch": [rule] }).to_string()
});

/// The rules for whoever sends these headers; none for who sends a cookie of ours.
pub(super) fn rules(config: &Config, headers: &HeaderMap) -> Option<&'static str> {
    (!Cookie::any_is_in(config, headers)).then_some(RULES.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_pages_alone_are_fetched_ahead_in_every_language() {
        let rules: serde_json::Value = serde_json::from_str(&RULES).expect("JSON");
        let matches = &rules["prefetch"][0]["where"]["href_matches"];
        let has = |address: &str| {
            matches
                .as_array()
                .is_some_and(|all| all.contains(&json!(address)))
        };
        assert!(has("/") && has("/fr") && has("/fr/gallery") && has("/i/*") && has("/@*"));
        for route in [Route::Create, Route::Library, Route::Account, Route::SignIn] {
            assert!(!has(route.path().as_str()), "{route:?}");
        }
    }
}
