//! The spool's files: written so that a name means a whole file, read so that
//! trouble of the disk is told from damage of the bytes.

use super::{Found, MANIFEST, Manifest, SpooledPicture, is_manifest};
use crate::server::{image_api::Answer, leftovers, secrets};
use bytes::Bytes;
use fail::fail_point;
use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

pub(super) fn save(folder: &Path, answer: &Answer) -> io::Result<Manifest> {
    fail_point!("spool-no-descriptors", |_| Err(
        io::Error::from_raw_os_error(24)
    ));
    fs::create_dir_all(folder)?;
    let pictures = answer.pictures.iter().map(|picture| SpooledPicture {
        image_id: uuid::Uuid::now_v7().to_string(),
        sha256: secrets::sha256(&picture.bytes),
        revised_prompt: picture.revised_prompt.clone(),
        file: None,
    });
    let manifest = Manifest {
        usage: answer.usage,
        pictures: pictures.collect(),
        listed_again: false,
    };
    let list = serde_json::to_vec(&manifest)?;
    let unfinished = unfinished(folder, MANIFEST);
    // Side by side, because the disk flushes them together. A picture is found by its
    // name as soon as it has one; the manifest gets its own when all of them have.
    write_pictures(folder, answer, || {
        write_synced(&unfinished, &list)?;
        folder.parent().map_or(Ok(()), sync_folder)
    })?;
    fs::rename(&unfinished, folder.join(MANIFEST))?;
    sync_folder(folder)?;
    Ok(manifest)
}

/// Writes each picture in a thread of its own, and does something else meanwhile.
fn write_pictures(
    folder: &Path,
    answer: &Answer,
    meanwhile: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    std::thread::scope(|scope| {
        let mut begun = Vec::with_capacity(answer.pictures.len());
        for (index, picture) in answer.pictures.iter().enumerate() {
            let work = move || write_picture(folder, index, &picture.bytes);
            let thread = std::thread::Builder::new().spawn_scoped(scope, work);
            // Where the system has no thread left, this one does it.
            begun.push(thread.map_err(|_| write_picture(folder, index, &picture.bytes)));
        }
        let mut done = meanwhile();
        for one in begun {
            done = done.and(match one {
                Ok(thread) => thread
                    .join()
                    .unwrap_or_else(|_| Err(io::Error::other("a thread ended early"))),
                Err(done_here) => done_here,
            });
        }
        done
    })
}

fn write_picture(folder: &Path, index: usize, bytes: &[u8]) -> io::Result<()> {
    write_whole(folder, &index.to_string(), bytes)?;
    fail_point!("spool-disk-full", |_| Err(io::Error::from_raw_os_error(28)));
    Ok(())
}

/// A spool that is not there at all (a volume that is not mounted) says nothing
/// of a job.
pub(super) fn find(root: &Path, folder: &Path) -> io::Result<Found> {
    fail_point!("spool-unreadable", |_| Err(io::Error::from_raw_os_error(5)));
    match fs::read(folder.join(MANIFEST)) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).map_or(Found::Unlisted, Found::Whole)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::metadata(root)?;
            Ok(Found::Unlisted)
        }
        Err(error) => Err(error),
    }
}

pub(super) fn list_again(folder: &Path, aside: &Path) -> io::Result<Option<Manifest>> {
    let mut places: Vec<usize> = names(folder)?
        .iter()
        .filter_map(|name| name.parse().ok())
        .collect();
    places.sort_unstable();
    // A picture's place is its file's name, so nothing may be missing between.
    let mut pictures = Vec::new();
    for (index, place) in places.into_iter().enumerate() {
        if place != index {
            fs::rename(
                folder.join(place.to_string()),
                folder.join(index.to_string()),
            )?;
        }
        let bytes = fs::read(folder.join(index.to_string()))?;
        pictures.push(SpooledPicture {
            image_id: uuid::Uuid::now_v7().to_string(),
            sha256: secrets::sha256(&bytes),
            revised_prompt: None,
            file: None,
        });
    }
    if pictures.is_empty() {
        return Ok(None);
    }
    move_one(folder, aside, MANIFEST)?;
    let manifest = Manifest {
        usage: None,
        pictures,
        listed_again: true,
    };
    write_manifest(folder, &manifest)?;
    Ok(Some(manifest))
}

pub(super) fn picture(path: &Path, expected: &str) -> io::Result<Option<Bytes>> {
    match fs::read(path) {
        Ok(bytes) if secrets::sha256(&bytes) == expected => Ok(Some(bytes.into())),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn jobs(root: &Path) -> io::Result<Vec<String>> {
    let mut ids = names(root)?;
    ids.retain(|name| uuid::Uuid::parse_str(name).is_ok());
    Ok(ids)
}

/// A manifest that cannot be read is an error: what it names is not known then.
/// One that cannot be understood names nothing any more.
pub(super) fn images(roots: &[PathBuf]) -> io::Result<HashSet<String>> {
    let mut images = HashSet::new();
    for root in roots {
        for job in jobs(root)? {
            let folder = root.join(job);
            let manifests = names(&folder)?;
            let manifests = manifests.iter().filter(|name| is_manifest(name));
            for name in manifests {
                let bytes = match fs::read(folder.join(name)) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    read => read?,
                };
                if let Ok(manifest) = serde_json::from_slice::<Manifest>(&bytes) {
                    images.extend(manifest.pictures.into_iter().map(|p| p.image_id));
                }
            }
        }
    }
    Ok(images)
}

/// Moves a file, if it is there; one of the same name is not replaced.
pub(super) fn move_one(folder: &Path, aside: &Path, name: &str) -> io::Result<()> {
    let from = folder.join(name);
    if !from.try_exists()? {
        return Ok(());
    }
    fs::create_dir_all(aside)?;
    let mut to = aside.join(name);
    let mut number = 1;
    while to.try_exists()? {
        to = aside.join(format!("{name}.{number}"));
        number += 1;
    }
    match fs::rename(&from, &to) {
        // The spool may be a volume of its own.
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            fs::copy(&from, &to)?;
            File::open(&to)?.sync_all()?;
            fs::remove_file(&from)?;
        }
        moved => moved?,
    }
    sync_folder(aside)?;
    sync_folder(folder)
}

pub(super) fn move_all(folder: &Path, aside: &Path) -> io::Result<()> {
    for name in names(folder)? {
        move_one(folder, aside, &name)?;
    }
    remove(folder)
}

pub(super) fn remove(folder: &Path) -> io::Result<()> {
    leftovers::remove_folder(folder)
}

/// Names in a folder; a folder that is not there has none.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

fn write_manifest(folder: &Path, manifest: &Manifest) -> io::Result<()> {
    write_whole(folder, MANIFEST, &serde_json::to_vec(manifest)?)?;
    sync_folder(folder)
}

/// Writes a file so that its name never means a part of it.
fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let unfinished = unfinished(folder, name);
    write_synced(&unfinished, bytes)?;
    fs::rename(&unfinished, folder.join(name))
}

/// Where a file is before it has its name.
fn unfinished(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.part"))
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
