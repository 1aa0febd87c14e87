//! Copies for emergencies.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Copies for emergencies.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Backup {
    /// The folder of the backups, best on another disk; `None`: below `data_dir`.
    pub dir: Option<PathBuf>,
    /// The age key's public half (`age1…`) that backups are encrypted for.
    pub recipient: Option<String>,
}
