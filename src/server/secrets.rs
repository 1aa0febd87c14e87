//! Random tokens, their hashes, and the keyed hash that stands for a person.

use crate::store::handles::Hashed;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use rand::RngCore;
use sha2::{Digest, Sha256};
use std::path::Path;

/// A new random token of 256 bits, base64url.
pub fn token() -> String {
    let mut bytes = [0u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A new random slug for a public address: 128 bits, base64url.
pub fn random_slug() -> String {
    let mut bytes = [0u8; 16];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Hex SHA-256.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The instance's own key, made at the first start and kept in the data folder.
#[derive(Clone)]
pub struct InstanceKey([u8; 32]);

impl InstanceKey {
    /// Reads the key, or makes it.
    pub fn load(data_dir: &Path) -> std::io::Result<InstanceKey> {
        let path = data_dir.join("instance.key");
        match std::fs::read(&path) {
            Ok(bytes) => <[u8; 32]>::try_from(bytes.as_slice())
                .map(InstanceKey)
                .map_err(|_| std::io::Error::other("instance.key is damaged: 32 bytes expected")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut bytes = [0u8; 32];
                rand::rng().fill_bytes(&mut bytes);
                write_private(&path, &bytes)?;
                Ok(InstanceKey(bytes))
            }
            Err(error) => Err(error),
        }
    }

    /// The key that the operator gave to every node.
    pub fn new(bytes: [u8; 32]) -> InstanceKey {
        InstanceKey(bytes)
    }

    /// True if the key's file in a data folder holds this key; false if there is none.
    pub fn is_in(&self, data_dir: &Path) -> std::io::Result<bool> {
        match std::fs::read(data_dir.join("instance.key")) {
            Ok(bytes) => Ok(bytes == self.0),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Keeps the key in the file of a data folder that has none.
    pub fn keep_in(&self, data_dir: &Path) -> std::io::Result<()> {
        write_private(&data_dir.join("instance.key"), &self.0)
    }

    /// 52 bits of the key's hash: by them nodes see that they have the same key, and
    /// nobody learns the key from them.
    pub fn mark(&self) -> i64 {
        let hash = Sha256::digest(self.0);
        let first = hash.iter().take(7);
        let bits = first.fold(0_i64, |bits, byte| (bits << 8) | i64::from(*byte));
        bits >> 4
    }

    /// The image API's name for a person: HMAC-SHA-256 of their id, 64 hex
    /// characters. Without this key nobody can tell whose it is.
    pub fn safety_identifier(&self, user_id: &str) -> String {
        self.hash("safety_identifier:", user_id)
    }

    /// The keyed hash that stands for a provider's person where their account is
    /// gone: HMAC-SHA-256, 64 hex characters.
    pub fn fingerprint(&self, issuer: &str, subject: &str) -> String {
        // A line break is in neither, so that no two pairs are written alike.
        self.hash("fingerprint:", &format!("{issuer}\n{subject}"))
    }

    /// The keyed hash that stands for a network or a person where a limit of this
    /// kind is counted: HMAC-SHA-256, 64 hex characters.
    pub fn rate_name(&self, kind: &str, whose: &str) -> String {
        // A line break is in no kind, so that no two pairs are written alike.
        self.hash("rate:", &format!("{kind}\n{whose}"))
    }

    /// The keyed hash that stands for whoever sends reports from an e-mail address,
    /// whatever its letters' case: HMAC-SHA-256, 64 hex characters.
    pub fn reporter(&self, email: &str) -> String {
        self.hash("reporter:", &email.trim().to_lowercase())
    }

    /// The keyed hash that stands for a handle that was given up, by what it looks like;
    /// and the one that stands for it together with who had it, whom nobody finds by it once
    /// they are gone. HMAC-SHA-256, 64 hex characters each.
    pub fn given_up(&self, skeleton: &str, user_id: &str) -> Hashed {
        Hashed {
            handle: self.hash("handle:", skeleton),
            // A line break is in neither, so that no two pairs are written alike.
            former: self.hash("former owner:", &format!("{skeleton}\n{user_id}")),
        }
    }

    /// The token of an invitation's link, base64url: HMAC-SHA-256 of its id. So
    /// the link can be shown again without being kept anywhere.
    pub fn invitation_token(&self, id: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.mac("invitation:", id))
    }

    /// The key that a sealed copy of this id is encrypted with: HMAC-SHA-256 of it.
    pub fn sealing_key(&self, id: &str) -> [u8; 32] {
        self.mac("sealed copy:", id)
    }

    /// The id of what is made of these texts and nothing else, so that sending them twice
    /// makes one: HMAC-SHA-256 of them, as a UUID.
    pub fn id_of(&self, texts: &[&str]) -> String {
        // Lengths first, so that no two lists are written alike.
        let mut all = String::new();
        for text in texts {
            all.push_str(&format!("{}:{text}", text.len()));
        }
        let mac = self.mac("id:", &all);
        let mut bytes = [0_u8; 16];
        for (byte, from) in bytes.iter_mut().zip(mac) {
            *byte = from;
        }
        uuid::Builder::from_custom_bytes(bytes)
            .into_uuid()
            .to_string()
    }

    fn hash(&self, purpose: &str, text: &str) -> String {
        hex(&self.mac(purpose, text))
    }

    fn mac(&self, purpose: &str, text: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any size");
        mac.update(purpose.as_bytes());
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// Writes a file that only this user may read.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
