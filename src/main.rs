//! The command line: `imgc serve` (the default) and `imgc doctor`.

use clap::{Parser, Subcommand};
use imgc::server::{config::Config, doctor, serve};
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
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => match serve::serve(config).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        },
        Command::Doctor => {
            let (report, well) = doctor::examine(config).await;
            print!("{report}");
            if well {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
    }
}
