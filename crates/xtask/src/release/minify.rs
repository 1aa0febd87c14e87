//! Makes the JavaScript and the style sheet small, by esbuild and Lightning CSS
//! from npm, whence wasm-opt comes, too. Compiled here, Lightning CSS alone would
//! take a minute more of two processors, and a minifier of JavaScript many.

use super::tools;
use crate::{project::Project, site, site::Files};
use anyhow::{Context, Result};
use std::{fs, process::Command};

/// What the style sheet is written for: browsers that people have.
const BROWSERS: &str = "defaults";

/// Minifies the scripts beside the module. What they import keeps its form.
pub fn scripts(project: &Project, files: &mut Files) -> Result<()> {
    let scripts = files.iter_mut();
    for (_, script) in scripts.filter(|(path, _)| {
        path.extension().is_some_and(|e| e == "js") && path.components().count() == 1
    }) {
        let mut esbuild = tools::tool(project, "esbuild");
        esbuild.args([
            "--minify",
            "--format=esm",
            "--target=es2022",
            "--log-level=warning",
        ]);
        *script = through(project, "esbuild", esbuild, "script.js", script)?;
    }
    Ok(())
}

/// Minifies the style sheet, and writes what is new in other words for browsers
/// that do not know it.
pub fn sheet(project: &Project, sheet: &str) -> Result<Vec<u8>> {
    let mut lightning = tools::tool(project, "lightningcss");
    lightning.args(["--minify", "--targets", BROWSERS]);
    through(
        project,
        "lightningcss",
        lightning,
        "sheet.css",
        sheet.as_bytes(),
    )
}

/// What `command` makes of `content`.
fn through(
    project: &Project,
    tool: &str,
    mut command: Command,
    file: &str,
    content: &[u8],
) -> Result<Vec<u8>> {
    let input = project.scratch().join(file);
    let output = project.scratch().join(format!("min-{file}"));
    site::write(&input, content)?;
    command.arg(&input);
    if tool == "esbuild" {
        command.arg(format!("--outfile={}", output.display()));
    } else {
        command.arg("--output-file").arg(&output);
    }
    tools::run(tool, command)?;
    fs::read(&output).with_context(|| format!("reading {}", output.display()))
}
