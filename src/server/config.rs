//! The configuration: Leptos.toml, overridden by environment variables.
//!
//! `keys` documents every key; a file a section gives them types; `load` reads
//! them; `check` decides whether the set in force is the demo's, a
//! production's, or neither. `processors` says whom that set sends data to.
//! Nothing here imports what is beside this folder: it stands below it.

mod analytics;
mod backup;
mod catalogue;
mod check;
mod cache;
mod connections;
mod database;
mod demo;
mod image_api;
mod jobs;
mod keys;
mod limits;
mod load;
mod log;
mod mail;
mod metrics;
mod objects;
mod oidc;
mod operator;
pub mod processors;
mod sign_up;

use crate::model::catalogue::Model;
use ipnet::IpNet;
use leptos::config::LeptosOptions;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use url::Url;

pub use analytics::Analytics;
pub use backup::Backup;
pub use cache::Cache;
pub use catalogue::{Catalogue, retirements};
pub use connections::Connections;
pub use database::{Database, INTERCEPTED_HOST, LedgerPlace};
pub use demo::Demo;
pub use image_api::OpenAi;
pub use jobs::Jobs;
pub use keys::{KEYS, Key, Origin, Setting};
pub use limits::Limits;
pub use load::is_watching;
pub use log::LogFormat;
pub use mail::{Mail, MailHost, MailSecurity, mailbox};
pub use metrics::Metrics;
pub use objects::Objects;
pub use oidc::{EmailVerified, GOOGLE, Oidc};
pub use operator::Operator;
pub use sign_up::{SignUp, SignUpMode, is_same_address};

/// Said where a set would run the demo, in a build that holds none.
const NO_DEMO: &str = "nothing real is configured, and this imgc was built without the demo that \
    would run then: set what is missing below, or build it with the feature `demo`";

/// How `admins` names somebody by their subject at the identity provider.
pub const ADMIN_BY_SUBJECT: &str = "sub:";

/// The file read where nothing else is named.
pub const DEFAULT_FILE: &str = "Leptos.toml";

/// The reasons the server does not start: every problem found, each naming its key.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is not usable:\n{}", .0.iter().map(|p| format!("  - {p}")).collect::<Vec<_>>().join("\n"))]
pub struct ConfigError(pub Vec<String>);

impl ConfigError {
    /// A single problem.
    fn one(problem: impl Into<String>) -> ConfigError {
        ConfigError(vec![problem.into()])
    }
}

/// Everything the server is told, typed and checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Leptos's own options: the site's address, its folders and its reload port.
    pub leptos: LeptosOptions,
    /// The folder of the built site, where somebody names one. Absent: the site
    /// inside the binary, or `target/site` where the binary holds none.
    pub site_root: Option<PathBuf>,
    /// The `[imgc]` table, with the environment over it.
    pub imgc: Imgc,
    /// The models the composer offers, in order; the first is the default. Never empty.
    pub models: Arc<Vec<Model>>,
    /// True if the built-in identity provider and painter serve this instance.
    pub demo: bool,
    /// Every key with its value in force, for `imgc doctor`.
    pub settings: Vec<Setting>,
}

/// The `[imgc]` table.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Imgc {
    /// The address people use, scheme and host; https outside this machine.
    pub public_url: Option<Url>,
    /// The folder of the database, the spool and (by default) the objects; with a
    /// database that nodes share, of nothing that must last.
    pub data_dir: PathBuf,
    /// The e-mail address people write to about their rights.
    pub contact: Option<String>,
    /// The file that remembers who was erased, or with a database that nodes share
    /// the address of a bucket; see [`Config::erasure_ledger_place`].
    pub erasure_ledger: Option<PathBuf>,
    /// The key that all nodes of a database share, 64 hexadecimal digits; without
    /// such a database it is a file in `data_dir`. Never written out.
    #[serde(skip_serializing)]
    pub instance_key: Option<SecretString>,
    /// The people who may open the pages of administration: e-mail addresses, or
    /// `sub:` and their subject at the identity provider.
    pub admins: Vec<String>,
    /// The folder for the log as files, one a day; `None`: standard output alone.
    pub log_dir: Option<PathBuf>,
    /// The age in years a person states before the first picture.
    pub minimum_age: u32,
    /// Networks whose `X-Forwarded-For` is believed, as CIDR.
    pub trusted_proxies: Vec<IpNet>,
    /// Hosts of other services that may be spoken to without encryption.
    pub plain_http_hosts: Vec<String>,
    /// Lines for people or for machines.
    pub log_format: LogFormat,
    /// The filter of the log, in the syntax of tracing's `EnvFilter`.
    pub log_filter: String,
    /// `[[imgc.models]]`: models to add to the built-in catalogue, or to put in one's place.
    pub models: Vec<Model>,
    /// `[imgc.catalogue]`: the models on offer.
    pub catalogue: Catalogue,
    /// `[imgc.oidc]`: the identity provider.
    pub oidc: Oidc,
    /// `[imgc.sign_up]`: who may open an account.
    pub sign_up: SignUp,
    /// `[imgc.openai]`: the image API.
    pub openai: OpenAi,
    /// `[imgc.database]`: the database that nodes share.
    pub database: Database,
    /// `[imgc.objects]`: the object store.
    pub objects: Objects,
    /// `[imgc.jobs]`: the workers.
    pub jobs: Jobs,
    /// `[imgc.limits]`: limits of use.
    pub limits: Limits,
    /// `[imgc.connections]`: how many may be connected, and how long each may take.
    pub connections: Connections,
    /// `[imgc.cache]`: what may be kept in memory.
    pub cache: Cache,
    /// `[imgc.operator]`: the facts of the legal pages.
    pub operator: Operator,
    /// `[imgc.analytics]`: statistics by somebody else.
    pub analytics: Analytics,
    /// `[imgc.backup]`: copies for emergencies.
    pub backup: Backup,
    /// `[imgc.metrics]`: figures for the operator's monitoring.
    pub metrics: Metrics,
    /// `[imgc.mail]`: the host that mails are handed to.
    pub mail: Mail,
    /// `[imgc.demo]`: the demo's own services.
    pub demo: Demo,
}

impl Default for Imgc {
    fn default() -> Self {
        Imgc {
            public_url: None,
            data_dir: "data".into(),
            contact: None,
            erasure_ledger: None,
            instance_key: None,
            admins: Vec::new(),
            log_dir: None,
            minimum_age: 13,
            trusted_proxies: Vec::new(),
            plain_http_hosts: Vec::new(),
            log_format: LogFormat::Text,
            log_filter: "info".into(),
            models: Vec::new(),
            catalogue: Catalogue::default(),
            oidc: Oidc::default(),
            sign_up: SignUp::default(),
            openai: OpenAi::default(),
            database: Database::default(),
            objects: Objects::default(),
            jobs: Jobs::default(),
            limits: Limits::default(),
            connections: Connections::default(),
            cache: Cache::default(),
            operator: Operator::default(),
            analytics: Analytics::default(),
            backup: Backup::default(),
            metrics: Metrics::default(),
            mail: Mail::default(),
            demo: Demo::default(),
        }
    }
}

impl Config {
    /// The address people type, without a trailing slash.
    pub fn public_origin(&self) -> String {
        match &self.imgc.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.leptos.site_addr),
        }
    }

    /// What people call the site by: the address without its scheme.
    pub fn public_host(&self) -> String {
        let origin = self.public_origin();
        let (_, host) = origin.split_once("://").unwrap_or(("", &origin));
        host.to_owned()
    }

    /// True if people reach the server over TLS.
    pub fn is_https(&self) -> bool {
        self.public_origin().starts_with("https://")
    }

    /// The socket address that the demo's provider and painter listen on.
    pub fn demo_addr(&self) -> SocketAddr {
        let port = self
            .imgc
            .demo
            .port
            .unwrap_or(self.leptos.site_addr.port().wrapping_add(1));
        SocketAddr::new(self.leptos.site_addr.ip(), port)
    }

    /// The folder of the backups.
    pub fn backup_dir(&self) -> PathBuf {
        let default = || self.imgc.data_dir.join("backups");
        self.imgc.backup.dir.clone().unwrap_or_else(default)
    }

    /// The token of Cloudflare Web Analytics, where it counts. Never in the
    /// demo, from which nothing leaves.
    pub fn analytics_token(&self) -> Option<&str> {
        let token = self.imgc.analytics.cloudflare_token.as_deref();
        token.filter(|_| !self.demo)
    }

    /// The longest the image API may take to answer.
    pub fn upstream_timeout(&self) -> Duration {
        Duration::from_secs(self.imgc.openai.timeout_s)
    }

    /// The models on offer now, the first one for a fresh form; never empty. The
    /// date of a model's end is left only where it is near enough to warn of it.
    pub fn offered(&self, now_ms: i64) -> Vec<Model> {
        catalogue::offered_now(self, now_ms)
    }

    /// The model with this id, on offer now or for jobs that were queued before.
    pub fn model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|m| m.id == id)
    }
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
