//! Makes the compiled module loadable: wasm-bindgen writes its JavaScript and
//! adapts it. As a library it is compiled for this project alone and needs no
//! program of a fitting version somewhere on the machine.

use crate::{cargo, project::Project, site, split, step::step, versions};
use anyhow::{Context, Result};
use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};
use wasm_bindgen_cli_support::Bindgen;

/// Compiles the module and makes it loadable; returns the folder of the two
/// files, `imgc.js` and `imgc.wasm`, and of what else they load. `quietly` where
/// another cargo shows its progress at the same time.
pub fn front(project: &Project, release: bool, quietly: bool) -> Result<PathBuf> {
    let version = versions::tools(&project.root)?;
    let estimate = if release {
        "about 3 min the first time"
    } else {
        "about 2 min the first time"
    };
    let module = step("The browser's module", estimate, || {
        cargo::browser(project, release, quietly)
    })?;
    let kind = if release { "release" } else { "debug" };
    let folder = project.scratch().join(kind);
    let stamp = project.scratch().join(format!("{kind}.stamp"));
    let mark = mark(&module, &version)?;
    if fs::read_to_string(&stamp).is_ok_and(|former| former == mark) && folder.is_dir() {
        return Ok(folder);
    }
    // What is in the folder is of no build until all of it is there.
    if stamp.exists() {
        fs::remove_file(&stamp)?;
    }
    step("Parts and wasm-bindgen", "seconds", || {
        let scratch = project.scratch().join(format!("{kind}-split"));
        let split = split::split(&module, &project.output_name, &scratch)
            .context("splitting the module")?;
        bindgen(project, &split.main, &folder).context("making the module loadable")?;
        for (path, content) in &split.files {
            site::write(&folder.join(path), content)?;
        }
        Ok(())
    })?;
    site::write(&stamp, mark.as_bytes())?;
    Ok(folder)
}

/// Says of which module and wasm-bindgen the files in the folder are.
fn mark(module: &Path, version: &str) -> Result<String> {
    let bytes = fs::read(module).with_context(|| format!("reading {}", module.display()))?;
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    Ok(format!("{version} {} {:x}", bytes.len(), hasher.finish()))
}

fn bindgen(project: &Project, module: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let name = &project.output_name;
    let mut output = Bindgen::new()
        .input_path(module)
        .out_name(name)
        .web(true)?
        // The parts call the main module by the names that the linker knows.
        .keep_lld_exports(split::SPLITS)
        .demangle(!split::SPLITS)
        .typescript(false)
        .generate_output()?;
    output.emit(folder)?;
    // As cargo-leptos and Leptos have it.
    fs::rename(
        folder.join(format!("{name}_bg.wasm")),
        folder.join(format!("{name}.wasm")),
    )?;
    Ok(())
}
