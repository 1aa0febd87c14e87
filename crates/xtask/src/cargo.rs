//! Compiles the server, and the browser's module, with cargo. Cargo shows its
//! own progress; what it made is read from its messages rather than guessed.

use crate::{project::Project, split};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::{
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// One of cargo's messages, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    target: Target,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    executable: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
struct Target {
    name: String,
}

/// Compiles the server; returns the program. A release has the site of a folder in
/// itself, and is compiled with a profile of its own.
pub fn server(project: &Project, release: Option<(&Path, &str)>) -> Result<PathBuf> {
    let mut command = build(project);
    command.args([
        "--package",
        &project.bin_package,
        "--bin",
        &project.bin_target,
    ]);
    if let Some((site, profile)) = release {
        command.args(["--profile", profile, "--features", "embed"]);
        command.env("IMGC_SITE_DIR", site);
    }
    made(command, |message| {
        (message.target.name == project.bin_target)
            .then_some(message.executable)
            .flatten()
    })
    .context("compiling the server")
}

/// Compiles the browser's package; returns the module. `quietly` where another
/// cargo shows its progress at the same time.
pub fn browser(project: &Project, release: bool, quietly: bool) -> Result<PathBuf> {
    let profile = if release {
        &project.lib_profile_release
    } else {
        "dev"
    };
    let mut command = build(project);
    command.args(["--package", &project.lib_package, "--profile", profile]);
    command.args(["--target", "wasm32-unknown-unknown"]);
    if split::SPLITS {
        command.args(["--features", "split"]);
    }
    // A folder of its own, where cargo-leptos builds it, too: cargo lets one
    // build at a time into a folder, and this one runs beside the server's.
    command.arg("--target-dir").arg(project.front_folder());
    if quietly {
        command.arg("--quiet");
    }
    let library = project.lib_package.replace('-', "_");
    made(command, |message| {
        let mut files = message.filenames.into_iter();
        (message.target.name == library)
            .then(|| files.find(|file| file.extension().is_some_and(|e| e == "wasm")))
            .flatten()
    })
    .context("compiling the browser's module")
}

/// `cargo build` with what both have in common.
fn build(project: &Project) -> Command {
    let mut command = cargo();
    command.current_dir(&project.root);
    command.args([
        "build",
        "--locked",
        "--message-format=json-render-diagnostics",
    ]);
    command
}

/// The cargo that runs this xtask. It told this program about its package; build
/// scripts that look at such variables would run again for nothing.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs cargo and returns the file that `pick` finds in its messages.
fn made(mut command: Command, pick: impl Fn(Message) -> Option<PathBuf>) -> Result<PathBuf> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo cannot be started")?;
    let mut found = None;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            found = picked(&line?, &pick).or(found);
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("cargo says above what is wrong ({status})");
    }
    found.context("cargo did not say what it made")
}

/// What a line of cargo's messages names, if it is the one sought.
fn picked(line: &str, pick: impl Fn(Message) -> Option<PathBuf>) -> Option<PathBuf> {
    let message: Message = serde_json::from_str(line).ok()?;
    (message.reason == "compiler-artifact")
        .then(|| pick(message))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_cargos_messages() {
        let pick = |message: Message| {
            (message.target.name == "imgc")
                .then_some(message.executable)
                .flatten()
        };
        let library = r#"{"reason":"compiler-artifact","target":{"name":"imgc"},"filenames":["a.rlib"],"executable":null}"#;
        let program = r#"{"reason":"compiler-artifact","target":{"name":"imgc"},"filenames":["imgc"],"executable":"imgc"}"#;
        assert_eq!(picked(library, pick), None);
        assert_eq!(picked(program, pick), Some("imgc".into()));
        assert_eq!(
            picked(r#"{"reason":"build-finished","success":true}"#, pick),
            None
        );
        assert_eq!(picked("words a build script printed", pick), None);
    }
}
