//! `/readyz`: whether this node can do its work.
//!
//! It needs the site's files (pages without their style and their code are no
//! service), a database that reads and writes, an object store that answers, a
//! spool that takes files, and not to be on its way out. What costs something
//! to find out (the database's one writer, a call to a bucket) is asked for once
//! for everybody who asks within some seconds.

use super::site::Site;
use crate::{server::AppState, store::sessions};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

/// How long an answer about the stores is good for.
const FRESH: Duration = Duration::from_secs(2);
/// A store answers within this, or counts as down.
const PATIENCE: Duration = Duration::from_secs(5);

/// Finds out, and remembers for a moment. Cheap to clone.
#[derive(Clone)]
pub struct Readiness {
    state: AppState,
    site: Site,
    known: Arc<Mutex<Known>>,
}

/// What was found last.
#[derive(Default)]
struct Known {
    /// The stores that failed, and when they were asked.
    stores: Vec<&'static str>,
    stores_at: Option<Instant>,
    /// What the log says is missing.
    said: String,
}

impl Readiness {
    /// Of this node.
    pub fn new(state: AppState, site: Site) -> Readiness {
        Readiness {
            state,
            site,
            known: Arc::default(),
        }
    }

    /// The answer to a probe. What is missing is the log's to say, not the answer's.
    pub async fn answer(&self) -> Response {
        if self.is_ready().await {
            return "ready\n".into_response();
        }
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
    }

    async fn is_ready(&self) -> bool {
        if self.state.shutdown.is_cancelled() {
            return false;
        }
        let mut known = self.known.lock().await;
        let site = self.site.check();
        let is_fresh = known.stores_at.is_some_and(|at| at.elapsed() < FRESH);
        if !is_fresh {
            known.stores = self.missing_stores().await;
            known.stores_at = Some(Instant::now());
        }
        let mut missing = known.stores.join(", ");
        if let Err(error) = site {
            missing = format!("{missing} {error}").trim().to_owned();
        }
        // Said when it changes, because anybody may ask any number of times.
        if missing != known.said {
            if missing.is_empty() {
                tracing::info!("ready again");
            } else {
                tracing::error!(missing, "not ready");
            }
            known.said.clone_from(&missing);
        }
        missing.is_empty()
    }

    /// Whether it reads (a session that nobody has) and would write.
    async fn has_database(&self) -> bool {
        let state = &self.state;
        let read = sessions::find(&state.db, "", state.clock.now_ms()).await;
        read.is_ok() && state.db.ping().await.is_ok()
    }

    /// A folder that is gone would answer as one that is empty.
    async fn has_objects(&self) -> bool {
        let imgc = &self.state.config.imgc;
        if imgc.objects.url.is_none() {
            return tokio::fs::metadata(imgc.data_dir.join("objects"))
                .await
                .is_ok();
        }
        self.state.objects.answers().await
    }

    /// The names of the stores that fail.
    async fn missing_stores(&self) -> Vec<&'static str> {
        let state = &self.state;
        let (database, objects, spool) = tokio::join!(
            timeout(PATIENCE, self.has_database()),
            timeout(PATIENCE, self.has_objects()),
            timeout(PATIENCE, async { state.spool.takes_files().await.is_ok() }),
        );
        [
            ("the database", database),
            ("the object store", objects),
            ("the spool", spool),
        ]
        .into_iter()
        .filter(|(_, found)| !matches!(found, Ok(true)))
        .map(|(name, _)| name)
        .collect()
    }
}
