//! The back channel: a code becomes tokens, an access token opens userinfo.

use super::{
    OidcClient, claims,
    claims::Claims,
    discovery::Provider,
    keys::{self, JwsProblem, shown},
    transport::{Answer, CallError},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::sync::atomic::Ordering;
use url::form_urlencoded::byte_serialize;

/// A way to show the client's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// `client_secret_basic`: in a header.
    Basic,
    /// `client_secret_post`: in the form.
    Post,
}

/// The ways to try, the likely one first. A provider that names both often takes
/// only the one that it was told of when the client was registered.
fn methods(provider: &Provider, prefers_post: bool) -> Vec<Method> {
    let names = |name: &str| provider.methods.iter().any(|method| method == name);
    match (names("client_secret_basic"), names("client_secret_post")) {
        (true, false) => vec![Method::Basic],
        (false, true) => vec![Method::Post],
        _ if prefers_post => vec![Method::Post, Method::Basic],
        _ => vec![Method::Basic, Method::Post],
    }
}

/// What a code was traded for.
pub(super) struct Tokens {
    pub(super) id_token: String,
    pub(super) access_token: Option<String>,
}

impl OidcClient {
    /// Trades a code for tokens.
    pub(super) async fn exchange(
        &self,
        provider: &Provider,
        code: &str,
        verifier: &str,
    ) -> Result<Tokens, ExchangeProblem> {
        let answer = self.redeem(provider, code, verifier).await?;
        let answer = answer.json().ok_or(ExchangeProblem::Unreadable)?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Tokens {
            id_token: text("id_token").ok_or(ExchangeProblem::NoIdToken)?,
            access_token: text("access_token"),
        })
    }

    /// The token endpoint's answer to a code, once it knows who asks.
    pub(super) async fn redeem(
        &self,
        provider: &Provider,
        code: &str,
        verifier: &str,
    ) -> Result<Answer, ExchangeProblem> {
        let prefers_post = self.prefers_post.load(Ordering::Relaxed);
        let mut refused = None;
        for method in methods(provider, prefers_post) {
            let answer = self.ask(provider, method, code, verifier).await?;
            let problem = ExchangeProblem::of(&answer);
            if !problem
                .as_ref()
                .is_some_and(ExchangeProblem::may_be_the_way)
            {
                self.prefers_post
                    .store(method == Method::Post, Ordering::Relaxed);
                return problem.map_or(Ok(answer), Err);
            }
            refused = problem;
        }
        Err(refused.unwrap_or(ExchangeProblem::Unreadable))
    }

    async fn ask(
        &self,
        provider: &Provider,
        method: Method,
        code: &str,
        verifier: &str,
    ) -> Result<Answer, CallError> {
        let (id, secret) = (self.client_id.as_str(), self.client_secret.expose_secret());
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect.as_str()),
            ("code_verifier", verifier),
        ];
        let request = match method {
            Method::Post => {
                fields.extend([("client_id", id), ("client_secret", secret)]);
                self.http.post(&provider.token, &fields)
            }
            Method::Basic => {
                // Encoded before they are joined (RFC 6749, 2.3.1): a colon or a
                // percent sign in either would change them otherwise.
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encoded(id), encoded(secret));
                self.http
                    .post(&provider.token, &fields)
                    .header("authorization", format!("Basic {}", STANDARD.encode(pair)))
            }
        };
        self.http.send(request).await
    }

    /// What userinfo tells of this subject. A signed answer is checked like an
    /// id_token.
    pub(super) async fn userinfo(
        &self,
        provider: &Provider,
        access_token: &str,
        subject: &str,
    ) -> Result<Claims, UserinfoProblem> {
        let endpoint = provider.userinfo.as_ref().ok_or(UserinfoProblem::Nowhere)?;
        let request = self.http.get(endpoint);
        let request = request.header("authorization", format!("Bearer {access_token}"));
        let answer = self.http.send(request).await?;
        if !answer.is_success() {
            return Err(UserinfoProblem::Status(answer.status));
        }
        let told = match answer.json() {
            Some(Value::Object(told)) => told,
            // A token is no JSON, whatever its declared type.
            _ => self.signed_userinfo(provider, &answer.body)?,
        };
        // Only then are the claims about the same person (OpenID Connect Core, 5.3.2).
        match claims::subject(&told).as_deref() == Some(subject) {
            true => Ok(told),
            false => Err(UserinfoProblem::Subject),
        }
    }

    fn signed_userinfo(&self, provider: &Provider, body: &[u8]) -> Result<Claims, UserinfoProblem> {
        let token = std::str::from_utf8(body).unwrap_or_default();
        let told: Claims = keys::open(token.trim(), &provider.keys, &provider.algorithms)?;
        let issuer = claims::text(&told, "iss");
        let ours = issuer.is_none_or(|issuer| claims::same_issuer(issuer, &provider.issuer));
        let audience = claims::audience(&told);
        let for_us = !told.contains_key("aud") || audience.contains(&self.client_id);
        match ours && for_us {
            true => Ok(told),
            false => Err(UserinfoProblem::Elsewhere),
        }
    }
}

/// The reason no tokens were given.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExchangeProblem {
    #[error("the token endpoint: {0}")]
    Call(#[from] CallError),
    #[error(
        "the token endpoint refuses the client ({0}): check oidc.client_id and oidc.client_secret"
    )]
    Client(String),
    #[error("the token endpoint refuses the code ({0})")]
    Refused(String),
    #[error("the token endpoint answered with status {0}")]
    Status(u16),
    #[error("the token endpoint's answer is no JSON")]
    Unreadable,
    #[error(
        "the token endpoint's answer has no id_token: is the client registered for OpenID Connect?"
    )]
    NoIdToken,
}

impl ExchangeProblem {
    /// What is wrong with an answer; `None` if nothing is.
    pub(super) fn of(answer: &Answer) -> Option<ExchangeProblem> {
        let said = answer.json();
        let code = said.as_ref().and_then(|said| said.get("error"));
        // Some answer an error with status 200, and some without a word.
        match code.and_then(Value::as_str).map(shown) {
            // Whatever the status: the client was known, and the code was not.
            Some(code) if code == "invalid_grant" => Some(ExchangeProblem::Refused(code)),
            Some(code) if answer.status == 401 => Some(ExchangeProblem::Client(code)),
            Some(code) if matches!(code.as_str(), "invalid_client" | "unauthorized_client") => {
                Some(ExchangeProblem::Client(code))
            }
            Some(code) if answer.status < 500 => Some(ExchangeProblem::Refused(code)),
            None if answer.status == 401 => Some(ExchangeProblem::Client("status 401".into())),
            _ if answer.is_success() => None,
            _ => Some(ExchangeProblem::Status(answer.status)),
        }
    }

    /// True if the secret shown in another way may do: the client was not
    /// recognized, or not seen. Who reads the form alone misses the client's id
    /// there, and calls that an invalid request. Not so where the code was
    /// refused: it is spent.
    fn may_be_the_way(&self) -> bool {
        match self {
            ExchangeProblem::Client(_) => true,
            ExchangeProblem::Refused(code) => code == "invalid_request",
            _ => false,
        }
    }
}

/// The reason userinfo told nothing that can be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum UserinfoProblem {
    #[error("the metadata names no userinfo_endpoint")]
    Nowhere,
    #[error("{0}")]
    Call(#[from] CallError),
    #[error("it answered with status {0}")]
    Status(u16),
    #[error("its answer is neither JSON nor a signed token that can be believed: {0}")]
    Signed(#[from] JwsProblem),
    #[error("its signed answer is another issuer's, or for another client (iss, aud)")]
    Elsewhere,
    #[error("its answer is about somebody else (sub)")]
    Subject,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Option<String> {
        let answer = Answer {
            status,
            location: String::new(),
            body: body.into(),
        };
        ExchangeProblem::of(&answer).map(|problem| problem.to_string())
    }

    #[test]
    fn another_way_is_tried_where_the_client_was_not_seen() {
        for (status, body, again) in [
            (401, r#"{"error":"invalid_client"}"#, true),
            (400, r#"{"error":"invalid_request"}"#, true),
            (400, r#"{"error":"invalid_grant"}"#, false),
            (400, r#"{"error":"invalid_scope"}"#, false),
            (502, "<html>", false),
        ] {
            let answer = Answer {
                status,
                location: String::new(),
                body: body.into(),
            };
            let problem = ExchangeProblem::of(&answer).expect("refused");
            assert_eq!(problem.may_be_the_way(), again, "{status} {body}");
        }
    }

    #[test]
    fn an_answer_is_read_for_what_it_is() {
        assert_eq!(judged(200, r#"{"id_token":"x"}"#), None);
        let client = [
            (401, r#"{"error":"invalid_client"}"#),
            (400, r#"{"error":"invalid_client"}"#),
            (200, r#"{"error":"unauthorized_client"}"#),
            (401, "<html>"),
        ];
        for (status, body) in client {
            assert!(
                judged(status, body)
                    .expect("refused")
                    .contains("oidc.client_secret")
            );
        }
        let code = judged(400, "\u{feff}{\"error\":\"invalid_grant\"}").expect("refused");
        assert!(code.contains("invalid_grant"));
        for status in [200, 401] {
            let code = judged(status, r#"{"error":"invalid_grant"}"#);
            assert!(code.expect("refused").contains("refuses the code"));
        }
        assert!(judged(502, "<html>").expect("refused").contains("502"));
        assert!(
            judged(503, r#"{"error":"server_error"}"#)
                .expect("refused")
                .contains("503")
        );
    }
}
