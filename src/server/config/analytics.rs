//! Visitors counted by somebody else.

use serde::{Deserialize, Serialize};

/// Statistics by somebody else, for operators who want them.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Analytics {
    /// The token of Cloudflare Web Analytics, which turns it on; `None`: only the server counts.
    pub cloudflare_token: Option<String>,
}
