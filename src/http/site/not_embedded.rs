//! A binary without the site in it: what `cargo build` makes in a checkout.

use super::Files;
use std::sync::Arc;

/// The site inside the binary: none.
pub fn embedded() -> Option<Arc<Files>> {
    None
}
