//! Builds the site without cargo-leptos: `cargo xtask build`.
//!
//! In the order of a build:
//!
//! - [`arguments`]: what was asked for;
//! - [`project`]: where things are, from Cargo.toml;
//! - [`versions`]: whether the wasm-bindgen in here fits the one in Cargo.lock;
//! - [`cargo`]: compiles the server, and the browser's module;
//! - [`split`]: makes a main module and parts of it;
//! - [`bindgen`]: makes the module loadable, with its JavaScript;
//! - [`style`]: makes one style sheet of many;
//! - [`site`]: writes what changed, copies `public/`, removes what is left over;
//! - `release`: optimises, minifies, hashes, compresses;
//! - [`build`]: all of it, one after the other;
//! - [`compare`]: the same site by cargo-leptos, and what differs;
//! - [`step`]: how each step is announced and timed.

mod arguments;
mod bindgen;
mod build;
mod cargo;
mod compare;
mod project;
#[cfg(feature = "release")]
mod release;
mod site;
mod split;
mod step;
mod style;
mod versions;

use arguments::{Command, USAGE};
use std::process::ExitCode;

fn main() -> ExitCode {
    let done = match arguments::parse(std::env::args().skip(1)) {
        Ok(Command::Build(wish)) => build::run(&wish),
        Ok(Command::Compare { release }) => compare::run(release),
        Ok(Command::Help) => {
            println!("{USAGE}");
            Ok(())
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem:#}");
            ExitCode::FAILURE
        }
    }
}
