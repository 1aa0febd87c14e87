//! The spool: where an answer's bytes are safe before anything else happens.
//!
//! One node has a folder of its own; nodes that share a database share a spool in
//! the bucket, so that any of them carries on what another one began. In both, a
//! job's folder counts once its manifest is there: each picture is whole under its
//! name before, the manifest last. So a whole picture is told from half a one even
//! where the manifest was never written.
//!
//! Bytes that were paid for are never deleted because something here could not
//! read them: they are set aside, in a folder of their own that `imgc doctor`
//! counts, and leave it with the account they belong to.

mod bucket;
mod files;
mod folder;

use crate::{
    model::{Prompt, catalogue::Usage},
    server::{
        image_api::Answer,
        objects::{FileError, ObjectKey, Objects},
    },
};
use bucket::Bucket;
use bytes::Bytes;
use folder::Folder;
use serde::{Deserialize, Serialize};
use std::{collections::HashSet, io, path::Path, sync::Arc};

/// The place of received answers.
#[derive(Clone)]
pub struct Spool {
    place: Place,
}

#[derive(Clone)]
enum Place {
    /// A folder of this node's own.
    Folder(Folder),
    /// The bucket that nodes share.
    Bucket(Bucket),
}

/// The list of what is in a job's folder, as `manifest.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The tokens used, where the API counts them.
    pub usage: Option<Usage>,
    /// The job's pictures; a picture's place is its file's name.
    pub pictures: Vec<SpooledPicture>,
    /// True if this list was made anew from the files: then nobody knows any more
    /// whether they are what came.
    #[serde(default)]
    pub listed_again: bool,
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
    /// Its name, where that is not its place: another writer had taken it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// The folder in the data folder, or in the bucket, of what is set aside.
pub const SET_ASIDE: &str = "set-aside";

/// The name of a job's list.
const MANIFEST: &str = "manifest.json";

/// What is in a job's folder.
#[derive(Debug)]
pub enum Found {
    /// An answer, with its list.
    Whole(Manifest),
    /// No whole list: it never was written, or it cannot be understood. The
    /// pictures beside it may be whole all the same.
    Unlisted,
}

impl Spool {
    /// Opens a spool in a folder, and the folder beside it of what is set aside,
    /// making both.
    pub fn open(root: &Path, aside: &Path) -> io::Result<Spool> {
        let place = Place::Folder(Folder::open(root, aside)?);
        Ok(Spool { place })
    }

    /// The spool in the bucket of the objects, which other nodes use too.
    pub fn in_bucket(objects: Objects) -> Spool {
        let place = Place::Bucket(Bucket::new(objects));
        Spool { place }
    }

    /// Whether an answer could be kept now: a folder that takes a file, a disk
    /// with room, a descriptor that is free; or a bucket that takes an object.
    pub async fn takes_files(&self) -> io::Result<()> {
        match &self.place {
            Place::Folder(folder) => folder.takes_files().await,
            Place::Bucket(bucket) => bucket.takes_files().await,
        }
    }

    /// Keeps an answer; when this returns it survives a power cut. It may be
    /// tried again after an error: nothing counts before the manifest is there.
    /// Of two writers' lists of one job the first counts, and both get it.
    pub async fn save(&self, job_id: &str, answer: Arc<Answer>) -> io::Result<Manifest> {
        match &self.place {
            Place::Folder(folder) => folder.save(job_id, answer).await,
            Place::Bucket(bucket) => bucket.save(job_id, &answer).await,
        }
    }

    /// What a job's folder holds. An error says nothing of the bytes: they may
    /// be read another time.
    pub async fn find(&self, job_id: &str) -> io::Result<Found> {
        match &self.place {
            Place::Folder(folder) => folder.find(job_id).await,
            Place::Bucket(bucket) => bucket.find(job_id).await,
        }
    }

    /// Lists the pictures of a folder without a whole list anew, and keeps that
    /// list; `None` if there are none. A list that cannot be understood is set aside.
    pub async fn list_again(&self, job_id: &str) -> io::Result<Option<Manifest>> {
        match &self.place {
            Place::Folder(folder) => folder.list_again(job_id).await,
            Place::Bucket(bucket) => bucket.list_again(job_id).await,
        }
    }

    /// A picture's bytes; `None` if they are gone or no longer what was written.
    pub async fn picture(
        &self,
        job_id: &str,
        index: usize,
        picture: &SpooledPicture,
    ) -> io::Result<Option<Bytes>> {
        match &self.place {
            Place::Folder(folder) => folder.picture(job_id, index, picture).await,
            Place::Bucket(bucket) => bucket.picture(job_id, index, picture).await,
        }
    }

    /// Brings a picture, whose bytes [`Spool::picture`] has just given, to its
    /// place in the object store. From a bucket they are not sent again.
    pub async fn keep_original(
        &self,
        objects: &Objects,
        job_id: &str,
        index: usize,
        picture: &SpooledPicture,
        bytes: &Bytes,
        key: ObjectKey<'_>,
    ) -> Result<(), FileError> {
        match &self.place {
            Place::Folder(_) => objects.put(key, bytes.clone()).await,
            Place::Bucket(bucket) => bucket.keep_original(job_id, index, picture, key).await,
        }
    }

    /// Ids of the jobs that have a folder.
    pub async fn jobs(&self) -> io::Result<Vec<String>> {
        match &self.place {
            Place::Folder(folder) => folder.jobs().await,
            Place::Bucket(bucket) => bucket.jobs().await,
        }
    }

    /// Ids of the jobs of which something is set aside.
    pub async fn jobs_set_aside(&self) -> io::Result<Vec<String>> {
        match &self.place {
            Place::Folder(folder) => folder.jobs_set_aside().await,
            Place::Bucket(bucket) => bucket.jobs_set_aside().await,
        }
    }

    /// Those of these jobs that may have something here, or set aside: whoever
    /// has thousands of jobs asks a bucket once, and not for each.
    pub async fn jobs_among(&self, ids: Vec<String>) -> io::Result<Vec<String>> {
        match &self.place {
            // To look for a folder costs as much as to remove it.
            Place::Folder(_) => Ok(ids),
            Place::Bucket(bucket) => bucket.jobs_among(ids).await,
        }
    }

    /// Whether nothing was written for a job since then (Unix ms), so that
    /// nobody is at it. Into a folder of this node's own nobody else writes.
    pub async fn is_settled(&self, job_id: &str, since_ms: i64) -> io::Result<bool> {
        match &self.place {
            Place::Folder(_) => Ok(true),
            Place::Bucket(bucket) => bucket.is_settled(job_id, since_ms).await,
        }
    }

    /// Ids of the pictures that manifests name, of jobs under way and of those
    /// set aside: their objects belong to somebody.
    pub async fn images(&self) -> io::Result<HashSet<String>> {
        match &self.place {
            Place::Folder(folder) => folder.images().await,
            Place::Bucket(bucket) => bucket.images().await,
        }
    }

    /// Ids of the pictures that this job's lists name, in the spool and set aside.
    pub async fn images_of(&self, job_id: &str) -> io::Result<Vec<String>> {
        match &self.place {
            Place::Folder(folder) => folder.images_of(job_id).await,
            Place::Bucket(bucket) => bucket.images_of(job_id).await,
        }
    }

    /// Puts one picture, or all that is left of a job, aside.
    pub async fn set_aside(&self, job_id: &str, index: Option<usize>) -> io::Result<()> {
        match &self.place {
            Place::Folder(folder) => folder.set_aside(job_id, index).await,
            Place::Bucket(bucket) => bucket.set_aside(job_id, index).await,
        }
    }

    /// Removes a job's folder, whose pictures are in the library.
    pub async fn remove(&self, job_id: &str) -> io::Result<()> {
        match &self.place {
            Place::Folder(folder) => folder.remove(job_id).await,
            Place::Bucket(bucket) => bucket.remove(job_id).await,
        }
    }

    /// Removes everything of a job whose owner leaves, what is set aside too.
    pub async fn erase(&self, job_id: &str) -> io::Result<()> {
        match &self.place {
            Place::Folder(folder) => folder.erase(job_id).await,
            Place::Bucket(bucket) => bucket.erase(job_id).await,
        }
    }
}

/// Job ids come from our own database; a name that is none of ours is still refused.
fn check(job_id: &str) -> io::Result<()> {
    uuid::Uuid::parse_str(job_id)
        .map(|_| ())
        .map_err(io::Error::other)
}

/// Whether a name is a list's: the job's, or one of those set aside.
fn is_manifest(name: &str) -> bool {
    name.starts_with(MANIFEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::image_api::Picture;
    use std::{fs, path::PathBuf};

    struct Place {
        folder: tempfile::TempDir,
        spool: Spool,
        job: String,
    }

    impl Place {
        fn new() -> Place {
            let folder = tempfile::tempdir().expect("a folder");
            let (root, aside) = (folder.path().join("spool"), folder.path().join("aside"));
            let spool = Spool::open(&root, &aside).expect("a spool");
            let job = uuid::Uuid::now_v7().to_string();
            Place { folder, spool, job }
        }

        fn spooled(&self, name: &str) -> PathBuf {
            self.folder.path().join("spool").join(&self.job).join(name)
        }

        fn aside(&self, name: &str) -> PathBuf {
            self.folder.path().join("aside").join(&self.job).join(name)
        }

        async fn save(&self) -> Manifest {
            self.try_save().await.expect("saved")
        }

        async fn try_save(&self) -> io::Result<Manifest> {
            let picture = |bytes: &'static [u8]| Picture {
                bytes: Bytes::from_static(bytes),
                revised_prompt: None,
            };
            let answer = Answer {
                pictures: vec![picture(b"first"), picture(b"second")],
                usage: None,
            };
            self.spool.save(&self.job, Arc::new(answer)).await
        }
    }

    #[tokio::test]
    async fn an_answer_without_a_manifest_does_not_count_and_damage_is_noticed() {
        let place = Place::new();
        let found = place.spool.find(&place.job).await.expect("readable");
        assert!(matches!(found, Found::Unlisted));
        let saved = place.save().await;
        let found = place.spool.find(&place.job).await.expect("readable");
        let Found::Whole(read) = found else {
            panic!("a whole answer")
        };
        assert_eq!(read.pictures[0].image_id, saved.pictures[0].image_id);
        let picture = place.spool.picture(&place.job, 0, &read.pictures[0]);
        assert_eq!(
            picture.await.expect("readable").as_deref(),
            Some(&b"first"[..])
        );
        fs::write(place.spooled("0"), b"fir").expect("damage it");
        let picture = place.spool.picture(&place.job, 0, &read.pictures[0]);
        assert_eq!(picture.await.expect("readable"), None);
        place.spool.remove(&place.job).await.expect("removed");
        place.spool.remove(&place.job).await.expect("twice is fine");
        assert!(place.spool.find("../escape").await.is_err());
    }

    #[tokio::test]
    async fn whole_pictures_are_found_where_the_manifest_is_lost_or_damaged() {
        for damage in [None, Some(&b"{\"usage\":"[..]), Some(&b""[..])] {
            let place = Place::new();
            let saved = place.save().await;
            match damage {
                None => fs::remove_file(place.spooled("manifest.json")).expect("lost"),
                Some(bytes) => fs::write(place.spooled("manifest.json"), bytes).expect("cut"),
            }
            fs::write(place.spooled("2.part"), b"hal").expect("half a picture");
            let found = place.spool.find(&place.job).await.expect("readable");
            assert!(matches!(found, Found::Unlisted));
            let listed = place.spool.list_again(&place.job).await.expect("readable");
            let listed = listed.expect("pictures");
            let hashes = |list: &Manifest| -> Vec<String> {
                list.pictures.iter().map(|p| p.sha256.clone()).collect()
            };
            assert_eq!(hashes(&listed), hashes(&saved));
            assert_eq!(place.aside("manifest.json").exists(), damage.is_some());
            let found = place.spool.find(&place.job).await.expect("readable");
            assert!(matches!(found, Found::Whole(_)));
        }
    }

    #[tokio::test]
    async fn a_whole_picture_is_found_though_another_could_not_be_written() {
        let place = Place::new();
        // Something of its name is in the way of the second.
        fs::create_dir_all(place.spooled("1.part")).expect("a folder");
        assert!(place.try_save().await.is_err());
        assert!(place.spooled("0").exists() && !place.spooled("manifest.json").exists());
        let listed = place.spool.list_again(&place.job).await.expect("readable");
        assert_eq!(listed.map(|list| list.pictures.len()), Some(1));
    }

    #[tokio::test]
    async fn what_is_set_aside_is_kept_known_and_erased_with_its_owner() {
        let place = Place::new();
        let saved = place.save().await;
        place
            .spool
            .set_aside(&place.job, Some(1))
            .await
            .expect("moved");
        assert_eq!(fs::read(place.aside("1")).expect("kept"), b"second");
        // Another of the same name does not replace it.
        fs::write(place.spooled("1"), b"another").expect("written");
        place
            .spool
            .set_aside(&place.job, None)
            .await
            .expect("moved");
        assert_eq!(fs::read(place.aside("1")).expect("kept"), b"second");
        assert!(!place.spooled("").exists() && place.aside("0").exists());
        let aside = place.spool.jobs_set_aside().await.expect("readable");
        assert_eq!(aside, std::slice::from_ref(&place.job));
        let images = place.spool.images().await.expect("readable");
        assert!(images.contains(&saved.pictures[1].image_id));
        // Nothing to move is fine.
        place
            .spool
            .set_aside(&place.job, None)
            .await
            .expect("moved");
        place.spool.erase(&place.job).await.expect("erased");
        assert!(!place.aside("").exists());
    }
}
