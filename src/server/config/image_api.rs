//! The API that makes the pictures.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// The image API.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenAi {
    /// The API's key, sent as a bearer token; never written out.
    #[serde(skip_serializing)]
    pub api_key: Option<SecretString>,
    /// The address of the API or of a compatible gateway, up to its version.
    pub base_url: String,
    /// Seconds one answer may take.
    pub timeout_s: u64,
    /// Hosts results may be fetched from where the API answers with addresses.
    pub result_hosts: Vec<String>,
}

impl Default for OpenAi {
    fn default() -> Self {
        OpenAi {
            api_key: None,
            base_url: "https://api.openai.com/v1".into(),
            timeout_s: 300,
            result_hosts: Vec::new(),
        }
    }
}
