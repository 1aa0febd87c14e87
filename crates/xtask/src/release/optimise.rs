//! Makes the module small, by wasm-opt with the flags of Cargo.toml.

use super::tools;
use crate::{
    project::Project,
    site::{self, Files},
};
use anyhow::{Context, Result};
use std::{fs, path::PathBuf};

/// Optimises the module among the files.
pub fn module(project: &Project, files: &mut Files) -> Result<()> {
    let path = PathBuf::from(format!("{}.wasm", project.output_name));
    let module = files
        .get_mut(&path)
        .with_context(|| format!("there is no {}", path.display()))?;
    let input = project.scratch().join("module.wasm");
    let output = project.scratch().join("optimised.wasm");
    site::write(&input, module)?;
    let mut command = tools::tool(project, "wasm-opt");
    command.args(&project.wasm_opt_features);
    command.arg(&input).arg("-o").arg(&output);
    tools::run("wasm-opt", command)?;
    *module = fs::read(&output).with_context(|| format!("reading {}", output.display()))?;
    Ok(())
}
