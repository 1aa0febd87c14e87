//! Which copies there are of the database: backups, copies from before a
//! migration, the history of a provider.

use crate::{
    housekeeping::dated_files,
    model::limits::DAY_MS,
    server::{config::Config, migration},
};
use std::fmt::Write;

/// Names the newest copies.
pub(super) fn report(config: &Config, report: &mut String) {
    if config.is_shared() {
        return history(config, report);
    }
    before_migrations(config, report);
    backups(config, report);
}

/// What there is instead of backups where nodes share the database.
fn history(config: &Config, report: &mut String) {
    let _ = writeln!(
        report,
        "\nCopies: the database's provider keeps {} days of history (D1's Time Travel); `imgc \
         move --to sqlite` copies everything into a folder",
        config.history_ms() / DAY_MS
    );
}

/// Copies from before a migration, which may be put back.
fn before_migrations(config: &Config, report: &mut String) {
    let found = migration::copies(&config.imgc.data_dir).unwrap_or_default();
    if let Some(newest) = found.last() {
        let _ = writeln!(
            report,
            "\nCopy of the database from before its last migrations: {}",
            newest.display()
        );
    }
}

/// Which backup is the newest, or that there is none.
fn backups(config: &Config, report: &mut String) {
    if config.demo {
        return;
    }
    let newest = dated_files::backups(&config.backup_dir()).ok();
    let newest = newest.and_then(|mut found| found.pop());
    let _ = match (newest, &config.imgc.backup.recipient) {
        (Some(path), _) => writeln!(report, "\nNewest backup: {}", path.display()),
        (None, Some(_)) => writeln!(report, "\n! No backup yet: run `imgc backup` every day"),
        (None, None) => writeln!(
            report,
            "\n! No backups: `imgc backup-key FILE` makes a key for backup.recipient"
        ),
    };
}
