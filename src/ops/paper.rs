//! What a package installs beside the binary: the manual page, and what shells
//! complete. Both are made from the command line's own definition, so that they
//! cannot say anything else.

use super::cli::Cli;
use crate::server::config::{DEFAULT_FILE, KEYS};
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::{
    Man,
    roff::{Inline, Roff, bold, italic, roman},
};
use std::io::{self, Write};

/// What the exit codes mean, for whoever restarts the server.
const EXITS: [(&str, &str); 3] = [
    ("0", "It ended in order."),
    ("1", "Something failed; another try may work."),
    (
        "2",
        "The command line, the configuration or the built site is not usable, or the \
         database is missing, another version's or not to be shared with this node: \
         another try ends the same.",
    ),
];

/// Writes the manual page, in roff.
pub fn man(out: &mut dyn Write) -> io::Result<()> {
    let mut command = Cli::command();
    command.build();
    let man = Man::new(command.clone()).manual("imgc");
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    let mut page = Roff::new();
    page.control("SH", ["COMMANDS"]);
    for subcommand in command.get_subcommands_mut() {
        describe(subcommand, &mut page);
        for part in subcommand.get_subcommands_mut() {
            if part.get_name() != "help" {
                describe(part, &mut page);
            }
        }
    }
    page.control("SH", ["ENVIRONMENT"]);
    page.text([roman(format!(
        "Each variable overrides a key of {DEFAULT_FILE}, which is named after it."
    ))]);
    for key in KEYS {
        let name = vec![bold(key.env), roman(format!(" ({})", key.path))];
        entry(&mut page, name, key.help);
    }
    page.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in EXITS {
        entry(&mut page, vec![bold(code)], meaning);
    }
    page.to_writer(out)?;
    man.render_version_section(out)
}

/// A command with its arguments and options.
fn describe(command: &mut Command, page: &mut Roff) {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").trim().to_owned();
    let about = command.get_about().map(ToString::to_string);
    entry(page, vec![bold(usage)], &about.unwrap_or_default());
    let own = command
        .get_arguments()
        .filter(|argument| !argument.is_global_set() && argument.get_id() != "help");
    page.control("RS", []);
    for argument in own {
        let name = match argument.get_long() {
            Some(long) => vec![bold(format!("--{long}"))],
            None => vec![italic(argument.get_id().as_str().to_uppercase())],
        };
        let help = argument.get_help().map(ToString::to_string);
        entry(page, name, &help.unwrap_or_default());
    }
    page.control("RE", []);
}

/// A name, and below it what it means.
fn entry(page: &mut Roff, name: Vec<Inline>, meaning: &str) {
    page.control("TP", []);
    page.text(name);
    page.text([roman(meaning)]);
}

/// Writes what a shell completes.
pub fn completions(shell: Shell, out: &mut dyn Write) {
    clap_complete::generate(shell, &mut Cli::command(), "imgc", out);
}
