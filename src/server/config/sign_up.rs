//! Who may open an account. Whoever has one gets in whatever this says, and so do
//! the configured administrators.

use super::{Config, EmailVerified};
use serde::{Deserialize, Serialize};
use url::Host;

/// Who may open an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SignUpMode {
    /// Anybody whom the provider vouches for.
    Open,
    /// Whoever has an invitation.
    Invitation,
    /// Whoever has one of the listed e-mail addresses.
    List,
    /// Nobody.
    Closed,
}

/// `[imgc.sign_up]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignUp {
    /// Who may open an account; a production says so, the demo is open.
    pub mode: Option<SignUpMode>,
    /// E-mail addresses, and domains with every address directly in them.
    pub list: Vec<String>,
}

/// An entry of the list, in the form in which it is compared.
#[derive(Debug, PartialEq, Eq)]
enum Entry {
    Address(String),
    Domain(String),
}

impl Entry {
    fn read(written: &str) -> Option<Entry> {
        let written = written.trim();
        match written.rsplit_once('@') {
            None => domain(written).map(Entry::Domain),
            Some(("", name)) => domain(name).map(Entry::Domain),
            Some(_) => address(written).map(Entry::Address),
        }
    }
}

/// A domain without its letters' case; names of other scripts as they travel.
pub(super) fn domain(written: &str) -> Option<String> {
    // An address is no URL: nothing in it stands for another letter.
    if written.contains('%') {
        return None;
    }
    let Ok(Host::Domain(name)) = Host::parse(written) else {
        return None;
    };
    let is_plain = |part: &str| {
        let mut letters = part.bytes();
        !part.is_empty() && letters.all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    // A name alone is a misspelt address rather than a domain of e-mail.
    (name.contains('.') && name.split('.').all(is_plain)).then_some(name)
}

/// An address without its letters' case. Of other scripts' letters none is taken for
/// one of these: K has a twin that looks the same.
fn address(written: &str) -> Option<String> {
    let (person, at) = written.rsplit_once('@')?;
    let usable = !person.is_empty() && !person.contains(char::is_whitespace);
    let person = usable.then(|| person.to_ascii_lowercase())?;
    Some(format!("{person}@{}", domain(at)?))
}

/// Whether these are one e-mail address.
pub fn is_same_address(one: &str, other: &str) -> bool {
    match (address(one), address(other)) {
        (Some(one), Some(other)) => one == other,
        // Without a domain that anybody could own, it is what it is written as.
        _ => one.eq_ignore_ascii_case(other),
    }
}

impl Config {
    /// Who may open an account.
    pub fn sign_up_mode(&self) -> SignUpMode {
        self.imgc.sign_up.mode.unwrap_or(SignUpMode::Open)
    }

    /// True if this e-mail address is listed, or its domain is. A domain below a
    /// listed one is another.
    pub fn is_listed(&self, email: &str) -> bool {
        let Some(email) = address(email) else {
            return false;
        };
        let at = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        let entries = self.imgc.sign_up.list.iter();
        entries
            .filter_map(|entry| Entry::read(entry))
            .any(|entry| match entry {
                Entry::Address(listed) => listed == email,
                Entry::Domain(listed) => listed == at,
            })
    }

    /// Adds what keeps the choice of who may open an account from being one.
    pub(super) fn sign_up_problems(&self, problems: &mut Vec<String>) {
        let sign_up = &self.imgc.sign_up;
        if sign_up.mode.is_none() && !self.demo {
            problems.push(
                "sign_up.mode (or IMGC_SIGN_UP_MODE) is missing: say who may open an account and \
                 spend your money: open, invitation, list or closed"
                    .into(),
            );
        }
        for written in &sign_up.list {
            if Entry::read(written).is_none() {
                problems.push(format!(
                    "sign_up.list (or IMGC_SIGN_UP_LIST): {written} is neither an e-mail address \
                     nor a domain"
                ));
            }
        }
        if sign_up.mode != Some(SignUpMode::List) {
            return;
        }
        if sign_up.list.is_empty() {
            problems.push(
                "sign_up.list (or IMGC_SIGN_UP_LIST) is missing: sign_up.mode = \"list\" lets in \
                 whose e-mail addresses or domains it names"
                    .into(),
            );
        }
        // Whoever may call themselves by any address could call themselves by one of these.
        if self.imgc.oidc.email_verified == EmailVerified::Assumed {
            problems.push(
                "sign_up.mode (or IMGC_SIGN_UP_MODE) is list, and with oidc.email_verified = \
                 \"assumed\" nobody has verified whose an e-mail address is: take invitation \
                 instead"
                    .into(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(list: &str) -> Config {
        let env = |name: &str| match name {
            "IMGC_SIGN_UP_MODE" => Some("list".to_owned()),
            "IMGC_SIGN_UP_LIST" => Some(list.to_owned()),
            _ => None,
        };
        Config::from_parts("", &env).expect("a list")
    }

    #[test]
    fn addresses_and_domains_are_compared_as_people_mean_them() {
        let config =
            listing("Ada@Pictures.example, @studio.example, bücher.example, me@x@y.example");
        for listed in [
            "ada@pictures.example",
            "ADA@PICTURES.EXAMPLE",
            "anybody@studio.example",
            "Any.Body@STUDIO.example",
            "a@xn--bcher-kva.example",
            "a@Bücher.example",
            "me@x@y.example",
        ] {
            assert!(config.is_listed(listed), "{listed}");
        }
        for other in [
            "bob@pictures.example",
            "ada@pictures.example.evil.example",
            "ada@sub.pictures.example",
            "anybody@sub.studio.example",
            "anybody@astudio.example",
            "studio.example",
            "@studio.example",
            "anybody@studio.example@evil.example",
            "evil@y.example",
            "anybody@%73tudio.example",
            "ada@pictures%2eexample",
            "",
        ] {
            assert!(!config.is_listed(other), "{other}");
        }
        assert!(!listing("a@b.example").is_listed("a@b.example."));
        // The sign of the unit Kelvin is another letter than K.
        assert!(!listing("kim@b.example").is_listed("\u{212a}im@b.example"));
    }

    #[test]
    fn one_address_may_be_written_in_several_ways() {
        assert!(is_same_address(
            "Ada@Bücher.example",
            "ada@XN--bcher-kva.example"
        ));
        assert!(is_same_address("Ada@localhost", "ada@LOCALHOST"));
        assert!(!is_same_address("\u{212a}im@b.example", "kim@b.example"));
        assert!(!is_same_address("ada@b.example", "ada@%62.example"));
        assert!(!is_same_address("ada@localhost", "ada@b.example"));
    }

    #[test]
    fn what_is_neither_address_nor_domain_is_named() {
        for odd in [
            "ada",
            "ada@",
            "a b@x.example",
            "10.0.0.1",
            "*.example",
            "a@%78.example",
            "https://x.example",
        ] {
            let env = |name: &str| (name == "IMGC_SIGN_UP_LIST").then(|| odd.to_owned());
            let said = Config::from_parts("", &env).expect_err(odd).to_string();
            assert!(
                said.contains("IMGC_SIGN_UP_LIST") && said.contains(odd),
                "{said}"
            );
        }
    }
}
