//! Splits the browser's module into a main one and parts that are loaded when they
//! are needed, along the functions that `part!` marks (`src/ui/part.rs`).
//!
//! A release is split, and what the browser tests walk on. A first `make run` does
//! not wait for the splitter to be compiled: there everything is in one module.
//!
//! It works on what the linker made, which tells where everything is used
//! (`--emit-relocs`), and before wasm-bindgen, which only knows the main module.

use crate::site::Files;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Whether this xtask splits the module.
pub const SPLITS: bool = cfg!(feature = "split");

/// The script that loads parts; the main module's script imports it.
pub const LOADER: &str = "parts.js";
/// The file that says which modules each part consists of.
pub const LIST: &str = "parts.txt";

/// The main module, which wasm-bindgen has yet to make loadable, and the files
/// beside it: the parts, the script that loads them, and the list of them.
pub struct Split {
    /// The main module.
    pub main: PathBuf,
    /// What is served as it is.
    pub files: Files,
}

/// The module as it is.
#[cfg(not(feature = "split"))]
pub fn split(module: &Path, _name: &str, _scratch: &Path) -> Result<Split> {
    Ok(Split {
        main: module.to_owned(),
        files: Files::new(),
    })
}

/// Splits `module`, whose script will be called `{name}.js`, in `scratch`.
#[cfg(feature = "split")]
pub fn split(module: &Path, name: &str, scratch: &Path) -> Result<Split> {
    use anyhow::{Context, anyhow};
    use std::fs;

    let bytes = fs::read(module).with_context(|| format!("reading {}", module.display()))?;
    if scratch.exists() {
        fs::remove_dir_all(scratch)?;
    }
    let parts = scratch.join("parts");
    let main = scratch.join("main.wasm");
    let script = format!("./{name}.js");
    let mut options = wasm_split_cli_support::Options::new(&bytes);
    options.output_dir = &parts;
    options.main_out_path = &main;
    let loader = format!("./{LOADER}");
    options.link_name = &loader;
    options.main_module = &script;
    let done = wasm_split_cli_support::transform(options).map_err(|e| anyhow!("{e:?}"))?;
    let mut lines: Vec<String> = done
        .prefetch_map
        .iter()
        .map(|(part, files)| format!("{part}: {}\n", files.join(" ")))
        .collect();
    lines.sort();
    let mut files = crate::site::read(&parts)?;
    files.insert(LIST.into(), lines.concat().into_bytes());
    Ok(Split { main, files })
}
