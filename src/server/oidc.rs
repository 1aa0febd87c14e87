//! OpenID Connect: authorization code flow with PKCE, `state` and `nonce`.
//!
//! One code path for Google, any other provider, and the demo's own. Nothing
//! the provider says is believed before its signature, issuer, audience, time
//! and nonce were checked.

mod claims;
pub mod events;
mod transport;

use crate::{
    error::SignInProblem,
    routes::SIGN_IN_CALLBACK,
    server::{
        client::{self, ClientError},
        config::Config,
        tls,
    },
    store::sessions::PendingSignIn,
};
use openidconnect::{
    AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, SignatureVerificationError, TokenResponse,
    core::{CoreAuthPrompt, CoreClient, CoreProviderMetadata, CoreResponseType},
};
use secrecy::{ExposeSecret, SecretString};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;
use transport::{Http, exchange_problem};

pub use crate::server::config::GOOGLE;
pub use claims::{Person, clean_name};
pub use events::EventProblem;

/// The page where people take back what they allowed Google to tell.
pub const GOOGLE_PERMISSIONS: &str = "https://myaccount.google.com/connections";
/// A provider that does not answer within this is unavailable.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The time for which the provider's metadata and keys are believed.
const METADATA_TTL: Duration = Duration::from_secs(3600);
/// The age from which an unknown key makes us ask for the keys again.
const REFRESH_AFTER: Duration = Duration::from_secs(30);

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

/// The client id the demo's provider knows us by.
pub const DEMO_CLIENT_ID: &str = "imgc-demo";
/// Its secret: no secret at all, for it opens only the demo.
pub const DEMO_CLIENT_SECRET: &str = "imgc-demo-secret";

impl OidcClient {
    /// Prepares for the configured provider; it is asked at the first sign-in.
    pub fn new(config: &Config) -> Result<OidcClient, ClientError> {
        let http = client::build(
            tls::client_builder()
                .timeout(TIMEOUT)
                .redirect(reqwest::redirect::Policy::none()),
        )?;
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
            http: Http::new(http),
            metadata: Mutex::new(None),
        })
    }

    /// Asks the provider for its metadata and keys, to learn if it works.
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

    /// True if a callback's `iss` parameter (RFC 9207) names our provider.
    pub fn is_issuer(&self, issuer: &str) -> bool {
        self.issuer.trim_end_matches('/') == issuer.trim_end_matches('/')
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
