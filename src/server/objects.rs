//! The object store: what is kept under which name, in a local folder or an
//! S3-compatible bucket.

use super::{client::chain, config::Config, tls};
use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use object_store::{
    Attribute, Attributes, ClientOptions, ObjectStore, ObjectStoreExt, PutOptions, PutPayload,
    aws::AmazonS3Builder, local::LocalFileSystem, path::Path, prefix::PrefixStore,
};
use secrecy::ExposeSecret;
use std::{io, path::PathBuf, sync::Arc, time::Duration};

/// A private store answers within this, or counts as down.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The name of every object the service keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKey<'a> {
    /// The bytes as the image API sent them.
    Original {
        /// The image's id.
        image: &'a str,
        /// `png`, `jpeg` or `webp`; the ending of its name.
        format: &'a str,
    },
    /// A WebP rendition of so many pixels' width.
    Rendition {
        /// The image's id.
        image: &'a str,
        /// In pixels.
        width: u32,
    },
    /// The JPEG that stands for a published picture where its page is shared.
    Card {
        /// The image's id.
        image: &'a str,
    },
    /// A person's picture, 96 px WebP.
    Avatar {
        /// The person's id.
        user: &'a str,
    },
    /// A reference picture or a mask, as it is sent to the image API.
    Upload {
        /// The upload's id.
        upload: &'a str,
        /// `png`, `jpeg` or `webp`; the ending of its name.
        format: &'a str,
    },
    /// The small WebP of a reference picture.
    UploadThumbnail {
        /// The upload's id.
        upload: &'a str,
    },
}

impl ObjectKey<'_> {
    /// The object's path in the store.
    pub fn path(&self) -> String {
        match self {
            ObjectKey::Original { image, format } => format!("originals/{image}.{format}"),
            ObjectKey::Rendition { image, width } => format!("renditions/{image}/{width}.webp"),
            ObjectKey::Card { image } => format!("renditions/{image}/card.jpeg"),
            ObjectKey::Avatar { user } => format!("avatars/{user}.webp"),
            ObjectKey::Upload { upload, format } => format!("uploads/{upload}.{format}"),
            ObjectKey::UploadThumbnail { upload } => format!("uploads/{upload}/small.webp"),
        }
    }

    /// Its media type.
    pub fn content_type(&self) -> &'static str {
        match self {
            ObjectKey::Original { format: "png", .. } | ObjectKey::Upload { format: "png", .. } => {
                "image/png"
            }
            ObjectKey::Original { format: "jpeg", .. }
            | ObjectKey::Upload { format: "jpeg", .. }
            | ObjectKey::Card { .. } => "image/jpeg",
            _ => "image/webp",
        }
    }
}

/// An object in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its path in the store.
    pub key: String,
    /// Unix milliseconds at which it was last written.
    pub modified_ms: i64,
}

/// The reason an object could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The store has no object of this name.
    #[error("there is no such object")]
    Missing,
    /// The store did not answer, or answered with an error.
    #[error("the object store failed")]
    Failed,
}

/// The reason the object store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ObjectsError {
    /// The local folder cannot be made.
    #[error("{}: {source}", path.display())]
    Folder {
        /// The folder of the objects.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The store's address is of another kind.
    #[error("objects.url (or IMGC_OBJECTS_URL): only s3://bucket addresses are known")]
    Address,
    /// The store's own client refuses what it is given, or lacks something.
    #[error(
        "objects.url, .endpoint, .region or the keys cannot be used: {}. If it is certificates \
         that are missing: install the package ca-certificates",
        chain(.0)
    )]
    Store(#[source] object_store::Error),
}

/// The object store.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
}

impl Objects {
    /// Opens the store the configuration names.
    pub fn open(config: &Config) -> Result<Objects, ObjectsError> {
        let objects = &config.imgc.objects;
        let store: Arc<dyn ObjectStore> = match objects.url.as_deref() {
            None => {
                let path = config.imgc.data_dir.join("objects");
                if let Err(source) = std::fs::create_dir_all(&path) {
                    return Err(ObjectsError::Folder { path, source });
                }
                let local = LocalFileSystem::new_with_prefix(&path)
                    .map_err(ObjectsError::Store)?
                    .with_fsync(true);
                Arc::new(local)
            }
            Some(url) => bucket(config, url)?,
        };
        Ok(Objects { store })
    }

    /// Keeps an object; when this returns it is safe.
    pub async fn put(&self, key: ObjectKey<'_>, bytes: Bytes) -> Result<(), FileError> {
        let mut attributes = Attributes::new();
        attributes.insert(Attribute::ContentType, key.content_type().into());
        let options = PutOptions {
            // The local folder keeps no attributes; the type follows from the key there.
            attributes: if self.is_local() {
                Attributes::new()
            } else {
                attributes
            },
            ..PutOptions::default()
        };
        let path = Path::from(key.path());
        self.store
            .put_opts(&path, PutPayload::from_bytes(bytes), options)
            .await
            .map(|_| ())
            .map_err(|e| failed(&e))
    }

    /// An object as a stream of bytes, with its length.
    pub async fn stream(
        &self,
        key: ObjectKey<'_>,
    ) -> Result<(u64, BoxStream<'static, object_store::Result<Bytes>>), FileError> {
        let path = Path::from(key.path());
        let got = self.store.get(&path).await.map_err(|e| failed(&e))?;
        Ok((got.meta.size, got.into_stream()))
    }

    /// A whole object.
    pub async fn read(&self, key: ObjectKey<'_>) -> Result<Bytes, FileError> {
        let path = Path::from(key.path());
        let got = self.store.get(&path).await.map_err(|e| failed(&e))?;
        got.bytes().await.map_err(|e| failed(&e))
    }

    /// Deletes the object at a stored path; one that is gone already is no error.
    pub async fn delete(&self, path: &str) -> Result<(), FileError> {
        match self.store.delete(&Path::from(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Every object in a folder, as the store lists them.
    pub fn list(&self, folder: &str) -> BoxStream<'static, Result<Listed, FileError>> {
        let folder = Path::from(folder);
        let listed = self.store.list(Some(&folder)).map(|object| match object {
            Ok(object) => Ok(Listed {
                key: object.location.to_string(),
                modified_ms: object.last_modified.timestamp_millis(),
            }),
            Err(error) => Err(failed(&error)),
        });
        listed.boxed()
    }

    /// Writes, reads and deletes a small object, to learn if the store works.
    pub async fn ping(&self) -> Result<(), FileError> {
        let path = Path::from(format!("probe/{}", super::incident::new_id()));
        let write = self.store.put(&path, PutPayload::from_static(b"probe"));
        write.await.map_err(|e| failed(&e))?;
        let read = self.store.get(&path).await.map_err(|e| failed(&e))?;
        let bytes = read.bytes().await.map_err(|e| failed(&e))?;
        self.store.delete(&path).await.map_err(|e| failed(&e))?;
        (bytes.as_ref() == b"probe")
            .then_some(())
            .ok_or(FileError::Failed)
    }

    fn is_local(&self) -> bool {
        self.store.to_string().starts_with("LocalFileSystem")
    }
}

fn bucket(config: &Config, url: &str) -> Result<Arc<dyn ObjectStore>, ObjectsError> {
    let objects = &config.imgc.objects;
    let rest = url.strip_prefix("s3://").ok_or(ObjectsError::Address)?;
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let plain_http = objects
        .endpoint
        .as_deref()
        .is_some_and(|e| e.starts_with("http://"));
    tls::install();
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(name)
        .with_region(objects.region.as_deref().unwrap_or("auto"))
        .with_allow_http(plain_http)
        .with_client_options(
            ClientOptions::new()
                .with_timeout(TIMEOUT)
                .with_allow_http(plain_http),
        );
    if let Some(endpoint) = &objects.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    if let Some(id) = &objects.access_key_id {
        builder = builder.with_access_key_id(id);
    }
    if let Some(key) = &objects.secret_access_key {
        builder = builder.with_secret_access_key(key.expose_secret());
    }
    let store = builder.build().map_err(ObjectsError::Store)?;
    Ok(if prefix.is_empty() {
        Arc::new(store)
    } else {
        Arc::new(PrefixStore::new(store, prefix))
    })
}

fn failed(error: &object_store::Error) -> FileError {
    match error {
        object_store::Error::NotFound { .. } => FileError::Missing,
        error => {
            tracing::error!(%error, "the object store failed");
            FileError::Failed
        }
    }
}
