//! What may be kept in memory.

use serde::{Deserialize, Serialize};

/// The room for what strangers ask for again and again. 0 keeps nothing.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cache {
    /// Mebibytes for finished pages.
    pub pages_mb: u32,
    /// Mebibytes for renditions and cards of published pictures.
    pub pictures_mb: u32,
}

impl Default for Cache {
    fn default() -> Self {
        Cache {
            pages_mb: 8,
            pictures_mb: 16,
        }
    }
}
