//! File names that change with the content, so that a browser may keep what it
//! has for ever, and the list of them that the server reads.

use crate::site::Files;
use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Gives every file a name that changes with its content. Returns all files, and
/// what hash.txt is to say.
///
/// The code's files name each other and fit no other build's: they keep their names
/// in a folder that is called after all of them. The style sheet changes less often
/// and has a hash of its own.
pub fn names(name: &str, mut files: Files) -> Result<(Files, String)> {
    let sheet = PathBuf::from(format!("{name}.css"));
    let style = files
        .remove(&sheet)
        .with_context(|| format!("the build made no {}", sheet.display()))?;
    for ending in ["js", "wasm"] {
        let plain = format!("{name}.{ending}");
        files
            .get(Path::new(&plain))
            .with_context(|| format!("the build made no {plain}"))?;
    }
    let mut together = Sha256::new();
    for (path, content) in &files {
        // Each with its length, so that no two sets of files read the same.
        let path = path.to_string_lossy();
        for piece in [path.as_bytes(), content.as_slice()] {
            together.update((piece.len() as u64).to_le_bytes());
            together.update(piece);
        }
    }
    let (folder, hash) = (text(together), text(Sha256::new_with_prefix(&style)));
    let files = files.into_iter();
    let mut named: Files = files
        .map(|(path, content)| (Path::new(&folder).join(path), content))
        .collect();
    named.insert(format!("{name}.{hash}.css").into(), style);
    Ok((named, format!("folder: {folder}\ncss: {hash}\n")))
}

/// 132 bits of a hash, in letters that may stand in an address.
fn text(hash: Sha256) -> String {
    let mut text = URL_SAFE_NO_PAD.encode(hash.finalize());
    text.truncate(22);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built() -> Files {
        Files::from([
            ("imgc.js".into(), b"js".to_vec()),
            ("imgc.wasm".into(), b"wasm".to_vec()),
            ("imgc.css".into(), b"css".to_vec()),
            ("split_rest.wasm".into(), b"rest".to_vec()),
            ("snippets/a.js".into(), b"a".to_vec()),
        ])
    }

    fn said(list: &str) -> (&str, &str) {
        let (folder, style) = list.trim_end().split_once('\n').unwrap();
        let folder = folder.strip_prefix("folder: ").unwrap();
        (folder, style.strip_prefix("css: ").unwrap())
    }

    #[test]
    fn the_code_is_together_in_a_folder_that_the_list_tells() {
        let (files, list) = names("imgc", built()).unwrap();
        let (folder, style) = said(&list);
        assert_eq!((folder.len(), style.len()), (22, 22));
        assert_eq!(files[&PathBuf::from(format!("imgc.{style}.css"))], b"css");
        for path in ["imgc.js", "imgc.wasm", "split_rest.wasm", "snippets/a.js"] {
            assert!(files.contains_key(&Path::new(folder).join(path)), "{path}");
        }
        assert_eq!(files.len(), 5);
    }

    #[test]
    fn another_content_has_another_name() {
        let before = names("imgc", built()).unwrap().1;
        for path in [
            "imgc.js",
            "imgc.wasm",
            "split_rest.wasm",
            "snippets/a.js",
            "imgc.css",
        ] {
            let mut other = built();
            other.insert(path.into(), b"other".to_vec());
            let after = names("imgc", other).unwrap().1;
            let (before, after) = (said(&before), said(&after));
            assert_eq!(before.0 == after.0, path == "imgc.css", "{path}");
            assert_eq!(before.1 == after.1, path != "imgc.css", "{path}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let said = names("imgc", Files::new()).unwrap_err().to_string();
        assert!(said.contains("imgc.css"));
        let mut files = built();
        files.remove(Path::new("imgc.js"));
        let said = names("imgc", files).unwrap_err().to_string();
        assert!(said.contains("imgc.js"));
    }
}
