//! Objects in an S3-compatible bucket. S3 has two ways to delete: a request an
//! object, and one for many. Services lack the one or the other, refuse its
//! headers, or answer well and keep the object: one way is tried, then the
//! other, and what is still there afterwards was not deleted.

use super::{FileError, ObjectsError};
use crate::server::{config::Objects as Settings, tls};
use futures::FutureExt;
use object_store::{
    ClientOptions, Error, ObjectStore, ObjectStoreExt, RetryConfig, aws::AmazonS3Builder,
    path::Path, prefix::PrefixStore,
};
use secrecy::ExposeSecret;
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use url::Url;

/// A private store answers within this, or counts as down.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A deletion is tried again by the outbox, so it need not be patient itself.
const DELETION_RETRIES: usize = 4;
/// See [`DELETION_RETRIES`].
const DELETION_PATIENCE: Duration = Duration::from_secs(20);

/// A bucket, and the two ways to delete from it.
#[derive(Clone)]
pub(super) struct Bucket {
    /// For everything but deletions.
    pub(super) store: Arc<dyn ObjectStore>,
    /// Deletes by a request an object, which every S3 service is to know.
    pub(super) single: Arc<dyn ObjectStore>,
    /// Deletes by the request for many.
    pub(super) bulk: Arc<dyn ObjectStore>,
}

impl Bucket {
    /// Opens the bucket at an address `s3://bucket/prefix`.
    pub(super) fn open(settings: &Settings, url: &str) -> Result<Bucket, ObjectsError> {
        let impatient = || RetryConfig {
            max_retries: DELETION_RETRIES,
            retry_timeout: DELETION_PATIENCE,
            ..RetryConfig::default()
        };
        Ok(Bucket {
            store: client(settings, url, false, RetryConfig::default())?,
            single: client(settings, url, false, impatient())?,
            bulk: client(settings, url, true, impatient())?,
        })
    }

    /// Deletes an object; when this returns it is gone.
    pub(super) async fn delete(&self, path: &Path) -> Result<(), FileError> {
        let mut refusals = Vec::new();
        for (way, store) in [("single", &self.single), ("bulk", &self.bulk)] {
            match delete_by(&**store, path).await {
                Ok(()) if self.has(path).await => {
                    refusals.push(format!(
                        "{way}: answered well, and the object is still there"
                    ));
                }
                Ok(()) => return Ok(()),
                Err(error) => refusals.push(format!("{way}: {error}")),
            }
        }
        tracing::error!(?refusals, "the object store did not delete an object");
        Err(FileError::Failed)
    }

    /// Whether the bucket certainly has an object. One that cannot be asked (a
    /// key without the right to) is believed.
    pub(super) async fn has(&self, path: &Path) -> bool {
        self.single.head(path).await.is_ok()
    }
}

/// Deletes by one of the two ways. One that is gone already is no error. The
/// library trips over an answer that names other objects than it was asked for.
pub(super) async fn delete_by(store: &dyn ObjectStore, path: &Path) -> Result<(), String> {
    match AssertUnwindSafe(store.delete(path)).catch_unwind().await {
        Ok(Ok(()) | Err(Error::NotFound { .. })) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("its answer makes no sense".to_owned()),
    }
}

fn client(
    settings: &Settings,
    url: &str,
    bulk: bool,
    retry: RetryConfig,
) -> Result<Arc<dyn ObjectStore>, ObjectsError> {
    let rest = url.strip_prefix("s3://").ok_or(ObjectsError::Address)?;
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    // The configuration's check says whether that host may be spoken to so.
    let plain_http = settings
        .endpoint
        .as_deref()
        .and_then(|endpoint| Url::parse(endpoint).ok())
        .is_some_and(|endpoint| endpoint.scheme() == "http");
    tls::install();
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(name)
        .with_region(settings.region.as_deref().unwrap_or("auto"))
        .with_allow_http(plain_http)
        .with_disable_bulk_delete(!bulk)
        .with_retry(retry)
        .with_client_options(
            ClientOptions::new()
                .with_timeout(TIMEOUT)
                .with_allow_http(plain_http),
        );
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    if let Some(id) = &settings.access_key_id {
        builder = builder.with_access_key_id(id);
    }
    if let Some(key) = &settings.secret_access_key {
        builder = builder.with_secret_access_key(key.expose_secret());
    }
    let store = builder.build().map_err(ObjectsError::Store)?;
    Ok(if prefix.is_empty() {
        Arc::new(store)
    } else {
        Arc::new(PrefixStore::new(store, prefix))
    })
}
