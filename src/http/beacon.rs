//! Visits counted by Cloudflare, where the operator chose that: on which pages. Its
//! script tells the page's address on, so that a page with an invitation's token in
//! its address has none.

use crate::{routes::INVITATION, server::config::Config};
use axum::http::Uri;

/// The token to count a visit of this page with; `None` where nobody counts it.
pub(super) fn token<'a>(config: &'a Config, page: &Uri) -> Option<&'a str> {
    config.analytics_token().filter(|_| !holds_invitation(page))
}

/// Whether an address is an invitation's, or leads to one.
fn holds_invitation(page: &Uri) -> bool {
    let query = page.query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    page.path().contains(INVITATION) || pairs.any(|(_, value)| value.contains(INVITATION))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_invitation_is_told_on() {
        for secret in [
            "/invitation/key",
            "/fr/invitation/key",
            "/sign-in?next=/invitation/key",
            "/fr/sign-in?lang=fr&next=%2Ffr%2Finvitation%2Fkey",
        ] {
            assert!(holds_invitation(&Uri::from_static(secret)), "{secret}");
        }
        for other in ["/", "/gallery?cursor=1", "/sign-in?next=/create"] {
            assert!(!holds_invitation(&Uri::from_static(other)), "{other}");
        }
    }
}
