//! The parts of the browser's code: which files each consists of, as the build
//! lists them beside them (`parts.txt`). A site that was built without parts has no list.

use std::collections::BTreeMap;

/// The list, in the folder of the module.
pub(super) const LIST: &str = "parts.txt";
/// The script that loads parts.
const LOADER: &str = "parts.js";

/// The addresses of the parts' files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The script that loads them, which the main script imports.
    pub loader: Option<String>,
    modules: BTreeMap<String, Vec<String>>,
}

impl Parts {
    /// Reads the list's lines, `rest: chunk_4 split_rest`, of the files in `folder`.
    pub(super) fn read(list: &str, folder: &str) -> Parts {
        let lines = list.lines().filter_map(|line| line.split_once(':'));
        let modules: BTreeMap<String, Vec<String>> = lines
            .map(|(part, files)| {
                let files = files.split_whitespace();
                let files = files.map(|file| format!("{folder}/{file}.wasm")).collect();
                (part.to_owned(), files)
            })
            .collect();
        Parts {
            loader: (!modules.is_empty()).then(|| format!("{folder}/{LOADER}")),
            modules,
        }
    }

    /// The files of these parts, each once.
    pub fn modules(&self, parts: &[&str]) -> Vec<String> {
        let mut files: Vec<String> = Vec::new();
        for file in parts
            .iter()
            .filter_map(|part| self.modules.get(*part))
            .flatten()
        {
            if !files.contains(file) {
                files.push(file.clone());
            }
        }
        files
    }

    /// Every file.
    pub(super) fn all(&self) -> impl Iterator<Item = &String> {
        self.loader.iter().chain(self.modules.values().flatten())
    }
}
