//! OpenID Connect: authorization code flow with PKCE, `state` and `nonce`.
//!
//! One code path for Google, any other provider, and the demo's own. Nothing
//! the provider says is believed before its signature, issuer, audience, time
//! and nonce were checked.

pub mod events;

use super::tls;
use crate::{
    error::SignInProblem, routes::SIGN_IN_CALLBACK, server::config::Config,
    store::sessions::PendingSignIn,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use events::EventClaims;
use futures::future::BoxFuture;
use openidconnect::{
    AsyncHttpClient, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId,
    ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IssuerUrl, JsonWebKey, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    Scope, SignatureVerificationError, TokenResponse,
    core::{
        CoreAuthPrompt, CoreClient, CoreIdToken, CoreIdTokenClaims, CoreJwsSigningAlgorithm,
        CoreProviderMetadata, CoreResponseType,
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// Google's issuer, the default provider.
pub const GOOGLE: &str = "https://accounts.google.com";
/// Where people take back what they allowed Google to tell.
pub const GOOGLE_PERMISSIONS: &str = "https://myaccount.google.com/connections";
/// A provider that does not answer within this is unavailable.
const TIMEOUT: Duration = Duration::from_secs(10);
/// No answer of a provider is larger than this, in bytes.
const ANSWER_MAX: usize = 512 * 1024;
/// How long the provider's metadata and keys are believed.
const METADATA_TTL: Duration = Duration::from_secs(3600);
/// How soon an unknown key may make us ask for the keys again.
const REFRESH_AFTER: Duration = Duration::from_secs(30);
/// How far the provider's clock may be from ours, in seconds.
const CLOCK_SKEW_S: i64 = 60;
/// OpenID Connect Core, section 2: a subject has at most 255 characters.
const SUBJECT_MAX: usize = 255;
const NAME_MAX: usize = 100;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The configured provider.
pub struct OidcClient {
    issuer: String,
    client_id: String,
    client_secret: SecretString,
    redirect: String,
    http: Http,
    metadata: Mutex<Option<(Instant, Arc<CoreProviderMetadata>)>>,
}

/// What a verified answer says of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub issuer: String,
    pub subject: String,
    pub email: String,
    pub name: String,
    /// The provider's address of their picture; not to be trusted as an address.
    pub picture: Option<String>,
}

/// The client id the demo's provider knows us by.
pub const DEMO_CLIENT_ID: &str = "imgc-demo";
/// Its secret: no secret at all, for it opens only the demo.
pub const DEMO_CLIENT_SECRET: &str = "imgc-demo-secret";

impl OidcClient {
    /// Prepares for the configured provider; it is asked at the first sign-in.
    pub fn new(config: &Config) -> Result<OidcClient, String> {
        tls::install();
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|e| e.to_string())?;
        let oidc = &config.imgc.oidc;
        let (issuer, id, secret) = if config.demo {
            let issuer = format!("http://{}", config.demo_addr());
            let secret = SecretString::from(DEMO_CLIENT_SECRET);
            (issuer, DEMO_CLIENT_ID.to_owned(), secret)
        } else {
            (
                oidc.issuer.clone(),
                oidc.client_id.clone().unwrap_or_default(),
                oidc.client_secret.clone().unwrap_or_default(),
            )
        };
        Ok(OidcClient {
            issuer,
            client_id: id,
            client_secret: secret,
            redirect: format!("{}{SIGN_IN_CALLBACK}", config.public_origin()),
            http: Http(http),
            metadata: Mutex::new(None),
        })
    }

    /// Asks the provider for its metadata and keys: whether it works.
    pub async fn ping(&self) -> Result<(), SignInProblem> {
        self.metadata(METADATA_TTL).await.map(|_| ())
    }

    /// The address to send a person to, and what to remember until they return.
    /// With `again` somebody signed in proves that it is still them.
    pub async fn begin(
        &self,
        lang: &str,
        again: bool,
    ) -> Result<(String, PendingSignIn), SignInProblem> {
        let client = self.client(METADATA_TTL).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("email".into()))
            .add_scope(Scope::new("profile".into()))
            .add_extra_param("ui_locales", lang)
            .set_pkce_challenge(challenge);
        // Google would sign the last account in again without a word. Other
        // providers may refuse a prompt they do not know.
        if self.issuer == GOOGLE {
            request = request.add_prompt(CoreAuthPrompt::SelectAccount);
        } else if again {
            // One that OpenID Connect Core names, so every provider knows it.
            request = request.add_prompt(CoreAuthPrompt::Login);
        }
        let (address, state, nonce) = request.url();
        let sign_in = PendingSignIn {
            state: Some(state.into_secret()),
            nonce: Some(nonce.secret().clone()),
            pkce_verifier: Some(verifier.into_secret()),
            ..PendingSignIn::default()
        };
        Ok((address.into(), sign_in))
    }

    /// Exchanges a callback's code for a verified person.
    pub async fn finish(
        &self,
        code: &str,
        sign_in: &PendingSignIn,
    ) -> Result<Person, SignInProblem> {
        let (Some(nonce), Some(verifier)) = (&sign_in.nonce, &sign_in.pkce_verifier) else {
            return Err(SignInProblem::Expired);
        };
        let client = self.client(METADATA_TTL).await?;
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|_| SignInProblem::ProviderUnavailable)?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(|error| exchange_problem(&error))?;
        let token = answer.id_token().ok_or(SignInProblem::AnswerRefused)?;
        let nonce = Nonce::new(nonce.clone());
        match self.verify(&client, token, &nonce) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                // The provider may have changed its keys since we read them.
                let client = self.client(REFRESH_AFTER).await?;
                self.person(self.verify(&client, token, &nonce))
            }
            result => self.person(result),
        }
    }

    /// The provider's name, as the rows of its people have it.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The claims of a security event token that the provider signed for us.
    pub async fn verify_event(&self, token: &str) -> Result<EventClaims, EventProblem> {
        let mut parts = token.rsplitn(2, '.');
        let (signature, signed) = parts
            .next()
            .zip(parts.next())
            .ok_or(EventProblem::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(EventProblem::Malformed)?;
        let header: EventHeader = decoded(header)?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| EventProblem::Malformed)?;
        if header.alg != "RS256" {
            return Err(EventProblem::Key);
        }
        // The provider may have changed its keys since we read them.
        let mut verified = false;
        for ttl in [METADATA_TTL, REFRESH_AFTER] {
            let metadata = self.metadata(ttl).await;
            let metadata = metadata.map_err(|_| EventProblem::ProviderUnavailable)?;
            verified = metadata.jwks().keys().iter().any(|key| {
                let meant = key.key_id().is_some_and(|id| id.as_str() == header.kid);
                let algorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
                meant
                    && key
                        .verify_signature(&algorithm, signed.as_bytes(), &signature)
                        .is_ok()
            });
            if verified {
                break;
            }
        }
        if !verified {
            return Err(EventProblem::Key);
        }
        // Only now is anything it says believed.
        let claims: EventClaims = decoded(claims)?;
        if !self.is_issuer(&claims.iss) {
            return Err(EventProblem::Issuer);
        }
        if !claims.aud.names(&self.client_id) {
            return Err(EventProblem::Audience);
        }
        Ok(claims)
    }

    /// Whether a callback's `iss` parameter (RFC 9207) names our provider.
    pub fn is_issuer(&self, issuer: &str) -> bool {
        self.issuer.trim_end_matches('/') == issuer.trim_end_matches('/')
    }

    fn verify(
        &self,
        client: &Client,
        token: &CoreIdToken,
        nonce: &Nonce,
    ) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs([CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256])
            .set_other_audience_verifier_fn(|_| false)
            .set_issue_time_verifier_fn(|issued| {
                let age_s = now_s() - issued.timestamp();
                if !(-CLOCK_SKEW_S..=600).contains(&age_s) {
                    return Err("issued at another time".into());
                }
                Ok(())
            });
        token.claims(&verifier, nonce).cloned()
    }

    /// The rules beyond the token's own: authorised party, subject, e-mail.
    fn person(
        &self,
        claims: Result<CoreIdTokenClaims, ClaimsVerificationError>,
    ) -> Result<Person, SignInProblem> {
        let claims = claims.map_err(|error| {
            tracing::warn!(%error, "an id_token was refused");
            SignInProblem::AnswerRefused
        })?;
        if claims
            .authorized_party()
            .is_some_and(|party| party.as_str() != self.client_id)
        {
            tracing::warn!("an id_token was made for another party");
            return Err(SignInProblem::AnswerRefused);
        }
        let subject = claims.subject().as_str();
        if subject.is_empty() || subject.len() > SUBJECT_MAX {
            return Err(SignInProblem::AnswerRefused);
        }
        let email = claims.email().map(|e| e.as_str()).unwrap_or_default();
        if claims.email_verified() != Some(true)
            || !email.contains('@')
            || email.len() > 320
            || email.chars().any(char::is_control)
        {
            return Err(SignInProblem::EmailUnverified);
        }
        let text = |claim: Option<&str>| claim.map(clean_name).filter(|n| !n.is_empty());
        let name = text(claims.name().and_then(|n| n.get(None)).map(|n| n.as_str()))
            .or_else(|| text(email.split('@').next()))
            .unwrap_or_else(|| "?".into());
        Ok(Person {
            issuer: claims.issuer().as_str().to_owned(),
            subject: subject.to_owned(),
            email: email.to_owned(),
            name,
            picture: claims
                .picture()
                .and_then(|p| p.get(None))
                .map(|p| p.as_str().to_owned()),
        })
    }

    async fn client(&self, ttl: Duration) -> Result<Client, SignInProblem> {
        let metadata = self.metadata(ttl).await?;
        let redirect = RedirectUrl::new(self.redirect.clone())
            .map_err(|_| SignInProblem::ProviderUnavailable)?;
        Ok(CoreClient::from_provider_metadata(
            metadata.as_ref().clone(),
            ClientId::new(self.client_id.clone()),
            Some(ClientSecret::new(
                self.client_secret.expose_secret().to_owned(),
            )),
        )
        .set_redirect_uri(redirect))
    }

    async fn metadata(&self, ttl: Duration) -> Result<Arc<CoreProviderMetadata>, SignInProblem> {
        let mut cached = self.metadata.lock().await;
        if let Some((read_at, metadata)) = cached.as_ref()
            && read_at.elapsed() < ttl
        {
            return Ok(metadata.clone());
        }
        let issuer =
            IssuerUrl::new(self.issuer.clone()).map_err(|_| SignInProblem::ProviderUnavailable)?;
        let read = CoreProviderMetadata::discover_async(issuer, &self.http).await;
        let metadata = Arc::new(read.map_err(|error| {
            tracing::error!(%error, "the identity provider's metadata could not be read");
            SignInProblem::ProviderUnavailable
        })?);
        *cached = Some((Instant::now(), metadata.clone()));
        Ok(metadata)
    }
}

/// Why a security event token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventProblem {
    Malformed,
    /// Not signed by a key of the provider's, or in another way than agreed.
    Key,
    Issuer,
    /// Meant for another client.
    Audience,
    ProviderUnavailable,
}

#[derive(Deserialize)]
struct EventHeader {
    alg: String,
    #[serde(default)]
    kid: String,
}

/// A part of a token: base64url of JSON.
fn decoded<T: DeserializeOwned>(part: &str) -> Result<T, EventProblem> {
    let bytes = URL_SAFE_NO_PAD.decode(part);
    let bytes = bytes.map_err(|_| EventProblem::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| EventProblem::Malformed)
}

/// Carries openidconnect's requests: no redirects, a deadline, a size limit.
struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = CallError;
    type Future = BoxFuture<'c, Result<HttpResponse, CallError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.carry(request))
    }
}

impl Http {
    async fn carry(&self, request: HttpRequest) -> Result<HttpResponse, CallError> {
        let request = reqwest::Request::try_from(request).map_err(|_| CallError)?;
        let mut response = self.0.execute(request).await.map_err(|error| {
            tracing::warn!(error = %error.without_url(), "the identity provider did not answer");
            CallError
        })?;
        let mut answer = axum::http::Response::builder().status(response.status());
        if let Some(headers) = answer.headers_mut() {
            *headers = response.headers().clone();
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| CallError)? {
            if body.len() + chunk.len() > ANSWER_MAX {
                return Err(CallError);
            }
            body.extend_from_slice(&chunk);
        }
        answer.body(body).map_err(|_| CallError)
    }
}

/// The provider could not be asked. The cause was logged where it happened.
#[derive(Debug, thiserror::Error)]
#[error("the identity provider could not be reached")]
struct CallError;

fn exchange_problem<E, T>(error: &openidconnect::RequestTokenError<E, T>) -> SignInProblem
where
    E: std::error::Error + 'static,
    T: openidconnect::ErrorResponse + 'static,
{
    use openidconnect::RequestTokenError as E;
    match error {
        E::Request(_) => SignInProblem::ProviderUnavailable,
        E::ServerResponse(_) | E::Parse(..) | E::Other(_) => {
            tracing::warn!("the identity provider refused the exchange of a code");
            SignInProblem::AnswerRefused
        }
    }
}

/// A name without what could deceive a reader: control characters and those
/// that turn the direction of words.
pub fn clean_name(name: &str) -> String {
    let harmless = |c: &char| {
        !c.is_control()
            && !matches!(*c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let kept: String = name.chars().filter(harmless).take(NAME_MAX).collect();
    kept.trim().to_owned()
}

fn now_s() -> i64 {
    let since_epoch = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::clean_name;

    #[test]
    fn names_lose_what_could_deceive_a_reader() {
        assert_eq!(clean_name("  Ada\u{202e}\u{0}\n Martin "), "Ada Martin");
        assert_eq!(clean_name(&"x".repeat(10_000)).len(), 100);
        assert_eq!(clean_name("عائشة"), "عائشة");
    }
}
