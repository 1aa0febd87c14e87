//! What was asked for, read from the command line.

use anyhow::{Result, bail};
use std::path::PathBuf;

/// Printed for `--help`, and below what is not understood.
pub const USAGE: &str = "\
cargo xtask build [--release] [--server-profile PROFILE] [--site-only] [--site FOLDER]
    builds the server and the site: target/debug/imgc and target/site
      --release         optimised, hashed and precompressed
      --server-profile  Cargo's profile for a release's server: release, if not said
      --site-only       leaves the server as it is
      --site            puts the site elsewhere
cargo xtask compare [--release]
    builds the site with cargo-leptos, too, and says what differs";

/// One of the things xtask does.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Builds the site.
    Build(Wish),
    /// Compares it with cargo-leptos's.
    Compare { release: bool },
    /// Says what it can do.
    Help,
}

/// How a build is wanted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Optimised, hashed and compressed.
    pub release: bool,
    /// Cargo's profile for a release's server, instead of `release`.
    pub server_profile: Option<String>,
    /// Without the server.
    pub site_only: bool,
    /// Where the site goes instead of the folder that Cargo.toml names.
    pub site: Option<PathBuf>,
}

/// Reads the arguments after the program's name.
pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Command> {
    let mut arguments = arguments.into_iter();
    let command = arguments.next().unwrap_or_default();
    let mut wish = Wish::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--release" => wish.release = true,
            "--server-profile" if command == "build" => match arguments.next() {
                Some(profile) => wish.server_profile = Some(profile),
                None => bail!("--server-profile wants a profile after it\n{USAGE}"),
            },
            "--site-only" if command == "build" => wish.site_only = true,
            "--site" if command == "build" => match arguments.next() {
                Some(folder) => wish.site = Some(folder.into()),
                None => bail!("--site wants a folder after it\n{USAGE}"),
            },
            "--help" => return Ok(Command::Help),
            other => bail!("{command} does not know {other}\n{USAGE}"),
        }
    }
    if wish.server_profile.is_some() && !wish.release {
        bail!("--server-profile is for a --release\n{USAGE}");
    }
    match command.as_str() {
        "build" => Ok(Command::Build(wish)),
        "compare" => Ok(Command::Compare {
            release: wish.release,
        }),
        "" | "help" | "--help" => Ok(Command::Help),
        other => bail!("there is no command {other}\n{USAGE}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn what_is_asked_for_is_understood() {
        assert_eq!(read("").unwrap(), Command::Help);
        assert_eq!(read("build").unwrap(), Command::Build(Wish::default()));
        assert_eq!(
            read("build --release --site-only --site a/b").unwrap(),
            Command::Build(Wish {
                release: true,
                server_profile: None,
                site_only: true,
                site: Some("a/b".into()),
            })
        );
        assert_eq!(
            read("build --release --server-profile dev").unwrap(),
            Command::Build(Wish {
                release: true,
                server_profile: Some("dev".into()),
                ..Wish::default()
            })
        );
        assert_eq!(
            read("compare --release").unwrap(),
            Command::Compare { release: true }
        );
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for line in [
            "dance",
            "build --fast",
            "build --site",
            "build --release --server-profile",
            "build --server-profile dev",
            "compare --site x",
        ] {
            let said = read(line).unwrap_err().to_string();
            assert!(said.contains("cargo xtask build"), "{said}");
        }
    }
}
