//! Security event tokens (RFC 8417): whether one is the provider's and meant for
//! us, and its claims as far as they matter here.

use super::{OidcClient, Refusal, claims::same_issuer, keys::JwsProblem};
use serde::Deserialize;
use std::collections::HashMap;

/// The claims of a token, as far as they matter here.
#[derive(Debug, Deserialize)]
pub struct EventClaims {
    /// The issuer, as the rows of its people have it.
    pub iss: String,
    /// The clients the token is meant for.
    pub aud: Audience,
    /// The moment it was issued, Unix seconds.
    pub iat: i64,
    /// The events, by the URI of each one's kind.
    pub events: HashMap<String, SecurityEvent>,
}

/// The `aud` claim: one client or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// `aud` as a text.
    One(String),
    /// `aud` as a list.
    Several(Vec<String>),
}

impl Audience {
    /// True if this client is meant.
    pub fn names(&self, client_id: &str) -> bool {
        match self {
            Audience::One(one) => one == client_id,
            Audience::Several(all) => all.iter().any(|one| one == client_id),
        }
    }
}

/// The payload of one event.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SecurityEvent {
    /// The person the event is about.
    pub subject: Subject,
}

/// The person an event is about.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Subject {
    /// The provider's issuer.
    pub iss: String,
    /// The person's id at the provider.
    pub sub: String,
}

/// The reason a security event token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventProblem {
    /// No token of three parts, or JSON of another shape.
    Malformed,
    /// Not signed by a key of the provider's, or in another way than agreed.
    Key,
    /// Another issuer than the provider's.
    Issuer,
    /// Meant for another client.
    Audience,
    /// The provider's keys could not be read: trying again may work.
    ProviderUnavailable,
}

impl OidcClient {
    /// The claims of a security event token that the provider signed for us.
    pub async fn verify_event(&self, token: &str) -> Result<EventClaims, EventProblem> {
        let read = self.verified::<EventClaims>(token).await;
        let (provider, mut claims) = read.map_err(|refusal| match refusal {
            Refusal::Provider(_) => EventProblem::ProviderUnavailable,
            Refusal::Signature(JwsProblem::Malformed) => EventProblem::Malformed,
            _ => EventProblem::Key,
        })?;
        if !same_issuer(&claims.iss, &provider.issuer) {
            return Err(EventProblem::Issuer);
        }
        if !claims.aud.names(&self.client_id) {
            return Err(EventProblem::Audience);
        }
        claims.iss.clone_from(&provider.issuer);
        Ok(claims)
    }
}
