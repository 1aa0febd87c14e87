//! Copies for emergencies: made while the server runs, encrypted, kept for 14
//! days; and putting one back without bringing back who was erased.
//!
//! A backup is a tar, encrypted for an age key: the database as it was at one
//! moment, the instance's key, the spool, and the objects where they are in a
//! local folder (a bucket is its provider's to keep). The server needs only
//! the public half of the key; the secret half stays with the operator.

pub mod create;
pub mod restore;

use crate::housekeeping::dated_files;
use std::path::{Path, PathBuf};

/// What a backup's name begins and ends with.
const PREFIX: &str = "imgc-";
const SUFFIX: &str = ".tar.age";

/// Where a backup is made before it is whole, and its database before it is packed.
const UNFINISHED: &str = "backup.part";
const SNAPSHOT: &str = "backup.db";

/// Makes a key pair: writes the secret half to a new file that only its owner
/// may read, and returns the public half.
pub fn make_key(path: &Path) -> Result<String, String> {
    use age::secrecy::ExposeSecret;
    let identity = age::x25519::Identity::generate();
    let recipient = identity.to_public().to_string();
    let text = format!(
        "# public key: {recipient}\n{}\n",
        identity.to_string().expose_secret()
    );
    crate::server::secrets::write_private(path, text.as_bytes())
        .map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(recipient)
}

/// The backups in a folder, the oldest first.
pub fn list(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = dated_files::named(folder, PREFIX, SUFFIX)?;
    found.sort();
    Ok(found)
}
