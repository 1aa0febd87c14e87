//! Whether the wasm-bindgen in here fits the one the module is compiled with:
//! they understand each other only when their versions are the same.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::{fs, path::Path};

#[derive(Deserialize)]
struct Lock {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
}

/// The version of wasm-bindgen, where Cargo.lock in `root` has one for both, and the
/// splitter's.
pub fn tools(root: &Path) -> Result<String> {
    let text = fs::read_to_string(root.join("Cargo.lock")).context("reading Cargo.lock")?;
    let lock: Lock = toml::from_str(&text).context("Cargo.lock is not what cargo writes")?;
    let mut packages = lock.package.iter();
    let splitter = packages.find(|package| package.name == "wasm_split_cli_support");
    let splitter = splitter.context("Cargo.lock has no wasm_split_cli_support")?;
    Ok(format!("{} {}", agreed(&lock)?, splitter.version))
}

/// The one version that `lock` holds of the library and of its tool.
fn agreed(lock: &Lock) -> Result<String> {
    let version = |name: &str| {
        let mut found = lock.package.iter().filter(|package| package.name == name);
        match (found.next(), found.next()) {
            (Some(package), None) => Ok(package.version.clone()),
            (None, _) => bail!("Cargo.lock has no {name}"),
            _ => bail!("Cargo.lock has several versions of {name}; the site is built with one"),
        }
    };
    let (library, tool) = (
        version("wasm-bindgen")?,
        version("wasm-bindgen-cli-support")?,
    );
    if library != tool {
        bail!(
            "Cargo.lock has wasm-bindgen {library} and wasm-bindgen-cli-support {tool}, which must be \
             of one version: write it in crates/browser/Cargo.toml and in crates/xtask/Cargo.toml"
        );
    }
    Ok(library)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(packages: &[(&str, &str)]) -> Lock {
        let entries = packages.iter().map(|(name, version)| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n")
        });
        toml::from_str(&format!("version = 4\n{}", entries.collect::<String>())).unwrap()
    }

    #[test]
    fn the_lock_file_of_this_project_agrees() {
        let root = crate::project::Project::find().unwrap().root;
        tools(&root).unwrap();
    }

    #[test]
    fn versions_that_differ_are_both_named() {
        let lock = lock(&[
            ("wasm-bindgen", "0.2.130"),
            ("wasm-bindgen-cli-support", "0.2.129"),
        ]);
        let said = agreed(&lock).unwrap_err().to_string();
        assert!(
            said.contains("0.2.130") && said.contains("0.2.129"),
            "{said}"
        );
    }

    #[test]
    fn a_second_version_or_none_is_said() {
        let twice = lock(&[("wasm-bindgen", "0.2.1"), ("wasm-bindgen", "0.2.2")]);
        assert!(agreed(&twice).unwrap_err().to_string().contains("several"));
        let none = lock(&[("wasm-bindgen", "0.2.1")]);
        assert!(agreed(&none).unwrap_err().to_string().contains("has no"));
    }
}
