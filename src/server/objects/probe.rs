//! What `imgc doctor` learns of the object store by using it: an object is
//! written, read, listed and deleted, in each way there is.

use super::{Objects, Place, bucket::delete_by};
use futures::StreamExt;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt, PutPayload, path::Path};

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
