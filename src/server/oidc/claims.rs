//! The checks an id_token's claims must pass before anybody is believed to be
//! who it names (OpenID Connect Core, 3.1.3.7). Its signature was checked before.
//!
//! Claims are read one by one: of those that nobody needs none refuses anybody,
//! whatever its shape.

use crate::server::config::GOOGLE;
use serde_json::{Map, Value};

/// A token's claims by name.
pub(super) type Claims = Map<String, Value>;

/// The most the provider's clock may differ from ours, in seconds.
const CLOCK_SKEW_S: i64 = 60;
/// An id_token is used the moment it was made: an older one is somebody's copy.
const AGE_MAX_S: i64 = 600;
/// OpenID Connect Core, section 2: a subject has at most 255 characters.
const SUBJECT_MAX: usize = 255;

/// What a token must say to be the answer to our question.
pub(super) struct Expected<'a> {
    /// The provider, as its metadata calls it.
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    /// Unix seconds.
    pub(super) now_s: i64,
}

/// Checks the claims and returns the subject.
pub(super) fn check(claims: &Claims, expected: &Expected<'_>) -> Result<String, ClaimProblem> {
    let issuer = text(claims, "iss").ok_or(ClaimProblem::Missing("iss"))?;
    if !same_issuer(issuer, expected.issuer) && !is_google(issuer, expected.issuer) {
        return Err(ClaimProblem::Issuer);
    }
    check_audience(claims, expected.client_id)?;
    check_times(claims, expected.now_s)?;
    let nonce = text(claims, "nonce").ok_or(ClaimProblem::Missing("nonce"))?;
    if nonce != expected.nonce {
        return Err(ClaimProblem::Nonce);
    }
    subject(claims).ok_or(ClaimProblem::Missing("sub"))
}

/// True if both name the same issuer: the same but for a slash at the end.
pub(super) fn same_issuer(a: &str, b: &str) -> bool {
    a.trim_end_matches('/') == b.trim_end_matches('/')
}

/// Google documents that its tokens name it with or without `https://`.
fn is_google(issuer: &str, expected: &str) -> bool {
    same_issuer(expected, GOOGLE) && GOOGLE.strip_prefix("https://") == Some(issuer)
}

/// The clients a token is meant for. One made for several must say which of
/// them asked for it (`azp`), and that must be us.
fn check_audience(claims: &Claims, client_id: &str) -> Result<(), ClaimProblem> {
    let audience = audience(claims);
    if !audience.iter().any(|one| one == client_id) {
        return Err(ClaimProblem::Audience);
    }
    let others = audience.iter().any(|one| one != client_id);
    let party = match claims.get("azp") {
        None | Some(Value::Null) => None,
        // Some write a claim that they have nothing for.
        Some(Value::String(party)) if party.trim().is_empty() => None,
        Some(party) => Some(name(party).unwrap_or_default()),
    };
    match party {
        None if others => Err(ClaimProblem::NoParty),
        None => Ok(()),
        Some(party) if party == client_id => Ok(()),
        Some(_) => Err(ClaimProblem::Party),
    }
}

/// The `aud` claim: one client or several. Empty if it is neither.
pub(super) fn audience(claims: &Claims) -> Vec<String> {
    match claims.get("aud") {
        Some(Value::Array(several)) => {
            // Something unreadable in the list is somebody else.
            let names = several.iter().map(|one| name(one).unwrap_or_default());
            names.collect()
        }
        Some(one) => name(one).into_iter().collect(),
        None => Vec::new(),
    }
}

/// The id of a client or a person. Some make it a number.
fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

fn check_times(claims: &Claims, now_s: i64) -> Result<(), ClaimProblem> {
    let expires = moment(claims, "exp").ok_or(ClaimProblem::Missing("exp"))?;
    if now_s > expires.saturating_add(CLOCK_SKEW_S) {
        return Err(ClaimProblem::Expired(now_s.saturating_sub(expires)));
    }
    let issued = moment(claims, "iat").ok_or(ClaimProblem::Missing("iat"))?;
    let age_s = now_s.saturating_sub(issued);
    if age_s < -CLOCK_SKEW_S {
        return Err(ClaimProblem::Early("iat", age_s.saturating_neg()));
    }
    if age_s > AGE_MAX_S {
        return Err(ClaimProblem::Old(age_s));
    }
    match moment(claims, "nbf") {
        Some(begins) if now_s < begins.saturating_sub(CLOCK_SKEW_S) => {
            Err(ClaimProblem::Early("nbf", begins.saturating_sub(now_s)))
        }
        _ => Ok(()),
    }
}

/// A moment in Unix seconds: a whole number, a fraction, or either as text.
fn moment(claims: &Claims, name: &str) -> Option<i64> {
    let seconds = match claims.get(name)? {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse::<f64>().ok()?,
        _ => return None,
    };
    // Beyond these no clock will ever go.
    (0.0..=1e12).contains(&seconds).then_some(seconds as i64)
}

/// The person's id at the provider.
pub(super) fn subject(claims: &Claims) -> Option<String> {
    let subject = name(claims.get("sub")?)?;
    let usable = !subject.trim().is_empty()
        && subject.len() <= SUBJECT_MAX
        && !subject.chars().any(char::is_control);
    usable.then_some(subject)
}

/// A claim that is a text with something in it.
pub(super) fn text<'c>(claims: &'c Claims, name: &str) -> Option<&'c str> {
    let text = claims.get(name)?.as_str()?.trim();
    (!text.is_empty()).then_some(text)
}

/// Now, in Unix seconds.
pub(super) fn now_s() -> i64 {
    let since_epoch = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)
}

/// The reason an id_token is no answer to our question. Says which claim, never
/// what was in it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ClaimProblem {
    #[error("its claim {0} is missing or cannot be used")]
    Missing(&'static str),
    #[error("its claim iss is another provider than the metadata's issuer")]
    Issuer,
    #[error("its claim aud does not name this client (oidc.client_id)")]
    Audience,
    #[error("its claim aud names several clients, and azp does not say for which it was made")]
    NoParty,
    #[error("its claim azp is another client")]
    Party,
    #[error("its claim exp was {0} s ago: does one of the clocks go wrong?")]
    Expired(i64),
    #[error("its claim {0} is {1} s in the future: does one of the clocks go wrong?")]
    Early(&'static str, i64),
    #[error("its claim iat was {0} s ago: does one of the clocks go wrong?")]
    Old(i64),
    #[error("its claim nonce is not the one that was sent")]
    Nonce,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW_S: i64 = 1_790_000_000;

    fn judged(changes: Value) -> Result<String, ClaimProblem> {
        judged_for("https://id.example", "us", changes)
    }

    fn judged_for(issuer: &str, client_id: &str, changes: Value) -> Result<String, ClaimProblem> {
        let mut claims = json!({
            "iss": "https://id.example", "aud": "us", "sub": "u-1", "nonce": "n",
            "iat": NOW_S, "exp": NOW_S + 3600,
        });
        let claims = claims.as_object_mut().expect("an object");
        for (name, value) in changes.as_object().expect("an object") {
            match value {
                Value::Null => claims.remove(name),
                value => claims.insert(name.clone(), value.clone()),
            };
        }
        let expected = Expected {
            issuer,
            client_id,
            nonce: "n",
            now_s: NOW_S,
        };
        check(claims, &expected)
    }

    #[test]
    fn what_nobody_needs_refuses_nobody() {
        for odd in [
            json!({"updated_at": "2026-11-23T10:59:07.841Z", "address": "Paris", "locale": 5}),
            json!({"auth_time": "yesterday", "nbf": "soon", "acr": 0, "amr": "pwd", "at_hash": []}),
            json!({"iat": NOW_S as f64 + 0.7, "exp": (NOW_S + 60).to_string()}),
            json!({"iat": NOW_S + 60, "nbf": NOW_S + 60}),
            json!({"exp": NOW_S - 60}),
            json!({"iss": "https://id.example/"}),
            json!({"aud": ["us"], "azp": "us"}),
            json!({"aud": ["us", "383168317235462148"], "azp": "us"}),
            json!({"azp": ""}),
        ] {
            assert_eq!(judged(odd.clone()).as_deref(), Ok("u-1"), "{odd}");
        }
        assert_eq!(judged(json!({"sub": 12345})).as_deref(), Ok("12345"));
    }

    #[test]
    fn a_client_id_of_digits_may_be_a_number() {
        let id = "383168317235462148";
        let judged = |changes| judged_for("https://id.example", id, changes);
        for claims in [
            json!({"aud": 383_168_317_235_462_148_u64}),
            json!({"aud": [383_168_317_235_462_148_u64, 7], "azp": 383_168_317_235_462_148_u64}),
            json!({"aud": id, "azp": 383_168_317_235_462_148_u64}),
        ] {
            assert_eq!(judged(claims.clone()).as_deref(), Ok("u-1"), "{claims}");
        }
        for claims in [
            json!({"aud": 383_168_317_235_462_149_u64}),
            json!({"aud": 1.5}),
        ] {
            let refused = judged(claims.clone());
            assert_eq!(refused, Err(ClaimProblem::Audience), "{claims}");
        }
    }

    #[test]
    fn google_alone_may_leave_out_the_scheme() {
        let bare = || json!({"iss": "accounts.google.com"});
        assert!(judged_for(GOOGLE, "us", bare()).is_ok());
        assert!(judged_for(GOOGLE, "us", json!({"iss": GOOGLE})).is_ok());
        for (issuer, claims) in [
            ("https://id.example", bare()),
            ("https://id.example", json!({"iss": "id.example"})),
            (GOOGLE, json!({"iss": "http://accounts.google.com"})),
            (GOOGLE, json!({"iss": "accounts.google.com.evil.example"})),
        ] {
            let refused = judged_for(issuer, "us", claims.clone());
            assert_eq!(refused, Err(ClaimProblem::Issuer), "{issuer} {claims}");
        }
    }

    #[test]
    fn what_proves_nothing_is_refused_for_its_true_cause() {
        use ClaimProblem as P;
        for (changes, problem) in [
            (json!({"iss": "https://evil.example"}), P::Issuer),
            (json!({"aud": "another", "azp": "us"}), P::Audience),
            (json!({"aud": {"us": true}}), P::Audience),
            (json!({"aud": ["us", "another"]}), P::NoParty),
            (json!({"aud": ["us", 7]}), P::NoParty),
            (json!({"aud": ["us", "another"], "azp": ""}), P::NoParty),
            (json!({"aud": 7}), P::Audience),
            (json!({"azp": 7}), P::Party),
            (
                json!({"aud": ["us", "another"], "azp": "another"}),
                P::Party,
            ),
            (json!({"azp": "another"}), P::Party),
            (json!({"azp": ["us"]}), P::Party),
            (json!({"exp": NOW_S - 3600}), P::Expired(3600)),
            (json!({"exp": null}), P::Missing("exp")),
            (json!({"exp": "never"}), P::Missing("exp")),
            (json!({"iat": NOW_S + 86_400}), P::Early("iat", 86_400)),
            (json!({"iat": NOW_S - 601}), P::Old(601)),
            (json!({"iat": null}), P::Missing("iat")),
            (json!({"nbf": NOW_S + 300}), P::Early("nbf", 300)),
            (json!({"nonce": "m"}), P::Nonce),
            (json!({"nonce": null}), P::Missing("nonce")),
            (json!({"sub": null}), P::Missing("sub")),
            (json!({"sub": " "}), P::Missing("sub")),
            (json!({"sub": "a\nb"}), P::Missing("sub")),
            (json!({"sub": 1.5}), P::Missing("sub")),
            (json!({"sub": "x".repeat(256)}), P::Missing("sub")),
        ] {
            assert_eq!(judged(changes.clone()), Err(problem), "{changes}");
        }
    }
}
