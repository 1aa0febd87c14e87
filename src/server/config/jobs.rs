//! The jobs that make pictures.

use serde::{Deserialize, Serialize};

/// How jobs run.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jobs {
    pub concurrency: usize,
    pub per_person: u32,
    pub attempts: u32,
    pub lease_s: u64,
}

impl Default for Jobs {
    fn default() -> Self {
        Jobs {
            concurrency: 4,
            per_person: 2,
            attempts: 4,
            lease_s: 60,
        }
    }
}
