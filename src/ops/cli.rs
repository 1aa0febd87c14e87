//! The command line: every command, its options, and the words of `--help`.

use super::{invite::Invite, move_data::Target, people::People, suspend::Suspend};
use clap::{Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// An AI image studio and gallery that anyone can host.
#[derive(Debug, Parser)]
#[command(name = "imgc", version = VERSION, about)]
pub struct Cli {
    /// The configuration file; Leptos.toml in this folder unless named.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<String>,
    /// The subcommand; none serves the site.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The version, and the commit it was built from where the build knew it.
pub const VERSION: &str = env!("IMGC_VERSION");

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the site (the default).
    Serve,
    /// Show the configuration in force and try every dependency.
    Doctor,
    /// Make, list or take back invitations to open an account.
    Invite {
        /// What to do with them.
        #[command(subcommand)]
        what: Invite,
    },
    /// List people with what they used, or set the limits of one of them.
    People {
        /// What to do.
        #[command(subcommand)]
        what: People,
    },
    /// Suspend somebody, with reasons that they read, or end a suspension.
    Suspend(Suspend),
    /// Bring the database up to date, after a copy, without serving.
    Migrate,
    /// Move everything from data_dir to Cloudflare D1 and its bucket, or back.
    Move {
        /// Where to: `d1` or `sqlite`.
        #[arg(long, value_name = "TARGET")]
        to: Target,
        /// The ledger of erasures of the embedded database, where it is not in data_dir.
        #[arg(long, value_name = "FILE")]
        ledger: Option<PathBuf>,
    },
    /// Make an encrypted copy of everything, while the server runs.
    Backup,
    /// Make the key that backups are encrypted for; keep its file elsewhere.
    BackupKey {
        /// The new file of the secret half.
        file: PathBuf,
    },
    /// Put a backup back. Who was erased since stays erased.
    Restore {
        /// The backup's file.
        backup: PathBuf,
        /// The file with the secret half of the key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Give up the database that is there.
        #[arg(long)]
        replace: bool,
    },
    /// Make a database fit to be served that was put back in another way, by D1's
    /// Time Travel or by hand: as `restore` does with a backup.
    AfterRestore,
    /// Remove everything whose time has come, as the running server does by itself.
    Purge {
        /// Count what would go, and remove nothing.
        #[arg(long)]
        dry_run: bool,
        /// Believe the clock although it jumped, or nothing ran for days.
        #[arg(long, conflicts_with = "dry_run")]
        trust_clock: bool,
    },
    /// Print the manual page, for `man`.
    Man,
    /// Print what a shell completes, for its folder of completions.
    Completions {
        /// The shell.
        shell: Shell,
    },
}
