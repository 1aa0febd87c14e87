//! `/readyz`: whether this node can do its work.
//!
//! It needs the site's files (pages without their style and their code are no
//! service), a database that reads and writes, an object store that answers, a
//! spool that takes files, and not to be on its way out. What costs something
//! to find out (the database's one writer, a call to a bucket) is asked for once
//! for everybody who asks within some seconds. A database and a bucket that nodes
//! share are only asked: with as many writes as there are probes of nodes, the
//! probes would be most of what they do.

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
    /// What failed, and when it was looked at.
    missing: Vec<String>,
    looked_at: Option<Instant>,
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
        let is_fresh = known.looked_at.is_some_and(|at| at.elapsed() < FRESH);
        if !is_fresh {
            known.missing = self.missing().await;
            known.looked_at = Some(Instant::now());
        }
        let missing = known.missing.join(", ");
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

    /// Whether it reads (a session that nobody has) and would write; where nodes
    /// share it, whether it answers.
    async fn has_database(&self) -> bool {
        let state = &self.state;
        if state.db.is_shared() {
            return state.db.ping().await.is_ok();
        }
        let read = sessions::find(&state.db, "", state.clock.now_ms()).await;
        read.is_ok() && state.db.ping().await.is_ok()
    }

    /// Whether answers could be kept: on a disk of this machine, or in the bucket,
    /// which is asked as the object store.
    async fn has_spool(&self) -> bool {
        self.state.db.is_shared() || self.state.spool.takes_files().await.is_ok()
    }

    /// What is wrong with the site's files, which are looked at off the thread.
    async fn site_fault(&self) -> Option<String> {
        let site = self.site.clone();
        let check = move || site.check().err().map(|error| error.to_string());
        let found = tokio::task::spawn_blocking(check).await;
        found.unwrap_or_else(|error| Some(error.to_string()))
    }

    /// What fails, by name.
    async fn missing(&self) -> Vec<String> {
        let state = &self.state;
        let (site, database, objects, spool) = tokio::join!(
            self.site_fault(),
            timeout(PATIENCE, self.has_database()),
            timeout(PATIENCE, state.objects.answers()),
            timeout(PATIENCE, self.has_spool()),
        );
        let stores = [
            ("the database", database),
            ("the object store", objects),
            ("the spool", spool),
        ]
        .into_iter()
        .filter(|(_, found)| !matches!(found, Ok(true)))
        .map(|(name, _)| name.to_owned());
        stores.chain(site).collect()
    }
}
