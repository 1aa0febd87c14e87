//! What the identity provider tells of an account's safety: believed only when
//! it signed it, and then at once.

use crate::harness::{Server, http_client};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rsa::{
    RsaPrivateKey,
    pkcs1v15::SigningKey,
    pkcs8::DecodePrivateKey,
    sha2::Sha256,
    signature::{SignatureEncoding, Signer},
};
use serde_json::{Value, json};

const REVOKED: &str = "https://schemas.openid.net/secevent/risc/event-type/sessions-revoked";

/// A token of the demo's provider, or of a key that is not its.
async fn token(server: &Server, claims: &Value, stranger: bool) -> String {
    let key = server.data.path().join("demo-identity.pem");
    let key = match stranger {
        false => RsaPrivateKey::from_pkcs8_pem(&std::fs::read_to_string(key).unwrap()).unwrap(),
        true => RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap(),
    };
    let keys = http_client()
        .get(format!("{}/jwks", server.demo))
        .send()
        .await
        .unwrap();
    let keys: Value = serde_json::from_str(&keys.text().await.unwrap()).unwrap();
    let header = json!({"alg": "RS256", "typ": "secevent+jwt", "kid": keys["keys"][0]["kid"]});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(claims));
    let signature = SigningKey::<Sha256>::new(key).sign(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

async fn send(server: &Server, token: String) -> u16 {
    // As the provider does: no browser, no cookie, no origin.
    let request = http_client()
        .post(format!("{}/auth/events", server.base))
        .header("content-type", "application/secevent+jwt")
        .body(token);
    request.send().await.unwrap().status().as_u16()
}

fn claims(server: &Server, subject: &str, event: &str) -> Value {
    json!({
        "iss": server.demo,
        "aud": imgc::server::oidc::DEMO_CLIENT_ID,
        "iat": server.state.clock.now_ms() / 1000 + 1,
        "jti": "1",
        "events": { event: { "subject": {
            "subject_type": "iss-sub", "iss": server.demo, "sub": subject } } },
    })
}

async fn subject(server: &Server, name: &str) -> String {
    let sql = "SELECT subject FROM users WHERE name = ?1";
    let statement = imgc::store::Statement::new(sql).bind(name);
    let rows = server.state.db.fetch_all(statement).await.unwrap();
    rows[0].text("subject").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_sessions_end_here_too() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut phone = server.signed_in("Ada Martin").await;
    let mut sam = server.signed_in("Sam Rivera").await;
    let hers = subject(&server, "Ada Martin").await;
    let event = token(&server, &claims(&server, &hers, REVOKED), false).await;
    assert_eq!(send(&server, event.clone()).await, 202);
    for browser in [&mut ada, &mut phone] {
        assert!(
            browser
                .get("/library")
                .await
                .location()
                .starts_with("/sign-in")
        );
    }
    assert_eq!(sam.get("/library").await.status, 200);
    // The same token once more ends no session that began after it.
    server.state.clock.advance_ms(60_000);
    ada.sign_in("Ada Martin").await;
    assert_eq!(send(&server, event).await, 202);
    assert_eq!(ada.get("/library").await.status, 200);
    // Somebody without an account here is answered alike.
    let nobody = token(&server, &claims(&server, "nobody", REVOKED), false).await;
    assert_eq!(send(&server, nobody).await, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_ends_a_session() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let hers = subject(&server, "Ada Martin").await;
    let right = claims(&server, &hers, REVOKED);
    let with = |name: &str, value: Value| {
        let mut claims = right.clone();
        claims[name] = value;
        claims
    };
    let good = token(&server, &right, false).await;
    let mut unsigned = good.clone();
    unsigned.truncate(good.rfind('.').unwrap() + 1);
    let none = {
        let header = URL_SAFE_NO_PAD.encode(json!({"alg": "none"}).to_string());
        let claims = URL_SAFE_NO_PAD.encode(right.to_string());
        format!("{header}.{claims}.")
    };
    let refused = [
        token(&server, &right, true).await,
        token(&server, &with("aud", json!("another")), false).await,
        token(&server, &with("iss", json!("https://evil.example")), false).await,
        unsigned,
        none,
        "nonsense".to_owned(),
        String::new(),
    ];
    for event in refused {
        assert_eq!(send(&server, event.clone()).await, 400, "{event}");
    }
    // Signed, but about a person of another provider, or about nothing serious.
    let mut elsewhere = right.clone();
    elsewhere["events"][REVOKED]["subject"]["iss"] = json!("https://other.example");
    let verification = "https://schemas.openid.net/secevent/risc/event-type/verification";
    for claims in [elsewhere, claims(&server, &hers, verification)] {
        let event = token(&server, &claims, false).await;
        assert_eq!(send(&server, event).await, 202);
    }
    assert_eq!(ada.get("/library").await.status, 200);
}
