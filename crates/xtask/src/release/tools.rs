//! Finds the programs that come from npm: scripts/setup puts them in .tools.

use crate::project::Project;
use anyhow::{Context, Result, bail};
use std::{path::PathBuf, process::Command};

/// A command of the tool called `name`: this project's own, else the PATH's.
pub fn tool(project: &Project, name: &str) -> Command {
    let own = project.root.join(".tools/node_modules/.bin").join(name);
    let program = if own.exists() {
        own
    } else {
        PathBuf::from(name)
    };
    Command::new(program)
}

/// Runs `command`, which is called `name`, to its end.
pub fn run(name: &str, mut command: Command) -> Result<()> {
    let status = command.status().with_context(|| absent(name))?;
    if !status.success() {
        bail!("{name} says above what is wrong ({status})");
    }
    Ok(())
}

fn absent(name: &str) -> String {
    format!("{name} cannot be started; `scripts/setup build` installs it")
}
