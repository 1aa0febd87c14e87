//! The host that mails are handed to, and the address they come from.

use super::{Config, check::is_loopback_host, sign_up::domain};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use url::Host;

/// How the connection to the mail host is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// From the command STARTTLS on, without which nothing is said.
    #[default]
    Starttls,
    /// From the first byte on.
    Tls,
    /// Not at all: within this machine alone.
    None,
}

/// `[imgc.mail]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// The mail host; absent: no mail is sent.
    pub host: Option<String>,
    /// Its port; absent: the usual one of the security.
    pub port: Option<u16>,
    /// How the connection is encrypted.
    pub security: MailSecurity,
    /// The name that the host asks for.
    pub user: Option<String>,
    /// The password that the host asks for. Never written out.
    #[serde(skip_serializing)]
    pub password: Option<SecretString>,
    /// The address that mails come from.
    pub from: Option<String>,
}

/// Where mails are handed to, complete and checked.
#[derive(Clone, Debug)]
pub struct MailHost<'a> {
    /// A name, or an address of the network.
    pub host: &'a str,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub security: MailSecurity,
    /// Name and password, where the host asks for them.
    pub credentials: Option<(&'a str, &'a SecretString)>,
    /// The address that mails come from.
    pub from: String,
}

/// An e-mail address in the form in which a mail travels, its domain as it is looked up;
/// `None` for what is none, or none that any host would take. Nothing in it ends a line,
/// quotes, or asks a host to send the mail on to another.
pub fn mailbox(written: &str) -> Option<String> {
    let (person, at) = written.trim().rsplit_once('@')?;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"#$&'*+/=?^_`{|}~-".contains(&b);
    let is_atom = |part: &str| !part.is_empty() && part.bytes().all(is_plain);
    let usable = person.len() <= 64 && person.split('.').all(is_atom);
    let address = usable.then(|| Some(format!("{person}@{}", domain(at)?)))??;
    // The longest that a mail host takes (RFC 5321).
    (address.len() <= 254).then_some(address)
}

impl Config {
    /// Where mails are handed to; `None` where no mail is sent.
    pub fn mail_host(&self) -> Option<MailHost<'_>> {
        let mail = &self.imgc.mail;
        let usual = match mail.security {
            MailSecurity::Starttls => 587,
            MailSecurity::Tls => 465,
            MailSecurity::None => 25,
        };
        Some(MailHost {
            host: mail.host.as_deref()?,
            port: mail.port.unwrap_or(usual),
            security: mail.security,
            credentials: mail.user.as_deref().zip(mail.password.as_ref()),
            from: mailbox(mail.from.as_deref()?)?,
        })
    }

    /// True if mail is sent.
    pub fn sends_mail(&self) -> bool {
        self.mail_host().is_some()
    }

    /// True if mails would leave this machine.
    pub(super) fn has_real_mail_host(&self) -> bool {
        let host = self.imgc.mail.host.as_deref();
        host.is_some_and(|host| !is_loopback_host(host))
    }

    /// Adds what keeps mails from being sent, or from being sent safely.
    pub(super) fn mail_problems(&self, problems: &mut Vec<String>) {
        let mail = &self.imgc.mail;
        let mut say = |text: &str| problems.push(text.to_owned());
        let Some(host) = mail.host.as_deref() else {
            let others = mail.port.is_some()
                || mail.user.is_some()
                || mail.password.is_some()
                || mail.from.is_some();
            if others {
                say(
                    "mail.host (or IMGC_MAIL_HOST) is missing: the other settings of mail mean \
                     nothing without the host that mails are handed to",
                );
            }
            return;
        };
        if !is_host(host) {
            say(
                "mail.host (or IMGC_MAIL_HOST): the name or the network address of the mail \
                 host, without scheme, port or path",
            );
        }
        if mail.port == Some(0) {
            say("mail.port (or IMGC_MAIL_PORT): from 1 to 65535");
        }
        if mail.security == MailSecurity::None && !is_loopback_host(host) {
            say(
                "mail.security (or IMGC_MAIL_SECURITY) is none, and mail.host is not this \
                 machine: mails and the password would travel unencrypted. Take starttls or tls",
            );
        }
        match (&mail.user, &mail.password) {
            (Some(_), None) => {
                say("mail.password (or IMGC_MAIL_PASSWORD) is missing: mail.user needs it");
            }
            (None, Some(_)) => {
                say("mail.user (or IMGC_MAIL_USER) is missing: mail.password needs it");
            }
            _ => {}
        }
        match mail.from.as_deref() {
            None => {
                say("mail.from (or IMGC_MAIL_FROM) is missing: the address that mails come from");
            }
            Some(from) if mailbox(from).is_none() => {
                say("mail.from (or IMGC_MAIL_FROM): an e-mail address and nothing beside it");
            }
            Some(_) => {}
        }
    }

    /// Says so where nobody is told by mail.
    pub(super) fn mail_warning(&self) -> Option<String> {
        (!self.sends_mail()).then(|| {
            "mail.host (or IMGC_MAIL_HOST) is missing: no mail is sent. Whoever reports a \
             picture, and whoever a decision is about, learns of it on the site alone"
                .to_owned()
        })
    }
}

/// Whether this is a host and nothing beside it.
fn is_host(written: &str) -> bool {
    let is_name = |name: &str| {
        name.bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
    };
    written.parse::<IpAddr>().is_ok()
        || matches!(Host::parse(written), Ok(Host::Domain(name)) if is_name(&name))
            && !written.contains('%')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(env: &[(&str, &str)]) -> Result<Config, String> {
        let read = |name: &str| {
            let found = env.iter().rev().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Config::from_parts("", &read).map_err(|error| error.to_string())
    }

    const HOST: (&str, &str) = ("IMGC_MAIL_HOST", "127.0.0.1");
    const FROM: (&str, &str) = ("IMGC_MAIL_FROM", "noreply@pictures.example");
    const PLAIN: (&str, &str) = ("IMGC_MAIL_SECURITY", "none");

    #[test]
    fn a_complete_set_is_taken_with_the_usual_ports() {
        assert!(config(&[]).expect("none").mail_host().is_none());
        for (security, port) in [("starttls", 587), ("tls", 465), ("none", 25)] {
            let set = config(&[HOST, FROM, ("IMGC_MAIL_SECURITY", security)]).expect(security);
            assert_eq!(set.mail_host().expect("a host").port, port);
            assert!(set.demo, "nothing leaves this machine");
        }
        let set = config(&[
            HOST,
            FROM,
            ("IMGC_MAIL_PORT", "2525"),
            ("IMGC_MAIL_USER", "u"),
            ("IMGC_MAIL_PASSWORD", "k9-ivory"),
        ]);
        let set = set.expect("complete");
        let host = set.mail_host().expect("a host");
        assert_eq!((host.port, host.security), (2525, MailSecurity::Starttls));
        assert_eq!(host.credentials.map(|(user, _)| user), Some("u"));
        assert!(!format!("{set:?}").contains("k9-ivory"));
    }

    #[test]
    fn what_is_missing_or_unsafe_is_named() {
        let others = ("IMGC_MAIL_HOST", "mail.example");
        let refused: [(&[(&str, &str)], &str); 9] = [
            (&[FROM], "IMGC_MAIL_HOST"),
            (&[HOST], "IMGC_MAIL_FROM"),
            (&[HOST, ("IMGC_MAIL_FROM", "imgc")], "IMGC_MAIL_FROM"),
            (&[HOST, FROM, ("IMGC_MAIL_PORT", "0")], "IMGC_MAIL_PORT"),
            (&[HOST, FROM, ("IMGC_MAIL_USER", "u")], "IMGC_MAIL_PASSWORD"),
            (&[HOST, FROM, ("IMGC_MAIL_PASSWORD", "p")], "IMGC_MAIL_USER"),
            (&[others, FROM, PLAIN], "IMGC_MAIL_SECURITY"),
            (&[HOST, FROM, ("IMGC_MAIL_SECURITY", "some")], "starttls"),
            (
                &[FROM, ("IMGC_MAIL_HOST", "smtp://mail.example:25/")],
                "IMGC_MAIL_HOST",
            ),
        ];
        for (set, named) in refused {
            let said = config(set).expect_err(named);
            assert!(said.contains(named), "{named}: {said}");
        }
        // Whoever names another machine's host runs no demo.
        let said = config(&[others, FROM]).expect_err("no demo");
        assert!(said.contains("oidc.client_id"), "{said}");
    }

    #[test]
    fn only_what_a_mail_can_be_sent_to_is_an_address() {
        for (written, address) in [
            (" ada@pictures.example ", "ada@pictures.example"),
            (
                "Ada.O'Neil+x@Bücher.example",
                "Ada.O'Neil+x@xn--bcher-kva.example",
            ),
        ] {
            assert_eq!(mailbox(written).as_deref(), Some(address));
        }
        let long = format!("{}@pictures.example", "a".repeat(65));
        for none in [
            "ada",
            "@pictures.example",
            "ada@localhost",
            "ada@127.0.0.1",
            "ada@[127.0.0.1]",
            "a b@pictures.example",
            "\"ada\"@pictures.example",
            "a..b@pictures.example",
            ".a@pictures.example",
            "a@pictures.example\r\nBcc: eve@pictures.example",
            "a\r\nRCPT TO:<eve@pictures.example>@pictures.example",
            "a,eve@pictures.example",
            "<a>@pictures.example",
            "eve%other.example@pictures.example",
            "other.example!eve@pictures.example",
            "a@pictures.example>",
            "ädä@pictures.example",
            &long,
        ] {
            assert_eq!(mailbox(none), None, "{none}");
        }
    }
}
