//! An OpenID provider that answers in any mood: every field of its documents can
//! be changed while it runs. It signs whoever comes in, as whomever it is told.

use crate::harness::{Server, listener};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use p256::ecdsa::signature::Signer as _;
use rsa::{
    RsaPrivateKey,
    pkcs1v15::SigningKey,
    pss::BlindedSigningKey,
    sha2::{Sha256, Sha512},
    signature::{RandomizedSigner, SignatureEncoding},
    traits::PublicKeyParts,
};
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};
use url::form_urlencoded;

pub const CLIENT_ID: &str = "the studio/1";
/// With everything in it that a header could change.
pub const CLIENT_SECRET: &str = "s:e+c%r/t= &ü";

/// One key for all tests: making one takes a second.
static RSA: LazyLock<RsaPrivateKey> =
    LazyLock::new(|| RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap());
static P256: LazyLock<p256::ecdsa::SigningKey> =
    LazyLock::new(|| p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap());
static P384: LazyLock<p384::ecdsa::SigningKey> =
    LazyLock::new(|| p384::ecdsa::SigningKey::from_slice(&[9; 48]).unwrap());
static ED25519: LazyLock<ed25519_dalek::SigningKey> =
    LazyLock::new(|| ed25519_dalek::SigningKey::from_bytes(&[5; 32]));

/// How it answers. Objects are laid over the usual ones, and null takes a field away.
#[derive(Clone, Debug)]
pub struct Mood {
    pub metadata: Value,
    /// The key set; null for the one key that signs.
    pub keys: Value,
    /// What signs, and the header's `kid`.
    pub algorithm: &'static str,
    pub kid: Value,
    pub claims: Value,
    /// What userinfo answers; null for nothing but a 404.
    pub userinfo: Value,
    pub userinfo_signed: bool,
    pub token: Value,
    /// The ways to show the secret that the token endpoint takes.
    pub takes: &'static [&'static str],
    /// Looks for the client in the form alone, and without it there calls the
    /// request invalid.
    pub reads_form_alone: bool,
    /// Added to the callback.
    pub callback: Value,
}

impl Default for Mood {
    fn default() -> Mood {
        Mood {
            metadata: json!({}),
            keys: Value::Null,
            algorithm: "RS256",
            kid: json!("k1"),
            claims: json!({}),
            userinfo: Value::Null,
            userinfo_signed: false,
            token: json!({}),
            takes: &["basic", "post"],
            reads_form_alone: false,
            callback: json!({}),
        }
    }
}

/// A running provider.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    issuer: String,
    mood: Mutex<Mood>,
    /// Codes, and the nonce each is for.
    codes: Mutex<HashMap<String, String>>,
    /// The paths that were asked for.
    asked: Mutex<Vec<String>>,
}

impl Provider {
    /// Starts it in this mood; its issuer ends with `ending`.
    pub async fn start(ending: &str, mood: Mood) -> Provider {
        let listener = listener();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let provider = Provider(Arc::new(Inner {
            issuer: format!("{base}/idp{ending}"),
            mood: Mutex::new(mood),
            codes: Mutex::default(),
            asked: Mutex::default(),
        }));
        let routes = Router::new()
            .route("/idp/.well-known/openid-configuration", get(metadata))
            .route("/idp/keys", get(keys))
            .route("/idp/authorize", get(authorize))
            .route("/idp/token", post(token))
            .route("/idp/userinfo", get(userinfo))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        provider
    }

    pub fn issuer(&self) -> String {
        self.0.issuer.clone()
    }

    pub fn set(&self, mood: Mood) {
        *self.0.mood.lock().unwrap() = mood;
    }

    /// How often this path was asked for.
    pub fn count(&self, path: &str) -> usize {
        let asked = self.0.asked.lock().unwrap();
        asked.iter().filter(|one| *one == path).count()
    }

    /// The environment of a server whose people sign in here.
    pub fn environment(&self) -> Vec<(String, String)> {
        let issuer = self.issuer();
        let set = [
            ("IMGC_OIDC_ISSUER", issuer.as_str()),
            ("IMGC_OIDC_CLIENT_ID", CLIENT_ID),
            ("IMGC_OIDC_CLIENT_SECRET", CLIENT_SECRET),
            ("IMGC_OPENAI_API_KEY", "nobody-is-called"),
            ("IMGC_OPENAI_BASE_URL", "http://127.0.0.1:9/v1"),
            ("IMGC_CONTACT", "help@example.com"),
            ("IMGC_OPERATOR_NAME", "Pictures Ltd"),
            ("IMGC_SIGN_UP_MODE", "open"),
        ];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        set.into_iter().map(owned).collect()
    }

    /// A server whose people sign in here, with these settings on top.
    pub async fn server(&self, more: &[(&str, &str)]) -> Server {
        let set = self.environment();
        let mut all: Vec<(&str, &str)> = set.iter().map(|(n, v)| (&**n, &**v)).collect();
        all.extend(more);
        Server::start(&all).await
    }

    fn mood(&self) -> Mood {
        self.0.mood.lock().unwrap().clone()
    }

    fn note(&self, path: &str) {
        self.0.asked.lock().unwrap().push(path.to_owned());
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.0.issuer.trim_end_matches('/'))
    }
}

/// Lays `over` on `under`, where null takes away.
fn laid(under: Value, over: &Value) -> Value {
    let mut fields = under.as_object().cloned().unwrap();
    for (name, value) in over.as_object().into_iter().flatten() {
        match value {
            Value::Null => fields.remove(name),
            value => fields.insert(name.clone(), value.clone()),
        };
    }
    Value::Object(fields)
}

async fn metadata(State(provider): State<Provider>) -> Json<Value> {
    provider.note("metadata");
    let mood = provider.mood();
    let usual = json!({
        "issuer": provider.issuer(),
        "authorization_endpoint": provider.address("/authorize"),
        "token_endpoint": provider.address("/token"),
        "userinfo_endpoint": provider.address("/userinfo"),
        "jwks_uri": provider.address("/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [mood.algorithm],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    });
    Json(laid(usual, &mood.metadata))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    provider.note("keys");
    let mood = provider.mood();
    Json(match mood.keys {
        Value::Null => json!({"keys": [laid(jwk(mood.algorithm), &json!({"kid": mood.kid}))]}),
        keys => keys,
    })
}

/// The public key that this algorithm's signatures are checked with.
pub fn jwk(algorithm: &str) -> Value {
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let point = |curve: &str, point: &[u8]| {
        let (x, y) = point[1..].split_at((point.len() - 1) / 2);
        json!({"kty": "EC", "crv": curve, "x": text(x), "y": text(y)})
    };
    match algorithm {
        "ES256" => point(
            "P-256",
            P256.verifying_key().to_sec1_point(false).as_bytes(),
        ),
        "ES384" => point(
            "P-384",
            P384.verifying_key().to_sec1_point(false).as_bytes(),
        ),
        "EdDSA" | "Ed25519" => {
            let x = ED25519.verifying_key();
            json!({"kty": "OKP", "crv": "Ed25519", "x": text(x.as_bytes())})
        }
        _ => {
            let (n, e) = (RSA.n().to_bytes_be(), RSA.e().to_bytes_be());
            json!({"kty": "RSA", "n": text(&n), "e": text(&e), "use": "sig"})
        }
    }
}

fn signed(mood: &Mood, claims: &Value) -> String {
    let header = laid(
        json!({"alg": mood.algorithm, "typ": "JWT"}),
        &json!({"kid": mood.kid}),
    );
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&header), part(claims));
    let bytes = text.as_bytes();
    let mut rng = rsa::rand_core::OsRng;
    let signature = match mood.algorithm {
        "ES256" => {
            let signature: p256::ecdsa::Signature = P256.sign(bytes);
            signature.to_bytes().to_vec()
        }
        "ES384" => {
            let signature: p384::ecdsa::Signature = P384.sign(bytes);
            signature.to_bytes().to_vec()
        }
        "EdDSA" | "Ed25519" => ED25519.sign(bytes).to_bytes().to_vec(),
        "PS256" => BlindedSigningKey::<Sha256>::new(RSA.clone())
            .sign_with_rng(&mut rng, bytes)
            .to_vec(),
        "RS512" => SigningKey::<Sha512>::new(RSA.clone())
            .sign_with_rng(&mut rng, bytes)
            .to_vec(),
        "none" => Vec::new(),
        _ => SigningKey::<Sha256>::new(RSA.clone())
            .sign_with_rng(&mut rng, bytes)
            .to_vec(),
    };
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn authorize(
    State(provider): State<Provider>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let mood = provider.mood();
    let code = imgc::server::secrets::token();
    let nonce = query.get("nonce").cloned().unwrap_or_default();
    provider.0.codes.lock().unwrap().insert(code.clone(), nonce);
    let usual = json!({"code": code, "state": query["state"]});
    let answer = laid(usual, &mood.callback);
    let mut back = url::Url::parse(&query["redirect_uri"]).unwrap();
    for (name, value) in answer.as_object().unwrap() {
        back.query_pairs_mut()
            .append_pair(name, value.as_str().unwrap());
    }
    (StatusCode::FOUND, [(header::LOCATION, back.to_string())]).into_response()
}

/// How the client authenticated itself, if it did so rightly.
fn method(headers: &HeaderMap, form: &HashMap<String, String>) -> Option<&'static str> {
    let Some(header) = headers.get("authorization") else {
        let right =
            form.get("client_id")? == CLIENT_ID && form.get("client_secret")? == CLIENT_SECRET;
        return right.then_some("post");
    };
    let pair = header.to_str().ok()?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(STANDARD.decode(pair).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    let decoded = |text: &str| {
        let form = format!("v={text}");
        let value = form_urlencoded::parse(form.as_bytes()).next();
        value.map(|(_, value)| value.into_owned())
    };
    let right = decoded(id)? == CLIENT_ID && decoded(secret)? == CLIENT_SECRET;
    right.then_some("basic")
}

async fn token(State(provider): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    provider.note("token");
    let mood = provider.mood();
    let form: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    if mood.reads_form_alone && !form.contains_key("client_id") {
        let error = Json(json!({"error": "invalid_request"}));
        return (StatusCode::BAD_REQUEST, error).into_response();
    }
    if !method(&headers, &form).is_some_and(|method| mood.takes.contains(&method)) {
        let error = Json(json!({"error": "invalid_client"}));
        return (StatusCode::UNAUTHORIZED, error).into_response();
    }
    let nonce = provider.0.codes.lock().unwrap().remove(&form["code"]);
    let Some(nonce) = nonce else {
        return (
            StatusCode::BAD_REQUEST,
            Json(json!({"error": "invalid_grant"})),
        )
            .into_response();
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let usual = json!({
        "iss": provider.issuer(), "aud": CLIENT_ID, "sub": "u-1", "nonce": nonce,
        "iat": now, "exp": now + 3600,
        "email": "ada@example.com", "email_verified": true, "name": "Ada Field",
    });
    let usual_answer = json!({
        "access_token": "the-access-token", "token_type": "Bearer", "expires_in": 3600,
        "id_token": signed(&mood, &laid(usual, &mood.claims)),
    });
    Json(laid(usual_answer, &mood.token)).into_response()
}

async fn userinfo(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    provider.note("userinfo");
    let mood = provider.mood();
    if headers
        .get("authorization")
        .is_none_or(|value| value != "Bearer the-access-token")
    {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match (mood.userinfo.clone(), mood.userinfo_signed) {
        (Value::Null, _) => StatusCode::NOT_FOUND.into_response(),
        (told, false) => Json(told).into_response(),
        (told, true) => {
            let kind = [(header::CONTENT_TYPE, "application/jwt; charset=utf-8")];
            (kind, signed(&mood, &told)).into_response()
        }
    }
}

/// These fields, and more.
pub fn with(mut fields: Value, more: Value) -> Value {
    let more: Map<String, Value> = more.as_object().cloned().unwrap();
    fields.as_object_mut().unwrap().extend(more);
    fields
}
