//! Objects in a folder of this machine. An object is written under another name
//! (`….png#1`) and renamed once it is whole; a write that was killed leaves the
//! half, which the store's own listing hides.

use super::{FileError, ObjectsError, Stream, failed};
use crate::server::leftovers;
use futures::{StreamExt, TryStreamExt};
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem, path::Path};
use std::{
    fs,
    io::{self, SeekFrom},
    ops::Range,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
    time::SystemTime,
};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
};
use tokio_util::io::ReaderStream;

/// How much of a file is read at once, in bytes.
const PIECE: usize = 256 * 1024;

/// The folder of the objects.
#[derive(Clone)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Where the objects lie.
    pub(super) fn root(&self) -> &FilePath {
        &self.root
    }

    /// Opens the folder below the data folder, making it.
    pub(super) fn open(
        data_dir: &FilePath,
    ) -> Result<(Folder, Arc<dyn ObjectStore>), ObjectsError> {
        let root = data_dir.join("objects");
        if let Err(source) = fs::create_dir_all(&root) {
            return Err(ObjectsError::Folder { path: root, source });
        }
        let store = LocalFileSystem::new_with_prefix(&root)
            .map_err(ObjectsError::Store)?
            .with_fsync(true);
        Ok((Folder { root }, Arc::new(store)))
    }

    /// An object's bytes, or these of them, with their number. In larger pieces than
    /// the store's own, each of which is a call of the system and a turn of a task.
    pub(super) async fn stream(
        &self,
        path: &Path,
        part: Option<Range<u64>>,
    ) -> Result<(u64, Stream), FileError> {
        let file = self.root.join(path.as_ref());
        let opened = async {
            let mut file = File::open(file).await?;
            file.set_max_buf_size(PIECE);
            let length = match part {
                None => file.metadata().await?.len(),
                Some(part) => {
                    file.seek(SeekFrom::Start(part.start)).await?;
                    part.end.saturating_sub(part.start)
                }
            };
            io::Result::Ok((file, length))
        };
        let (file, length) = match opened.await {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(FileError::Missing);
            }
            Err(error) => {
                tracing::error!(%error, "an object cannot be read");
                return Err(FileError::Failed);
            }
        };
        // No room is made for more than there is.
        let piece = usize::try_from(length).map_or(PIECE, |length| length.clamp(1, PIECE));
        let pieces = ReaderStream::with_capacity(file.take(length), piece);
        let pieces = pieces.map_err(|error| object_store::Error::Generic {
            store: "folder",
            source: error.into(),
        });
        Ok((length, pieces.boxed()))
    }

    /// Deletes an object, the halves beside it, and its picture's folder once
    /// that is empty: its name is the picture's id.
    pub(super) async fn delete(
        &self,
        store: &dyn ObjectStore,
        path: &Path,
    ) -> Result<(), FileError> {
        match store.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(failed(&error)),
        }
        let file = self.root.join(path.as_ref());
        let is_in_folder_of_its_own = path.parts().count() > 2;
        let done = tokio::task::spawn_blocking(move || {
            leftovers::remove_stages(&file)?;
            if let (true, Some(folder)) = (is_in_folder_of_its_own, file.parent()) {
                // Refused while anything else is in it.
                let _ = fs::remove_dir(folder);
            }
            Ok::<(), io::Error>(())
        });
        match done.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                tracing::error!(%error, "what a killed write has left was not removed");
                Err(FileError::Failed)
            }
            Err(_) => Err(FileError::Failed),
        }
    }

    /// Counts the halves last written before this, and removes them if asked to.
    pub(super) async fn stages(&self, before: SystemTime, remove: bool) -> io::Result<u64> {
        let root = self.root.clone();
        tokio::task::spawn_blocking(move || stages(root, before, remove))
            .await
            .map_err(io::Error::other)?
    }
}

fn stages(root: PathBuf, before: SystemTime, remove: bool) -> io::Result<u64> {
    let (mut found, mut waiting) = (0, vec![root]);
    while let Some(folder) = waiting.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            // A picture's folder goes with its last object.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            if entry.file_type()?.is_dir() {
                waiting.push(entry.path());
            } else if leftovers::is_stage(&name.to_string_lossy()) {
                let written = match entry.metadata() {
                    Ok(metadata) => metadata.modified()?,
                    // Renamed or removed meanwhile: it was under way.
                    Err(_) => continue,
                };
                if written < before {
                    found += 1;
                    if remove {
                        leftovers::remove_file(&entry.path())?;
                    }
                }
            }
        }
    }
    Ok(found)
}
