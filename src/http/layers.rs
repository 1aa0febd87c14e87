//! What every request passes before a route, outermost first: `finished` gives what
//! lies finished in memory and sends all other requests on, `trace` gives one
//! an id and a line in the log, `headers` gives every answer its policy, refusals
//! included, `rate_limit` finds out its client and holds it to its limits,
//! `addresses` sends other names of a page to the one that counts, `csrf` refuses
//! writes from other sites, `body_limit` what is too large, `refusals` gives
//! errors their status and words, and `redirects` keeps the answers of forms on
//! this site.

pub mod addresses;
pub mod body_limit;
pub mod csrf;
pub mod finished;
pub mod headers;
pub mod kept_pages;
pub mod rate_limit;
pub mod redirects;
pub mod refusals;
pub mod trace;

use axum::http::Method;

/// Whether a method changes nothing.
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}
