//! The API that makes the pictures.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// The image API.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenAi {
    #[serde(skip_serializing)]
    pub api_key: Option<SecretString>,
    pub base_url: String,
    pub timeout_s: u64,
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
