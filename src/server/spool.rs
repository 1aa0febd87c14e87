//! The spool: where an answer's bytes are safe before anything else happens.
//!
//! A job's folder counts once its manifest is there; the manifest is written
//! last, renamed into place, and everything is flushed to the disk on the way.

use crate::{
    model::{Prompt, catalogue::Usage},
    server::{image_api::Answer, secrets},
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

const MANIFEST: &str = "manifest.json";

/// The folder of received answers.
#[derive(Clone)]
pub struct Spool {
    root: PathBuf,
}

/// The list of what is in a job's folder, as `manifest.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The tokens used, where the API counts them.
    pub usage: Option<Usage>,
    /// The job's pictures; a picture's place is its file's name.
    pub pictures: Vec<SpooledPicture>,
}

/// One picture in the spool.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SpooledPicture {
    /// The id its row and objects will have: decided once, so that a resumed
    /// job writes the same objects again instead of others.
    pub image_id: String,
    /// Hex SHA-256 of its bytes.
    pub sha256: String,
    /// The prompt the API says it used instead.
    pub revised_prompt: Option<Prompt>,
}

impl Spool {
    /// Opens the spool, making its folder.
    pub fn open(root: &Path) -> io::Result<Spool> {
        fs::create_dir_all(root)?;
        Ok(Spool {
            root: root.to_owned(),
        })
    }

    /// Whether an answer could be kept now: a folder that takes a file, a disk
    /// with room, a descriptor that is free. The file has no name, so that
    /// nobody finds it.
    pub async fn takes_files(&self) -> io::Result<()> {
        let root = self.root.clone();
        blocking(move || {
            let mut file = tempfile::tempfile_in(root)?;
            file.write_all(&[0; 4096])?;
            file.flush()
        })
        .await
    }

    /// Keeps an answer; when this returns it survives a power cut.
    pub async fn save(&self, job_id: &str, answer: Answer) -> io::Result<Manifest> {
        let folder = self.folder(job_id)?;
        blocking(move || save(&folder, &answer)).await
    }

    /// The manifest of a job's folder; `None` if the answer never was safe.
    pub async fn manifest(&self, job_id: &str) -> io::Result<Option<Manifest>> {
        let path = self.folder(job_id)?.join(MANIFEST);
        blocking(move || match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    /// A picture's bytes, checked against its hash.
    pub async fn picture(
        &self,
        job_id: &str,
        index: usize,
        picture: &SpooledPicture,
    ) -> io::Result<Bytes> {
        let path = self.folder(job_id)?.join(index.to_string());
        let expected = picture.sha256.clone();
        blocking(move || {
            let bytes = fs::read(&path)?;
            if secrets::sha256(&bytes) == expected {
                Ok(bytes.into())
            } else {
                Err(io::Error::other("a spooled picture is damaged"))
            }
        })
        .await
    }

    /// Ids of the jobs that have a folder.
    pub async fn jobs(&self) -> io::Result<Vec<String>> {
        let root = self.root.clone();
        blocking(move || {
            let mut ids = Vec::new();
            for entry in fs::read_dir(&root)? {
                let name = entry?.file_name().into_string().unwrap_or_default();
                if uuid::Uuid::parse_str(&name).is_ok() {
                    ids.push(name);
                }
            }
            Ok(ids)
        })
        .await
    }

    /// Removes a job's folder.
    pub async fn remove(&self, job_id: &str) -> io::Result<()> {
        let folder = self.folder(job_id)?;
        blocking(move || match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }

    /// Job ids come from our own database; a path that is none of ours is still refused.
    fn folder(&self, job_id: &str) -> io::Result<PathBuf> {
        uuid::Uuid::parse_str(job_id).map_err(io::Error::other)?;
        Ok(self.root.join(job_id))
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

fn save(folder: &Path, answer: &Answer) -> io::Result<Manifest> {
    fs::create_dir_all(folder)?;
    let mut pictures = Vec::with_capacity(answer.pictures.len());
    for (index, picture) in answer.pictures.iter().enumerate() {
        write_synced(&folder.join(index.to_string()), &picture.bytes)?;
        pictures.push(SpooledPicture {
            image_id: uuid::Uuid::now_v7().to_string(),
            sha256: secrets::sha256(&picture.bytes),
            revised_prompt: picture.revised_prompt.clone(),
        });
    }
    let manifest = Manifest {
        usage: answer.usage,
        pictures,
    };
    let unfinished = folder.join("manifest.part");
    write_synced(&unfinished, &serde_json::to_vec(&manifest)?)?;
    fs::rename(&unfinished, folder.join(MANIFEST))?;
    sync_folder(folder)?;
    if let Some(parent) = folder.parent() {
        sync_folder(parent)?;
    }
    Ok(manifest)
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Flushes a folder's own entries: without it a new name may not survive.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::image_api::Picture;

    #[tokio::test]
    async fn an_answer_without_a_manifest_does_not_count_and_damage_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = Spool::open(folder.path()).expect("a spool");
        let job = uuid::Uuid::now_v7().to_string();
        assert!(spool.manifest(&job).await.expect("readable").is_none());
        let answer = Answer {
            pictures: vec![Picture {
                bytes: Bytes::from_static(b"picture"),
                revised_prompt: None,
            }],
            usage: None,
        };
        let saved = spool.save(&job, answer).await.expect("saved");
        let read = spool
            .manifest(&job)
            .await
            .expect("readable")
            .expect("there");
        assert_eq!(read.pictures[0].image_id, saved.pictures[0].image_id);
        let picture = spool.picture(&job, 0, &read.pictures[0]).await;
        assert_eq!(picture.expect("whole").as_ref(), b"picture");
        fs::write(folder.path().join(&job).join("0"), b"pictura").expect("damage it");
        assert!(spool.picture(&job, 0, &read.pictures[0]).await.is_err());
        spool.remove(&job).await.expect("removed");
        spool.remove(&job).await.expect("twice is fine");
        assert!(spool.manifest("../escape").await.is_err());
    }
}
