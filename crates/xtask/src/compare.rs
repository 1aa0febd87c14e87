//! The same site by cargo-leptos, and what differs. Both read the same lines of
//! Cargo.toml, so nothing should but what is listed in [`legitimate`].

use crate::{
    arguments::Wish,
    build, cargo,
    project::Project,
    site::{self, Files},
    split,
    step::step,
};
use anyhow::{Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

/// Builds the site both ways and fails where they differ. Without cargo-leptos
/// there is nothing to compare with, which is said and is no failure.
pub fn run(release: bool) -> Result<()> {
    let mut asked = cargo::cargo();
    asked.args(["leptos", "--version"]);
    asked.stdout(Stdio::null()).stderr(Stdio::null());
    if !asked.status()?.success() {
        println!("Skipped: cargo-leptos is not installed (make watch installs it)");
        return Ok(());
    }
    let project = Project::find()?;
    let folder = project.scratch().join("compare");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let (ours, theirs) = (folder.join("xtask"), folder.join("cargo-leptos"));
    build::run(&Wish {
        release,
        server_profile: None,
        site_only: true,
        site: Some(ours.clone()),
    })?;
    step("cargo-leptos", "", || {
        cargo_leptos(&project, release, &theirs)
    })?;
    let name = project.output_name.as_str();
    let (mut ours, mut theirs) = (site::read(&ours)?, site::read(&theirs)?);
    // Scripts of single pages, which only xtask puts beside the module.
    let scripts = site::take_scripts(&mut theirs);
    ours.retain(|path, _| {
        !path
            .file_name()
            .is_some_and(|name| scripts.contains_key(Path::new(name)))
    });
    let differences = differences(&normal(name, release, ours), &normal(name, release, theirs));
    if differences.is_empty() {
        println!("Both built the same site");
        return Ok(());
    }
    bail!("the two sites differ:\n  {}", differences.join("\n  "))
}

fn cargo_leptos(project: &Project, release: bool, site: &Path) -> Result<()> {
    let mut command = cargo::cargo();
    command.current_dir(&project.root);
    command.args(["leptos", "build", "--frontend-only"]);
    command.env("LEPTOS_SITE_ROOT", site.strip_prefix(&project.root)?);
    if release {
        command.args(["--release", "--precompress"]);
        command.env("LEPTOS_HASH_FILES", "true");
        // The server's own list is left alone.
        command.env("LEPTOS_HASH_FILE_NAME", "compared.txt");
    }
    if !command.status()?.success() {
        bail!("cargo-leptos says above what is wrong");
    }
    Ok(())
}

/// What differs between two sites, in words.
fn differences(ours: &Files, theirs: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (path, content) in ours {
        let name = path.display();
        match theirs.get(path) {
            None => found.push(format!("{name}: made by xtask alone")),
            Some(other) if other != content => found.push(format!(
                "{name}: {} bytes by xtask, {} others by cargo-leptos",
                content.len(),
                other.len()
            )),
            Some(_) => {}
        }
    }
    let missing = theirs.keys().filter(|path| !ours.contains_key(*path));
    found.extend(missing.map(|path| format!("{}: made by cargo-leptos alone", path.display())));
    found
}

/// The files without what may differ: hashes in names, and the content of what
/// the two make differently. That is the module and its JavaScript, which only xtask
/// splits, and while developing the style sheet, which only cargo-leptos minifies.
fn normal(name: &str, release: bool, files: Files) -> Files {
    let apart: &[&str] = if release {
        &["js", "wasm"]
    } else {
        &["js", "wasm", "css"]
    };
    let kept = files.into_iter().filter(|(path, _)| !legitimate(path));
    kept.map(|(path, content)| {
        let plain = without_hash(name, &path);
        let differs = apart
            .iter()
            .any(|kind| plain == plain.with_file_name(format!("{name}.{kind}")));
        (plain, if differs { Vec::new() } else { content })
    })
    .collect()
}

/// What only one of them makes, or makes in its own way: types of the module,
/// which nobody here reads; compressed forms, which hold the same; and the parts.
fn legitimate(path: &Path) -> bool {
    let name = path.to_string_lossy();
    [".d.ts", ".br", ".gz"].iter().any(|end| name.contains(end)) || of_parts(path)
}

/// Parts of the module, which only xtask splits, the script that loads them and
/// the list of them.
fn of_parts(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("split_")
        || name.starts_with("chunk_")
        || name == split::LIST
        || name == split::LOADER
}

/// `imgc.2jmj7l5rSw0yVb_vlWAYkK.js` and `2jmj7l5rSw0yVb_vlWAYkK/imgc.js` are `imgc.js`.
fn without_hash(name: &str, path: &Path) -> PathBuf {
    let folders = path.parent().into_iter().flatten();
    let folder: PathBuf = folders.filter(|folder| folder.len() != 22).collect();
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let parts: Vec<&str> = file.split('.').collect();
    match parts[..] {
        [first, hash, ending] if first == name && hash.len() == 22 => {
            folder.join(format!("{first}.{ending}"))
        }
        _ => folder.join(file.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(files: &[(&str, &str)]) -> Files {
        let files = files.iter();
        files
            .map(|(path, content)| (path.into(), content.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn what_may_differ_does_not_count() {
        let ours = site(&[
            ("pkg/imgc.aaaaaaaaaaaaaaaaaaaaaa.js", "a"),
            ("pkg/imgc.aaaaaaaaaaaaaaaaaaaaaa.js.br", "1"),
            ("pkg/dddddddddddddddddddddd/imgc.wasm", "whole"),
            ("pkg/dddddddddddddddddddddd/parts.js", "p"),
            ("pkg/dddddddddddddddddddddd/parts.txt", "p"),
            ("pkg/dddddddddddddddddddddd/split_rest.wasm", "p"),
            ("favicon.svg", "x"),
        ]);
        let theirs = site(&[
            ("pkg/imgc.bbbbbbbbbbbbbbbbbbbbbb.js", "b"),
            ("pkg/imgc.cccccccccccccccccccccc.d.ts", "types"),
            ("pkg/imgc.eeeeeeeeeeeeeeeeeeeeee.wasm", "split"),
            ("favicon.svg", "x"),
        ]);
        let found = differences(&normal("imgc", true, ours), &normal("imgc", true, theirs));
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn what_must_not_differ_is_named() {
        let ours = site(&[
            ("pkg/imgc.css", "a"),
            ("only.txt", ""),
            ("pkg/imgc.wasm", "1"),
        ]);
        let theirs = site(&[
            ("pkg/imgc.css", "b"),
            ("pkg/other.js", ""),
            ("pkg/imgc.wasm", "1"),
        ]);
        let found = differences(&normal("imgc", true, ours), &normal("imgc", true, theirs));
        assert_eq!(found.len(), 3, "{found:?}");
    }
}
