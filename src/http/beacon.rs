//! Visits counted by Cloudflare, where the operator chose that: on which pages. Its
//! script tells the page's address on, so that a page whose address is a key (an
//! invitation's, an unlisted picture's and that of its report) has none.

use crate::{
    routes::{INVITATION, REPORT, UNLISTED},
    server::config::Config,
};
use axum::http::Uri;

/// The token to count a visit of this page with; `None` where nobody counts it.
pub(super) fn token<'a>(config: &'a Config, page: &Uri) -> Option<&'a str> {
    config.analytics_token().filter(|_| !holds_key(page))
}

/// Whether an address is a key, or leads to one.
fn holds_key(page: &Uri) -> bool {
    let query = page.query().unwrap_or_default();
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    [INVITATION, UNLISTED, REPORT].iter().any(|secret| {
        page.path().contains(secret) || pairs.iter().any(|(_, value)| value.contains(secret))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_told_on() {
        for secret in [
            "/invitation/key",
            "/fr/invitation/key",
            "/u/key",
            "/fr/u/key?show=1",
            "/report/key?kept=x",
            "/sign-in?next=%2Fu%2Fkey",
            "/sign-in?next=/invitation/key",
            "/fr/sign-in?lang=fr&next=%2Ffr%2Finvitation%2Fkey",
        ] {
            assert!(holds_key(&Uri::from_static(secret)), "{secret}");
        }
        for other in ["/", "/gallery?cursor=1", "/sign-in?next=/create"] {
            assert!(!holds_key(&Uri::from_static(other)), "{other}");
        }
    }
}
