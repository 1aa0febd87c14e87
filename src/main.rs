//! The command `imgc`: reads the command line and the configuration, and ends
//! with a code that says whether another try makes sense.

use clap::Parser;
use imgc::{
    http::{
        logs,
        serve::{self, ServeError},
    },
    ops::{
        backup::{self, BackupError},
        cli::{Cli, Command},
        doctor::{self, Health},
        invite::{self, InviteError},
        migrate::{self, MigrateError},
        move_data::{self, MoveError},
        paper,
        people::{self, PeopleError},
        purge::{self, PurgeError, Wish},
        suspend,
    },
    server::{
        config::{Config, ConfigError},
        private_files,
    },
};
use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

/// How long work that nobody waits for any more may hold up the end.
const LEFT_BEHIND: Duration = Duration::from_secs(1);

/// Ends so where another try would end the same: whoever restarts the process
/// should not.
const LASTING: u8 = 2;

/// Why a command did not do what it is for.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error(transparent)]
    Purge(#[from] PurgeError),
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    #[error(transparent)]
    Move(#[from] MoveError),
    #[error(transparent)]
    Invite(#[from] InviteError),
    #[error(transparent)]
    People(#[from] PeopleError),
    #[error("standard output: {0}")]
    Output(#[from] io::Error),
    /// The doctor's report has said it.
    #[error("not everything works")]
    Unwell { lasting: bool },
}

impl Failure {
    fn code(&self) -> ExitCode {
        let lasting = match self {
            Failure::Config(_) => true,
            Failure::Serve(error) => error.is_lasting(),
            Failure::Backup(error) => error.is_lasting(),
            Failure::Purge(PurgeError::Start(error)) => error.is_lasting(),
            Failure::Purge(PurgeError::Sharing(error)) => error.is_lasting(),
            Failure::Migrate(error) => error.is_lasting(),
            Failure::Move(error) => error.is_lasting(),
            Failure::Invite(error) => error.is_lasting(),
            Failure::People(error) => error.is_lasting(),
            Failure::Unwell { lasting } => *lasting,
            Failure::Purge(_) | Failure::Output(_) => false,
        };
        ExitCode::from(if lasting { LASTING } else { 1 })
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(run(cli));
    // A disk or a store that hangs must not keep the process from ending.
    runtime.shutdown_timeout(LEFT_BEHIND);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where no log was started, this goes nowhere.
            tracing::error!(%failure, "imgc did not do what it was asked");
            eprintln!("{failure}");
            failure.code()
        }
    }
}

async fn run(cli: Cli) -> Result<(), Failure> {
    // Without the `failpoints` feature of the tests this is nothing.
    let _failpoints = fail::FailScenario::setup();
    private_files::close_new_ones();
    let config = || Config::load(cli.config.as_deref());
    // A command logs as the server does, so that its acts can be read up later.
    let logged = || {
        let config = config()?;
        logs::start_beside_report(&config);
        Ok::<_, Failure>(config)
    };
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(config()?).await?,
        Command::Migrate => say(&migrate::migrate(&logged()?).await?)?,
        Command::Purge {
            dry_run,
            trust_clock,
        } => {
            let wish = Wish {
                dry_run,
                trust_clock,
            };
            say(&purge::purge(logged()?, wish).await?)?;
        }
        Command::Invite { what } => say(&invite::invite(logged()?, what).await?)?,
        Command::People { what } => say(&people::people(logged()?, what).await?)?,
        Command::Suspend(what) => say(&suspend::suspend(logged()?, what).await?)?,
        Command::Move { to, ledger } => say(&move_data::run(logged()?, to, ledger).await?)?,
        Command::Backup => {
            let made = backup::run(logged()?).await?;
            say(&format!("{}\n", made.display()))?;
        }
        Command::BackupKey { file } => {
            let recipient = backup::make_key(&file)?;
            say(&format!(
                "Set IMGC_BACKUP_RECIPIENT={recipient}\nand keep {} somewhere else than on this \
                 server: nothing can be restored without it.\n",
                file.display()
            ))?;
        }
        Command::Restore {
            backup: file,
            key,
            replace,
        } => say(&backup::restore::restore(logged()?, &file, &key, replace).await?)?,
        Command::AfterRestore => say(&backup::after_restore::run(logged()?).await?)?,
        Command::Doctor => {
            let (report, health) = doctor::examine(logged()?).await;
            say(&report)?;
            if health != Health::Well {
                let lasting = health == Health::Lasting;
                return Err(Failure::Unwell { lasting });
            }
        }
        Command::Man => paper::man(&mut io::stdout())?,
        Command::Completions { shell } => paper::completions(shell, &mut io::stdout()),
    }
    Ok(())
}

/// Prints a report. A reader that went away (`imgc doctor | head`) is an error
/// to end with, not a panic.
fn say(report: &str) -> io::Result<()> {
    io::stdout().write_all(report.as_bytes())
}
