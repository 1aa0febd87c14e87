//! The demo OpenID provider: who signs people in when nothing is configured.
//!
//! On a loopback address with no provider set, imgc listens here too and signs people in over
//! the real protocol (discovery, code flow, PKCE, RS256), so that the first run needs no account
//! anywhere and the demo exercises the very code that talks to Google. There are no passwords:
//! whoever can open the page can be anybody, which is why it must never listen publicly.
//!
//! Tests use it the other way round: a typed name holding `[demo:NAME]` makes the provider
//! answer that one sign-in wrongly, in the way [`FORGERIES`] describes.
//!
//! The road of a sign-in: `authorize` checks the request and shows `page`; the choice becomes a
//! `people::Person` and a `grants::Grant`; `token` trades the grant for a signed answer (`keys`),
//! or for a wrong one (`forge`, `forge_answers`).

mod authorize;
mod brush;
mod forge;
mod forge_answers;
#[cfg(test)]
mod forge_tests;
mod grants;
mod keys;
mod page;
mod people;
mod portrait;
mod style;
#[cfg(test)]
mod tests;
mod token;
mod words;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use tokio::sync::OnceCell;

pub use forge::FORGERIES;

/// What the provider is told at its start.
#[derive(Clone)]
pub struct IdentityOptions {
    /// The address the provider is reached at, e.g. `http://127.0.0.1:3001`: the `iss` of every
    /// token, and the start of every endpoint's address.
    pub issuer: String,
    /// The only client it knows.
    pub client_id: String,
    /// That client's secret.
    pub client_secret: String,
    /// Where people may be sent back to, compared byte for byte.
    pub redirect_uris: Vec<String>,
    /// The RSA private key (PKCS#8 PEM, mode 0600), made at the first start so that a restart
    /// does not invalidate what the client has cached.
    pub key_file: PathBuf,
}

/// The provider's routes, ready to be served at the issuer's address.
///
/// # Errors
///
/// `InvalidInput` when the issuer or a redirect address is not an absolute URL, `InvalidData`
/// when the key file is not an RSA key, and whatever reading or writing that file answers.
pub async fn router(options: IdentityOptions) -> Result<Router, io::Error> {
    let addresses = options.redirect_uris.iter().chain([&options.issuer]);
    for address in addresses {
        url::Url::parse(address).map_err(|problem| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{address:?} is not an address: {problem}"),
            )
        })?;
    }
    let key_file = options.key_file.clone();
    let keys = tokio::task::spawn_blocking(move || keys::Keys::load_or_create(&key_file))
        .await
        .map_err(io::Error::other)??;
    Ok(routes(Provider::new(options, keys)))
}

/// What every handler shares.
struct Provider {
    options: IdentityOptions,
    keys: keys::Keys,
    /// A key that `/jwks` does not list, made when a forgery first needs one.
    stranger: OnceCell<keys::Keys>,
    grants: Mutex<grants::Grants>,
}

impl Provider {
    fn new(options: IdentityOptions, keys: keys::Keys) -> Self {
        Self {
            options,
            keys,
            stranger: OnceCell::new(),
            grants: Mutex::default(),
        }
    }

    /// The full address of one of the provider's own paths (which start with `/`).
    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.options.issuer.trim_end_matches('/'))
    }

    /// The codes and access tokens in force. A handler that panicked half-way leaves nothing
    /// worse than a lost sign-in, so a poisoned lock is simply taken.
    fn grants(&self) -> MutexGuard<'_, grants::Grants> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn routes(provider: Provider) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/jwks", get(jwks))
        .route(
            "/authorize",
            get(authorize::authorize).post(authorize::authorize),
        )
        .route("/token", post(token::token))
        .route("/userinfo", get(token::userinfo).post(token::userinfo))
        .route("/people/{id}/photo.png", get(photo))
        .route("/style.css", get(stylesheet))
        .fallback(missing)
        .with_state(Arc::new(provider))
}

/// What the provider can do, for clients that know only its issuer.
async fn discovery(State(provider): State<Arc<Provider>>) -> Response {
    axum::Json(json!({
        "issuer": provider.options.issuer,
        "authorization_endpoint": provider.address("/authorize"),
        "token_endpoint": provider.address("/token"),
        "userinfo_endpoint": provider.address("/userinfo"),
        "jwks_uri": provider.address("/jwks"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["iss", "sub", "aud", "azp", "exp", "iat", "auth_time", "nonce",
            "email", "email_verified", "name", "picture"],
        "ui_locales_supported": ["en", "fr"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    }))
    .into_response()
}

/// The public key that signs the tokens.
async fn jwks(State(provider): State<Arc<Provider>>) -> Response {
    axum::Json(provider.keys.jwks()).into_response()
}

/// Somebody's portrait; the same id always answers the same picture.
async fn photo(State(provider): State<Arc<Provider>>, Path(id): Path<String>) -> Response {
    if let Some(forged) = forge_answers::picture(&provider.options.issuer, &id) {
        return forged;
    }
    let well_formed = (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let picture = if well_formed {
        portrait::png(&id)
    } else {
        None
    };
    let Some(picture) = picture else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, picture).into_response()
}

async fn stylesheet() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, style::SHEET).into_response()
}

async fn missing(headers: HeaderMap) -> Response {
    let language = words::Language::choose(None, &headers);
    page::refusal(language, StatusCode::NOT_FOUND, language.words().not_found)
}

/// Seconds since 1970, the unit of every date in a token.
fn now_unix_s() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
