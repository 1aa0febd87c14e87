//! Sealing: what is kept for an authority alone is encrypted with a key of its own, made
//! of the instance's, so that neither the object store nor a copy of it can be read.

use super::secrets::InstanceKey;
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use rand::RngCore;

/// Bytes of a nonce, which stands first.
const NONCE: usize = 24;

/// Seals these bytes under this name; `None` if there are too many.
pub fn seal(key: &InstanceKey, name: &str, plain: &[u8]) -> Option<Vec<u8>> {
    let mut nonce = [0_u8; NONCE];
    rand::rng().fill_bytes(&mut nonce);
    let sealed = cipher(key, name).encrypt(XNonce::from_slice(&nonce), payload(name, plain));
    let mut bytes = nonce.to_vec();
    bytes.extend(sealed.ok()?);
    Some(bytes)
}

/// What was sealed under this name; `None` if it was by another key, under another name,
/// or changed since.
pub fn open(key: &InstanceKey, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
    let opened = cipher(key, name).decrypt(XNonce::from_slice(nonce), payload(name, sealed));
    opened.ok()
}

fn cipher(key: &InstanceKey, name: &str) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&key.sealing_key(name).into())
}

fn payload<'a>(name: &'a str, msg: &'a [u8]) -> Payload<'a, 'a> {
    Payload {
        msg,
        aad: name.as_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_and_under_its_name_alone() {
        let key = InstanceKey::new([7; 32]);
        let mut sealed = seal(&key, "a", b"a picture").expect("short");
        assert!(!sealed.windows(9).any(|part| part == b"a picture"));
        assert_eq!(open(&key, "a", &sealed).as_deref(), Some(&b"a picture"[..]));
        assert_eq!(open(&key, "b", &sealed), None);
        assert_eq!(open(&InstanceKey::new([8; 32]), "a", &sealed), None);
        sealed[30] ^= 1;
        assert_eq!(open(&key, "a", &sealed), None);
        assert_eq!(open(&key, "a", b"short"), None);
    }
}
