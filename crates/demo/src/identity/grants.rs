//! What has been granted and not yet used up: codes, and the access tokens they became.
//!
//! All of it lives in memory and is lost on restart, which costs a person one more click.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::{forge::Forgery, keys::random_token, people::Person};

/// How long a code can be traded for tokens.
pub(super) const CODE_LIFE: Duration = Duration::from_secs(60);
/// How long an access token, and the ID token beside it, is good for.
pub(super) const TOKEN_LIFE: Duration = Duration::from_secs(600);
/// Codes or tokens kept at once: a loop that only asks for codes must not fill the memory.
const KEPT_MAX: usize = 1_000;

/// One sign-in, from the choice on the page to the token. It is bound to the only client there
/// is, by that client having to authenticate; the rest of its bindings are here.
pub(super) struct Grant {
    pub(super) person: Person,
    pub(super) forgery: Option<Forgery>,
    pub(super) redirect_uri: String,
    /// The PKCE S256 challenge the verifier must hash to.
    pub(super) challenge: String,
    pub(super) nonce: Option<String>,
    /// Space-separated, as it was asked.
    pub(super) scope: String,
    /// When the person chose, in Unix seconds.
    pub(super) auth_time_s: u64,
}

/// The codes and access tokens in force.
#[derive(Default)]
pub(super) struct Grants {
    codes: Shelf<Grant>,
    /// Codes that were traded, and the access token each became.
    spent: Shelf<String>,
    /// What `/userinfo` answers to each access token.
    tokens: Shelf<Map<String, Value>>,
}

impl Grants {
    /// A new code for this grant.
    pub(super) fn promise(&mut self, grant: Grant, now: Instant) -> String {
        let code = random_token();
        self.codes.put(code.clone(), grant, now, CODE_LIFE);
        code
    }

    /// Takes the grant behind a code. A code works once, whatever becomes of the request; one
    /// that comes back after success was stolen, so its access token dies too (RFC 6749, 4.1.2).
    pub(super) fn redeem(&mut self, code: &str, now: Instant) -> Option<Grant> {
        if let Some(token) = self.spent.take(code, now) {
            self.tokens.take(&token, now);
        }
        self.codes.take(code, now)
    }

    /// A new access token that opens this profile.
    pub(super) fn open(&mut self, code: &str, profile: Map<String, Value>, now: Instant) -> String {
        let token = random_token();
        self.spent
            .put(code.to_owned(), token.clone(), now, TOKEN_LIFE);
        self.tokens.put(token.clone(), profile, now, TOKEN_LIFE);
        token
    }

    /// The profile an access token opens.
    pub(super) fn profile(&self, token: &str, now: Instant) -> Option<&Map<String, Value>> {
        self.tokens.peek(token, now)
    }
}

/// Things by name, each until its time.
struct Shelf<T>(HashMap<String, (Instant, T)>);

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Shelf<T> {
    fn put(&mut self, name: String, thing: T, now: Instant, life: Duration) {
        self.0.retain(|_, (until, _)| *until > now);
        if self.0.len() >= KEPT_MAX {
            let soonest = self.0.iter().min_by_key(|(_, (until, _))| *until);
            if let Some(name) = soonest.map(|(name, _)| name.clone()) {
                self.0.remove(&name);
            }
        }
        self.0.insert(name, (now + life, thing));
    }

    fn take(&mut self, name: &str, now: Instant) -> Option<T> {
        let (until, thing) = self.0.remove(name)?;
        (until > now).then_some(thing)
    }

    fn peek(&self, name: &str, now: Instant) -> Option<&T> {
        let (until, thing) = self.0.get(name)?;
        (*until > now).then_some(thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant() -> Grant {
        Grant {
            person: Person::typed("Zoé"),
            forgery: None,
            redirect_uri: String::new(),
            challenge: String::new(),
            nonce: None,
            scope: String::new(),
            auth_time_s: 0,
        }
    }

    #[test]
    fn a_code_lives_a_minute_and_works_once() {
        let (mut grants, start) = (Grants::default(), Instant::now());
        let late = grants.promise(grant(), start);
        assert!(grants.redeem(&late, start + CODE_LIFE).is_none());
        let code = grants.promise(grant(), start);
        let in_time = start + CODE_LIFE - Duration::from_secs(1);
        assert!(grants.redeem(&code, in_time).is_some());
        assert!(grants.redeem(&code, in_time).is_none());
    }

    #[test]
    fn a_replayed_code_closes_its_access_token() {
        let (mut grants, now) = (Grants::default(), Instant::now());
        let code = grants.promise(grant(), now);
        grants.redeem(&code, now).expect("the first time works");
        let token = grants.open(&code, Map::new(), now);
        assert!(grants.profile(&token, now).is_some());
        assert!(grants.redeem(&code, now).is_none());
        assert!(grants.profile(&token, now).is_none());
    }

    #[test]
    fn the_shelf_stays_small() {
        let (mut grants, now) = (Grants::default(), Instant::now());
        for _ in 0..KEPT_MAX + 10 {
            grants.promise(grant(), now);
        }
        assert_eq!(grants.codes.0.len(), KEPT_MAX);
    }
}
