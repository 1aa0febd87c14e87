//! The provider's signing key: kept in a file, published as a JWK set, used for compact JWTs.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::rand_core::{OsRng, RngCore};
use rsa::sha2::{Digest, Sha256};
use rsa::signature::{RandomizedSigner, SignatureEncoding};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};

const KEY_BITS: usize = 2048;

/// One RSA key, and the name (`kid`) it is published under.
#[derive(Clone)]
pub(super) struct Keys {
    signer: SigningKey<Sha256>,
    public: RsaPublicKey,
    /// The key's RFC 7638 thumbprint: the same key has the same name after a restart.
    pub(super) kid: String,
}

impl Keys {
    /// The key in this file, made now if there is no file. Slow (a second or so) when it makes
    /// one: call it off the async threads.
    pub(super) fn load_or_create(path: &Path) -> io::Result<Self> {
        match fs::read_to_string(path) {
            Ok(pem) => {
                let private = RsaPrivateKey::from_pkcs8_pem(&pem).map_err(|problem| {
                    let text = format!("{} is not an RSA private key: {problem}", path.display());
                    io::Error::new(io::ErrorKind::InvalidData, text)
                })?;
                Ok(Self::new(private))
            }
            Err(problem) if problem.kind() == io::ErrorKind::NotFound => {
                let private = generate()?;
                let pem = private
                    .to_pkcs8_pem(LineEnding::LF)
                    .map_err(io::Error::other)?;
                write_private(path, pem.as_bytes())?;
                tracing::info!(path = %path.display(), "made the demo provider's signing key");
                Ok(Self::new(private))
            }
            Err(problem) => Err(problem),
        }
    }

    /// A new key that is kept nowhere. Slow, as above.
    pub(super) fn ephemeral() -> io::Result<Self> {
        Ok(Self::new(generate()?))
    }

    fn new(private: RsaPrivateKey) -> Self {
        let public = private.to_public_key();
        // The thumbprint is the hash of exactly these members in exactly this order.
        let members = format!(
            r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#,
            base64url(&public.e().to_bytes_be()),
            base64url(&public.n().to_bytes_be()),
        );
        let kid = base64url(&Sha256::digest(members));
        Self {
            signer: SigningKey::new(private),
            public,
            kid,
        }
    }

    /// The public half, as `/jwks` publishes it.
    pub(super) fn jwks(&self) -> Value {
        json!({"keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "n": base64url(&self.public.n().to_bytes_be()),
            "e": base64url(&self.public.e().to_bytes_be()),
        }]})
    }

    /// The public half as PEM: what a confused verifier would take for an HMAC secret.
    pub(super) fn public_pem(&self) -> String {
        // Encoding a key that is already in memory does not fail; were it to, an empty secret
        // is a forgery just as wrong.
        self.public
            .to_public_key_pem(LineEnding::LF)
            .unwrap_or_default()
    }

    /// A well-formed RS256 token, under this `kid`.
    pub(super) fn jwt(&self, kid: &str, claims: &Value) -> String {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": kid});
        compact(&header, claims, |input| {
            self.signer
                .sign_with_rng(&mut OsRng, input.as_bytes())
                .to_vec()
        })
    }
}

/// A token in its compact form, signed by whatever `sign` does.
pub(super) fn compact(
    header: &Value,
    claims: &Value,
    sign: impl FnOnce(&str) -> Vec<u8>,
) -> String {
    let input = format!(
        "{}.{}",
        base64url(header.to_string().as_bytes()),
        base64url(claims.to_string().as_bytes())
    );
    let signature = base64url(&sign(&input));
    format!("{input}.{signature}")
}

/// Bytes in the alphabet of JWTs and of PKCE: base64url without padding.
pub(super) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// 256 random bits as text, for codes and access tokens.
pub(super) fn random_token() -> String {
    let mut bytes = [0; 32];
    OsRng.fill_bytes(&mut bytes);
    base64url(&bytes)
}

fn generate() -> io::Result<RsaPrivateKey> {
    RsaPrivateKey::new(&mut OsRng, KEY_BITS).map_err(io::Error::other)
}

/// Writes a file that only its owner can read, whole or not at all: it is renamed into place,
/// so that a crash half-way leaves no broken key for the next start to stumble on.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.new", random_token()));
    let draft = path.with_file_name(name);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // The first error is the one to tell; a leftover draft is unreadable to others anyway.
        fs::remove_file(&draft).ok();
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_is_private() {
        let folder = tempfile::tempdir().expect("a folder is made");
        let path = folder.path().join("inner/key.pem");
        let first = Keys::load_or_create(&path).expect("a key is made");
        let second = Keys::load_or_create(&path).expect("the key is read again");
        assert_eq!(first.kid, second.kid);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path)
                .expect("the file is there")
                .permissions();
            assert_eq!(mode.mode() & 0o777, 0o600);
        }
        fs::write(&path, "not a key").expect("the file can be spoilt");
        let problem = Keys::load_or_create(&path).err().expect("it is refused");
        assert_eq!(problem.kind(), io::ErrorKind::InvalidData);
    }
}
