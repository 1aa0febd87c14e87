//! Answers under way and those that were set aside: files of the folder, objects of
//! the bucket, under the same names.

use super::{Hold, MoveError, at};
use crate::server::{leftovers, objects::Objects, spool::SET_ASIDE};
use futures::TryStreamExt;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// The folders, and what the bucket calls them.
const FOLDERS: [&str; 2] = ["spool", SET_ASIDE];
/// The name of a job's list: what it names is there before it.
const MANIFEST: &str = "manifest.json";

/// Brings the folder's files into the bucket; returns their number.
pub(super) async fn to_bucket(
    data: &Path,
    bucket: &Objects,
    hold: &mut Hold,
) -> Result<u64, MoveError> {
    let mut moved = 0;
    for folder in FOLDERS {
        for key in files_in(data, folder)? {
            let path = data.join(&key);
            let bytes = tokio::fs::read(&path).await.map_err(at(&path))?;
            bucket.put_at(&key, bytes.into()).await?;
            moved += 1;
            hold.prolong().await?;
        }
    }
    Ok(moved)
}

/// Brings the bucket's objects into the folder; returns their number.
pub(super) async fn from_bucket(
    bucket: &Objects,
    data: &Path,
    hold: &mut Hold,
) -> Result<u64, MoveError> {
    let mut moved = 0;
    for folder in FOLDERS {
        let listed: Vec<_> = bucket.list(folder).try_collect().await?;
        let mut keys: Vec<String> = listed.into_iter().map(|object| object.key).collect();
        keys.retain(|key| is_of_job(key));
        keys.sort_by_key(|key| key.ends_with(MANIFEST));
        for key in keys {
            let bytes = bucket.get_at(&key).await?;
            let path = data.join(&key);
            let target = path.clone();
            let written = tokio::task::spawn_blocking(move || write(&target, &bytes)).await;
            written
                .map_err(io::Error::other)
                .flatten()
                .map_err(at(&path))?;
            moved += 1;
            hold.prolong().await?;
        }
    }
    Ok(moved)
}

/// The files of the jobs in a folder, as keys: lists come last. Halves of writes
/// that were killed are left behind.
fn files_in(data: &Path, folder: &str) -> Result<Vec<String>, MoveError> {
    let root = data.join(folder);
    let mut keys = Vec::new();
    for job in names(&root).map_err(at(&root))? {
        let path = root.join(&job);
        for name in names(&path).map_err(at(&path))? {
            let key = format!("{folder}/{job}/{name}");
            if is_of_job(&key) && !leftovers::is_unfinished(&name) {
                keys.push(key);
            }
        }
    }
    keys.sort_by_key(|key| key.ends_with(MANIFEST));
    Ok(keys)
}

/// Whether this is the key of a job's file, and leads nowhere else.
fn is_of_job(key: &str) -> bool {
    let parts: Vec<&str> = key.split('/').collect();
    match parts[..] {
        [_, job, name] => {
            Uuid::parse_str(job).is_ok() && !name.is_empty() && !name.starts_with('.')
        }
        _ => false,
    }
}

/// Names in a folder; none in one that is not there, nor in a file.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(Vec::new());
        }
        entries => entries?,
    };
    entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// Writes a file so that its name never means a part of it.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let mut file = File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Db;

    #[tokio::test]
    async fn answers_go_to_a_bucket_and_come_back_with_their_lists_last() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(&folder.path().join("test.db"))
            .await
            .expect("opens");
        let mut hold = Hold::take(&db).await.expect("free");
        let (here, there) = (folder.path().join("here"), folder.path().join("there"));
        let job = Uuid::now_v7().to_string();
        for (name, text) in [
            (format!("spool/{job}/manifest.json"), "{}"),
            (format!("spool/{job}/0"), "first"),
            (format!("spool/{job}/1.part"), "half"),
            ("spool/stray/0".to_owned(), "nobody's"),
            (format!("{SET_ASIDE}/{job}/0"), "unreadable"),
        ] {
            write(&here.join(name), text.as_bytes()).expect("written");
        }
        fs::write(here.join("spool/file"), "no folder").expect("written");
        let keys = files_in(&here, "spool").expect("read");
        assert_eq!(
            keys,
            [
                format!("spool/{job}/0"),
                format!("spool/{job}/manifest.json")
            ]
        );
        let bucket = Objects::in_memory();
        for _ in 0..2 {
            let moved = to_bucket(&here, &bucket, &mut hold).await;
            assert_eq!(moved.expect("moved"), 3);
            let moved = from_bucket(&bucket, &there, &mut hold).await;
            assert_eq!(moved.expect("moved"), 3);
        }
        let aside = fs::read(there.join(format!("{SET_ASIDE}/{job}/0")));
        assert_eq!(aside.expect("there"), b"unreadable");
        let back = files_in(&there, "spool").expect("read");
        assert_eq!(back, keys);
    }

    #[test]
    fn keys_lead_into_a_jobs_folder_and_nowhere_else() {
        let job = "0199c5a0-0000-7000-8000-000000000001";
        assert!(is_of_job(&format!("spool/{job}/0")));
        for key in ["spool/x/0", "spool/0", "originals/a.png", ""] {
            assert!(!is_of_job(key), "{key}");
        }
        for name in ["..", ".", "", "0/1"] {
            assert!(!is_of_job(&format!("spool/{job}/{name}")), "{name}");
        }
    }
}
