//! Limits of use.

use crate::model::allowance::{Allowance, of_dollars};
use serde::{Deserialize, Serialize};

/// Limits of a person's, a network address's and the whole service's use.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Pictures a person may make a day (UTC).
    pub pictures_per_day: u32,
    /// Unfinished requests a person may have, however many pictures each asks for.
    pub active_jobs: u32,
    /// Dollars the whole service may spend a day (UTC).
    pub spend_per_day_usd: f64,
    /// Dollars a person may spend a calendar month (UTC). Absent is no such limit; 0 lets
    /// nobody spend anything, but for those whom an administrator allows more.
    pub person_spend_per_month_usd: Option<f64>,
    /// Requests a network address may make a minute.
    pub requests_per_minute: u32,
    /// Sign-ins a network address may begin a minute.
    pub sign_ins_per_minute: u32,
    /// Requests a person may send a minute, however many pictures each asks for.
    pub jobs_per_minute: u32,
    /// Reports of children's accounts a network address may send a minute.
    pub reports_per_minute: u32,
    /// Sign-ins that may begin a minute, from wherever.
    pub sign_ins_per_minute_in_all: u32,
    /// Reports of children's accounts taken a minute, from wherever.
    pub reports_per_minute_in_all: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            pictures_per_day: 50,
            active_jobs: 10,
            spend_per_day_usd: 20.0,
            person_spend_per_month_usd: None,
            requests_per_minute: 600,
            sign_ins_per_minute: 20,
            jobs_per_minute: 20,
            reports_per_minute: 5,
            sign_ins_per_minute_in_all: 3000,
            reports_per_minute_in_all: 60,
        }
    }
}

impl Limits {
    /// What one person may use where nothing else was set for them.
    pub fn per_person(&self) -> Allowance {
        Allowance {
            pictures_per_day: Some(self.pictures_per_day),
            micros_per_month: self.person_spend_per_month_usd.map(of_dollars),
        }
    }

    /// Micro-dollars the whole service may spend a day (UTC).
    pub fn service_micros_per_day(&self) -> i64 {
        (self.spend_per_day_usd * 1_000_000.0) as i64
    }
}
