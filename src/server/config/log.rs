//! The form of the log.

use serde::{Deserialize, Serialize};

/// The form of the log's lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// `text`: lines for people.
    #[default]
    Text,
    /// `json`: an object a line, for machines.
    Json,
}
