//! The objects of a move: those that the other side lacks are copied, and both
//! sides listed and compared.

use super::{Hold, MoveError};
use crate::server::objects::{FileError, Objects};
use futures::{TryStreamExt, future};
use std::collections::BTreeMap;

/// Where the objects are that rows name.
const FOLDERS: [&str; 6] = [
    "originals",
    "composites",
    "renditions",
    "uploads",
    "avatars",
    "sealed",
];
/// Objects that travel at the same time; each is in memory meanwhile.
const AT_ONCE: usize = 4;

/// Objects by key, with their length.
type Listing = BTreeMap<String, u64>;

/// Copies what is in the folder to the bucket; returns how many objects there are.
/// An instance that kept its pictures in a bucket has none in the folder.
pub(super) async fn from_folder(
    folder: &Objects,
    bucket: &Objects,
    hold: &mut Hold,
) -> Result<u64, MoveError> {
    let mut found = 0;
    for name in FOLDERS {
        found += listing(folder, name).await?.len();
    }
    if found == 0 {
        tracing::info!("the folder holds no objects: they are taken to be in the bucket");
        return Ok(0);
    }
    copy(folder, bucket, "the bucket (objects.url)", hold).await
}

/// Copies every object that the other side lacks, or has with another length;
/// returns how many objects there are. `place` is what the other side is called.
pub(super) async fn copy(
    from: &Objects,
    to: &Objects,
    place: &str,
    hold: &mut Hold,
) -> Result<u64, MoveError> {
    let mut objects = 0;
    for folder in FOLDERS {
        let sent = listing(from, folder).await?;
        let there = listing(to, folder).await?;
        if let Some(key) = there.keys().find(|key| !sent.contains_key(*key)) {
            return Err(MoveError::Stranger {
                place: place.to_owned(),
                key: key.clone(),
            });
        }
        let lacking: Vec<(&String, &u64)> = sent
            .iter()
            .filter(|(key, size)| there.get(*key) != Some(*size))
            .collect();
        for group in lacking.chunks(AT_ONCE) {
            let copies = group
                .iter()
                .map(|(key, size)| copy_one(from, to, key, **size));
            future::try_join_all(copies).await?;
            hold.prolong().await?;
        }
        if listing(to, folder).await? != sent {
            return Err(MoveError::Differs(folder.to_owned()));
        }
        tracing::info!(folder, objects = sent.len(), "objects were moved");
        objects += sent.len() as u64;
    }
    Ok(objects)
}

async fn copy_one(from: &Objects, to: &Objects, key: &str, size: u64) -> Result<(), MoveError> {
    let bytes = from.get_at(key).await?;
    if bytes.len() as u64 != size {
        return Err(MoveError::Differs(key.to_owned()));
    }
    Ok(to.put_at(key, bytes).await?)
}

async fn listing(objects: &Objects, folder: &str) -> Result<Listing, FileError> {
    let listed = objects.list(folder);
    listed
        .map_ok(|object| (object.key, object.size))
        .try_collect()
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Db;

    #[tokio::test]
    async fn what_is_missing_is_copied_and_strangers_are_not_mixed_in() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(&folder.path().join("test.db"))
            .await
            .expect("opens");
        let mut hold = Hold::take(&db).await.expect("free");
        let (from, to) = (Objects::in_memory(), Objects::in_memory());
        for (key, text) in [
            ("originals/a.png", "a picture"),
            ("renditions/a/320.webp", "small"),
            ("avatars/u.webp", "a face"),
            ("spool/j/0", "not a row's"),
        ] {
            from.put_at(key, text.into()).await.expect("kept");
        }
        // An earlier try got so far.
        to.put_at("originals/a.png", "a pic".into())
            .await
            .expect("kept");
        for _ in 0..2 {
            let copied = copy(&from, &to, "there", &mut hold).await;
            assert_eq!(copied.expect("copied"), 3);
        }
        let whole = to.get_at("originals/a.png").await.expect("there");
        assert_eq!(whole, "a picture");
        assert!(to.get_at("spool/j/0").await.is_err());
        to.put_at("uploads/x.png", "another's".into())
            .await
            .expect("kept");
        let refused = copy(&from, &to, "there", &mut hold).await;
        let refused = refused.expect_err("a stranger").to_string();
        assert!(refused.contains("uploads/x.png"), "{refused}");
        // One that had a bucket all the time.
        let none = Objects::in_memory();
        let copied = from_folder(&none, &to, &mut hold).await;
        assert_eq!(copied.expect("nothing to do"), 0);
    }
}
