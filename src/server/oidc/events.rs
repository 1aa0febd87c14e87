//! The claims of security event tokens (RFC 8417), as far as they matter here.

use serde::Deserialize;
use std::collections::HashMap;

/// The claims of a token, as far as they matter here.
#[derive(Debug, Deserialize)]
pub struct EventClaims {
    pub iss: String,
    pub aud: Audience,
    /// Unix seconds.
    pub iat: i64,
    pub events: HashMap<String, SecurityEvent>,
}

/// One client or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    /// Whether this client is meant.
    pub fn names(&self, client_id: &str) -> bool {
        match self {
            Audience::One(one) => one == client_id,
            Audience::Several(all) => all.iter().any(|one| one == client_id),
        }
    }
}

/// What an event says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SecurityEvent {
    pub subject: Subject,
}

/// Whom it is about.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Subject {
    pub iss: String,
    pub sub: String,
}
