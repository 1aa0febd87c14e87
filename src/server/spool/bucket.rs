//! The spool that nodes share: objects `spool/{job}/{n}` and the list of them,
//! `spool/{job}/manifest.json`, which is only ever created. Of two nodes that
//! answer for one job the first list counts, and both go on with it.
//!
//! Nothing here is written over: a node that was stopped for a while and goes on
//! must not put its bytes in the place of those that a list already names.

mod lookup;

use super::{Found, MANIFEST, Manifest, SET_ASIDE, SpooledPicture, check};
use crate::server::{
    image_api::Answer,
    objects::{FileError, Listed, ObjectKey, Objects},
    secrets,
};
use bytes::Bytes;
use fail::fail_point;
use futures::{StreamExt, TryStreamExt, stream};
use std::{collections::HashSet, io};

/// The folder of answers under way.
const SPOOL: &str = "spool";
/// Objects of one job, or lists of many, that are asked for at the same time.
const AT_ONCE: usize = 4;

/// The bucket, in which the originals are as well.
#[derive(Clone)]
pub(super) struct Bucket {
    objects: Objects,
}

/// A job's list.
enum List {
    Whole(Manifest),
    /// One that cannot be understood.
    Damaged,
    None,
}

impl Bucket {
    pub(super) fn new(objects: Objects) -> Bucket {
        Bucket { objects }
    }

    pub(super) async fn takes_files(&self) -> io::Result<()> {
        let probe = format!("probe/{}", uuid::Uuid::now_v7());
        let text = Bytes::from_static(b"probe");
        let put = self.objects.put_at(&probe, text).await;
        put.map_err(trouble)?;
        self.objects.delete(&probe).await.map_err(trouble)
    }

    pub(super) async fn save(&self, job_id: &str, answer: &Answer) -> io::Result<Manifest> {
        fail_point!("spool-no-descriptors", |_| Err(
            io::Error::from_raw_os_error(24)
        ));
        let folder = folder(job_id)?;
        let pictures = stream::iter(0..answer.pictures.len())
            .map(|index| self.keep(&folder, index, answer))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let ours = Manifest {
            usage: answer.usage,
            pictures,
            listed_again: false,
        };
        let counts = self.list(job_id, &ours).await?;
        self.set_unnamed_aside(job_id, &ours, &counts).await?;
        Ok(counts)
    }

    /// Writes a picture under its place's name; where another writer's is there,
    /// under one of its own.
    async fn keep(
        &self,
        folder: &str,
        index: usize,
        answer: &Answer,
    ) -> io::Result<SpooledPicture> {
        let picture = &answer.pictures[index];
        let sha256 = hashed(picture.bytes.clone()).await?;
        let place = format!("{folder}/{index}");
        let created = self.objects.create(&place, picture.bytes.clone()).await;
        let file = if created.map_err(trouble)? {
            None
        } else {
            // Named after its bytes: written again, it is the same.
            let name = format!("{index}-{}", &sha256[..16]);
            let own = format!("{folder}/{name}");
            let put = self.objects.put_at(&own, picture.bytes.clone()).await;
            put.map_err(trouble)?;
            Some(name)
        };
        fail_point!("spool-disk-full", |_| Err(io::Error::from_raw_os_error(28)));
        Ok(SpooledPicture {
            image_id: uuid::Uuid::now_v7().to_string(),
            sha256,
            revised_prompt: picture.revised_prompt.clone(),
            file,
        })
    }

    /// Writes a job's list, unless there is one. Gives the one that is there then.
    async fn list(&self, job_id: &str, ours: &Manifest) -> io::Result<Manifest> {
        let key = format!("{}/{MANIFEST}", folder(job_id)?);
        let bytes = Bytes::from(serde_json::to_vec(ours)?);
        if self.objects.create(&key, bytes).await.map_err(trouble)? {
            return Ok(ours.clone());
        }
        match self.read(&key).await? {
            List::Whole(theirs) => Ok(theirs),
            List::Damaged => {
                self.move_aside(job_id, vec![MANIFEST.to_owned()]).await?;
                Err(io::Error::other("a list that means nothing was in the way"))
            }
            List::None => Err(io::Error::other("another node is at this job's answer")),
        }
    }

    /// Where another writer's list counts, and it does not name all we wrote:
    /// that was paid for, too.
    async fn set_unnamed_aside(
        &self,
        job_id: &str,
        ours: &Manifest,
        counts: &Manifest,
    ) -> io::Result<()> {
        let named: HashSet<&str> = counts.pictures.iter().map(|p| p.sha256.as_str()).collect();
        let unnamed: Vec<String> = ours
            .pictures
            .iter()
            .enumerate()
            .filter(|(_, picture)| !named.contains(picture.sha256.as_str()))
            .map(|(index, picture)| name_of(index, picture))
            .collect();
        if unnamed.is_empty() {
            return Ok(());
        }
        tracing::error!(
            job = job_id,
            pictures = unnamed.len(),
            "another node has listed this job's answer without these pictures: they are set aside"
        );
        self.move_aside(job_id, unnamed).await
    }

    pub(super) async fn find(&self, job_id: &str) -> io::Result<Found> {
        fail_point!("spool-unreadable", |_| Err(io::Error::from_raw_os_error(5)));
        let key = format!("{}/{MANIFEST}", folder(job_id)?);
        Ok(match self.read(&key).await? {
            List::Whole(manifest) => Found::Whole(manifest),
            List::Damaged | List::None => Found::Unlisted,
        })
    }

    /// A bucket that is gone says so here at the latest: it cannot be listed.
    pub(super) async fn list_again(&self, job_id: &str) -> io::Result<Option<Manifest>> {
        let folder = folder(job_id)?;
        let is_damaged = match self.read(&format!("{folder}/{MANIFEST}")).await? {
            // Another node has done so meanwhile.
            List::Whole(manifest) => return Ok(Some(manifest)),
            List::Damaged => true,
            List::None => false,
        };
        let names = self.names(&folder).await?;
        let mut found: Vec<(usize, String)> = names
            .into_iter()
            .filter_map(|name| Some((place(&name)?, name)))
            .collect();
        if found.is_empty() {
            return Ok(None);
        }
        if is_damaged {
            self.move_aside(job_id, vec![MANIFEST.to_owned()]).await?;
        }
        found.sort_unstable();
        let mut pictures = Vec::with_capacity(found.len());
        for (index, (_, name)) in found.into_iter().enumerate() {
            let got = self.objects.get_at(&format!("{folder}/{name}")).await;
            pictures.push(SpooledPicture {
                image_id: uuid::Uuid::now_v7().to_string(),
                sha256: hashed(got.map_err(trouble)?).await?,
                revised_prompt: None,
                file: (name != index.to_string()).then_some(name),
            });
        }
        let ours = Manifest {
            usage: None,
            pictures,
            listed_again: true,
        };
        self.list(job_id, &ours).await.map(Some)
    }

    pub(super) async fn picture(
        &self,
        job_id: &str,
        index: usize,
        picture: &SpooledPicture,
    ) -> io::Result<Option<Bytes>> {
        let key = key_of(job_id, index, picture)?;
        match self.objects.get_at(&key).await {
            Ok(bytes) => {
                let is_whole = hashed(bytes.clone()).await? == picture.sha256;
                Ok(is_whole.then_some(bytes))
            }
            Err(FileError::Missing) => Ok(None),
            Err(error) => Err(trouble(error)),
        }
    }

    pub(super) async fn keep_original(
        &self,
        job_id: &str,
        index: usize,
        picture: &SpooledPicture,
        key: ObjectKey<'_>,
    ) -> Result<(), FileError> {
        // An id that is none of ours has no object.
        let from = key_of(job_id, index, picture).map_err(|_| FileError::Missing)?;
        self.objects.copy(&from, key).await
    }

    pub(super) async fn set_aside(&self, job_id: &str, index: Option<usize>) -> io::Result<()> {
        let folder = folder(job_id)?;
        let names = match index {
            None => self.names(&folder).await?,
            Some(index) => {
                let name = match self.read(&format!("{folder}/{MANIFEST}")).await? {
                    List::Whole(list) => list.pictures.get(index).map(|p| name_of(index, p)),
                    List::Damaged | List::None => None,
                };
                vec![name.unwrap_or_else(|| index.to_string())]
            }
        };
        self.move_aside(job_id, names).await
    }

    pub(super) async fn remove(&self, job_id: &str) -> io::Result<()> {
        self.remove_below(&folder(job_id)?).await
    }

    pub(super) async fn erase(&self, job_id: &str) -> io::Result<()> {
        self.remove_below(&folder(job_id)?).await?;
        self.remove_below(&aside(job_id)?).await
    }

    async fn remove_below(&self, folder: &str) -> io::Result<()> {
        let names = self.names(folder).await?;
        stream::iter(names)
            .map(|name| async move { self.objects.delete(&format!("{folder}/{name}")).await })
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await
            .map_err(trouble)
    }

    /// Moves objects of a job aside, those that are there; one of the same name
    /// is not replaced. Copied first: a kill leaves two, and never none.
    async fn move_aside(&self, job_id: &str, names: Vec<String>) -> io::Result<()> {
        let (folder, aside) = (folder(job_id)?, aside(job_id)?);
        if names.is_empty() {
            return Ok(());
        }
        let mut taken: HashSet<String> = self.names(&aside).await?.into_iter().collect();
        for name in names {
            let free = free_name(&name, &taken);
            let from = format!("{folder}/{name}");
            match self
                .objects
                .copy_at(&from, &format!("{aside}/{free}"))
                .await
            {
                Err(FileError::Missing) => continue,
                copied => copied.map_err(trouble)?,
            }
            self.objects.delete(&from).await.map_err(trouble)?;
            taken.insert(free);
        }
        Ok(())
    }

    /// The names of a folder's objects.
    async fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let listing = self.objects.list(folder);
        let all: Vec<Listed> = listing.try_collect().await.map_err(trouble)?;
        let names = all.iter().filter_map(|object| {
            let name = object.key.strip_prefix(folder)?.strip_prefix('/')?;
            Some(name.to_owned())
        });
        Ok(names.collect())
    }

    async fn read(&self, key: &str) -> io::Result<List> {
        match self.objects.get_at(key).await {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).map_or(List::Damaged, List::Whole)),
            Err(FileError::Missing) => Ok(List::None),
            Err(error) => Err(trouble(error)),
        }
    }
}

/// Trouble of the store: whatever it is, it says nothing of the bytes.
fn trouble(error: FileError) -> io::Error {
    io::Error::other(error)
}

fn folder(job_id: &str) -> io::Result<String> {
    check(job_id)?;
    Ok(format!("{SPOOL}/{job_id}"))
}

fn aside(job_id: &str) -> io::Result<String> {
    check(job_id)?;
    Ok(format!("{SET_ASIDE}/{job_id}"))
}

fn key_of(job_id: &str, index: usize, picture: &SpooledPicture) -> io::Result<String> {
    Ok(format!("{}/{}", folder(job_id)?, name_of(index, picture)))
}

fn name_of(index: usize, picture: &SpooledPicture) -> String {
    let own = picture.file.clone();
    own.unwrap_or_else(|| index.to_string())
}

/// The place that a picture's name begins with: `2` and `2-0123456789abcdef`.
fn place(name: &str) -> Option<usize> {
    name.split('-').next()?.parse().ok()
}

fn free_name(name: &str, taken: &HashSet<String>) -> String {
    let mut free = name.to_owned();
    let mut number = 1;
    while taken.contains(&free) {
        free = format!("{name}.{number}");
        number += 1;
    }
    free
}

/// A picture's hash, off the async threads: it may be large.
async fn hashed(bytes: Bytes) -> io::Result<String> {
    tokio::task::spawn_blocking(move || secrets::sha256(&bytes))
        .await
        .map_err(io::Error::other)
}

#[cfg(test)]
#[path = "bucket/tests.rs"]
mod tests;
