//! OpenID Connect: authorization code flow with PKCE, `state` and `nonce`.
//!
//! One code path for Google, any other provider, and the demo's own. Nothing
//! the provider says is believed before its signature, issuer, audience, time
//! and nonce were checked; and of what it says beyond that, only what is needed
//! is read, because providers differ in all the rest. The road: `discovery` (who
//! it is, with its `keys`), `exchange` (a code becomes tokens), `claims` (is this
//! the answer to our question), `person` (whom it names). `probe` is the doctor's.

mod claims;
mod discovery;
pub mod events;
mod exchange;
mod keys;
mod person;
pub mod probe;
mod transport;

use crate::{
    error::SignInProblem,
    routes::SIGN_IN_CALLBACK,
    server::{
        client::{self, ClientError},
        config::{Config, EmailVerified},
        secrets, tls,
    },
    store::sessions::PendingSignIn,
};
use claims::{ClaimProblem, Claims, Expected};
use discovery::{DiscoveryProblem, Provider};
use exchange::{ExchangeProblem, Tokens, UserinfoProblem};
use keys::JwsProblem;
use openidconnect::PkceCodeChallenge;
use person::PersonProblem;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use std::{
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};
use tokio::sync::Mutex;
use transport::Http;

pub use crate::server::config::GOOGLE;
pub use events::EventProblem;
pub use person::{Person, clean_name};

/// The page where people take back what they allowed Google to tell.
pub const GOOGLE_PERMISSIONS: &str = "https://myaccount.google.com/connections";
/// A provider that does not answer within this is unavailable.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The time for which the provider's metadata and keys are believed.
const METADATA_TTL: Duration = Duration::from_secs(3600);
/// The pause after which metadata that could not be read anew is asked for again.
const RETRY_AFTER: Duration = Duration::from_secs(60);
/// However many tokens name unknown keys, the keys are read anew at most this often.
const REFRESH_PAUSE: Duration = Duration::from_secs(10);

/// The configured provider.
pub struct OidcClient {
    issuer: String,
    client_id: String,
    client_secret: SecretString,
    email_verified: EmailVerified,
    redirect: String,
    http: Http,
    /// True once the provider took the client's secret in a form alone.
    prefers_post: AtomicBool,
    known: Mutex<Known>,
}

/// What is known of the provider.
#[derive(Default)]
struct Known {
    provider: Option<Arc<Provider>>,
    /// When that is to be read anew.
    until: Option<Instant>,
    /// When an unknown key last made us ask for the keys.
    refreshed: Option<Instant>,
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
            email_verified: oidc.email_verified,
            redirect: format!("{}{SIGN_IN_CALLBACK}", config.public_origin()),
            http: Http::new(http),
            prefers_post: AtomicBool::new(false),
            known: Mutex::default(),
        })
    }

    /// The address to send a person to, and what to remember until they return.
    /// With `again` somebody signed in proves that it is still them.
    pub async fn begin(
        &self,
        lang: &str,
        again: bool,
    ) -> Result<(String, PendingSignIn), SignInProblem> {
        let provider = self.provider().await.map_err(|problem| {
            tracing::error!(cause = %problem, "the identity provider cannot be used");
            SignInProblem::ProviderUnavailable
        })?;
        let (state, nonce) = (secrets::token(), secrets::token());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut address = self.authorize_address(&provider, &state, &nonce, challenge.as_str());
        address.query_pairs_mut().append_pair("ui_locales", lang);
        // Google would sign the last account in again without a word. Other
        // providers may refuse a prompt they do not know; `login` is one that
        // OpenID Connect Core names, so every provider knows it.
        let prompt = match (self.issuer == GOOGLE, again) {
            (true, _) => Some("select_account"),
            (false, true) => Some("login"),
            (false, false) => None,
        };
        if let Some(prompt) = prompt {
            address.query_pairs_mut().append_pair("prompt", prompt);
        }
        let sign_in = PendingSignIn {
            state: Some(state),
            nonce: Some(nonce),
            pkce_verifier: Some(verifier.into_secret()),
            ..PendingSignIn::default()
        };
        Ok((address.into(), sign_in))
    }

    /// Where the provider is asked to send somebody back to us with a code.
    fn authorize_address(
        &self,
        provider: &Provider,
        state: &str,
        nonce: &str,
        challenge: &str,
    ) -> url::Url {
        // It may have a query of its own.
        let mut address = provider.authorization.clone();
        address.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", self.redirect.as_str()),
            ("scope", "openid email profile"),
            ("state", state),
            ("nonce", nonce),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ]);
        address
    }

    /// Exchanges a callback's code for a verified person. The log says what
    /// stood in the way; the person reads what they can do.
    pub async fn finish(
        &self,
        code: &str,
        sign_in: &PendingSignIn,
    ) -> Result<Person, SignInProblem> {
        let (Some(nonce), Some(verifier)) = (&sign_in.nonce, &sign_in.pkce_verifier) else {
            return Err(SignInProblem::Expired);
        };
        let person = self.identify(code, nonce, verifier).await;
        person.map_err(|refusal| {
            tracing::warn!(cause = %refusal, "nobody was signed in");
            refusal.reason()
        })
    }

    async fn identify(&self, code: &str, nonce: &str, verifier: &str) -> Result<Person, Refusal> {
        let provider = self.provider().await?;
        let tokens = self.exchange(&provider, code, verifier).await?;
        let (provider, token) = self.verified::<Claims>(&tokens.id_token).await?;
        let expected = Expected {
            issuer: &provider.issuer,
            client_id: &self.client_id,
            nonce,
            now_s: claims::now_s(),
        };
        let subject = claims::check(&token, &expected)?;
        let (userinfo, trouble) = self.more(&provider, &tokens, &token, &subject).await;
        let told = (&token, &userinfo);
        let person = person::person(&provider.issuer, subject, told, self.email_verified);
        match (person, trouble) {
            (Ok(person), _) => Ok(person),
            // Userinfo may have told what is missing, had it answered.
            (Err(PersonProblem::NoEmail | PersonProblem::Unsaid), Some(trouble)) => {
                Err(trouble.into())
            }
            (Err(problem), _) => Err(problem.into()),
        }
    }

    /// What userinfo tells beyond the id_token, where that lacks something; and
    /// why it told nothing, if something went wrong.
    async fn more(
        &self,
        provider: &Provider,
        tokens: &Tokens,
        token: &Claims,
        subject: &str,
    ) -> (Claims, Option<UserinfoProblem>) {
        let Some(access_token) = tokens.access_token.as_deref() else {
            return (Claims::new(), None);
        };
        if provider.userinfo.is_none() || !person::needs_more(token) {
            return (Claims::new(), None);
        }
        match self.userinfo(provider, access_token, subject).await {
            Ok(told) => (told, None),
            // It will not tell, and the id_token may be enough.
            Err(problem @ UserinfoProblem::Status(..500)) => {
                tracing::info!(cause = %problem, "userinfo told nothing");
                (Claims::new(), None)
            }
            Err(problem) => (Claims::new(), Some(problem)),
        }
    }

    /// What a token says that the provider signed, and the provider as it then was.
    async fn verified<T: DeserializeOwned>(
        &self,
        token: &str,
    ) -> Result<(Arc<Provider>, T), Refusal> {
        let provider = self.provider().await?;
        match keys::open(token, &provider.keys, &provider.algorithms) {
            // The provider may have changed its keys since we read them.
            Err(problem) if problem.may_be_new_key() => {
                let provider = self.provider_with_new_keys().await?;
                let said = keys::open(token, &provider.keys, &provider.algorithms)?;
                Ok((provider, said))
            }
            said => Ok((provider, said?)),
        }
    }

    /// True if a callback's `iss` parameter (RFC 9207) names our provider.
    pub fn is_issuer(&self, issuer: &str) -> bool {
        discovery::without_ending(&self.issuer) == issuer.trim_end_matches('/')
    }

    /// The provider, as it was when last asked.
    async fn provider(&self) -> Result<Arc<Provider>, DiscoveryProblem> {
        let mut known = self.known.lock().await;
        let now = Instant::now();
        if let Some(provider) = &known.provider
            && known.until.is_some_and(|until| now < until)
        {
            return Ok(provider.clone());
        }
        self.read_anew(&mut known).await
    }

    /// The provider, asked again unless an unknown key made us ask a moment ago.
    async fn provider_with_new_keys(&self) -> Result<Arc<Provider>, DiscoveryProblem> {
        let mut known = self.known.lock().await;
        let lately = |at: &Instant| at.elapsed() < REFRESH_PAUSE;
        if let Some(provider) = &known.provider
            && known.refreshed.as_ref().is_some_and(lately)
        {
            return Ok(provider.clone());
        }
        known.refreshed = Some(Instant::now());
        self.read_anew(&mut known).await
    }

    async fn read_anew(&self, known: &mut Known) -> Result<Arc<Provider>, DiscoveryProblem> {
        let read = Provider::discover(&self.http, &self.issuer).await;
        let (provider, ttl) = match (read, known.provider.take()) {
            (Ok(provider), _) => (Arc::new(provider), METADATA_TTL),
            // A provider whose metadata fails for a moment may sign people in all the same.
            (Err(problem), Some(earlier)) => {
                tracing::warn!(cause = %problem, "the identity provider's metadata is kept as it was");
                (earlier, RETRY_AFTER)
            }
            (Err(problem), None) => return Err(problem),
        };
        known.provider = Some(provider.clone());
        known.until = Some(Instant::now() + ttl);
        Ok(provider)
    }
}

/// The reason nobody was signed in, for the operator's log: it names the claim,
/// the algorithm or the check, and never a token, a secret or an address.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the identity provider cannot be used: {0}")]
    Provider(#[from] DiscoveryProblem),
    #[error(transparent)]
    Exchange(#[from] ExchangeProblem),
    #[error("the token is refused: {0}")]
    Signature(#[from] JwsProblem),
    #[error("the id_token is refused: {0}")]
    Claim(#[from] ClaimProblem),
    #[error("userinfo is needed and cannot be used: {0}")]
    Userinfo(#[from] UserinfoProblem),
    #[error(transparent)]
    Person(#[from] PersonProblem),
}

impl Refusal {
    /// What to tell the person.
    fn reason(&self) -> SignInProblem {
        match self {
            Refusal::Provider(_)
            | Refusal::Exchange(ExchangeProblem::Call(_) | ExchangeProblem::Status(_))
            | Refusal::Userinfo(UserinfoProblem::Call(_) | UserinfoProblem::Status(_)) => {
                SignInProblem::ProviderUnavailable
            }
            Refusal::Exchange(ExchangeProblem::Client(_)) => SignInProblem::Misconfigured,
            Refusal::Exchange(_)
            | Refusal::Signature(_)
            | Refusal::Claim(_)
            | Refusal::Userinfo(_) => SignInProblem::AnswerRefused,
            Refusal::Person(PersonProblem::NoEmail) => SignInProblem::EmailMissing,
            Refusal::Person(PersonProblem::Unsaid) => SignInProblem::EmailUnsaid,
            Refusal::Person(PersonProblem::Unverified) => SignInProblem::EmailUnverified,
        }
    }
}
