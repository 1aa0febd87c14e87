//! Every forgery, asked for on the page and met where it must show.

use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use openidconnect::Nonce;
use openidconnect::core::{CoreIdToken, CoreJwsSigningAlgorithm};
use serde_json::Value;

use super::{
    FORGERIES, forge, now_unix_s,
    tests::{Answer, ISSUER, SECRET, accepted, choose, get, keys, provider, trade, verifier},
};

/// Where each forgery must show. Whatever a list like this forgets fails the test.
#[tokio::test]
async fn every_forgery_does_what_it_says() {
    for (name, _) in FORGERIES {
        let app = provider();
        let callback = choose(&app, &[("name", &format!("Zoé [demo:{name}]"))]).await;
        assert_eq!(callback.status, StatusCode::SEE_OTHER, "{name}");
        if check_callback(name, &callback) {
            continue;
        }
        let code = callback.sent("code").expect("there is a code");
        if *name == "token-hang" {
            let wait = Duration::from_millis(200);
            let answer = tokio::time::timeout(wait, trade(&app, &code, &[])).await;
            assert!(answer.is_err());
            continue;
        }
        let tokens = trade(&app, &code, &[]).await;
        if check_token_answer(name, &tokens) {
            continue;
        }
        let body = tokens.json();
        let id_token = body["id_token"].as_str().expect("there is a token");
        match accepted(&app, id_token).await {
            Ok(claims) => check_claims(name, &claims, &app).await,
            Err(why) => check_refusal(name, &why),
        }
    }
}

/// Whether the forgery is one of the callback, where it is as it should be.
fn check_callback(name: &str, callback: &Answer) -> bool {
    let state = callback.sent("state");
    match name {
        "wrong-state" => assert!(state.is_some_and(|state| state != "the-state")),
        "no-state" => assert!(state.is_none()),
        "no-code" => assert!(callback.sent("code").is_none()),
        "error-server" => {
            assert_eq!(callback.sent("error").as_deref(), Some("server_error"));
            assert!(callback.sent("code").is_none());
            let text = callback.sent("error_description").unwrap_or_default();
            assert!(text.contains("<script>"));
        }
        "wrong-iss-param" => assert_ne!(callback.sent("iss").as_deref(), Some(ISSUER)),
        _ => {
            assert_eq!(state.as_deref(), Some("the-state"), "{name}");
            return false;
        }
    }
    true
}

/// Whether the forgery is one of the whole token answer, where it is as it should be.
fn check_token_answer(name: &str, tokens: &Answer) -> bool {
    match name {
        "token-error" => assert_eq!(tokens.json()["error"], "invalid_grant"),
        "token-500" => assert_eq!(tokens.status, StatusCode::INTERNAL_SERVER_ERROR),
        "token-html" => assert!(tokens.header(header::CONTENT_TYPE).starts_with("text/html")),
        "token-huge" => assert!(tokens.status.is_success() && tokens.body.is_empty()),
        "no-id-token" => {
            assert!(tokens.json()["access_token"].is_string());
            assert!(tokens.json()["id_token"].is_null());
        }
        _ => return false,
    }
    true
}

/// The forgeries that are well-formed answers, for the client's own rules to refuse or tame.
async fn check_claims(name: &str, claims: &Value, app: &Router) {
    let chars = |claim: &str| claims[claim].as_str().unwrap_or("").chars().count();
    match name {
        "unverified-email" => assert_eq!(claims["email_verified"], false),
        "no-email" => assert!(claims["email"].is_null() && claims["email_verified"].is_null()),
        "long-subject" => assert_eq!(chars("sub"), 10_000),
        "long-name" => assert_eq!(chars("name"), 10_000),
        "hostile-name" => assert_eq!(claims["name"], forge::HOSTILE_NAME),
        "wrong-azp" => assert_eq!(claims["azp"], "another-client"),
        // The library leaves the reading of `iat` to the application.
        "issued-in-future" => assert!(claims["iat"].as_u64() > Some(now_unix_s() + 3_600)),
        "picture-elsewhere" => assert_eq!(claims["picture"], "http://169.254.169.254/x.png"),
        "picture-huge" | "picture-not-image" | "picture-redirect" => {
            let path = claims["picture"].as_str().unwrap_or("");
            let picture = get(app, path).await;
            assert!(!picture.body.contains("IHDR"), "{name}");
            let redirects = name == "picture-redirect";
            assert_eq!(picture.status.is_redirection(), redirects, "{name}");
            assert_eq!(
                name == "picture-huge",
                !redirects && picture.body.is_empty()
            );
        }
        _ => panic!("{name} was accepted"),
    }
}

/// The forgeries that any client library refuses, and what it must have noticed.
fn check_refusal(name: &str, why: &str) {
    let reason = match name {
        "alg-none" => "NoSignature",
        "hs256" | "hs256-public-key" => "DisallowedAlg",
        "wrong-key" | "bad-signature" => "CryptoError",
        "unknown-kid" => "NoMatchingKey",
        "wrong-issuer" => "InvalidIssuer",
        "wrong-audience" | "extra-audience" => "InvalidAudience",
        "wrong-nonce" => "nonce mismatch",
        "no-nonce" => "missing nonce claim",
        "expired" => "Expired",
        "no-expiry" => "missing field `exp`",
        "no-subject" => "missing field `sub`",
        "truncated-token" | "garbage-token" => "Invalid JSON web token",
        _ => panic!("{name} was refused: {why}"),
    };
    assert!(why.contains(reason), "{name} was refused for {why}");
}

/// The HMAC must be a right one, or a client that falls for it would still refuse the token.
#[tokio::test]
async fn an_hmac_forgery_fools_a_client_that_allows_hmac() {
    let app = provider();
    for (name, secret) in [
        ("hs256", SECRET.to_owned()),
        ("hs256-public-key", keys().public_pem()),
    ] {
        let callback = choose(&app, &[("name", &format!("[demo:{name}]"))]).await;
        let code = callback.sent("code").expect("there is a code");
        let body = trade(&app, &code, &[]).await.json();
        let token: CoreIdToken = serde_json::from_value(body["id_token"].clone()).expect("a token");
        let gullible = verifier(&app, &secret)
            .await
            .set_allowed_algs([CoreJwsSigningAlgorithm::HmacSha256]);
        let claims = token.claims(&gullible, &Nonce::new("the-nonce".to_owned()));
        assert!(claims.is_ok(), "{name}: {claims:?}");
    }
}
