//! Copies for emergencies.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Copies for emergencies.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Backup {
    pub dir: Option<PathBuf>,
    pub recipient: Option<String>,
}
