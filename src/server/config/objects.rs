//! The object store that keeps the pictures.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// The object store.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Objects {
    /// `s3://bucket` or `s3://bucket/prefix`; `None`: a folder below `data_dir`.
    pub url: Option<String>,
    /// The S3 service's address, for R2 and others than AWS.
    pub endpoint: Option<String>,
    /// The S3 region; `auto` for R2.
    pub region: Option<String>,
    /// The S3 key's id.
    pub access_key_id: Option<String>,
    /// The S3 key; never written out.
    #[serde(skip_serializing)]
    pub secret_access_key: Option<SecretString>,
}
