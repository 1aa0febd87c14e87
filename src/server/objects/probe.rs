//! What `imgc doctor` learns of the object store by using it: an object is
//! written, read, listed and deleted, in each way there is.

use super::{Objects, Place, bucket::delete_by};
use futures::StreamExt;
use object_store::{
    Error, GetOptions, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, path::Path,
};

/// Where the probes are, and what is in them.
const FOLDER: &str = "probe";
/// See [`FOLDER`].
const TEXT: &[u8] = b"probe";

/// What was found. The first four are needed; of the ways to delete, one is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    /// An object is taken.
    pub put: bool,
    /// It is given back as it was.
    pub get: bool,
    /// It is in the listing.
    pub list: bool,
    /// It is gone after the deletion that the service uses.
    pub delete: bool,
    /// Deleting by a request an object; `None` for a local folder.
    pub single_delete: Option<bool>,
    /// Deleting by the request for many; `None` for a local folder.
    pub bulk_delete: Option<bool>,
    /// Of several who create an object one succeeds, which nodes that share a
    /// bucket rely on; `None` for a local folder.
    pub create_only: Option<bool>,
    /// Deleted objects stay as older versions.
    pub keeps_versions: bool,
}

impl Probe {
    /// Whether the store does everything that the service needs.
    pub fn is_well(&self) -> bool {
        self.put && self.get && self.list && self.delete
    }
}

impl Objects {
    /// Tries the store on objects of no meaning.
    pub async fn probe(&self) -> Probe {
        let mut probe = Probe::default();
        let Some((path, version)) = self.put_probe().await else {
            return probe;
        };
        probe.put = true;
        probe.get = match self.store.get(&path).await {
            Ok(got) => got.bytes().await.is_ok_and(|bytes| bytes == TEXT),
            Err(_) => false,
        };
        let listed = self.store.list(Some(&Path::from(FOLDER)));
        probe.list = listed
            .any(|found| {
                let is_ours = found.is_ok_and(|found| found.location == path);
                async move { is_ours }
            })
            .await;
        if let Place::Bucket(bucket) = &self.place {
            probe.single_delete = Some(self.deletes_by(&*bucket.single).await);
            probe.bulk_delete = Some(self.deletes_by(&*bucket.bulk).await);
            probe.create_only = Some(self.probe_create_only().await);
        }
        probe.delete = self.delete(path.as_ref()).await.is_ok();
        if version.is_some() {
            let options = GetOptions {
                version,
                ..GetOptions::default()
            };
            probe.keeps_versions = self.store.get_opts(&path, options).await.is_ok();
        }
        probe
    }

    /// Whether the store keeps an object from being made twice: two who create
    /// it at the same moment, and one who comes too late. Some services ignore
    /// the condition and overwrite; others look first and write afterwards.
    pub async fn probe_create_only(&self) -> bool {
        let path = Path::from(format!("{FOLDER}/{}", uuid::Uuid::now_v7()));
        let create = |text: &'static [u8]| {
            let (payload, options) = (
                PutPayload::from_static(text),
                PutOptions::from(PutMode::Create),
            );
            self.store.put_opts(&path, payload, options)
        };
        let (one, other) = tokio::join!(create(b"one"), create(b"other"));
        let late = create(b"late").await;
        let kept = match self.store.get(&path).await {
            Ok(got) => got.bytes().await.unwrap_or_default(),
            Err(_) => bytes::Bytes::new(),
        };
        // Whatever was found, nothing is left.
        let _ = self.delete(path.as_ref()).await;
        let is_refused = matches!(late, Err(Error::AlreadyExists { .. }));
        let is_kept = match (&one, &other) {
            (Ok(_), Ok(_)) => false,
            (Ok(_), Err(_)) => kept == "one",
            (Err(_), Ok(_)) => kept == "other",
            // The winner's answer was lost, and asked again it was told of itself.
            (Err(_), Err(_)) => kept == "one" || kept == "other",
        };
        if !(is_refused && is_kept) {
            let said = [&one, &other, &late].map(|put| match put {
                Ok(_) => "kept".to_owned(),
                Err(error) => error.to_string(),
            });
            tracing::error!(
                ?said,
                "the object store does not keep to create-only writes"
            );
        }
        is_refused && is_kept
    }

    /// Whether an object is gone that was deleted in this way.
    async fn deletes_by(&self, way: &dyn ObjectStore) -> bool {
        let Some((path, _)) = self.put_probe().await else {
            return false;
        };
        let answered = delete_by(way, &path).await.is_ok();
        let done = answered && self.store.head(&path).await.is_err();
        if !done {
            // The other way, so that nothing stays.
            let _ = self.delete(path.as_ref()).await;
        }
        done
    }

    /// Writes an object, and says which version of it that is; `None` if the
    /// store does not take it.
    async fn put_probe(&self) -> Option<(Path, Option<String>)> {
        let path = Path::from(format!("{FOLDER}/{}", uuid::Uuid::now_v7()));
        match self.store.put(&path, PutPayload::from_static(TEXT)).await {
            Ok(put) => Some((path, put.version)),
            Err(error) => {
                tracing::error!(%error, "the object store did not take a probe");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_store_that_creates_once_passes_and_keeps_nothing() {
        let objects = Objects::in_memory();
        assert!(objects.probe_create_only().await);
        let probe = objects.probe().await;
        assert!(probe.is_well());
        assert_eq!(probe.create_only, Some(true));
        assert_eq!(objects.list(FOLDER).count().await, 0);
    }
}
