//! The house: each folder imports only what stands below it, in the order of
//! `src/lib.rs`, and no two folders import each other.

use super::house;
use std::collections::{BTreeMap, BTreeSet};

/// An import: the file that has it, and the module path it leads to (without `crate`).
struct Import {
    file: String,
    path: Vec<String>,
}

/// The modules of `lib.rs` from the roof to the ground.
fn storeys() -> Vec<String> {
    let lib = include_str!("../../lib.rs");
    lib.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

/// A file's module path: `server/config/keys.rs` is `["server", "config", "keys"]`.
fn module_of(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs");
    path.split('/').map(str::to_owned).collect()
}

/// The text without comments, and without the tests at its end, which may look
/// behind every curtain.
pub(super) fn code_of(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// Every path of a use tree: `a::{b, c::{d, e}}` is `a::b`, `a::c::d`, `a::c::e`.
fn leaves(tree: &str, before: &[String], found: &mut Vec<Vec<String>>) {
    let (mut depth, mut start) = (0, 0);
    let mut parts = Vec::new();
    for (at, c) in tree.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&tree[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tree[start..]);
    for part in parts.into_iter().map(str::trim).filter(|p| !p.is_empty()) {
        let (path, inner) = match part.split_once('{') {
            Some((path, inner)) => (path, Some(inner.trim_end().trim_end_matches('}'))),
            None => (part.split(" as ").next().unwrap_or_default(), None),
        };
        let mut full = before.to_vec();
        let segments = path.split("::").map(str::trim);
        full.extend(segments.filter(|s| !s.is_empty()).map(str::to_owned));
        match inner {
            // A closing brace more than needed does no harm: it belongs to no path.
            Some(inner) => leaves(inner, &full, found),
            None => found.push(full),
        }
    }
}

/// Every path in a file that begins with `crate` or `super`, in `use` items and
/// in the middle of code.
fn paths_of(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = String::new();
    let mut items = code.split(";\n");
    for item in &mut items {
        let Some((other, tree)) = item.rsplit_once("use ").filter(|(other, tree)| {
            let begins_line = other.rsplit('\n').next().is_some_and(|line| {
                let line = line.trim();
                line.is_empty() || line.starts_with("pub")
            });
            begins_line && !tree.contains('=') && !tree.contains(';')
        }) else {
            rest.push_str(item);
            rest.push('\n');
            continue;
        };
        leaves(tree, &[], &mut found);
        rest.push_str(other);
        rest.push('\n');
    }
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    for path in rest.split(|c: char| !word(c)) {
        let segments: Vec<String> = path.split("::").map(str::to_owned).collect();
        if segments.len() > 1 {
            found.push(segments);
        }
    }
    found.retain(|path| matches!(path[0].as_str(), "crate" | "super"));
    found
}

fn imports() -> Vec<Import> {
    let mut found = Vec::new();
    for (file, text) in house() {
        let module = module_of(&file);
        if module.len() == 1 && ["lib", "main"].contains(&module[0].as_str()) {
            continue;
        }
        for path in paths_of(&code_of(&text)) {
            let ups = path.iter().take_while(|s| *s == "super").count();
            let mut full: Vec<String> = match ups {
                0 => Vec::new(),
                _ => module[..module.len().saturating_sub(ups)].to_vec(),
            };
            full.extend(path[ups.max(1)..].iter().cloned());
            if full.len() > 1 || ups == 0 {
                found.push(Import {
                    file: file.clone(),
                    path: full,
                });
            }
        }
    }
    assert!(found.len() > 500, "the imports were not read");
    found
}

#[test]
fn imports_point_down() {
    let storeys = storeys();
    assert!(storeys.len() > 10, "lib.rs was not read");
    let height = |module: &str| storeys.iter().position(|storey| storey == module);
    let (mut up, mut down) = (BTreeSet::new(), 0);
    for import in imports() {
        let from = module_of(&import.file)[0].clone();
        let to = &import.path[0];
        if let (Some(here), Some(there)) = (height(&from), height(to)) {
            down += u32::from(there > here);
            if there < here {
                up.insert(format!("{} imports {to}", import.file));
            }
        }
    }
    assert!(down > 300, "only {down} imports were understood");
    assert_eq!(up, BTreeSet::new(), "these stand above");
}

/// A folder with the file of its name; a file without a folder belongs to the
/// folder it is in.
fn folder_of(module: &[String], folders: &BTreeSet<Vec<String>>) -> Vec<String> {
    let mut length = module.len();
    while length > 0 && !folders.contains(&module[..length]) {
        length -= 1;
    }
    module[..length].to_vec()
}

#[test]
fn no_two_folders_import_each_other() {
    let mut folders = BTreeSet::new();
    for (file, _) in house() {
        let module = module_of(&file);
        folders.insert(module[..module.len() - 1].to_vec());
    }
    let mut arrows: BTreeMap<Vec<String>, BTreeMap<Vec<String>, String>> = BTreeMap::new();
    for import in imports() {
        let from = folder_of(&module_of(&import.file), &folders);
        let to = folder_of(&import.path, &folders);
        // A folder and what is inside it are one story.
        let nested = from.starts_with(&to) || to.starts_with(&from);
        if !nested {
            arrows.entry(from).or_default().insert(to, import.file);
        }
    }
    let mut circles = BTreeSet::new();
    for start in arrows.keys() {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&Vec<String>> = arrows[start].keys().collect();
        while let Some(folder) = open.pop() {
            if folder == start {
                circles.insert(start.join("/"));
                break;
            }
            if seen.insert(folder) {
                open.extend(arrows.get(folder).into_iter().flat_map(BTreeMap::keys));
            }
        }
    }
    assert_eq!(circles, BTreeSet::new(), "these folders are on a circle");
}
