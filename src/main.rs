//! The command line: `imgc serve` (the default), `imgc doctor`, `imgc purge`.

use clap::{Parser, Subcommand};
use imgc::{
    retention::run,
    server::{AppState, config::Config, doctor, serve},
};
use std::process::ExitCode;

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
    /// Remove everything whose time has come, as the running server does by itself.
    Purge {
        /// Count what would go, and remove nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
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
        Command::Purge { dry_run } => match purge(config, dry_run).await {
            Ok(report) => {
                print!("{report}");
                Ok(())
            }
            Err(error) => Err(error),
        },
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

/// Carries out the rules of retention once, or tells what they would do.
async fn purge(config: Config, dry_run: bool) -> Result<String, String> {
    let state = AppState::open(config).await?;
    let report = if dry_run {
        let due = run::due(&state).await.map_err(|e| e.to_string())?;
        run::report(&due, "would go")
    } else {
        run::report(&run::run_all(&state).await, "removed")
    };
    state.db.close().await;
    Ok(report)
}
