//! The object store: what is kept under which name, in a local folder or an
//! S3-compatible bucket. Deleting is `bucket`'s and `folder`'s: neither may
//! leave anything behind that was reported as gone. `by_key` is for what no row
//! names (the spool, the ledger of erasures); `probe` tries it all.

mod bucket;
mod by_key;
mod folder;
mod probe;

use super::{
    client::chain,
    config::{Config, Objects as Settings},
};
use bucket::Bucket;
use bytes::Bytes;
use folder::Folder;
use futures::{StreamExt, stream::BoxStream};
use imgc_pictures::OriginalFormat;
use object_store::{
    Attribute, Attributes, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode,
    PutOptions, PutPayload, path::Path,
};
use std::{
    io,
    ops::Range,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

pub use probe::Probe;

/// An object's bytes as they come.
pub type Stream = BoxStream<'static, object_store::Result<Bytes>>;

/// The name of every object the service keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKey<'a> {
    /// The bytes as the image API sent them.
    Original {
        /// The image's id.
        image: &'a str,
        /// An ending that [`OriginalFormat`] knows.
        format: &'a str,
    },
    /// What was put together from the original and the picture it is an edit of: a PNG.
    Composite {
        /// The image's id.
        image: &'a str,
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
    /// What stands for a sensitive public picture in lists: a few blurred pixels, JPEG.
    Veil {
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
    /// A sealed copy for the police. No address leads to it.
    Sealed {
        /// Its id.
        copy: &'a str,
    },
}

impl ObjectKey<'_> {
    /// The object's path in the store.
    pub fn path(&self) -> String {
        match self {
            ObjectKey::Original { image, format } => format!("originals/{image}.{format}"),
            ObjectKey::Composite { image } => format!("composites/{image}.png"),
            ObjectKey::Rendition { image, width } => format!("renditions/{image}/{width}.webp"),
            ObjectKey::Card { image } => format!("renditions/{image}/card.jpeg"),
            ObjectKey::Veil { image } => format!("renditions/{image}/veil.jpeg"),
            ObjectKey::Avatar { user } => format!("avatars/{user}.webp"),
            ObjectKey::Upload { upload, format } => format!("uploads/{upload}.{format}"),
            ObjectKey::UploadThumbnail { upload } => format!("uploads/{upload}/small.webp"),
            ObjectKey::Sealed { copy } => format!("sealed/{copy}"),
        }
    }

    /// Its media type.
    pub fn content_type(&self) -> &'static str {
        match self {
            ObjectKey::Original { format, .. } | ObjectKey::Upload { format, .. } => {
                let known = OriginalFormat::from_extension(format);
                known.map_or("application/octet-stream", OriginalFormat::content_type)
            }
            ObjectKey::Composite { .. } => "image/png",
            ObjectKey::Card { .. } | ObjectKey::Veil { .. } => "image/jpeg",
            ObjectKey::Sealed { .. } => "application/octet-stream",
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
    /// Its length in bytes.
    pub size: u64,
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
    place: Place,
}

/// Where the objects are, which says how they are deleted.
#[derive(Clone)]
enum Place {
    Folder(Folder),
    Bucket(Bucket),
}

impl Objects {
    /// Opens the store the configuration names.
    pub fn open(config: &Config) -> Result<Objects, ObjectsError> {
        Ok(match config.imgc.objects.url.as_deref() {
            None => {
                let (folder, store) = Folder::open(&config.imgc.data_dir)?;
                Objects {
                    store,
                    place: Place::Folder(folder),
                }
            }
            Some(url) => Objects::in_bucket(&config.imgc.objects, url)?,
        })
    }

    /// Opens the bucket at an address `s3://bucket/prefix`, with the endpoint
    /// and the keys of the objects' own.
    pub fn in_bucket(settings: &Settings, url: &str) -> Result<Objects, ObjectsError> {
        let bucket = Bucket::open(settings, url)?;
        Ok(Objects {
            store: bucket.store.clone(),
            place: Place::Bucket(bucket),
        })
    }

    /// A bucket in this process's memory.
    #[cfg(test)]
    pub(crate) fn in_memory() -> Objects {
        let store: Arc<dyn ObjectStore> = Arc::new(object_store::memory::InMemory::new());
        let bucket = Bucket {
            store: store.clone(),
            single: store.clone(),
            bulk: store.clone(),
        };
        Objects {
            store,
            place: Place::Bucket(bucket),
        }
    }

    /// Keeps an object; when this returns it is safe.
    pub async fn put(&self, key: ObjectKey<'_>, bytes: Bytes) -> Result<(), FileError> {
        let path = Path::from(key.path());
        let options = self.put_options(PutMode::Overwrite, key.content_type());
        self.store
            .put_opts(&path, PutPayload::from_bytes(bytes), options)
            .await
            .map(|_| ())
            .map_err(|e| failed(&e))
    }

    fn put_options(&self, mode: PutMode, content_type: &'static str) -> PutOptions {
        let mut attributes = Attributes::new();
        // The local folder keeps no attributes; the type follows from the key there.
        if let Place::Bucket(_) = self.place {
            attributes.insert(Attribute::ContentType, content_type.into());
        }
        PutOptions {
            mode,
            attributes,
            ..PutOptions::default()
        }
    }

    /// An object as a stream of bytes, with its length.
    pub async fn stream(&self, key: ObjectKey<'_>) -> Result<(u64, Stream), FileError> {
        let path = Path::from(key.path());
        match &self.place {
            Place::Folder(folder) => folder.stream(&path, None).await,
            Place::Bucket(_) => {
                let got = self.store.get(&path).await.map_err(|e| failed(&e))?;
                Ok((got.meta.size, got.into_stream()))
            }
        }
    }

    /// The size of an object, in bytes.
    pub async fn size(&self, key: ObjectKey<'_>) -> Result<u64, FileError> {
        let path = Path::from(key.path());
        let found = self.store.head(&path).await.map_err(|e| failed(&e))?;
        Ok(found.size)
    }

    /// These bytes of an object, which has as many.
    pub async fn stream_part(
        &self,
        key: ObjectKey<'_>,
        part: Range<u64>,
    ) -> Result<Stream, FileError> {
        let path = Path::from(key.path());
        match &self.place {
            Place::Folder(folder) => Ok(folder.stream(&path, Some(part)).await?.1),
            Place::Bucket(_) => {
                let options = GetOptions {
                    range: Some(part.into()),
                    ..GetOptions::default()
                };
                let got = self.store.get_opts(&path, options).await;
                Ok(got.map_err(|e| failed(&e))?.into_stream())
            }
        }
    }

    /// A whole object.
    pub async fn read(&self, key: ObjectKey<'_>) -> Result<Bytes, FileError> {
        self.get_at(&key.path()).await
    }

    /// Deletes the object at a stored path, and what writes of it that were
    /// killed have left. When this returns nothing is there; an object that was
    /// gone already is no error.
    pub async fn delete(&self, path: &str) -> Result<(), FileError> {
        let path = Path::from(path);
        match &self.place {
            Place::Folder(folder) => folder.delete(&*self.store, &path).await,
            Place::Bucket(bucket) => bucket.delete(&path).await,
        }
    }

    /// How many files of writes that were killed there are, last written before
    /// this (Unix ms). They are in no listing. A bucket has none: an object is
    /// sent to it in one request, which is kept whole or not at all.
    pub async fn stages(&self, before_ms: i64) -> io::Result<u64> {
        self.each_stage(before_ms, false).await
    }

    /// Removes what [`Objects::stages`] counts.
    pub async fn remove_stages(&self, before_ms: i64) -> io::Result<u64> {
        self.each_stage(before_ms, true).await
    }

    async fn each_stage(&self, before_ms: i64, remove: bool) -> io::Result<u64> {
        let before = Duration::from_millis(u64::try_from(before_ms).unwrap_or(0));
        match &self.place {
            Place::Folder(folder) => folder.stages(SystemTime::UNIX_EPOCH + before, remove).await,
            Place::Bucket(_) => Ok(0),
        }
    }

    /// Every object in a folder, as the store lists them.
    pub fn list(&self, folder: &str) -> BoxStream<'static, Result<Listed, FileError>> {
        let folder = Path::from(folder);
        self.store.list(Some(&folder)).map(listed).boxed()
    }

    /// Writes, reads and deletes a small object, to learn if the store works.
    pub async fn ping(&self) -> Result<(), FileError> {
        let path = Path::from(format!("probe/{}", super::incident::new_id()));
        let write = self.store.put(&path, PutPayload::from_static(b"probe"));
        write.await.map_err(|e| failed(&e))?;
        let read = self.store.get(&path).await.map_err(|e| failed(&e))?;
        let bytes = read.bytes().await.map_err(|e| failed(&e))?;
        self.delete(path.as_ref()).await?;
        (bytes.as_ref() == b"probe")
            .then_some(())
            .ok_or(FileError::Failed)
    }

    /// Whether the store answers at all: asked for something that is not there,
    /// it says so. A folder that is gone would answer as one that is empty.
    pub async fn answers(&self) -> bool {
        if let Place::Folder(folder) = &self.place {
            return tokio::fs::metadata(folder.root()).await.is_ok();
        }
        match self.store.head(&Path::from("probe/none")).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => true,
            Err(error) => {
                tracing::warn!(%error, "the object store does not answer");
                false
            }
        }
    }
}

fn listed(object: object_store::Result<ObjectMeta>) -> Result<Listed, FileError> {
    match object {
        Ok(object) => Ok(Listed {
            key: object.location.to_string(),
            modified_ms: object.last_modified.timestamp_millis(),
            size: object.size,
        }),
        Err(error) => Err(failed(&error)),
    }
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
