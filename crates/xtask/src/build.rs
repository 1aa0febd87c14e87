//! All of a build, one step after the other.

use crate::{arguments::Wish, bindgen, cargo, project::Project, site, step::step, style};
use anyhow::{Result, anyhow};
use std::{
    path::{Path, PathBuf},
    thread,
};

/// Builds what was wished for.
pub fn run(wish: &Wish) -> Result<()> {
    if wish.release && !cfg!(feature = "release") {
        return again_for_a_release(wish);
    }
    let project = Project::find()?;
    let target = wish.site.clone().unwrap_or_else(|| match wish.release {
        true => project.release_site(),
        false => project.site(),
    });
    if wish.release {
        let folder = bindgen::front(&project, true, false)?;
        let profile = wish.server_profile.as_deref().unwrap_or("release");
        return release(
            &project,
            &folder,
            &target,
            (!wish.site_only).then_some(profile),
        );
    }
    let folder = if wish.site_only {
        bindgen::front(&project, false, false)?
    } else {
        server_and_module(&project)?
    };
    step("The site", "", || {
        let mut files = site::read(&project.public())?;
        let inside = project.package_folder(Path::new(""));
        let scripts = site::take_scripts(&mut files);
        for (path, content) in site::read(&folder)?.into_iter().chain(scripts) {
            files.insert(inside.join(path), content);
        }
        let sheet = inside.join(format!("{}.css", project.output_name));
        files.insert(sheet, style::bundle(&project.style())?.into_bytes());
        site::replace(&target, &files)
    })?;
    Ok(())
}

/// Compiles both at the same time: each has long stretches that keep only one
/// processor busy. Returns the folder of the loadable module.
fn server_and_module(project: &Project) -> Result<PathBuf> {
    thread::scope(|scope| {
        let front = scope.spawn(|| bindgen::front(project, false, true));
        step("The server", "about 6 min the first time", || {
            cargo::server(project, None)
        })?;
        front
            .join()
            .map_err(|_| anyhow!("the module's build broke off"))?
    })
}

#[cfg(feature = "release")]
use crate::release::finish as release;

/// Never called: a release is built by the xtask that can.
#[cfg(not(feature = "release"))]
fn release(_: &Project, _: &Path, _: &Path, _: Option<&str>) -> Result<()> {
    anyhow::bail!("this xtask was compiled without the steps of a release")
}

/// Asks cargo for the xtask that has the steps of a release, and runs it.
fn again_for_a_release(wish: &Wish) -> Result<()> {
    let mut command = cargo::cargo();
    command.args(["run", "--locked", "--package", "xtask"]);
    // The only part of it that would take minutes as it is compiled for developers.
    command.args(["--config", "profile.dev.package.brotli.opt-level=3"]);
    command.args(["--features", "release", "--", "build", "--release"]);
    if let Some(profile) = &wish.server_profile {
        command.args(["--server-profile", profile]);
    }
    if wish.site_only {
        command.arg("--site-only");
    }
    if let Some(site) = &wish.site {
        command.arg("--site").arg(site);
    }
    if !command.status()?.success() {
        anyhow::bail!("the release was not built");
    }
    Ok(())
}
