//! Where things are: what Cargo.toml tells cargo-leptos, read for ourselves, so
//! that there is one place for both.

use anyhow::{Context, Result};
use serde::Deserialize;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The project, as `[[workspace.metadata.leptos]]` describes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Project {
    /// The checkout's folder.
    #[serde(skip)]
    pub root: PathBuf,
    /// What the built files are called, before their endings.
    pub output_name: String,
    /// The server's package.
    pub bin_package: String,
    /// The server's program.
    pub bin_target: String,
    /// The browser's package.
    pub lib_package: String,
    /// The profile it is compiled with for a release.
    pub lib_profile_release: String,
    site_root: PathBuf,
    site_pkg_dir: PathBuf,
    style_file: PathBuf,
    assets_dir: PathBuf,
    /// What wasm-opt is given besides the files.
    #[cfg(feature = "release")]
    pub wasm_opt_features: Vec<String>,
}

#[derive(Deserialize)]
struct Manifest {
    workspace: Workspace,
}

#[derive(Deserialize)]
struct Workspace {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    leptos: Vec<Project>,
}

impl Project {
    /// Reads the project this xtask was compiled in.
    pub fn find() -> Result<Project> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .context("crates/xtask lies in no project")?;
        Project::read(root)
    }

    /// Reads the project in `root`.
    pub fn read(root: &Path) -> Result<Project> {
        let path = root.join("Cargo.toml");
        let text =
            fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let manifest: Manifest = toml::from_str(&text)
            .context("Cargo.toml: [[workspace.metadata.leptos]] lacks what the build must know")?;
        let mut projects = manifest.workspace.metadata.leptos;
        let mut project = projects
            .pop()
            .context("Cargo.toml: [[workspace.metadata.leptos]] is empty")?;
        project.root = root.to_owned();
        Ok(project)
    }

    /// The folder the server serves.
    pub fn site(&self) -> PathBuf {
        self.root.join(&self.site_root)
    }

    /// The folder of the site that a release has in itself.
    pub fn release_site(&self) -> PathBuf {
        self.root.join("target/release/site")
    }

    /// The folder of the built files, inside `site`.
    pub fn package_folder(&self, site: &Path) -> PathBuf {
        site.join(&self.site_pkg_dir)
    }

    /// The style sheet that imports the others.
    pub fn style(&self) -> PathBuf {
        self.root.join(&self.style_file)
    }

    /// The files that are served as they are.
    pub fn public(&self) -> PathBuf {
        self.root.join(&self.assets_dir)
    }

    /// Where the browser's package is compiled; cargo-leptos does it there, too.
    pub fn front_folder(&self) -> PathBuf {
        self.root.join("target/front")
    }

    /// A folder for what is made on the way.
    pub fn scratch(&self) -> PathBuf {
        self.root.join("target/xtask")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_project_is_found() {
        let project = Project::find().unwrap();
        assert!(project.style().is_file());
        assert!(project.public().is_dir());
        assert!(project.site().ends_with("target/site"));
        assert_eq!(project.output_name, "imgc");
    }

    /// Browsers refuse modules with features they do not know.
    #[cfg(feature = "release")]
    #[test]
    fn wasm_opt_is_told_each_feature_by_name() {
        let flags = Project::find().unwrap().wasm_opt_features;
        assert!(!flags.iter().any(|flag| flag == "--all-features"));
        assert!(flags.iter().any(|flag| flag == "--enable-bulk-memory"));
    }
}
