//! Writes the site's files: only those that changed, so that nothing downstream
//! takes an untouched file for a new one.

use anyhow::{Context, Result};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// What a folder is to hold: paths below it, and their content.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

/// The folder of scripts among the files that are served as they are.
pub const SCRIPTS: &str = "scripts";

/// Every file below `folder`.
pub fn read(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        let entries =
            fs::read_dir(&current).with_context(|| format!("reading {}", current.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let content =
                    fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
                files.insert(path.strip_prefix(folder)?.to_owned(), content);
            }
        }
    }
    Ok(files)
}

/// Takes the scripts out of the files that are served as they are: they go beside the
/// module, and have names that change where its have.
pub fn take_scripts(public: &mut Files) -> Files {
    let scripts = public.extract_if(.., |path, _| path.starts_with(SCRIPTS));
    let scripts = scripts.filter_map(|(path, content)| Some((path.file_name()?.into(), content)));
    scripts.collect()
}

/// Makes `folder` hold `files` and nothing else; returns how many it wrote.
pub fn replace(folder: &Path, files: &Files) -> Result<usize> {
    let mut written = 0;
    for (path, content) in files {
        written += usize::from(write(&folder.join(path), content)?);
    }
    let wanted: BTreeSet<PathBuf> = files.keys().map(|path| folder.join(path)).collect();
    prune(folder, &wanted)?;
    Ok(written)
}

/// Writes `content` unless the file already holds it; says whether it wrote.
pub fn write(path: &Path, content: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|former| former == content) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    fs::write(path, content).with_context(|| format!("writing {}", path.display()))?;
    Ok(true)
}

/// Removes the files below `folder` that are not wanted, then empty folders.
fn prune(folder: &Path, wanted: &BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            prune(&path, wanted)?;
            if fs::read_dir(&path)?.next().is_none() {
                fs::remove_dir(&path)?;
            }
        } else if !wanted.contains(&path) {
            fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_holds_what_it_should_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let old = folder.path().join("pkg/snippets/old.js");
        write(&old, b"old").unwrap();
        let files = Files::from([
            ("favicon.svg".into(), b"<svg/>".to_vec()),
            ("pkg/imgc.js".into(), b"export {}".to_vec()),
        ]);
        assert_eq!(replace(folder.path(), &files).unwrap(), 2);
        assert_eq!(read(folder.path()).unwrap(), files);
        assert!(!old.parent().unwrap().exists());
    }

    #[test]
    fn scripts_are_taken_out_of_what_is_served_as_it_is() {
        let mut public = Files::from([
            ("favicon.svg".into(), b"<svg/>".to_vec()),
            ("scripts/library.js".into(), b"one()".to_vec()),
        ]);
        let scripts = take_scripts(&mut public);
        let expected = Files::from([("library.js".into(), b"one()".to_vec())]);
        assert_eq!(scripts, expected);
        assert_eq!(public.len(), 1);
    }

    #[test]
    fn an_unchanged_file_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        assert!(write(&path, b"one").unwrap());
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        assert!(!write(&path, b"one").unwrap());
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
        assert!(write(&path, b"two").unwrap());
    }
}
