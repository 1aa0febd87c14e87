//! Wrong answers on request: which there are, how one is asked for, and what each does to the
//! callback and to the claims. What happens to the token endpoint, the signature and the
//! picture is in `forge_answers`.

use serde_json::{Map, Value, json};

use super::people::{NAME_CHARS_MAX, Person, tidy};

/// Declares the forgeries once: the enum, the public list and the way from a name to a value.
macro_rules! forgeries {
    ($($variant:ident $name:literal $description:literal;)*) => {
        /// One way of answering wrongly.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Forgery { $($variant),* }

        /// The forgeries that `[demo:NAME]` in a typed name asks for: name, English description.
        pub const FORGERIES: &[(&str, &str)] = &[$(($name, $description)),*];

        impl Forgery {
            fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

forgeries! {
    AlgNone "alg-none" "The ID token says alg none and has no signature.";
    Hs256 "hs256" "The ID token is signed by HMAC with the client secret.";
    Hs256PublicKey "hs256-public-key" "The ID token is signed by HMAC with the provider's public key as the secret.";
    WrongKey "wrong-key" "The ID token is signed by another key under the published key's name.";
    UnknownKid "unknown-kid" "The ID token is rightly signed but names a key that is not published.";
    WrongIssuer "wrong-issuer" "The iss claim is another provider.";
    WrongAudience "wrong-audience" "The aud claim is another client.";
    ExtraAudience "extra-audience" "The aud claim lists a second client and there is no azp.";
    WrongAzp "wrong-azp" "The azp claim is another client.";
    WrongNonce "wrong-nonce" "The nonce claim is not the one that was sent.";
    NoNonce "no-nonce" "There is no nonce claim.";
    Expired "expired" "The ID token expired an hour ago.";
    IssuedInFuture "issued-in-future" "The ID token was issued tomorrow.";
    NoExpiry "no-expiry" "There is no exp claim.";
    UnverifiedEmail "unverified-email" "The e-mail address is not verified.";
    NoEmail "no-email" "There is no e-mail address.";
    NoSubject "no-subject" "There is no sub claim.";
    LongSubject "long-subject" "The sub claim is 10,000 characters long.";
    BadSignature "bad-signature" "The first character of the signature is changed.";
    TruncatedToken "truncated-token" "The ID token stops half-way.";
    GarbageToken "garbage-token" "The ID token is not a token at all.";
    NoIdToken "no-id-token" "The token answer has no ID token.";
    TokenError "token-error" "The token endpoint answers 400 invalid_grant.";
    Token500 "token-500" "The token endpoint answers 500.";
    TokenHtml "token-html" "The token endpoint answers 200 with a web page.";
    TokenHuge "token-huge" "The token endpoint's answer never ends.";
    TokenHang "token-hang" "The token endpoint does not answer for ten minutes.";
    WrongState "wrong-state" "The callback carries another state.";
    NoState "no-state" "The callback carries no state.";
    NoCode "no-code" "The callback carries no code.";
    ErrorServer "error-server" "The callback says server_error, with markup in the description.";
    HostileName "hostile-name" "The name is markup with bidirectional control characters.";
    LongName "long-name" "The name is 10,000 characters long.";
    PictureElsewhere "picture-elsewhere" "The picture is at a cloud metadata address.";
    PictureHuge "picture-huge" "The picture never ends.";
    PictureNotImage "picture-not-image" "The picture is a web page that says it is a PNG.";
    PictureRedirect "picture-redirect" "The picture redirects to 127.0.0.1.";
    WrongIssParam "wrong-iss-param" "The callback's iss parameter is another provider.";
}

/// A provider that is not this one.
const ELSEWHERE: &str = "https://accounts.example.org";
/// A name that breaks out of markup and attributes, and reorders the text around it.
pub(super) const HOSTILE_NAME: &str =
    "<script>alert(1)</script>\"'>\u{202e}drow\u{2066}\u{200f}\u{202d}";
/// The length of the claims that are too long, in characters.
const LONG_CHARS: usize = 10_000;

/// Why a typed name cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameProblem {
    Empty,
    TooLong,
    UnknownForgery,
}

/// Reads the text field: somebody's name, perhaps with one `[demo:NAME]` marker in it. A marker
/// alone is a sign-in of a person who has no other use.
pub(super) fn read_name(typed: &str) -> Result<(Person, Option<Forgery>), NameProblem> {
    let (name, forgery) = match typed.split_once("[demo:") {
        None => (tidy(typed), None),
        Some((before, marked)) => {
            let (marker, after) = marked.split_once(']').ok_or(NameProblem::UnknownForgery)?;
            let forgery = Forgery::named(marker.trim()).ok_or(NameProblem::UnknownForgery)?;
            let name = match tidy(&format!("{before} {after}")) {
                name if name.is_empty() => "Forged Answer".to_owned(),
                name => name,
            };
            (name, Some(forgery))
        }
    };
    match name.chars().count() {
        0 => Err(NameProblem::Empty),
        chars if chars > NAME_CHARS_MAX => Err(NameProblem::TooLong),
        _ => Ok((Person::typed(&name), forgery)),
    }
}

/// The parameters of a callback.
pub(super) type Answer = Vec<(&'static str, String)>;

/// Spoils the parameters of a successful callback.
pub(super) fn callback(forgery: Forgery, answer: &mut Answer) {
    let mut replace = |name: &str, value: Option<String>| match value {
        None => answer.retain(|(key, _)| *key != name),
        Some(value) => {
            let same = answer.iter_mut().filter(|(key, _)| *key == name);
            same.for_each(|(_, old)| old.clone_from(&value));
        }
    };
    match forgery {
        Forgery::WrongState => replace("state", Some(super::keys::random_token())),
        Forgery::NoState => replace("state", None),
        Forgery::NoCode => replace("code", None),
        Forgery::WrongIssParam => replace("iss", Some(ELSEWHERE.to_owned())),
        Forgery::ErrorServer => {
            replace("code", None);
            answer.push(("error", "server_error".to_owned()));
            let text = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>\r\nX-Evil: 1";
            answer.push(("error_description", text.to_owned()));
        }
        _ => {}
    }
}

/// Spoils what is told about the person, in the ID token and at `/userinfo` alike.
/// `photo` gives the address of a picture by its id.
pub(super) fn profile(
    forgery: Forgery,
    claims: &mut Map<String, Value>,
    photo: impl Fn(&str) -> String,
) {
    let (name, value) = match forgery {
        Forgery::UnverifiedEmail => ("email_verified", json!(false)),
        Forgery::NoEmail => {
            claims.remove("email_verified");
            ("email", Value::Null)
        }
        Forgery::NoSubject => ("sub", Value::Null),
        Forgery::LongSubject => ("sub", json!("s".repeat(LONG_CHARS))),
        Forgery::HostileName => ("name", json!(HOSTILE_NAME)),
        Forgery::LongName => ("name", json!("n".repeat(LONG_CHARS))),
        Forgery::PictureElsewhere => ("picture", json!("http://169.254.169.254/x.png")),
        Forgery::PictureHuge => ("picture", json!(photo("picture-huge"))),
        Forgery::PictureNotImage => ("picture", json!(photo("picture-not-image"))),
        Forgery::PictureRedirect => ("picture", json!(photo("picture-redirect"))),
        _ => return,
    };
    set(claims, name, value);
}

/// Spoils the claims that make a token one for this client, this sign-in and this moment.
pub(super) fn envelope(
    forgery: Forgery,
    claims: &mut Map<String, Value>,
    client_id: &str,
    now_s: u64,
) {
    const HOUR_S: u64 = 3_600;
    match forgery {
        Forgery::WrongIssuer => set(claims, "iss", json!(ELSEWHERE)),
        Forgery::WrongAudience => set(claims, "aud", json!("another-client")),
        Forgery::ExtraAudience => {
            set(claims, "aud", json!([client_id, "another-client"]));
            set(claims, "azp", Value::Null);
        }
        Forgery::WrongAzp => set(claims, "azp", json!("another-client")),
        Forgery::WrongNonce => set(claims, "nonce", json!(super::keys::random_token())),
        Forgery::NoNonce => set(claims, "nonce", Value::Null),
        Forgery::Expired => {
            set(claims, "iat", json!(now_s.saturating_sub(2 * HOUR_S)));
            set(claims, "auth_time", json!(now_s.saturating_sub(2 * HOUR_S)));
            set(claims, "exp", json!(now_s.saturating_sub(HOUR_S)));
        }
        Forgery::IssuedInFuture => {
            set(claims, "iat", json!(now_s + 24 * HOUR_S));
            set(claims, "exp", json!(now_s + 25 * HOUR_S));
        }
        Forgery::NoExpiry => set(claims, "exp", Value::Null),
        _ => {}
    }
}

/// Sets a claim, or removes it when the value is null.
fn set(claims: &mut Map<String, Value>, name: &str, value: Value) {
    if value.is_null() {
        claims.remove(name);
    } else {
        claims.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_read_and_taken_out() {
        let (person, forgery) = read_name("Zoé [demo:alg-none] Dupont").expect("it is a name");
        assert_eq!(person.name, "Zoé Dupont");
        assert_eq!(forgery, Some(Forgery::AlgNone));
        let (person, forgery) = read_name("[demo:expired]Ada Martin").expect("it is a name");
        assert_eq!(person.id, "ada");
        assert_eq!(forgery, Some(Forgery::Expired));
        assert_eq!(read_name("  \u{7}"), Err(NameProblem::Empty));
        assert_eq!(read_name("[demo:x]"), Err(NameProblem::UnknownForgery));
        assert_eq!(read_name("[demo:expired"), Err(NameProblem::UnknownForgery));
        assert_eq!(read_name(&"é".repeat(81)), Err(NameProblem::TooLong));
        assert!(read_name(&"é".repeat(80)).is_ok());
    }

    #[test]
    fn every_forgery_has_a_name_of_its_own() {
        for (name, description) in FORGERIES {
            assert!(Forgery::named(name).is_some());
            assert!(description.ends_with('.'));
            assert_eq!(FORGERIES.iter().filter(|other| other.0 == *name).count(), 1);
        }
    }
}
