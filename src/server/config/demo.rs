//! The demo that a first run serves.

use serde::{Deserialize, Serialize};

/// The built-in services of the demo.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Demo {
    /// The TCP port of the demo's provider and painter; `None`: one above the site's.
    pub port: Option<u16>,
    /// Milliseconds the painter takes to seem thoughtful.
    pub pace_ms: u64,
    /// The pixels of a picture the painter really paints, at most; larger ones
    /// are scaled up. Less is quicker and softer.
    pub painted_pixels: u32,
}

impl Default for Demo {
    fn default() -> Self {
        Demo {
            port: None,
            pace_ms: 4000,
            painted_pixels: 3_000_000,
        }
    }
}
