//! The spool: where an answer's bytes are safe before anything else happens.
//!
//! A job's folder counts once its manifest is there; each file is written under
//! another name, flushed and renamed into place, the manifest last. So a whole
//! picture is told from half a one even where the manifest was never written.
//!
//! Bytes that were paid for are never deleted because something here could not
//! read them: they are set aside, in a folder of their own that `imgc doctor`
//! counts, and leave it with the account they belong to.

mod files;

use crate::{
    model::{Prompt, catalogue::Usage},
    server::image_api::Answer,
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The folder of received answers.
#[derive(Clone)]
pub struct Spool {
    root: PathBuf,
    aside: PathBuf,
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
}

/// The folder in the data folder of what is set aside.
pub const SET_ASIDE: &str = "set-aside";

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
    /// Opens the spool, and the folder beside it of what is set aside, making both.
    pub fn open(root: &Path, aside: &Path) -> io::Result<Spool> {
        std::fs::create_dir_all(root)?;
        std::fs::create_dir_all(aside)?;
        Ok(Spool {
            root: root.to_owned(),
            aside: aside.to_owned(),
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

    /// Keeps an answer; when this returns it survives a power cut. It may be
    /// tried again after an error: nothing counts before the manifest is there.
    pub async fn save(&self, job_id: &str, answer: Arc<Answer>) -> io::Result<Manifest> {
        let folder = self.folder(job_id)?;
        blocking(move || files::save(&folder, &answer)).await
    }

    /// What a job's folder holds. An error says nothing of the bytes: they may
    /// be read another time.
    pub async fn find(&self, job_id: &str) -> io::Result<Found> {
        let (root, folder) = (self.root.clone(), self.folder(job_id)?);
        blocking(move || files::find(&root, &folder)).await
    }

    /// Lists the pictures of a folder without a whole list anew, and keeps that
    /// list; `None` if there are none. A list that cannot be understood is set aside.
    pub async fn list_again(&self, job_id: &str) -> io::Result<Option<Manifest>> {
        let (folder, aside) = (self.folder(job_id)?, self.aside_folder(job_id)?);
        blocking(move || files::list_again(&folder, &aside)).await
    }

    /// A picture's bytes; `None` if they are gone or no longer what was written.
    pub async fn picture(
        &self,
        job_id: &str,
        index: usize,
        picture: &SpooledPicture,
    ) -> io::Result<Option<Bytes>> {
        let path = self.folder(job_id)?.join(index.to_string());
        let expected = picture.sha256.clone();
        blocking(move || files::picture(&path, &expected)).await
    }

    /// Ids of the jobs that have a folder.
    pub async fn jobs(&self) -> io::Result<Vec<String>> {
        let root = self.root.clone();
        blocking(move || files::jobs(&root)).await
    }

    /// Ids of the jobs of which something is set aside.
    pub async fn jobs_set_aside(&self) -> io::Result<Vec<String>> {
        let aside = self.aside.clone();
        blocking(move || files::jobs(&aside)).await
    }

    /// Ids of the pictures that manifests name, of jobs under way and of those
    /// set aside: their objects belong to somebody.
    pub async fn images(&self) -> io::Result<HashSet<String>> {
        let roots = [self.root.clone(), self.aside.clone()];
        blocking(move || files::images(&roots)).await
    }

    /// Ids of the pictures that this job's lists name, in the spool and set aside.
    pub async fn images_of(&self, job_id: &str) -> io::Result<Vec<String>> {
        let root = self.root.clone();
        let folders = [self.folder(job_id)?, self.aside_folder(job_id)?];
        blocking(move || {
            let mut images = Vec::new();
            for folder in folders {
                // One that cannot be understood tells nothing; the rule for orphans
                // finds what it was about.
                if let Ok(Found::Whole(manifest)) = files::find(&root, &folder) {
                    images.extend(manifest.pictures.into_iter().map(|p| p.image_id));
                }
            }
            Ok(images)
        })
        .await
    }

    /// Puts one picture, or all that is left of a job, aside.
    pub async fn set_aside(&self, job_id: &str, index: Option<usize>) -> io::Result<()> {
        let (folder, aside) = (self.folder(job_id)?, self.aside_folder(job_id)?);
        blocking(move || match index {
            Some(index) => files::move_one(&folder, &aside, &index.to_string()),
            None => files::move_all(&folder, &aside),
        })
        .await
    }

    /// Removes a job's folder, whose pictures are in the library.
    pub async fn remove(&self, job_id: &str) -> io::Result<()> {
        let folder = self.folder(job_id)?;
        blocking(move || files::remove(&folder)).await
    }

    /// Removes everything of a job whose owner leaves, what is set aside too.
    pub async fn erase(&self, job_id: &str) -> io::Result<()> {
        let aside = self.aside_folder(job_id)?;
        self.remove(job_id).await?;
        blocking(move || files::remove(&aside)).await
    }

    fn folder(&self, job_id: &str) -> io::Result<PathBuf> {
        files::below(&self.root, job_id)
    }

    fn aside_folder(&self, job_id: &str) -> io::Result<PathBuf> {
        files::below(&self.aside, job_id)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::image_api::Picture;
    use std::fs;

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
            let picture = |bytes: &'static [u8]| Picture {
                bytes: Bytes::from_static(bytes),
                revised_prompt: None,
            };
            let answer = Answer {
                pictures: vec![picture(b"first"), picture(b"second")],
                usage: None,
            };
            let saved = self.spool.save(&self.job, Arc::new(answer)).await;
            saved.expect("saved")
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
