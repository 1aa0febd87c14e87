//! Figures for the operator's monitoring, as Prometheus reads them: what was counted
//! since the start, and how things stand when they are asked for.
//!
//! Nothing here tells of whom: no label holds what somebody sent or is known by, and
//! each is one of a list that the program was built with. What is counted with each
//! request is a few numbers in memory that no lock guards.

mod histogram;
mod requests;
mod scrape;

pub use requests::{Requests, RouteOf};
pub use scrape::{Format, scrape};

use super::{config::Config, image_api::ImageApiError};
use crate::model::FailureKind;
use histogram::{Histogram, Lengths};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Seconds that the image API's answers are sorted by.
const CALL_SECONDS: &[f64] = &[
    1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0,
];

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// One more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is counted.
pub struct Metrics {
    /// Requests; `None` where nobody asks for the figures.
    pub requests: Option<Requests>,
    ready: Count,
    cancelled: Count,
    /// By the place of their kind in [`FailureKind::ALL`].
    failed: [Count; FailureKind::ALL.len()],
    /// By the place of their outcome in [`OUTCOMES`].
    calls: [Histogram; OUTCOMES.len()],
}

/// How a call of the image API ended.
const OUTCOMES: [&str; 4] = ["answered", "refused", "busy", "lost"];

impl Metrics {
    /// With nothing counted.
    pub fn new(config: &Config) -> Metrics {
        let listens = config.imgc.metrics.listen.is_some();
        Metrics {
            requests: listens.then(|| Requests::new(&config.leptos.site_pkg_dir)),
            ready: Count::default(),
            cancelled: Count::default(),
            failed: Default::default(),
            calls: OUTCOMES.map(|_| Histogram::new(CALL_SECONDS)),
        }
    }

    /// A job's pictures are in the library.
    pub fn job_ready(&self) {
        self.ready.add();
    }

    /// A job was cancelled by its owner.
    pub fn job_cancelled(&self) {
        self.cancelled.add();
    }

    /// A job ended without a picture.
    pub fn job_failed(&self, kind: FailureKind) {
        let place = FailureKind::ALL.iter().position(|one| *one == kind);
        if let Some(count) = place.and_then(|place| self.failed.get(place)) {
            count.add();
        }
    }

    /// The image API was asked, and this came of it after so long.
    pub fn image_api_called<T>(&self, came: &Result<T, ImageApiError>, took: Duration) {
        let outcome = match came {
            Ok(_) => 0,
            Err(ImageApiError::Refused { .. }) => 1,
            Err(ImageApiError::Busy { .. }) => 2,
            Err(ImageApiError::Lost) => 3,
        };
        self.calls[outcome].observe(took);
    }
}
