//! Who answers for the service.

use serde::{Deserialize, Serialize};
use url::Url;

/// Who runs the service, for its legal pages.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Operator {
    pub name: Option<String>,
    pub address: Option<String>,
    pub hosting: Option<String>,
    pub authority: Option<String>,
    pub authority_url: Option<Url>,
    /// `host = company; country` for services that imgc does not know.
    pub processors: Vec<String>,
}
