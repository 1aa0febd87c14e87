//! The database: a file in the data folder, or Cloudflare D1 that many nodes
//! share; and what follows from the choice for the ledger of erasures and for
//! the periods that people are told.

use super::Config;
use crate::model::limits::{CLOSING_GRACE_MS, DAY_MS, ERASED_WITHIN_MS};
use crate::model::retention::RetentionRule;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use url::Url;

/// The gateway's name inside a container on Cloudflare: what is sent to it is
/// caught there and handed to the gateway, and travels over no network.
pub const INTERCEPTED_HOST: &str = "d1.imgc.internal";

/// The most days of history that D1 keeps, which is what it keeps unless the
/// operator knows better.
pub const HISTORY_DAYS_MAX: u32 = 30;

/// The shortest secret that the gateway takes (`deploy/cloudflare/gateway.mjs`).
const SECRET_LEAST: usize = 32;

/// What the address of a bucket begins with.
const BUCKET: &str = "s3://";

/// The folder of the ledger's events in the objects' bucket.
const LEDGER_FOLDER: &str = "erasures";

/// The database that nodes share.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// The address of the gateway to D1; `None`: a file in `data_dir`.
    pub url: Option<Url>,
    /// The gateway's bearer secret; never written out.
    #[serde(skip_serializing)]
    pub secret: Option<SecretString>,
    /// The days for which the database's provider keeps what was deleted.
    pub history_days: Option<u32>,
}

impl Database {
    /// True if the gateway is reached inside the container, where no secret is asked for.
    pub(super) fn is_intercepted(&self) -> bool {
        let host = self.url.as_ref().and_then(Url::host_str);
        host == Some(INTERCEPTED_HOST)
    }
}

/// Where the ledger of erasures is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerPlace {
    /// A file of this machine.
    File(PathBuf),
    /// The address of a bucket, `s3://bucket/prefix`, below which its events are.
    Bucket(String),
}

impl Config {
    /// True if the database is D1, which other nodes use at the same time.
    pub fn is_shared(&self) -> bool {
        self.imgc.database.url.is_some()
    }

    /// How long the database's provider keeps what was deleted, in milliseconds:
    /// nothing outlives a deletion in a file of our own.
    pub fn history_ms(&self) -> i64 {
        if !self.is_shared() {
            return 0;
        }
        let days = self.imgc.database.history_days.unwrap_or(HISTORY_DAYS_MAX);
        i64::from(days) * DAY_MS
    }

    /// How long a person may change their mind after closing their account, in
    /// milliseconds. What a provider keeps afterwards is taken off it, so that
    /// everything is gone within what was promised.
    pub fn closing_grace_ms(&self) -> i64 {
        if !self.is_shared() {
            return CLOSING_GRACE_MS;
        }
        (ERASED_WITHIN_MS - self.history_ms()).clamp(0, CLOSING_GRACE_MS)
    }

    /// How long copies may hold what was erased, in milliseconds: backups, or the
    /// history of the database's provider.
    pub fn copies_kept_ms(&self) -> i64 {
        match self.is_shared() {
            true => self.history_ms(),
            false => RetentionRule::Backups.kept_ms(),
        }
    }

    /// How long a thing of this rule is kept by this configuration, in milliseconds.
    pub fn kept_ms(&self, rule: RetentionRule) -> i64 {
        match rule {
            RetentionRule::ClosedAccounts => self.closing_grace_ms(),
            rule => rule.kept_ms(),
        }
    }

    /// The instance's key as the operator set it; `None` where it is not set, or
    /// not 64 hexadecimal digits.
    pub fn instance_key(&self) -> Option<[u8; 32]> {
        let digits = self.imgc.instance_key.as_ref()?.expose_secret().trim();
        let digits = digits.as_bytes();
        let mut key = [0; 32];
        if digits.len() != 2 * key.len() {
            return None;
        }
        let value = |digit: &u8| char::from(*digit).to_digit(16);
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let (high, low) = (pair.first().and_then(value)?, pair.last().and_then(value)?);
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        Some(key)
    }

    /// Where the ledger of erasures is: a file, or on D1 a bucket.
    pub fn erasure_ledger_place(&self) -> LedgerPlace {
        let written = self.imgc.erasure_ledger.clone();
        if !self.is_shared() {
            let default = || self.imgc.data_dir.join("erasures.ledger");
            return LedgerPlace::File(written.unwrap_or_else(default));
        }
        match written.as_deref().and_then(bucket_in) {
            Some(address) => LedgerPlace::Bucket(address.to_owned()),
            None => {
                let objects = self.imgc.objects.url.as_deref().unwrap_or_default();
                let objects = objects.trim_end_matches('/');
                LedgerPlace::Bucket(format!("{objects}/{LEDGER_FOLDER}"))
            }
        }
    }

    /// Adds a problem for each thing that keeps the chosen database from being
    /// complete and safe. They hold for the demo as well.
    pub(super) fn database_problems(&self, problems: &mut Vec<String>) {
        let imgc = &self.imgc;
        if imgc.instance_key.is_some() && self.instance_key().is_none() {
            problems.push("instance_key (or IMGC_INSTANCE_KEY): 64 hexadecimal digits".into());
        }
        if let Some(url) = &imgc.database.url {
            return self.shared_problems(url, problems);
        }
        if imgc.instance_key.is_some() {
            problems.push(
                "instance_key (or IMGC_INSTANCE_KEY): only with database.url; without it the key is \
                 the file instance.key in data_dir"
                    .into(),
            );
        }
        if imgc.database.secret.is_some() {
            problems.push(
                "database.url (or IMGC_DATABASE_URL) is missing: database.secret is set, and \
                 without the address the database would be a file in data_dir"
                    .into(),
            );
        }
        if imgc.erasure_ledger.as_deref().and_then(bucket_in).is_some() {
            problems.push(
                "erasure_ledger (or IMGC_ERASURE_LEDGER): a file; only with database.url may it \
                 be in a bucket"
                    .into(),
            );
        }
    }

    /// As [`Config::database_problems`], for D1 behind the gateway at this address.
    fn shared_problems(&self, url: &Url, problems: &mut Vec<String>) {
        let imgc = &self.imgc;
        let is_bare = url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || !is_bare {
            problems.push(
                "database.url (or IMGC_DATABASE_URL): https:// and a host, perhaps with a path"
                    .into(),
            );
        }
        let secret = imgc.database.secret.as_ref();
        if secret.is_some_and(|secret| secret.expose_secret().len() < SECRET_LEAST) {
            problems.push(format!(
                "database.secret (or IMGC_DATABASE_SECRET): at least {SECRET_LEAST} characters, as \
                 the gateway takes no shorter one"
            ));
        }
        if secret.is_none() && !imgc.database.is_intercepted() {
            problems.push(format!(
                "database.secret (or IMGC_DATABASE_SECRET) is missing: the gateway asks for it \
                 everywhere but at {INTERCEPTED_HOST}"
            ));
        }
        if imgc.database.history_days > Some(HISTORY_DAYS_MAX) {
            problems.push(format!(
                "database.history_days (or IMGC_DATABASE_HISTORY_DAYS): from 0 to \
                 {HISTORY_DAYS_MAX}: with a longer history no account would be gone in time"
            ));
        }
        if imgc.instance_key.is_none() {
            problems.push(
                "instance_key (or IMGC_INSTANCE_KEY) is missing: all nodes of a database have the \
                 same, 64 hexadecimal digits (`openssl rand -hex 32` makes one)"
                    .into(),
            );
        }
        let bucket = imgc.objects.url.as_deref().map(Path::new);
        if bucket.and_then(bucket_in).is_none() {
            problems.push(
                "objects.url (or IMGC_OBJECTS_URL) is missing: with database.url, pictures are in \
                 a bucket that all nodes share, s3://bucket"
                    .into(),
            );
        }
        let ledger = imgc.erasure_ledger.as_deref();
        if ledger.is_some_and(|place| bucket_in(place).is_none()) {
            problems.push(
                "erasure_ledger (or IMGC_ERASURE_LEDGER): with database.url all nodes share one, \
                 in a bucket: s3://bucket/prefix, or nothing for the bucket of the objects"
                    .into(),
            );
        }
    }
}

/// The address of a bucket, where this is one.
fn bucket_in(written: &Path) -> Option<&str> {
    let name = written.to_str()?.strip_prefix(BUCKET)?;
    let has_name = !name.is_empty() && !name.starts_with('/');
    written.to_str().filter(|_| has_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARED: [(&str, &str); 7] = [
        ("IMGC_DATABASE_URL", "https://gateway.example/imgc"),
        (
            "IMGC_DATABASE_SECRET",
            "hidden-1-0123456789abcdef0123456789",
        ),
        (
            "IMGC_INSTANCE_KEY",
            "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F",
        ),
        ("IMGC_OBJECTS_URL", "s3://pictures/of-imgc/"),
        (
            "IMGC_OBJECTS_ENDPOINT",
            "https://a.r2.cloudflarestorage.com",
        ),
        ("IMGC_OBJECTS_ACCESS_KEY_ID", "id"),
        ("IMGC_OBJECTS_SECRET_ACCESS_KEY", "hidden-2"),
    ];
    const REAL: [(&str, &str); 9] = [
        ("LEPTOS_SITE_ADDR", "0.0.0.0:8080"),
        ("IMGC_PUBLIC_URL", "https://pictures.example"),
        ("IMGC_OIDC_CLIENT_ID", "client"),
        ("IMGC_OIDC_CLIENT_SECRET", "hidden-3"),
        ("IMGC_OPENAI_API_KEY", "hidden-4"),
        ("IMGC_CONTACT", "help@pictures.example"),
        ("IMGC_OPERATOR_NAME", "Pictures Ltd"),
        ("IMGC_SIGN_UP_MODE", "open"),
        (
            "IMGC_OPERATOR_PROCESSORS",
            "gateway.example = Cloudflare; United States",
        ),
    ];

    /// The later of two values of a name holds; an empty one counts as absent.
    fn load(more: &[(&str, &str)]) -> Result<Config, String> {
        let env = [&REAL[..], &SHARED, more].concat();
        from(&env)
    }

    fn from(env: &[(&str, &str)]) -> Result<Config, String> {
        let read = |name: &str| {
            let found = env.iter().rev().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Config::from_parts("", &read).map_err(|error| error.to_string())
    }

    #[test]
    fn a_complete_set_for_many_nodes_starts_and_hides_its_secrets() {
        let config = load(&[]).expect("complete");
        assert!(config.is_shared() && !config.demo);
        let shown = format!("{:?} {:?}", config.settings, config.imgc);
        for secret in ["hidden-", "101112131415"] {
            assert!(!shown.contains(secret), "{secret} shows");
        }
        assert!(!from(&REAL).expect("complete").is_shared());
    }

    #[test]
    fn the_instance_key_is_read_as_hexadecimal() {
        let key = load(&[]).expect("complete").instance_key();
        let counted: Vec<u8> = (0..32).collect();
        assert_eq!(key.map(|key| key.to_vec()), Some(counted));
        assert_eq!(from(&REAL).expect("complete").instance_key(), None);
    }

    #[test]
    fn what_many_nodes_need_is_named_where_it_is_missing() {
        let (not_hex, not_ascii) = ("g".repeat(64), "é".repeat(32));
        for name in [
            "IMGC_DATABASE_SECRET",
            "IMGC_INSTANCE_KEY",
            "IMGC_OBJECTS_URL",
        ] {
            let said = load(&[(name, "")]).expect_err("incomplete");
            assert!(said.contains(name), "{name} is not named in: {said}");
        }
        for (name, value) in [
            ("IMGC_INSTANCE_KEY", "0123"),
            ("IMGC_INSTANCE_KEY", not_hex.as_str()),
            ("IMGC_INSTANCE_KEY", not_ascii.as_str()),
            ("IMGC_DATABASE_SECRET", "short"),
            ("IMGC_DATABASE_HISTORY_DAYS", "31"),
            ("IMGC_DATABASE_URL", "ftp://gateway.example"),
            ("IMGC_DATABASE_URL", "https://gateway.example/?a=1"),
            ("IMGC_DATABASE_URL", "https://me:it@gateway.example/"),
            ("IMGC_OBJECTS_URL", "s3://"),
            ("IMGC_OBJECTS_URL", "pictures"),
            ("IMGC_ERASURE_LEDGER", "/ledger/erasures.ledger"),
            ("IMGC_ERASURE_LEDGER", "s3:///prefix"),
        ] {
            let said = load(&[(name, value)]).expect_err("refused");
            assert!(said.contains(name), "{name} is not named in: {said}");
        }
        // A secret without an address: somebody meant another database.
        let said = load(&[("IMGC_DATABASE_URL", "")]).expect_err("refused");
        assert!(said.contains("IMGC_DATABASE_URL"), "{said}");
        for (name, value) in [("IMGC_ERASURE_LEDGER", "s3://ledger"), SHARED[2]] {
            let said = from(&[&REAL[..], &[(name, value)]].concat()).expect_err("refused");
            assert!(said.contains(name), "{name} is not named in: {said}");
        }
    }

    #[test]
    fn rows_do_not_travel_in_clear_unless_the_host_is_named() {
        let clear = ("IMGC_DATABASE_URL", "http://gateway.example:8787");
        let said = load(&[clear]).expect_err("in clear");
        assert!(said.contains("IMGC_PLAIN_HTTP_HOSTS"), "{said}");
        assert!(load(&[clear, ("IMGC_PLAIN_HTTP_HOSTS", "gateway.example")]).is_ok());
        let inside = ("IMGC_DATABASE_URL", "http://d1.imgc.internal");
        assert!(load(&[inside, ("IMGC_DATABASE_SECRET", "")]).is_ok());
        assert!(load(&[("IMGC_DATABASE_URL", "http://127.0.0.1:8787/db/1")]).is_ok());
    }

    #[test]
    fn the_grace_and_the_providers_history_are_thirty_days_together() {
        for (days, grace_days, copies_days) in [
            ("", 0, 30),
            ("30", 0, 30),
            ("26", 4, 26),
            ("7", 7, 7),
            ("0", 7, 0),
        ] {
            let config = load(&[("IMGC_DATABASE_HISTORY_DAYS", days)]).expect("complete");
            assert_eq!(config.closing_grace_ms(), grace_days * DAY_MS, "{days}");
            assert_eq!(config.copies_kept_ms(), copies_days * DAY_MS, "{days}");
            let rule = RetentionRule::ClosedAccounts;
            assert_eq!(config.kept_ms(rule), config.closing_grace_ms());
        }
        let embedded = from(&REAL).expect("complete");
        assert_eq!(embedded.history_ms(), 0);
        for rule in RetentionRule::ALL {
            assert_eq!(embedded.kept_ms(rule), rule.kept_ms());
        }
        let in_all = embedded.closing_grace_ms() + embedded.copies_kept_ms();
        assert!(in_all <= ERASED_WITHIN_MS);
    }

    #[test]
    fn the_ledger_is_in_a_bucket_where_nodes_share_it() {
        let place = |more: &[(&str, &str)]| load(more).expect("complete").erasure_ledger_place();
        let bucket = |address: &str| LedgerPlace::Bucket(address.to_owned());
        assert_eq!(place(&[]), bucket("s3://pictures/of-imgc/erasures"));
        let own = ("IMGC_ERASURE_LEDGER", "s3://ledger/of-imgc");
        assert_eq!(place(&[own]), bucket("s3://ledger/of-imgc"));
        let embedded = from(&REAL).expect("complete").erasure_ledger_place();
        assert_eq!(
            embedded,
            LedgerPlace::File(PathBuf::from("data/erasures.ledger"))
        );
    }

    #[test]
    fn the_demo_runs_on_a_database_and_a_bucket_of_this_machine_alone() {
        let own = [
            ("IMGC_DATABASE_URL", "http://127.0.0.1:8787/db/1"),
            ("IMGC_OBJECTS_ENDPOINT", "http://127.0.0.1:9000"),
        ];
        let demo = |more: &[(&str, &str)]| from(&[&SHARED[..], &own, more].concat());
        assert!(demo(&[]).expect("the demo").demo);
        let said = demo(&[SHARED[0]]).expect_err("somebody else's database");
        assert!(said.contains("oidc.client_id"), "{said}");
        let said = demo(&[SHARED[4]]).expect_err("somebody else's bucket");
        assert!(said.contains("oidc.client_id"), "{said}");
        let said = demo(&[("IMGC_OBJECTS_ENDPOINT", "")]).expect_err("Amazon's bucket");
        assert!(said.contains("oidc.client_id"), "{said}");
    }
}
