//! The back channel: a code becomes tokens at `/token`, an access token opens `/userinfo`.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{RawForm, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::sha2::{Digest, Sha256};
use serde_json::{Value, json};

use super::{
    Provider,
    authorize::Ask,
    forge, forge_answers,
    grants::{Grant, TOKEN_LIFE},
    keys::base64url,
    now_unix_s,
};

/// Trades a code for tokens.
pub(super) async fn token(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    let ask = Ask::parse(&form);
    let grant = match redeem(&provider, &headers, &ask) {
        Ok(grant) => grant,
        Err(refusal) => return refusal.into_response(),
    };
    if let Some(forgery) = grant.forgery
        && let Some(answer) = forge_answers::token_answer(forgery).await
    {
        return answer;
    }
    match answer(&provider, &grant, ask.get("code").unwrap_or_default()).await {
        Ok(body) => no_store(axum::Json(body)),
        Err(problem) => {
            tracing::error!(%problem, "the demo provider could not make a key");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Tells what an access token's owner may know about its person.
pub(super) async fn userinfo(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
) -> Response {
    let profile = authorization(&headers, "Bearer")
        .and_then(|token| provider.grants().profile(token, Instant::now()).cloned());
    match profile {
        Some(profile) => no_store(axum::Json(profile)),
        None => {
            let challenge = [(header::WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#)];
            (StatusCode::UNAUTHORIZED, challenge).into_response()
        }
    }
}

/// Why no tokens are given: the codes of RFC 6749, 5.2.
#[derive(Clone, Copy)]
enum Refusal {
    InvalidRequest(&'static str),
    InvalidClient,
    InvalidGrant(&'static str),
    UnsupportedGrantType,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (error, description) = match self {
            Self::InvalidRequest(why) => ("invalid_request", why),
            Self::InvalidClient => (
                "invalid_client",
                "The client is unknown or its secret wrong.",
            ),
            Self::InvalidGrant(why) => ("invalid_grant", why),
            Self::UnsupportedGrantType => (
                "unsupported_grant_type",
                "Only authorization_code is supported.",
            ),
        };
        let mut answer = no_store(axum::Json(
            json!({"error": error, "error_description": description}),
        ));
        *answer.status_mut() = StatusCode::BAD_REQUEST;
        if matches!(self, Self::InvalidClient) {
            *answer.status_mut() = StatusCode::UNAUTHORIZED;
            let challenge = header::HeaderValue::from_static(r#"Basic realm="imgc demo""#);
            answer
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        answer
    }
}

/// Checks a token request in the order a provider should: the client before its code, and the
/// code before what it is bound to, so that a wrong guess at either costs the code.
fn redeem(provider: &Provider, headers: &HeaderMap, ask: &Ask) -> Result<Grant, Refusal> {
    if ask.repeats() {
        return Err(Refusal::InvalidRequest("A parameter is given twice."));
    }
    authenticate(provider, headers, ask)?;
    match ask.get("grant_type") {
        Some("authorization_code") => {}
        Some(_) => return Err(Refusal::UnsupportedGrantType),
        None => return Err(Refusal::InvalidRequest("grant_type is missing.")),
    }
    let code = ask
        .get("code")
        .ok_or(Refusal::InvalidRequest("code is missing."))?;
    let grant = provider
        .grants()
        .redeem(code, Instant::now())
        .ok_or(Refusal::InvalidGrant(
            "The code is unknown, used or too old.",
        ))?;
    if ask.get("redirect_uri") != Some(&grant.redirect_uri) {
        return Err(Refusal::InvalidGrant(
            "The code is for another redirect_uri.",
        ));
    }
    let verifier = ask
        .get("code_verifier")
        .ok_or(Refusal::InvalidGrant("code_verifier is missing."))?;
    if base64url(&Sha256::digest(verifier)) != grant.challenge {
        return Err(Refusal::InvalidGrant("code_verifier is not the right one."));
    }
    Ok(grant)
}

/// Whether the request comes from the client, by `client_secret_basic` or `client_secret_post`
/// and not by both.
fn authenticate(provider: &Provider, headers: &HeaderMap, ask: &Ask) -> Result<(), Refusal> {
    let posted = ask.get("client_secret");
    let (id, secret) = match (headers.contains_key(header::AUTHORIZATION), posted) {
        (true, Some(_)) => {
            return Err(Refusal::InvalidRequest("The client authenticates twice."));
        }
        (true, None) => basic(headers).ok_or(Refusal::InvalidClient)?,
        (false, Some(secret)) => {
            let id = ask.get("client_id").ok_or(Refusal::InvalidClient)?;
            (id.to_owned(), secret.to_owned())
        }
        (false, None) => return Err(Refusal::InvalidClient),
    };
    let known = &provider.options;
    // Hashes are compared, not the secrets, so that the time it takes tells nothing of them.
    let same_secret = Sha256::digest(secret) == Sha256::digest(&known.client_secret);
    let same_id = id == known.client_id && ask.get("client_id").is_none_or(|also| also == id);
    if same_id && same_secret {
        Ok(())
    } else {
        Err(Refusal::InvalidClient)
    }
}

/// The two halves of a Basic header, which OAuth has form-encoded before they were joined.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = authorization(headers, "Basic")?;
    let pair = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    let decode = |text: &str| {
        let form = format!("v={text}");
        let value = url::form_urlencoded::parse(form.as_bytes()).next();
        value.map(|(_, value)| value.into_owned())
    };
    Some((decode(id)?, decode(secret)?))
}

/// The credentials of an Authorization header of this scheme (compared without case).
fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (given, credentials) = value.split_once(' ')?;
    given
        .eq_ignore_ascii_case(scheme)
        .then(|| credentials.trim())
}

/// The successful answer to a token request, or as near as the forgery lets it be.
async fn answer(provider: &Provider, grant: &Grant, code: &str) -> std::io::Result<Value> {
    let now_s = now_unix_s();
    let photo = |id: &str| provider.address(&format!("/people/{id}/photo.png"));
    let mut profile = grant.person.claims(&grant.scope, &photo(&grant.person.id));
    if let Some(forgery) = grant.forgery {
        forge::profile(forgery, &mut profile, photo);
    }
    let client_id = &provider.options.client_id;
    let mut claims = profile.clone();
    claims.extend(
        [
            ("iss", json!(provider.options.issuer)),
            ("aud", json!(client_id)),
            ("azp", json!(client_id)),
            ("iat", json!(now_s)),
            ("exp", json!(now_s + TOKEN_LIFE.as_secs())),
            ("auth_time", json!(grant.auth_time_s)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    if let Some(nonce) = &grant.nonce {
        claims.insert("nonce".to_owned(), json!(nonce));
    }
    if let Some(forgery) = grant.forgery {
        forge::envelope(forgery, &mut claims, client_id, now_s);
    }
    let id_token = forge_answers::id_token(provider, grant.forgery, &claims.into()).await?;
    let access_token = provider.grants().open(code, profile, Instant::now());
    let mut body = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFE.as_secs(),
        "scope": grant.scope,
    });
    if let Some(id_token) = id_token {
        body["id_token"] = json!(id_token);
    }
    Ok(body)
}

/// An answer that holds a secret and must not be kept by anything on the way.
fn no_store(body: impl IntoResponse) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
    ];
    (headers, body).into_response()
}
