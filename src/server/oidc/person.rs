//! Who the provider says somebody is: from the id_token, and from userinfo where
//! that alone tells it.

use super::claims::{Claims, text};
use crate::{
    model::{folding::says_nothing, typed},
    server::config::EmailVerified,
    ui::platform,
};
use serde_json::Value;

const NAME_MAX: usize = 100;
const EMAIL_MAX: usize = 320;

/// A person, as a provider vouches for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The provider: its metadata's `issuer`.
    pub issuer: String,
    /// The person's id at the provider: the token's `sub`, at most 255 characters.
    pub subject: String,
    /// Their e-mail address, verified as the configuration asks.
    pub email: String,
    /// True if the provider did not say that the address is verified.
    pub email_assumed: bool,
    /// A name to begin with, cleaned.
    pub name: String,
    /// The provider's address of their picture; not to be trusted as an address.
    pub picture: Option<String>,
}

/// What is said of an address being verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verified {
    Yes,
    No,
    Unsaid,
}

impl Verified {
    /// A truth value, or `"true"` as text. Anything else that says something says no.
    fn of(claims: &Claims) -> Verified {
        match claims.get("email_verified").unwrap_or(&Value::Null) {
            Value::Bool(true) => Verified::Yes,
            Value::String(said) if said.trim().eq_ignore_ascii_case("true") => Verified::Yes,
            Value::String(said) if said.trim().is_empty() => Verified::Unsaid,
            Value::Null => Verified::Unsaid,
            _ => Verified::No,
        }
    }
}

/// True if these claims lack something that userinfo may tell.
pub(super) fn needs_more(token: &Claims) -> bool {
    text(token, "email").is_none()
        || Verified::of(token) == Verified::Unsaid
        || name_of(token).is_none()
}

/// A person's address and its being verified, taken from one and the same
/// answer: what userinfo says of one address proves nothing of another.
fn address(token: &Claims, userinfo: &Claims) -> Option<(String, Verified)> {
    let (ours, theirs) = (Verified::of(token), Verified::of(userinfo));
    let (first, second) = (text(token, "email"), text(userinfo, "email"));
    let (email, verified) = match (first, second) {
        (Some(first), Some(second)) if !first.eq_ignore_ascii_case(second) => (first, ours),
        (Some(first), _) => (first, together(ours, theirs)),
        (None, Some(second)) => (second, together(ours, theirs)),
        (None, None) => return None,
    };
    Some((email.to_owned(), verified))
}

/// Two words about the same address: a no is a no.
fn together(a: Verified, b: Verified) -> Verified {
    match (a, b) {
        (Verified::No, _) | (_, Verified::No) => Verified::No,
        (Verified::Yes, _) | (_, Verified::Yes) => Verified::Yes,
        _ => Verified::Unsaid,
    }
}

/// The person of these claims, if their address is good enough.
pub(super) fn person(
    issuer: &str,
    subject: String,
    (token, userinfo): (&Claims, &Claims),
    rule: EmailVerified,
) -> Result<Person, PersonProblem> {
    let (email, verified) = address(token, userinfo).ok_or(PersonProblem::NoEmail)?;
    let odd = |c: char| c.is_control() || c.is_whitespace();
    if !email.contains('@') || email.len() > EMAIL_MAX || email.chars().any(odd) {
        return Err(PersonProblem::NoEmail);
    }
    match (verified, rule) {
        (Verified::Yes, _) | (Verified::Unsaid, EmailVerified::Assumed) => {}
        (Verified::Unsaid, EmailVerified::Required) => return Err(PersonProblem::Unsaid),
        (Verified::No, _) => return Err(PersonProblem::Unverified),
    }
    let name = name_of(token)
        .or_else(|| name_of(userinfo))
        .or_else(|| usable_name(&email))
        .unwrap_or_else(|| "?".into());
    let picture = text(token, "picture").or(text(userinfo, "picture"));
    Ok(Person {
        issuer: issuer.to_owned(),
        subject,
        email,
        email_assumed: verified != Verified::Yes,
        name,
        picture: picture.map(str::to_owned),
    })
}

/// The best name these claims tell.
fn name_of(claims: &Claims) -> Option<String> {
    let usable = |name| text(claims, name).and_then(usable_name);
    let parts: Vec<String> = ["given_name", "family_name"]
        .into_iter()
        .filter_map(usable)
        .collect();
    usable("name")
        .or_else(|| usable_name(&parts.join(" ")))
        .or_else(|| usable("preferred_username"))
        .or_else(|| usable("nickname"))
}

/// A name to show. An e-mail address in its place loses its second half: names
/// are seen by others.
fn usable_name(said: &str) -> Option<String> {
    let said = said.trim();
    let name = match said.split_once('@') {
        Some((before, _)) if !said.contains(char::is_whitespace) => before,
        _ => said,
    };
    Some(clean_name(name)).filter(|name| !name.is_empty())
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

/// The reason somebody the provider vouches for is not let in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PersonProblem {
    #[error("neither the id_token nor userinfo has an e-mail address that can be used (email)")]
    NoEmail,
    #[error("the provider says that the e-mail address is not verified (email_verified)")]
    Unverified,
    #[error(
        "the provider does not say whether the e-mail address is verified (email_verified); if it \
         vouches for every address, set oidc.email_verified to \"assumed\""
    )]
    Unsaid,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn judged(token: Value, userinfo: Value, rule: EmailVerified) -> Result<Person, PersonProblem> {
        let claims = |value: Value| value.as_object().cloned().unwrap_or_default();
        let (token, userinfo) = (claims(token), claims(userinfo));
        person(
            "https://id.example",
            "u-1".into(),
            (&token, &userinfo),
            rule,
        )
    }

    fn email(token: Value, userinfo: Value) -> Result<String, PersonProblem> {
        judged(token, userinfo, EmailVerified::Required).map(|person| person.email)
    }

    #[test]
    fn yes_is_true_or_true_as_text_and_nothing_else() {
        for yes in [json!(true), json!("true"), json!("True"), json!(" TRUE ")] {
            let said = json!({"email": "A@B.example", "email_verified": yes});
            assert_eq!(email(said, json!({})).as_deref(), Ok("A@B.example"));
        }
        for no in [
            json!(false),
            json!("false"),
            json!("0"),
            json!(0),
            json!("no"),
            json!([true]),
            json!({}),
        ] {
            let said = json!({"email": "a@b.example", "email_verified": no});
            for rule in [EmailVerified::Required, EmailVerified::Assumed] {
                let judged = judged(said.clone(), json!({}), rule);
                assert_eq!(judged, Err(PersonProblem::Unverified), "{said}");
            }
        }
        for unsaid in [json!(null), json!("")] {
            let said = json!({"email": "a@b.example", "email_verified": unsaid});
            assert_eq!(email(said.clone(), json!({})), Err(PersonProblem::Unsaid));
            assert!(judged(said, json!({}), EmailVerified::Assumed).is_ok());
        }
    }

    #[test]
    fn one_address_is_not_verified_by_another() {
        let yes = json!({"email": "a@b.example", "email_verified": true});
        assert!(email(json!({}), yes.clone()).is_ok());
        assert!(email(json!({"email": "A@b.example"}), yes.clone()).is_ok());
        assert!(
            email(
                json!({"email": "a@b.example"}),
                json!({"email_verified": "true"})
            )
            .is_ok()
        );
        let other = json!({"email": "victim@b.example"});
        assert_eq!(email(other, yes.clone()), Err(PersonProblem::Unsaid));
        let no = json!({"email": "a@b.example", "email_verified": false});
        assert_eq!(
            email(no.clone(), yes.clone()),
            Err(PersonProblem::Unverified)
        );
        assert_eq!(email(yes, no), Err(PersonProblem::Unverified));
        for missing in [
            json!({}),
            json!({"email": ""}),
            json!({"email": ["a@b.example"]}),
            json!({"email": "nobody", "email_verified": true}),
        ] {
            assert_eq!(email(missing, json!({})), Err(PersonProblem::NoEmail));
        }
    }

    #[test]
    fn names_come_from_the_best_that_is_told() {
        let named = |mut told: Value| {
            told["email"] = json!("ada@b.example");
            told["email_verified"] = json!(true);
            let person = judged(
                told,
                json!({"nickname": "user info"}),
                EmailVerified::Required,
            );
            person.expect("let in").name
        };
        assert_eq!(
            named(json!({"name": "Ada L.", "given_name": "X"})),
            "Ada L."
        );
        let parts = json!({"name": null, "given_name": "Ada", "family_name": "Lovelace"});
        assert_eq!(named(parts), "Ada Lovelace");
        assert_eq!(
            named(json!({"name": " ", "family_name": "Lovelace"})),
            "Lovelace"
        );
        assert_eq!(
            named(json!({"preferred_username": "ada_l", "nickname": "a"})),
            "ada_l"
        );
        assert_eq!(
            named(json!({"preferred_username": "ada.l@corp.example"})),
            "ada.l"
        );
        assert_eq!(
            named(json!({"name": ["Ada"], "nickname": "countess"})),
            "countess"
        );
        assert_eq!(named(json!({"name": 7})), "user info");
        let alone = json!({"email": "ada@b.example", "email_verified": true});
        let alone = judged(alone, json!({}), EmailVerified::Required);
        assert_eq!(alone.expect("let in").name, "ada");
    }

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
