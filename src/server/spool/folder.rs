//! The spool of one node: a folder of its own, and one beside it of what is set
//! aside. The work on the disk is done off the async threads.

use super::{Found, Manifest, SpooledPicture, check, files};
use crate::server::image_api::Answer;
use bytes::Bytes;
use std::{
    collections::HashSet,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The two folders.
#[derive(Clone)]
pub(super) struct Folder {
    root: PathBuf,
    aside: PathBuf,
}

impl Folder {
    pub(super) fn open(root: &Path, aside: &Path) -> io::Result<Folder> {
        std::fs::create_dir_all(root)?;
        std::fs::create_dir_all(aside)?;
        Ok(Folder {
            root: root.to_owned(),
            aside: aside.to_owned(),
        })
    }

    /// The file that is tried has no name, so that nobody finds it.
    pub(super) async fn takes_files(&self) -> io::Result<()> {
        let root = self.root.clone();
        blocking(move || {
            let mut file = tempfile::tempfile_in(root)?;
            file.write_all(&[0; 4096])?;
            file.flush()
        })
        .await
    }

    pub(super) async fn save(&self, job_id: &str, answer: Arc<Answer>) -> io::Result<Manifest> {
        let folder = self.of_job(job_id)?;
        blocking(move || files::save(&folder, &answer)).await
    }

    pub(super) async fn find(&self, job_id: &str) -> io::Result<Found> {
        let (root, folder) = (self.root.clone(), self.of_job(job_id)?);
        blocking(move || files::find(&root, &folder)).await
    }

    pub(super) async fn list_again(&self, job_id: &str) -> io::Result<Option<Manifest>> {
        let (folder, aside) = (self.of_job(job_id)?, self.aside_of_job(job_id)?);
        blocking(move || files::list_again(&folder, &aside)).await
    }

    pub(super) async fn picture(
        &self,
        job_id: &str,
        index: usize,
        picture: &SpooledPicture,
    ) -> io::Result<Option<Bytes>> {
        // One that was moved here from a bucket may have another name.
        let name = picture.file.clone().unwrap_or_else(|| index.to_string());
        let path = self.of_job(job_id)?.join(name);
        let expected = picture.sha256.clone();
        blocking(move || files::picture(&path, &expected)).await
    }

    pub(super) async fn jobs(&self) -> io::Result<Vec<String>> {
        let root = self.root.clone();
        blocking(move || files::jobs(&root)).await
    }

    pub(super) async fn jobs_set_aside(&self) -> io::Result<Vec<String>> {
        let aside = self.aside.clone();
        blocking(move || files::jobs(&aside)).await
    }

    pub(super) async fn images(&self) -> io::Result<HashSet<String>> {
        let roots = [self.root.clone(), self.aside.clone()];
        blocking(move || files::images(&roots)).await
    }

    pub(super) async fn images_of(&self, job_id: &str) -> io::Result<Vec<String>> {
        let root = self.root.clone();
        let folders = [self.of_job(job_id)?, self.aside_of_job(job_id)?];
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

    pub(super) async fn set_aside(&self, job_id: &str, index: Option<usize>) -> io::Result<()> {
        let (folder, aside) = (self.of_job(job_id)?, self.aside_of_job(job_id)?);
        let root = self.root.clone();
        blocking(move || match index {
            Some(index) => {
                let listed = match files::find(&root, &folder)? {
                    Found::Whole(mut manifest) if index < manifest.pictures.len() => {
                        manifest.pictures.swap_remove(index).file
                    }
                    _ => None,
                };
                let name = listed.unwrap_or_else(|| index.to_string());
                files::move_one(&folder, &aside, &name)
            }
            None => files::move_all(&folder, &aside),
        })
        .await
    }

    pub(super) async fn remove(&self, job_id: &str) -> io::Result<()> {
        let folder = self.of_job(job_id)?;
        blocking(move || files::remove(&folder)).await
    }

    pub(super) async fn erase(&self, job_id: &str) -> io::Result<()> {
        let aside = self.aside_of_job(job_id)?;
        self.remove(job_id).await?;
        blocking(move || files::remove(&aside)).await
    }

    fn of_job(&self, job_id: &str) -> io::Result<PathBuf> {
        check(job_id)?;
        Ok(self.root.join(job_id))
    }

    fn aside_of_job(&self, job_id: &str) -> io::Result<PathBuf> {
        check(job_id)?;
        Ok(self.aside.join(job_id))
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}
