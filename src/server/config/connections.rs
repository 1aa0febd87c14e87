//! Who may be connected, and for how long.

use serde::{Deserialize, Serialize};

/// The bounds of connections: their number, and the time a client may take. No
/// time counts in which the server is the one that is waited for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Connections {
    /// Connections in all; `None`: what the limit of open files leaves room for.
    pub most: Option<usize>,
    /// Connections of one address (IPv6: of one /64).
    pub per_address: usize,
    /// Seconds for the head of a request.
    pub head_s: u64,
    /// Seconds for each step of a request's body.
    pub body_s: u64,
    /// Seconds between two requests of a connection.
    pub idle_s: u64,
    /// Seconds in which a client must take the next step of an answer.
    pub write_s: u64,
}

impl Default for Connections {
    fn default() -> Self {
        Connections {
            most: None,
            per_address: 128,
            head_s: 15,
            body_s: 30,
            idle_s: 75,
            write_s: 60,
        }
    }
}
