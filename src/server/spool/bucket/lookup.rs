//! What is in the spool of a bucket: of which jobs, of which pictures, since when.

use super::super::{SET_ASIDE, check, is_manifest};
use super::{AT_ONCE, Bucket, List, SPOOL, aside, folder, trouble};
use crate::server::objects::Listed;
use futures::{StreamExt, TryStreamExt, stream};
use std::{collections::HashSet, io};

impl Bucket {
    pub(in crate::server::spool) async fn jobs(&self) -> io::Result<Vec<String>> {
        self.jobs_in(SPOOL).await
    }

    pub(in crate::server::spool) async fn jobs_set_aside(&self) -> io::Result<Vec<String>> {
        self.jobs_in(SET_ASIDE).await
    }

    async fn jobs_in(&self, root: &str) -> io::Result<Vec<String>> {
        let mut ids = self.objects.list_folders(root).await.map_err(trouble)?;
        ids.retain(|id| check(id).is_ok());
        Ok(ids)
    }

    pub(in crate::server::spool) async fn jobs_among(
        &self,
        mut ids: Vec<String>,
    ) -> io::Result<Vec<String>> {
        let mut there: HashSet<String> = self.jobs().await?.into_iter().collect();
        there.extend(self.jobs_set_aside().await?);
        ids.retain(|id| there.contains(id));
        Ok(ids)
    }

    pub(in crate::server::spool) async fn is_settled(
        &self,
        job_id: &str,
        since_ms: i64,
    ) -> io::Result<bool> {
        let listing = self.objects.list(&folder(job_id)?);
        let all: Vec<Listed> = listing.try_collect().await.map_err(trouble)?;
        Ok(all.iter().all(|object| object.modified_ms < since_ms))
    }

    /// As the folder's: a list that cannot be read is an error, one that cannot be
    /// understood names nothing any more.
    pub(in crate::server::spool) async fn images(&self) -> io::Result<HashSet<String>> {
        let mut images = HashSet::new();
        for root in [SPOOL, SET_ASIDE] {
            images.extend(self.images_below(root).await?);
        }
        Ok(images)
    }

    pub(in crate::server::spool) async fn images_of(
        &self,
        job_id: &str,
    ) -> io::Result<Vec<String>> {
        let mut images = self.images_below(&folder(job_id)?).await?;
        images.extend(self.images_below(&aside(job_id)?).await?);
        Ok(images)
    }

    async fn images_below(&self, root: &str) -> io::Result<Vec<String>> {
        let mut listing = self.objects.list(root);
        let mut lists = Vec::new();
        while let Some(object) = listing.try_next().await.map_err(trouble)? {
            if object.key.rsplit('/').next().is_some_and(is_manifest) {
                lists.push(object.key);
            }
        }
        let read: Vec<List> = stream::iter(lists)
            .map(|key| async move { self.read(&key).await })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let pictures = read.into_iter().flat_map(|list| match list {
            List::Whole(manifest) => manifest.pictures,
            List::Damaged | List::None => Vec::new(),
        });
        Ok(pictures.map(|picture| picture.image_id).collect())
    }
}
