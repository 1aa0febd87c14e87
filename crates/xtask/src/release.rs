//! What a release has beyond a build: small, hashed and compressed files.
//!
//! - [`tools`]: finds the programs that come from npm;
//! - [`shorten`]: names that the module and its JavaScript have for each other;
//! - [`optimise`]: the module, by wasm-opt;
//! - [`minify`]: the JavaScript and the style sheet;
//! - [`hash`]: names that change with the content, so that browsers keep them;
//! - [`compress`]: brotli and gzip beside each file that gains by it.

mod compress;
mod hash;
mod minify;
mod optimise;
mod shorten;
mod tools;

use crate::{cargo, project::Project, site, step::step, style};
use anyhow::Result;
use std::path::Path;

/// Makes the release's site of the loadable module in `folder`, and then, if it
/// is wished for, the server that has the site in itself, compiled with a profile
/// of Cargo's.
pub fn finish(
    project: &Project,
    folder: &Path,
    target: &Path,
    server_profile: Option<&str>,
) -> Result<()> {
    let mut built = site::read(folder)?;
    let mut files = site::read(&project.public())?;
    let scripts = site::take_scripts(&mut files);
    let name = &project.output_name;
    shorten::names(project, &mut built)?;
    step("wasm-opt", "about 1 min", || {
        optimise::modules(project, &mut built)
    })?;
    built.extend(scripts);
    step("Minified JavaScript and styles", "", || {
        minify::scripts(project, &mut built)?;
        let sheet = minify::sheet(project, &style::bundle(&project.style())?)?;
        built.insert(format!("{name}.css").into(), sheet);
        Ok(())
    })?;
    let (hashed, hashes) = hash::names(name, built)?;
    let inside = project.package_folder(Path::new(""));
    files.extend(
        hashed
            .into_iter()
            .map(|(path, content)| (inside.join(path), content)),
    );
    step("Compressed files", "seconds", || {
        compress::beside(&mut files)?;
        // The server finds the names in it.
        files.insert("hash.txt".into(), hashes.into_bytes());
        site::replace(target, &files)
    })?;
    if let Some(profile) = server_profile {
        step("The server", "about 8 min the first time", || {
            cargo::server(project, Some((target, profile)))
        })?;
    }
    Ok(())
}
