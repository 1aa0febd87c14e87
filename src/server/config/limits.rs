//! What may be used.

use serde::{Deserialize, Serialize};

/// What a person, an address and the whole service may use.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    pub pictures_per_day: u32,
    pub active_jobs: u32,
    pub spend_per_day_usd: f64,
    pub requests_per_minute: u32,
    pub sign_ins_per_minute: u32,
    pub jobs_per_minute: u32,
    pub reports_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            pictures_per_day: 50,
            active_jobs: 10,
            spend_per_day_usd: 20.0,
            requests_per_minute: 600,
            sign_ins_per_minute: 20,
            jobs_per_minute: 20,
            reports_per_minute: 5,
        }
    }
}
