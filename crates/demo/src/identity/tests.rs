//! The provider as a client sees it: the whole road and every refusal. The forgeries are in
//! `forge_tests`.

use std::sync::OnceLock;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use openidconnect::core::{
    CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreProviderMetadata,
};
use openidconnect::{ClientId, ClientSecret, IssuerUrl, Nonce};
use rsa::sha2::{Digest, Sha256};
use serde_json::Value;
use tower::ServiceExt;
use url::{Url, form_urlencoded};

use super::{
    IdentityOptions, Provider,
    keys::{Keys, base64url},
    routes,
};

pub(super) const ISSUER: &str = "http://127.0.0.1:3001";
const CLIENT: &str = "imgc-demo";
/// Has characters that Basic authentication must decode.
pub(super) const SECRET: &str = "s3cret & +%:=";
const CALLBACK: &str = "http://127.0.0.1:3000/auth/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    pub(super) fn header(&self, name: header::HeaderName) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// A parameter of the callback.
    pub(super) fn sent(&self, name: &str) -> Option<String> {
        let target = Url::parse(self.header(header::LOCATION)).ok()?;
        assert!(target.as_str().starts_with(CALLBACK), "{target}");
        let found = target.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    }
}

/// One key for all tests: making one is slow.
pub(super) fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| Keys::ephemeral().expect("a key is made"))
}

pub(super) fn provider() -> Router {
    let options = IdentityOptions {
        issuer: ISSUER.to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret: SECRET.to_owned(),
        redirect_uris: vec![CALLBACK.to_owned()],
        key_file: "unused".into(),
    };
    routes(Provider::new(options, keys().clone()))
}

/// A parameter list, changed: an empty value takes a parameter out.
fn form(base: &[(&str, &str)], changes: &[(&str, &str)]) -> String {
    let kept = base
        .iter()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let added = changes.iter().filter(|(_, value)| !value.is_empty());
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept.chain(added))
        .finish()
}

fn authorize_form(changes: &[(&str, &str)]) -> String {
    let challenge = base64url(&Sha256::digest(VERIFIER));
    let base = [
        ("client_id", CLIENT),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid email profile"),
        ("state", "the-state"),
        ("nonce", "the-nonce"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    form(&base, changes)
}

pub(super) async fn call(app: &Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.expect("it never fails");
    let (parts, body) = response.into_parts();
    // An endless body fails at the limit, and reads as nothing.
    let bytes = to_bytes(body, 1 << 20).await.unwrap_or_default();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

pub(super) async fn get(app: &Router, path: &str) -> Answer {
    let request = Request::get(path).body(Body::empty());
    call(app, request.expect("it is a request")).await
}

async fn post(app: &Router, path: &str, form: String, authorization: Option<&str>) -> Answer {
    let mut request =
        Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(value) = authorization {
        request = request.header(header::AUTHORIZATION, value);
    }
    call(
        app,
        request.body(Body::from(form)).expect("it is a request"),
    )
    .await
}

/// Chooses on the page.
pub(super) async fn choose(app: &Router, changes: &[(&str, &str)]) -> Answer {
    post(app, "/authorize", authorize_form(changes), None).await
}

/// Trades a code, with the secret in the form.
pub(super) async fn trade(app: &Router, code: &str, changes: &[(&str, &str)]) -> Answer {
    let base = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
    ];
    post(app, "/token", form(&base, changes), None).await
}

async fn code_of(app: &Router, name: &str) -> String {
    let answer = choose(app, &[("name", name)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.sent("code").expect("there is a code")
}

/// An independent client's reading of ID tokens.
pub(super) async fn verifier(app: &Router, secret: &str) -> CoreIdTokenVerifier<'static> {
    let keys: CoreJsonWebKeySet =
        serde_json::from_str(&get(app, "/jwks").await.body).expect("it is a key set");
    CoreIdTokenVerifier::new_confidential_client(
        ClientId::new(CLIENT.to_owned()),
        ClientSecret::new(secret.to_owned()),
        IssuerUrl::new(ISSUER.to_owned()).expect("it is an address"),
        keys,
    )
}

/// The claims of a token that client accepts, or why it does not.
pub(super) async fn accepted(app: &Router, id_token: &str) -> Result<Value, String> {
    let token: CoreIdToken = id_token.parse().map_err(|problem| format!("{problem}"))?;
    let nonce = Nonce::new("the-nonce".to_owned());
    let verifier = verifier(app, SECRET).await;
    let claims = token
        .claims(&verifier, &nonce)
        .map_err(|problem| format!("{problem:?}"))?;
    serde_json::to_value(claims).map_err(|problem| format!("{problem}"))
}

#[tokio::test]
async fn somebody_signs_in() {
    let app = provider();
    let metadata = get(&app, "/.well-known/openid-configuration").await;
    let metadata: CoreProviderMetadata =
        serde_json::from_str(&metadata.body).expect("it is provider metadata");
    assert_eq!(metadata.issuer().as_str(), ISSUER);

    let page = get(&app, &format!("/authorize?{}", authorize_form(&[]))).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("value=\"ada\""));

    let callback = choose(&app, &[("person", "ada")]).await;
    assert_eq!(callback.status, StatusCode::SEE_OTHER);
    assert_eq!(callback.sent("state").as_deref(), Some("the-state"));
    assert_eq!(callback.sent("iss").as_deref(), Some(ISSUER));
    let code = callback.sent("code").expect("there is a code");

    let tokens = trade(&app, &code, &[]).await;
    assert_eq!(tokens.header(header::CACHE_CONTROL), "no-store");
    let tokens = tokens.json();
    let id_token = tokens["id_token"].as_str().expect("there is a token");
    let claims = accepted(&app, id_token).await.expect("it is accepted");
    assert_eq!(claims["sub"], "demo-ada");
    assert_eq!(claims["azp"], CLIENT);
    assert_eq!(claims["email"], "ada.martin@example.com");
    assert_eq!(claims["email_verified"], true);
    assert_eq!(claims["name"], "Ada Martin");
    assert_eq!(claims["auth_time"], claims["iat"]);

    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap_or(""));
    let told = post(&app, "/userinfo", String::new(), Some(&bearer)).await;
    assert_eq!(told.json()["sub"], "demo-ada");
    let picture = told.json()["picture"].as_str().unwrap_or("").to_owned();
    let portrait = get(&app, &picture).await;
    assert_eq!(portrait.header(header::CONTENT_TYPE), "image/png");

    // The code again: no tokens, and the access token is closed.
    let replay = trade(&app, &code, &[]).await;
    assert_eq!(replay.status, StatusCode::BAD_REQUEST);
    assert_eq!(replay.json()["error"], "invalid_grant");
    let told = post(&app, "/userinfo", String::new(), Some(&bearer)).await;
    assert_eq!(told.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_code_is_bound_to_its_verifier_address_and_client() {
    let app = provider();
    for (name, wrong, error) in [
        ("code_verifier", "another-verifier", "invalid_grant"),
        ("code_verifier", "", "invalid_grant"),
        ("redirect_uri", "http://127.0.0.1:3000/", "invalid_grant"),
        ("client_secret", "guess", "invalid_client"),
        ("client_id", "another", "invalid_client"),
        ("grant_type", "password", "unsupported_grant_type"),
        ("code", "", "invalid_request"),
    ] {
        let code = code_of(&app, "Zoé").await;
        let answer = trade(&app, &code, &[(name, wrong)]).await;
        assert_eq!(answer.json()["error"], error, "{name}={wrong}");
        if error == "invalid_grant" {
            let again = trade(&app, &code, &[]).await;
            assert_eq!(again.json()["error"], error, "a wrong guess costs the code");
        }
    }
}

#[tokio::test]
async fn the_client_may_authenticate_in_the_header() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let app = provider();
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let header = |secret: &str| {
        let pair = format!("{}:{}", encode(CLIENT), encode(secret));
        format!("Basic {}", STANDARD.encode(pair))
    };
    for (secret, expected) in [
        (SECRET, StatusCode::OK),
        ("guess", StatusCode::UNAUTHORIZED),
    ] {
        let code = code_of(&app, "Zoé").await;
        let base = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let answer = post(&app, "/token", form(&base, &[]), Some(&header(secret))).await;
        assert_eq!(answer.status, expected);
    }
}

#[tokio::test]
async fn strangers_get_a_page_and_no_redirect() {
    let app = provider();
    for change in [
        ("client_id", "another"),
        ("redirect_uri", "https://evil.example/callback"),
        ("redirect_uri", "http://127.0.0.1:3000/auth/callback?x=1"),
        ("redirect_uri", "HTTP://127.0.0.1:3000/auth/callback"),
        ("redirect_uri", ""),
    ] {
        for answer in [
            get(&app, &format!("/authorize?{}", authorize_form(&[change]))).await,
            choose(&app, &[change, ("person", "ada")]).await,
        ] {
            assert_eq!(answer.status, StatusCode::BAD_REQUEST);
            assert_eq!(answer.header(header::LOCATION), "");
            assert!(answer.body.contains("role=\"alert\""));
        }
    }
    let twice = format!("{}&state=other", authorize_form(&[]));
    let answer = get(&app, &format!("/authorize?{twice}")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn other_faults_go_back_to_the_client() {
    let app = provider();
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("scope", "email", "invalid_scope"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", VERIFIER, "code"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("prompt", "none", "login_required"),
        ("prompt", "login", "code"),
        ("max_age", "0", "code"),
        ("max_age", "soon", "invalid_request"),
        ("request", "x", "request_not_supported"),
        ("cancel", "1", "access_denied"),
    ] {
        let answer = choose(&app, &[(name, value), ("person", "sam")]).await;
        let told = answer.sent("error");
        assert_eq!(told.as_deref().unwrap_or("code"), error, "{name}={value}");
        assert_eq!(answer.sent("state").as_deref(), Some("the-state"));
        assert_eq!(answer.sent("iss").as_deref(), Some(ISSUER));
    }
}

#[tokio::test]
async fn the_page_is_safe_and_speaks_two_languages() {
    let app = provider();
    let hostile = "\"'><script>alert(1)</script>";
    let state = ("state", hostile);
    let typed = format!("{hostile}{}", "x".repeat(80));
    let page = choose(&app, &[state, ("name", &typed), ("ui_locales", "fr-CA")]).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(!page.body.contains("<script") && !page.body.contains("\"'>"));
    assert!(page.body.contains("value=\"&quot;&#39;&gt;&lt;script&gt;"));
    assert!(page.body.contains("<html lang=\"fr\">"));
    assert!(page.body.contains("Un autre nom") && page.body.contains(">Annuler<"));
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    assert!(policy.starts_with("default-src 'none'; style-src 'self'"));
    assert!(policy.contains("form-action 'self' http://127.0.0.1:3000;"));

    let path = format!("/authorize?{}&person=ada", authorize_form(&[]));
    let page = get(&app, &path).await;
    assert_eq!(page.status, StatusCode::OK, "a link cannot choose");
    assert!(page.body.contains("Another name") && page.body.contains(">Continue<"));

    assert_eq!(get(&app, "/elsewhere").await.status, StatusCode::NOT_FOUND);
    let nobody = get(&app, "/people/..%2f/photo.png").await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_hostile_name_is_told_as_it_is_typed() {
    let app = provider();
    let name = "<b>\"O'Neil\" & \u{202e}fils</b>";
    let tokens = trade(&app, &code_of(&app, name).await, &[]).await.json();
    let id_token = tokens["id_token"].as_str().expect("there is a token");
    let claims = accepted(&app, id_token).await.expect("it is accepted");
    assert_eq!(claims["name"], name);
}
