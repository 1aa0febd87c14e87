//! What the doctor finds out about signing in: everything that can be known
//! without a person, and a word on what cannot.

use super::{
    OidcClient,
    discovery::{DiscoveryProblem, Provider},
    exchange::ExchangeProblem,
    keys::shown,
    transport::CallError,
};
use crate::server::{config::EmailVerified, secrets};
use openidconnect::PkceCodeChallenge;

/// A code that no provider ever gave.
const NO_CODE: &str = "imgc-doctor-asks-whether-the-client-is-known";

/// What was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// What keeps people from signing in.
    pub problems: Vec<SignInTrouble>,
    /// What could not be found out, or may surprise.
    pub notes: Vec<String>,
}

impl Findings {
    fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

/// What keeps people from signing in, and what to look at.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SignInTrouble(String);

impl From<DiscoveryProblem> for SignInTrouble {
    fn from(problem: DiscoveryProblem) -> Self {
        SignInTrouble(problem.to_string())
    }
}

impl OidcClient {
    /// Goes the road of a sign-in as far as it goes without a person.
    pub async fn probe(&self) -> Findings {
        let mut found = Findings::default();
        let provider = match self.provider().await {
            Ok(provider) => provider,
            Err(problem) => {
                found.problems.push(problem.into());
                return found;
            }
        };
        self.probe_keys(&provider, &mut found);
        self.probe_authorization(&provider, &mut found).await;
        self.probe_token(&provider, &mut found).await;
        if provider.userinfo.is_none() {
            found.note(
                "the provider names no userinfo_endpoint: e-mail address and name must be in the \
                 id_token, which only a sign-in shows",
            );
        }
        found.note(match self.email_verified {
            EmailVerified::Required => {
                "whether the provider tells e-mail addresses, and calls them verified, shows only \
                 when somebody signs in. Where it never says (email_verified), see \
                 oidc.email_verified"
            }
            EmailVerified::Assumed => {
                "oidc.email_verified is \"assumed\": every address the provider tells is believed, \
                 but for those it calls unverified"
            }
        });
        found
    }

    fn probe_keys(&self, provider: &Provider, found: &mut Findings) {
        let names: Vec<&str> = provider.algorithms.iter().map(|one| one.name).collect();
        if !provider.unknown_algorithms.is_empty() {
            let named: Vec<String> = provider
                .unknown_algorithms
                .iter()
                .map(|n| shown(n))
                .collect();
            found.problems.push(SignInTrouble(format!(
                "it signs id_tokens by {} only, which imgc does not take: let it use RS256, ES256 \
                 or EdDSA for this client",
                named.join(", ")
            )));
        } else if !provider.keys.can_prove(&provider.algorithms) {
            found.problems.push(SignInTrouble(format!(
                "none of its published keys can check a signature by {} ({} keys are for something \
                 else)",
                names.join(", "),
                provider.keys.left_out
            )));
        }
    }

    /// Asks the page where people sign in, as a browser without a session that
    /// must not be shown anything (`prompt=none`).
    async fn probe_authorization(&self, provider: &Provider, found: &mut Findings) {
        let (challenge, _) = PkceCodeChallenge::new_random_sha256();
        let (state, nonce) = (secrets::token(), secrets::token());
        let mut address = self.authorize_address(provider, &state, &nonce, challenge.as_str());
        address.query_pairs_mut().append_pair("prompt", "none");
        let request = self.http.page(&address);
        let place = "the page where people sign in (authorization_endpoint)";
        let answer = match self.http.send(request).await {
            Ok(answer) => answer,
            // A page may be of any size.
            Err(CallError::TooLarge) => return,
            Err(cause) => {
                // People's browsers may reach what this machine does not.
                found.note(format!("{place} cannot be tried from here: {cause}"));
                return;
            }
        };
        if answer.location.starts_with(&self.redirect) {
            self.judge_return(&answer.location, found);
            return;
        }
        match answer.status {
            404 | 410 | 500.. => found.problems.push(SignInTrouble(format!(
                "{place} answers with status {}",
                answer.status
            ))),
            400..500 => found.note(format!(
                "{place} answers our question with status {}: make sure that the redirect URI {} \
                 is registered there",
                answer.status, self.redirect
            )),
            _ => found.note(format!(
                "{place} answers; whether the redirect URI {} is registered shows only when \
                 somebody signs in",
                self.redirect
            )),
        }
    }

    /// The provider sent us back, so it knows where we are; and what it says then.
    fn judge_return(&self, location: &str, found: &mut Findings) {
        let back = url::Url::parse(location).ok();
        let error = back.as_ref().and_then(|back| {
            let mut pairs = back.query_pairs();
            pairs.find(|(name, _)| name == "error")
        });
        let Some((_, error)) = error else { return };
        let nobody_there = [
            "login_required",
            "interaction_required",
            "consent_required",
            "account_selection_required",
            // Such a question may be beyond it; a person's is not.
            "invalid_request",
        ];
        let error = shown(&error);
        if !nobody_there.contains(&error.as_str()) {
            found.note(format!(
                "the page where people sign in answered {error} to a question without a person"
            ));
        }
    }

    /// Shows the token endpoint our secret, with a code that cannot be right.
    async fn probe_token(&self, provider: &Provider, found: &mut Findings) {
        let (_, verifier) = PkceCodeChallenge::new_random_sha256();
        let asked = self.redeem(provider, NO_CODE, verifier.secret()).await;
        match asked {
            // The client was known, and the code was not: as it should be.
            Err(ExchangeProblem::Refused(code)) if code == "invalid_grant" => {}
            Err(ExchangeProblem::Refused(code)) => found.note(format!(
                "the token endpoint answered {code} to a made-up code: whether client id and \
                 secret are right shows only when somebody signs in"
            )),
            Ok(_) | Err(ExchangeProblem::Unreadable | ExchangeProblem::NoIdToken) => found.note(
                "the token endpoint's answer to a made-up code is no refusal: whether client id \
                 and secret are right shows only when somebody signs in",
            ),
            Err(problem @ ExchangeProblem::Status(400..500)) => found.note(format!(
                "{problem} to a made-up code: whether client id and secret are right shows only \
                 when somebody signs in"
            )),
            Err(problem) => found.problems.push(SignInTrouble(problem.to_string())),
        }
    }
}
