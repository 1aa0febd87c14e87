//! The command line: `imgc serve` (the default), `imgc doctor`, and what
//! an operator does beside it (`imgc purge`, `imgc backup`, `imgc restore`).

use clap::{Parser, Subcommand};
use imgc::{
    housekeeping::rules,
    http::serve,
    ops::{backup, doctor},
    server::{AppState, config::Config},
};
use std::{path::PathBuf, process::ExitCode, time::Duration};

/// An AI image studio and gallery that anyone can host.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    /// The configuration file; Leptos.toml in this folder unless named.
    #[arg(long, global = true)]
    config: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the site (the default).
    Serve,
    /// Show the configuration in force and try every dependency.
    Doctor,
    /// Make an encrypted copy of everything, while the server runs.
    Backup,
    /// Make the key that backups are encrypted for; keep its file elsewhere.
    BackupKey {
        /// The new file of the secret half.
        file: PathBuf,
    },
    /// Put a backup back. Who was erased since stays erased.
    Restore {
        backup: PathBuf,
        /// The file with the secret half of the key.
        #[arg(long)]
        key: PathBuf,
        /// Give up the database that is there.
        #[arg(long)]
        replace: bool,
    },
    /// Remove everything whose time has come, as the running server does by itself.
    Purge {
        /// Count what would go, and remove nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

/// How long work that nobody waits for any more may hold up the end.
const LEFT_BEHIND: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(run(cli));
    // A disk or a store that hangs must not keep the process from ending.
    runtime.shutdown_timeout(LEFT_BEHIND);
    code
}

async fn run(cli: Cli) -> ExitCode {
    // Without the `failpoints` feature of the tests this is nothing.
    let _failpoints = fail::FailScenario::setup();
    let config = match Config::load(cli.config.as_deref()) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let done = match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(config).await,
        Command::Purge { dry_run } => told(purge(config, dry_run).await),
        Command::Backup => told(make_backup(config).await),
        Command::BackupKey { file } => told(backup::make_key(&file).map(|recipient| {
            format!(
                "Set IMGC_BACKUP_RECIPIENT={recipient}\nand keep {} somewhere else than on this \
                 server: nothing can be restored without it.\n",
                file.display()
            )
        })),
        Command::Restore {
            backup: file,
            key,
            replace,
        } => told(backup::restore::restore(config, &file, &key, replace).await),
        Command::Doctor => {
            let (report, well) = doctor::examine(config).await;
            print!("{report}");
            return if well {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            };
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn told(done: Result<String, String>) -> Result<(), String> {
    done.map(|report| print!("{report}"))
}

/// Makes a backup, and removes those that are too old.
async fn make_backup(config: Config) -> Result<String, String> {
    let state = AppState::open(config).await?;
    let made = backup::create::create(&state).await?;
    rules::run(&state).await;
    state.db.close().await;
    Ok(format!("{}\n", made.display()))
}

/// Carries out the rules of retention once, or tells what they would do.
async fn purge(config: Config, dry_run: bool) -> Result<String, String> {
    let state = AppState::open(config).await?;
    let report = if dry_run {
        let due = rules::due(&state).await.map_err(|e| e.to_string())?;
        rules::report(&due, "would go")
    } else {
        rules::report(&rules::run_all(&state).await, "removed")
    };
    state.db.close().await;
    Ok(report)
}
