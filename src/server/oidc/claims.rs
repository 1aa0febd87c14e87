//! The checks an id_token must pass before anybody is believed to be who it names.

use super::{Client, OidcClient};
use crate::{
    error::SignInProblem,
    model::{folding::says_nothing, typed},
    ui::platform,
};
use openidconnect::{
    ClaimsVerificationError, Nonce,
    core::{CoreIdToken, CoreIdTokenClaims, CoreJwsSigningAlgorithm},
};

/// The most the provider's clock may differ from ours, in seconds.
const CLOCK_SKEW_S: i64 = 60;
/// OpenID Connect Core, section 2: a subject has at most 255 characters.
const SUBJECT_MAX: usize = 255;
const NAME_MAX: usize = 100;

/// A person, as a verified id_token names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The provider: the token's `iss`.
    pub issuer: String,
    /// The person's id at the provider: the token's `sub`, at most 255 characters.
    pub subject: String,
    /// A verified e-mail address.
    pub email: String,
    /// The token's `name`, cleaned; else what stands before the address's `@`.
    pub name: String,
    /// The provider's address of their picture; not to be trusted as an address.
    pub picture: Option<String>,
}

impl OidcClient {
    pub(super) fn verify(
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
    pub(super) fn person(
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
}

/// A name without what could deceive a reader: control characters and those
/// that turn the direction of words. Empty where nothing is left to read.
pub fn clean_name(name: &str) -> String {
    let name = platform::beginning(&typed::name(name), NAME_MAX);
    if says_nothing(&name) {
        return String::new();
    }
    name.trim_end().to_owned()
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
        for nothing in [
            "\u{200b}\u{200d}",
            "\u{3164}",
            "\u{2800} \u{2800}",
            "\u{301}",
        ] {
            assert_eq!(clean_name(nothing), "", "{nothing:?}");
        }
        assert_eq!(
            clean_name(&"👨\u{200d}👩\u{200d}👧".repeat(40))
                .chars()
                .count(),
            100
        );
    }
}
