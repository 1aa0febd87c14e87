//! The jobs that make pictures.

use serde::{Deserialize, Serialize};

/// The bounds within which jobs run.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jobs {
    /// Jobs that run at once in all.
    pub concurrency: usize,
    /// Jobs of one person that run at once.
    pub per_person: u32,
    /// Partial pictures that are asked for while one picture is made.
    pub partials: u8,
    /// Number of times a job asks an API that is busy.
    pub attempts: u32,
    /// Seconds after which a silent node's jobs are taken over.
    pub lease_s: u64,
    /// Seconds that requests and jobs under way have when the server is told to end.
    pub drain_s: u64,
}

impl Default for Jobs {
    fn default() -> Self {
        Jobs {
            concurrency: 8,
            per_person: 4,
            partials: 1,
            attempts: 4,
            lease_s: 60,
            drain_s: 30,
        }
    }
}
