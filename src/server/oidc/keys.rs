//! The provider's keys, and what a key has signed.
//!
//! A set of keys is read key by key: one of a kind nobody here knows is left
//! out and spoils none of the others. Only algorithms with a public key are
//! known, so that neither `none` nor a secret both sides know proves anything.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{
    JsonWebKey,
    core::{CoreJsonCurveType as Curve, CoreJsonWebKey, CoreJwsSigningAlgorithm as Signing},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// No provider needs more keys at once; each is tried where a token names none.
const KEYS_MAX: usize = 64;

/// What a key is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

/// A way to sign: its name in a token's header.
#[derive(Debug)]
pub(super) struct Algorithm {
    /// Its name in headers and in the provider's metadata.
    pub(super) name: &'static str,
    signing: Signing,
    kind: Kind,
}

const fn algorithm(name: &'static str, signing: Signing, kind: Kind) -> Algorithm {
    Algorithm {
        name,
        signing,
        kind,
    }
}

/// Every algorithm a token may be signed with.
static ALGORITHMS: [Algorithm; 10] = [
    algorithm("RS256", Signing::RsaSsaPkcs1V15Sha256, Kind::Rsa),
    algorithm("RS384", Signing::RsaSsaPkcs1V15Sha384, Kind::Rsa),
    algorithm("RS512", Signing::RsaSsaPkcs1V15Sha512, Kind::Rsa),
    algorithm("PS256", Signing::RsaSsaPssSha256, Kind::Rsa),
    algorithm("PS384", Signing::RsaSsaPssSha384, Kind::Rsa),
    algorithm("PS512", Signing::RsaSsaPssSha512, Kind::Rsa),
    algorithm("ES256", Signing::EcdsaP256Sha256, Kind::P256),
    algorithm("ES384", Signing::EcdsaP384Sha384, Kind::P384),
    algorithm("EdDSA", Signing::EdDsa, Kind::Ed25519),
    // RFC 9864's name for the same.
    algorithm("Ed25519", Signing::EdDsa, Kind::Ed25519),
];

impl Algorithm {
    /// The algorithm of this name, if it is one of ours.
    pub(super) fn named(name: &str) -> Option<&'static Algorithm> {
        ALGORITHMS.iter().find(|one| one.name == name)
    }

    fn is_same_as(&self, name: &str) -> bool {
        Algorithm::named(name).is_some_and(|other| other.signing == self.signing)
    }
}

/// A public key for signatures.
#[derive(Debug)]
struct Key {
    id: Option<String>,
    /// The only algorithm it is for, where it says so.
    algorithm: Option<String>,
    kind: Kind,
    key: CoreJsonWebKey,
}

/// The keys of a provider that can prove something.
#[derive(Debug, Default)]
pub(super) struct KeySet {
    keys: Vec<Key>,
    /// Keys for something else, or of kinds nobody here knows.
    pub(super) left_out: usize,
}

impl KeySet {
    /// Reads a JWK set; `None` if it is none.
    pub(super) fn read(document: &Value) -> Option<KeySet> {
        let listed = document.get("keys")?.as_array()?;
        let keys: Vec<Key> = listed.iter().filter_map(Key::read).take(KEYS_MAX).collect();
        Some(KeySet {
            left_out: listed.len() - keys.len(),
            keys,
        })
    }

    /// True if some key is of the kind that one of these algorithms needs.
    pub(super) fn can_prove(&self, algorithms: &[&'static Algorithm]) -> bool {
        let fits = |key: &Key| algorithms.iter().any(|algorithm| key.fits(algorithm));
        self.keys.iter().any(fits)
    }

    /// Whether one of the keys that the header may mean has signed.
    fn verify(
        &self,
        header: &Header,
        algorithm: &Algorithm,
        token: &Parts,
    ) -> Result<(), JwsProblem> {
        let meant = |key: &&Key| {
            let named = match (&key.id, header.kid.as_deref()) {
                (Some(id), Some(kid)) => id == kid,
                _ => true,
            };
            named && key.fits(algorithm)
        };
        let mut candidates = self.keys.iter().filter(meant).peekable();
        if candidates.peek().is_none() {
            return Err(JwsProblem::NoKey(algorithm.name));
        }
        let signed = |key: &Key| {
            let signed = token.signed.as_bytes();
            key.key
                .verify_signature(&algorithm.signing, signed, &token.signature)
                .is_ok()
        };
        match candidates.any(signed) {
            true => Ok(()),
            false => Err(JwsProblem::Signature(algorithm.name)),
        }
    }
}

impl Key {
    /// A public key for signatures, of a kind that is known here.
    fn read(jwk: &Value) -> Option<Key> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|purpose| !purpose.eq_ignore_ascii_case("sig")) {
            return None;
        }
        if let Some(uses) = jwk.get("key_ops").and_then(Value::as_array)
            && !uses.is_empty()
            && !uses.iter().any(|one| one == "verify" || one == "sign")
        {
            return None;
        }
        let bytes = |name: &str| decoded_loosely(text(name)?);
        let (kind, key) = match (text("kty")?, text("crv")) {
            ("RSA", _) => (
                Kind::Rsa,
                CoreJsonWebKey::new_rsa(bytes("n")?, bytes("e")?, None),
            ),
            ("EC", Some("P-256")) => {
                let (x, y) = (padded(bytes("x")?, 32)?, padded(bytes("y")?, 32)?);
                (Kind::P256, CoreJsonWebKey::new_ec(x, y, Curve::P256, None))
            }
            ("EC", Some("P-384")) => {
                let (x, y) = (padded(bytes("x")?, 48)?, padded(bytes("y")?, 48)?);
                (Kind::P384, CoreJsonWebKey::new_ec(x, y, Curve::P384, None))
            }
            ("OKP", Some("Ed25519")) => (
                Kind::Ed25519,
                CoreJsonWebKey::new_okp(bytes("x")?, Curve::Ed25519, None),
            ),
            _ => return None,
        };
        Some(Key {
            id: text("kid").map(str::to_owned),
            algorithm: text("alg").map(str::to_owned),
            kind,
            key,
        })
    }

    fn fits(&self, algorithm: &Algorithm) -> bool {
        let named = self.algorithm.as_deref();
        self.kind == algorithm.kind && named.is_none_or(|name| algorithm.is_same_as(name))
    }
}

/// Base64 of either alphabet, with padding or without: keys come in all of them.
fn decoded_loosely(text: &str) -> Option<Vec<u8>> {
    let text: String = text
        .trim_end_matches('=')
        .chars()
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            c => c,
        })
        .collect();
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// A coordinate of this many bytes, whose leading zeros somebody left out or added.
fn padded(bytes: Vec<u8>, length: usize) -> Option<Vec<u8>> {
    let begin = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = bytes.get(begin..).unwrap_or_default();
    let missing = length.checked_sub(digits.len())?;
    let mut padded = vec![0; missing];
    padded.extend_from_slice(digits);
    Some(padded)
}

/// A signed token, taken apart.
struct Parts<'t> {
    header: &'t str,
    claims: &'t str,
    signed: &'t str,
    signature: Vec<u8>,
}

impl<'t> Parts<'t> {
    fn of(token: &'t str) -> Result<Parts<'t>, JwsProblem> {
        if token.split('.').count() == 5 {
            return Err(JwsProblem::Encrypted);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwsProblem::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(JwsProblem::Malformed)?;
        let signature = URL_SAFE_NO_PAD.decode(signature);
        Ok(Parts {
            header,
            claims,
            signed,
            signature: signature.map_err(|_| JwsProblem::Malformed)?,
        })
    }
}

/// What matters of a token's header.
struct Header {
    alg: String,
    kid: Option<String>,
}

impl Header {
    fn read(part: &str) -> Result<Header, JwsProblem> {
        let header: Map<String, Value> = decoded(part)?;
        // Whoever does not know what it says must refuse (RFC 7515, 4.1.11).
        if header.contains_key("crit") {
            return Err(JwsProblem::Critical);
        }
        let text = |name: &str| header.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Header {
            alg: text("alg").ok_or(JwsProblem::Malformed)?,
            kid: text("kid"),
        })
    }
}

/// A part of a token: base64url of JSON.
fn decoded<T: DeserializeOwned>(part: &str) -> Result<T, JwsProblem> {
    let bytes = URL_SAFE_NO_PAD.decode(part);
    let bytes = bytes.map_err(|_| JwsProblem::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| JwsProblem::Malformed)
}

/// What a token says that one of these keys has signed by one of these
/// algorithms. Nothing of it is read before.
pub(super) fn open<T: DeserializeOwned>(
    token: &str,
    keys: &KeySet,
    algorithms: &[&'static Algorithm],
) -> Result<T, JwsProblem> {
    let parts = Parts::of(token)?;
    let header = Header::read(parts.header)?;
    let algorithm = algorithms.iter().find(|one| one.name == header.alg);
    let algorithm = algorithm.ok_or_else(|| JwsProblem::Algorithm(shown(&header.alg)))?;
    keys.verify(&header, algorithm, &parts)?;
    decoded(parts.claims)
}

/// As much of a word somebody sent as a log needs, harmless in it.
pub(super) fn shown(word: &str) -> String {
    let harmless = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    word.chars().filter(harmless).take(60).collect()
}

/// The reason a token proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum JwsProblem {
    #[error("it is no signed token of three parts")]
    Malformed,
    #[error("it is encrypted, which imgc did not ask for: let the provider only sign it")]
    Encrypted,
    #[error("its header has a part that must be understood and is not (crit)")]
    Critical,
    #[error(
        "it is signed by the algorithm {0}, which the metadata does not name or imgc does not take"
    )]
    Algorithm(String),
    #[error("no published key for {0} is the one it names (kid)")]
    NoKey(&'static str),
    #[error("its signature ({0}) is not by the key it names")]
    Signature(&'static str),
}

impl JwsProblem {
    /// True if the provider may have changed its keys since they were read.
    pub(super) fn may_be_new_key(&self) -> bool {
        matches!(self, JwsProblem::NoKey(_) | JwsProblem::Signature(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_nobody_knows_spoil_none_of_the_others() {
        let set = KeySet::read(&json!({"keys": [
            {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"},
            {"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB"},
            {"kty": "oct", "k": "c2VjcmV0"},
            {"kty": "EC", "crv": "secp256k1", "x": "AQ", "y": "AQ"},
            {"kty": 5}, "nonsense", null,
            {"kty": "RSA", "kid": "1", "n": "AQ+/AQ==", "e": "AQAB", "use": null, "x5c": 7},
            {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        ]}));
        let set = set.expect("a set");
        assert_eq!((set.keys.len(), set.left_out), (2, 7));
        let named = |name| Algorithm::named(name).expect("one of ours");
        assert!(set.can_prove(&[named("EdDSA")]) && set.can_prove(&[named("RS256")]));
        assert!(!set.can_prove(&[named("ES256")]));
        assert!(KeySet::read(&json!({"keys": {}})).is_none());
    }

    #[test]
    fn neither_none_nor_a_shared_secret_is_an_algorithm() {
        for name in [
            "none", "None", "HS256", "HS512", "RSA-OAEP", "", "dir", "ES512",
        ] {
            assert!(Algorithm::named(name).is_none(), "{name}");
        }
    }

    #[test]
    fn coordinates_have_their_length() {
        assert_eq!(padded(vec![0, 0, 1], 2), Some(vec![0, 1]));
        assert_eq!(padded(vec![1], 2), Some(vec![0, 1]));
        assert_eq!(padded(vec![1, 1, 1], 2), None);
    }

    #[test]
    fn words_of_strangers_are_harmless_in_a_log() {
        assert_eq!(shown("inval\u{1b}[31mid\n_client"), "inval31mid_client");
        assert_eq!(shown(&"x".repeat(500)).len(), 60);
    }
}
