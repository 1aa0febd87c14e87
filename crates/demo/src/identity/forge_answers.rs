//! Wrong answers, continued: token answers that are broken as a whole, ID tokens signed
//! wrongly, and pictures that are traps.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use hmac::{Hmac, Mac};
use rsa::sha2::Sha256;
use serde_json::{Value, json};

use super::{
    Provider,
    forge::{Forgery, HOSTILE_NAME},
    keys::{Keys, compact},
};

/// How long the endpoint that hangs does so. It ends at all so that a server that is asked to
/// stop is not kept waiting for ever; a client that waits this long has failed the test anyway.
const HANG: Duration = Duration::from_secs(600);

/// The token endpoint's whole answer, where the forgery replaces it.
pub(super) async fn token_answer(forgery: Forgery) -> Option<Response> {
    let answer = match forgery {
        Forgery::TokenError => {
            let error = json!({"error": "invalid_grant", "error_description": HOSTILE_NAME});
            (StatusCode::BAD_REQUEST, axum::Json(error)).into_response()
        }
        Forgery::Token500 => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "the demo provider fell over",
        )
            .into_response(),
        Forgery::TokenHtml => {
            let page = "<!doctype html><title>Welcome</title><script>alert(1)</script>";
            ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
        }
        Forgery::TokenHuge => {
            let start = br#"{"token_type":"Bearer","access_token":""#;
            endless("application/json", start)
        }
        Forgery::TokenHang => {
            tokio::time::sleep(HANG).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        _ => return None,
    };
    Some(answer)
}

/// The ID token with these claims: signed as it should be, or as the forgery would have it.
/// `None` is an answer without an ID token.
pub(super) async fn id_token(
    provider: &Provider,
    forgery: Option<Forgery>,
    claims: &Value,
) -> io::Result<Option<String>> {
    let keys = &provider.keys;
    let header = |alg: &str| json!({"alg": alg, "typ": "JWT", "kid": keys.kid});
    let good = || keys.jwt(&keys.kid, claims);
    let token = match forgery {
        Some(Forgery::NoIdToken) => return Ok(None),
        Some(Forgery::AlgNone) => {
            compact(&json!({"alg": "none", "typ": "JWT"}), claims, |_| vec![])
        }
        Some(Forgery::Hs256) => {
            let secret = provider.options.client_secret.as_bytes();
            compact(&header("HS256"), claims, |input| hmac(secret, input))
        }
        Some(Forgery::Hs256PublicKey) => {
            let secret = keys.public_pem();
            let sign = |input: &str| hmac(secret.as_bytes(), input);
            compact(&header("HS256"), claims, sign)
        }
        Some(Forgery::WrongKey) => stranger(provider).await?.jwt(&keys.kid, claims),
        Some(Forgery::UnknownKid) => keys.jwt("nobody-knows-this-key", claims),
        Some(Forgery::BadSignature) => flip_signature(&good()),
        Some(Forgery::TruncatedToken) => {
            let token = good();
            token[..token.len() / 2].to_owned()
        }
        Some(Forgery::GarbageToken) => format!("{HOSTILE_NAME} is not a token"),
        _ => good(),
    };
    Ok(Some(token))
}

/// What `/people/{id}/photo.png` answers where the picture is a trap.
pub(super) fn picture(issuer: &str, id: &str) -> Option<Response> {
    match id {
        "picture-huge" => Some(endless("image/png", b"\x89PNG\r\n\x1a\n")),
        "picture-not-image" => {
            let page = "<!doctype html><script>alert(1)</script>";
            Some(([(header::CONTENT_TYPE, "image/png")], page).into_response())
        }
        "picture-redirect" => {
            // A real portrait waits at the other end, so that a client that follows is caught
            // by having a picture.
            let port = url::Url::parse(issuer).ok()?.port_or_known_default()?;
            let target = format!("http://127.0.0.1:{port}/people/ada/photo.png");
            Some((StatusCode::FOUND, [(header::LOCATION, target)]).into_response())
        }
        _ => None,
    }
}

/// An answer that goes on for as long as somebody reads it.
fn endless(content_type: &'static str, start: &'static [u8]) -> Response {
    const FILLING: &[u8] = &[b'a'; 16 * 1024];
    let first = stream::iter([Bytes::from_static(start)]);
    let chunks = first.chain(stream::repeat(Bytes::from_static(FILLING)));
    let body = Body::from_stream(chunks.map(Ok::<_, io::Error>));
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}

/// The key that is not published, made at its first use.
async fn stranger(provider: &Provider) -> io::Result<&Keys> {
    let make = || async {
        tokio::task::spawn_blocking(Keys::ephemeral)
            .await
            .map_err(io::Error::other)?
    };
    provider.stranger.get_or_try_init(make).await
}

fn hmac(secret: &[u8], input: &str) -> Vec<u8> {
    // HMAC takes a secret of any length; an empty signature is a forgery too.
    Hmac::<Sha256>::new_from_slice(secret).map_or_else(
        |_| vec![],
        |mac| mac.chain_update(input).finalize().into_bytes().to_vec(),
    )
}

/// Exchanges the signature's first character for another: still base64url, of the same length.
fn flip_signature(token: &str) -> String {
    let Some((input, signature)) = token.rsplit_once('.') else {
        return token.to_owned();
    };
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let rest: String = signature.chars().skip(1).collect();
    format!("{input}.{first}{rest}")
}
