//! Security event tokens (RFC 8417): whether one is the provider's and meant for
//! us, and its claims as far as they matter here.

use super::{METADATA_TTL, OidcClient, REFRESH_AFTER};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{JsonWebKey, core::CoreJwsSigningAlgorithm};
use serde::{Deserialize, de::DeserializeOwned};
use std::collections::HashMap;

/// The claims of a token, as far as they matter here.
#[derive(Debug, Deserialize)]
pub struct EventClaims {
    /// The issuer.
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

#[derive(Deserialize)]
struct EventHeader {
    alg: String,
    #[serde(default)]
    kid: String,
}

/// A part of a token: base64url of JSON.
fn decoded<T: DeserializeOwned>(part: &str) -> Result<T, EventProblem> {
    let bytes = URL_SAFE_NO_PAD.decode(part);
    let bytes = bytes.map_err(|_| EventProblem::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| EventProblem::Malformed)
}

impl OidcClient {
    /// The claims of a security event token that the provider signed for us.
    pub async fn verify_event(&self, token: &str) -> Result<EventClaims, EventProblem> {
        let mut parts = token.rsplitn(2, '.');
        let (signature, signed) = parts
            .next()
            .zip(parts.next())
            .ok_or(EventProblem::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(EventProblem::Malformed)?;
        let header: EventHeader = decoded(header)?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| EventProblem::Malformed)?;
        if header.alg != "RS256" {
            return Err(EventProblem::Key);
        }
        // The provider may have changed its keys since we read them.
        let mut verified = false;
        for ttl in [METADATA_TTL, REFRESH_AFTER] {
            let metadata = self.metadata(ttl).await;
            let metadata = metadata.map_err(|_| EventProblem::ProviderUnavailable)?;
            verified = metadata.jwks().keys().iter().any(|key| {
                let meant = key.key_id().is_some_and(|id| id.as_str() == header.kid);
                let algorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
                meant
                    && key
                        .verify_signature(&algorithm, signed.as_bytes(), &signature)
                        .is_ok()
            });
            if verified {
                break;
            }
        }
        if !verified {
            return Err(EventProblem::Key);
        }
        // Only now is anything it says believed.
        let claims: EventClaims = decoded(claims)?;
        if !self.is_issuer(&claims.iss) {
            return Err(EventProblem::Issuer);
        }
        if !claims.aud.names(&self.client_id) {
            return Err(EventProblem::Audience);
        }
        Ok(claims)
    }
}
