//! Who can sign in: four people who are always there, and anybody whose name is typed.

use rsa::sha2::{Digest, Sha256};
use serde_json::{Map, Value, json};

/// The longest name that can be typed, in characters.
pub(super) const NAME_CHARS_MAX: usize = 80;

/// The people on the page: id, name, e-mail address.
pub(super) const PEOPLE: [(&str, &str, &str); 4] = [
    ("ada", "Ada Martin", "ada.martin@example.com"),
    ("noe", "Noé Laurent", "noe.laurent@example.com"),
    ("mina", "Mina Okafor", "mina.okafor@example.com"),
    ("sam", "Sam Rivera", "sam.rivera@example.com"),
];

/// Somebody who signs in. Nothing is stored: everything follows from the id or the typed name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    /// Lower-case ASCII letters and digits; `sub` and the portrait's address come from it.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
}

impl Person {
    /// One of the four, by id.
    pub(super) fn known(id: &str) -> Option<Self> {
        Self::find(|known| known.0 == id)
    }

    /// Somebody by name. The same name, whatever its case and spacing, is always the same
    /// person, and one of the four when it is theirs.
    pub(super) fn typed(name: &str) -> Self {
        let name = tidy(name);
        let folded = name.to_lowercase();
        if let Some(known) = Self::find(|known| known.1.to_lowercase() == folded) {
            return known;
        }
        let digest = Sha256::digest(format!("imgc demo person: {folded}"));
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        // Two names may share their ASCII letters, so the address carries a part of the hash.
        let email = format!("{}.{}@example.com", slug(&folded), &hex[..6]);
        Self {
            id: hex[..24].to_owned(),
            name,
            email,
        }
    }

    fn find(wanted: impl Fn(&(&str, &str, &str)) -> bool) -> Option<Self> {
        let (id, name, email) = PEOPLE.into_iter().find(wanted)?;
        Some(Self {
            id: id.to_owned(),
            name: name.to_owned(),
            email: email.to_owned(),
        })
    }

    /// The subject of their tokens: the same at every sign-in and after every restart.
    pub(super) fn subject(&self) -> String {
        format!("demo-{}", self.id)
    }

    /// What a client may know of them, by the scopes it was granted.
    pub(super) fn claims(&self, scope: &str, picture: &str) -> Map<String, Value> {
        let granted = |wanted: &str| scope.split(' ').any(|one| one == wanted);
        let mut claims = Map::from_iter([("sub".to_owned(), json!(self.subject()))]);
        if granted("email") {
            claims.insert("email".to_owned(), json!(self.email));
            claims.insert("email_verified".to_owned(), json!(true));
        }
        if granted("profile") {
            claims.insert("name".to_owned(), json!(self.name));
            claims.insert("picture".to_owned(), json!(picture));
        }
        claims
    }
}

/// A typed name without control characters, and with single spaces.
pub(super) fn tidy(name: &str) -> String {
    let visible: String = name
        .chars()
        .map(|one| if one.is_control() { ' ' } else { one })
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The ASCII letters and digits of a name, joined by dots: the left part of an address.
fn slug(name: &str) -> String {
    let words: Vec<String> = name
        .split(|one: char| !one.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let mut slug = words.join(".");
    slug.truncate(40);
    if slug.is_empty() {
        slug.push_str("somebody");
    }
    slug.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_person_whatever_its_case_and_spacing() {
        let first = Person::typed("  Zoé   Dupont ");
        assert_eq!(first.name, "Zoé Dupont");
        assert_eq!(first.subject(), Person::typed("zoé DUPONT").subject());
        assert_ne!(first.subject(), Person::typed("Zoé Dupond").subject());
        assert!(first.email.starts_with("zo.dupont."), "{}", first.email);
        assert_eq!(Person::known("ada"), Some(Person::typed("ada martin")));
        assert!(Person::typed("名前").email.starts_with("somebody."));
    }

    #[test]
    fn scopes_decide_what_is_told() {
        let ada = Person::known("ada").expect("Ada is always there");
        let names = |scope| ada.claims(scope, "p").into_iter().count();
        assert_eq!(names("openid"), 1);
        assert_eq!(names("openid email"), 3);
        assert_eq!(names("openid email profile"), 5);
    }
}
