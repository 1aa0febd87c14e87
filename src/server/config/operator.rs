//! The operator, who answers for the service.

use serde::{Deserialize, Serialize};
use url::Url;

/// The facts about the operator that the legal pages name.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Operator {
    /// The person or company that answers for the service.
    pub name: Option<String>,
    /// Their postal address, for the legal notice.
    pub address: Option<String>,
    /// The server's host: name, address, country.
    pub hosting: Option<String>,
    /// Where authorities write to; absent: where everybody does.
    pub authority_contact: Option<String>,
    /// The languages in which both are answered; empty: French and English.
    pub contact_languages: Vec<String>,
    /// The data protection authority people may complain to.
    pub authority: Option<String>,
    /// The address of that authority's form for complaints.
    pub authority_url: Option<Url>,
    /// `host = company; country` for services that imgc does not know.
    pub processors: Vec<String>,
}
