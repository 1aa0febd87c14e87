//! Makes the modules small, by wasm-opt with the flags of Cargo.toml.

use super::tools;
use crate::{
    project::Project,
    site::{self, Files},
};
use anyhow::{Context, Result};
use std::fs;

/// Optimises each module among the files.
pub fn modules(project: &Project, files: &mut Files) -> Result<()> {
    let input = project.scratch().join("module.wasm");
    let output = project.scratch().join("optimised.wasm");
    let modules = files.iter_mut();
    for (path, module) in modules.filter(|(path, _)| path.extension().is_some_and(|e| e == "wasm"))
    {
        site::write(&input, module)?;
        let mut command = tools::tool(project, "wasm-opt");
        command.args(&project.wasm_opt_features);
        command.arg(&input).arg("-o").arg(&output);
        tools::run("wasm-opt", command).with_context(|| path.display().to_string())?;
        *module = fs::read(&output).with_context(|| format!("reading {}", output.display()))?;
    }
    Ok(())
}
