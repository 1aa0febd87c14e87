//! The identity provider that people sign in with.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Google's issuer, the default provider.
pub const GOOGLE: &str = "https://accounts.google.com";

/// What the provider must say of a person's e-mail address (`email_verified`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EmailVerified {
    /// That it is verified.
    #[default]
    Required,
    /// Nothing: the provider vouches for every address it tells. One that it
    /// calls unverified is refused all the same.
    Assumed,
}

/// The identity provider.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Oidc {
    /// The provider's issuer: the address that its metadata is found below.
    pub issuer: String,
    /// The client id the provider gave.
    pub client_id: Option<String>,
    /// The client secret the provider gave; never written out.
    #[serde(skip_serializing)]
    pub client_secret: Option<SecretString>,
    /// What must be said of a person's e-mail address.
    pub email_verified: EmailVerified,
    /// Hosts people's pictures may be fetched from at sign-in; `*.` stands for any below.
    pub avatar_hosts: Vec<String>,
}

impl Default for Oidc {
    fn default() -> Self {
        Oidc {
            issuer: GOOGLE.into(),
            client_id: None,
            client_secret: None,
            email_verified: EmailVerified::Required,
            avatar_hosts: vec!["*.googleusercontent.com".into()],
        }
    }
}
