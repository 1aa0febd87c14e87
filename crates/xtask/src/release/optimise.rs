//! Makes the module small, by wasm-opt with the flags of Cargo.toml.

use super::tools;
use crate::project::Project;
use anyhow::{Context, Result};
use std::{fs, path::Path};

/// The module at `path`, optimised.
pub fn module(project: &Project, path: &Path) -> Result<Vec<u8>> {
    let optimised = project.scratch().join("optimised.wasm");
    let mut command = tools::tool(project, "wasm-opt");
    command.args(&project.wasm_opt_features);
    command.arg(path).arg("-o").arg(&optimised);
    tools::run("wasm-opt", command)?;
    fs::read(&optimised).with_context(|| format!("reading {}", optimised.display()))
}
