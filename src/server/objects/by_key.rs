//! Objects by their keys alone: the spool and the ledger of erasures, which no
//! row names. What they are is told from their bytes, so that a copy of one has
//! the right type wherever it goes.

use super::{FileError, Listed, ObjectKey, Objects, failed, listed};
use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutPayload, path::Path};

impl Objects {
    /// Keeps an object, unless there is one of this name: of all who try at the
    /// same time one succeeds. False if somebody else's is there; one with the
    /// same bytes is ours, whose answer was lost.
    pub async fn create(&self, key: &str, bytes: Bytes) -> Result<bool, FileError> {
        let path = Path::from(key);
        let options = self.put_options(PutMode::Create, content_type(key, &bytes));
        let payload = PutPayload::from_bytes(bytes.clone());
        match self.store.put_opts(&path, payload, options).await {
            Ok(_) => Ok(true),
            Err(Error::AlreadyExists { .. }) => match self.get_at(key).await {
                Ok(there) => Ok(there == bytes),
                // Refused, and nothing is there: two at the same moment, or one
                // that is deleted meanwhile. It is to be tried again.
                Err(_) => Err(FileError::Failed),
            },
            Err(error) => Err(failed(&error)),
        }
    }

    /// Keeps an object under this key; when this returns it is safe.
    pub async fn put_at(&self, key: &str, bytes: Bytes) -> Result<(), FileError> {
        let options = self.put_options(PutMode::Overwrite, content_type(key, &bytes));
        let payload = PutPayload::from_bytes(bytes);
        let path = Path::from(key);
        let put = self.store.put_opts(&path, payload, options).await;
        put.map(|_| ()).map_err(|error| failed(&error))
    }

    /// The whole object at this key.
    pub async fn get_at(&self, key: &str) -> Result<Bytes, FileError> {
        let path = Path::from(key);
        let got = self.store.get(&path).await;
        let got = got.map_err(|error| failed(&error))?;
        got.bytes().await.map_err(|error| failed(&error))
    }

    /// Copies an object, with its type, to its place in the store. In a bucket
    /// its bytes do not travel.
    pub async fn copy(&self, from: &str, to: ObjectKey<'_>) -> Result<(), FileError> {
        self.copy_at(from, &to.path()).await
    }

    /// As [`Objects::copy`], to any key.
    pub async fn copy_at(&self, from: &str, to: &str) -> Result<(), FileError> {
        let (from, to) = (Path::from(from), Path::from(to));
        let copied = self.store.copy(&from, &to).await;
        copied.map_err(|error| failed(&error))
    }

    /// The objects of a folder whose keys come after this one, which need not be
    /// there.
    pub fn list_after(
        &self,
        folder: &str,
        after: &str,
    ) -> BoxStream<'static, Result<Listed, FileError>> {
        let (folder, after) = (Path::from(folder), Path::from(after));
        let found = self.store.list_with_offset(Some(&folder), &after);
        found.map(listed).boxed()
    }

    /// The names of the folders in a folder. In a bucket these are the names
    /// that stand before another slash, so that none is empty.
    pub async fn list_folders(&self, folder: &str) -> Result<Vec<String>, FileError> {
        let folder = Path::from(folder);
        let found = self.store.list_with_delimiter(Some(&folder)).await;
        let found = found.map_err(|error| failed(&error))?;
        let names = found.common_prefixes.iter().filter_map(Path::filename);
        Ok(names.map(str::to_owned).collect())
    }
}

/// The media type of what is written under a key: a list's, or a picture's as
/// its header tells.
fn content_type(key: &str, bytes: &[u8]) -> &'static str {
    if key.ends_with(".json") {
        return "application/json";
    }
    match imgc_pictures::identify(bytes) {
        Ok(picture) => picture.format.content_type(),
        Err(_) => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::TryStreamExt;
    use object_store::Attribute;

    /// The header of a GIF of one pixel, and nothing behind it.
    const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x00\x00\x00";

    #[tokio::test]
    async fn of_two_who_create_an_object_one_does_and_the_other_learns_of_it() {
        let objects = Objects::in_memory();
        let (one, other) = tokio::join!(
            objects.create("spool/a", "one".into()),
            objects.create("spool/a", "other".into()),
        );
        let (one, other) = (one.expect("asked"), other.expect("asked"));
        assert!(one != other);
        let kept = objects.get_at("spool/a").await.expect("there");
        assert_eq!(kept, if one { "one" } else { "other" });
        // Who tries again because the answer was lost has succeeded.
        assert!(objects.create("spool/a", kept).await.expect("asked"));
        let missing = objects.get_at("spool/b").await;
        assert_eq!(missing.err(), Some(FileError::Missing));
    }

    #[tokio::test]
    async fn a_copy_keeps_its_bytes_and_its_type() {
        let objects = Objects::in_memory();
        let image = "0190-test";
        let key = ObjectKey::Original {
            image,
            format: "gif",
        };
        let bytes = Bytes::from_static(GIF);
        assert!(
            objects
                .create("spool/a/0", bytes.clone())
                .await
                .expect("kept")
        );
        objects.copy("spool/a/0", key).await.expect("copied");
        let copy = objects
            .store
            .get(&Path::from(key.path()))
            .await
            .expect("there");
        let kind = copy.attributes.get(&Attribute::ContentType);
        assert_eq!(kind.map(|kind| kind.as_ref()), Some("image/gif"));
        assert_eq!(copy.bytes().await.expect("read"), bytes);
        let missing = objects.copy("spool/a/1", key).await;
        assert_eq!(missing.err(), Some(FileError::Missing));
        assert_eq!(content_type("a/manifest.json", b"{}"), "application/json");
        assert_eq!(content_type("a/0", b"no"), "application/octet-stream");
    }

    #[tokio::test]
    async fn listings_begin_where_they_are_told_to() {
        let objects = Objects::in_memory();
        for key in ["log/1-a", "log/2-a", "log/3-a", "logs/9", "log/in/4"] {
            objects.put_at(key, "x".into()).await.expect("kept");
        }
        let found: Vec<Listed> = objects
            .list_after("log", "log/2")
            .try_collect()
            .await
            .expect("listed");
        let keys: Vec<&str> = found.iter().map(|found| found.key.as_str()).collect();
        assert_eq!(keys, ["log/2-a", "log/3-a", "log/in/4"]);
        assert_eq!(objects.list_folders("log").await.expect("listed"), ["in"]);
        let none: Vec<String> = objects.list_folders("spool").await.expect("listed");
        assert_eq!(none, Vec::<String>::new());
    }
}
