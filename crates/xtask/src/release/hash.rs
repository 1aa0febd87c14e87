//! File names that change with the content, so that a browser may keep what it
//! has for ever, and the list of them that the server reads.

use crate::site::Files;
use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// The endings of the files that pages link to, in the order of the list.
const LINKED: [&str; 3] = ["js", "wasm", "css"];

/// Gives the three files that pages link to their hashed names. Returns all
/// files, and what hash.txt is to say. Others (a module's snippets) keep their
/// names, because the JavaScript imports them by these.
pub fn names(name: &str, mut files: Files) -> Result<(Files, String)> {
    let mut list = String::new();
    for ending in LINKED {
        let plain = PathBuf::from(format!("{name}.{ending}"));
        let content = files
            .remove(&plain)
            .with_context(|| format!("the build made no {}", plain.display()))?;
        let hash = hash(&content);
        list.push_str(&format!("{ending}: {hash}\n"));
        files.insert(format!("{name}.{hash}.{ending}").into(), content);
    }
    Ok((files, list))
}

/// 132 bits of SHA-256, in letters that may stand in an address.
fn hash(content: &[u8]) -> String {
    let mut text = URL_SAFE_NO_PAD.encode(Sha256::digest(content));
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
            ("snippets/a.js".into(), b"a".to_vec()),
        ])
    }

    #[test]
    fn linked_files_carry_the_hash_that_the_list_tells() {
        let (files, list) = names("imgc", built()).unwrap();
        for line in list.lines() {
            let (ending, hash) = line.split_once(": ").unwrap();
            assert_eq!(hash.len(), 22);
            let path = PathBuf::from(format!("imgc.{hash}.{ending}"));
            assert_eq!(files[&path], ending.as_bytes());
        }
        assert_eq!(list.lines().count(), 3);
        assert_eq!(files.len(), 4);
        assert!(files.contains_key(&PathBuf::from("snippets/a.js")));
    }

    #[test]
    fn another_content_has_another_name() {
        let mut other = built();
        other.insert("imgc.css".into(), b"body {}".to_vec());
        let (one, two) = (names("imgc", built()), names("imgc", other));
        let (one, two) = (one.unwrap().1, two.unwrap().1);
        let same = one.lines().zip(two.lines()).filter(|(a, b)| a == b);
        assert_eq!(same.count(), 2);
    }

    #[test]
    fn a_missing_file_is_named() {
        let said = names("imgc", Files::new()).unwrap_err().to_string();
        assert!(said.contains("imgc.js"));
    }
}
