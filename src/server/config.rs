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
mod demo;
mod image_api;
mod jobs;
mod keys;
mod limits;
mod load;
mod log;
mod objects;
mod oidc;
mod operator;
pub mod processors;

use crate::model::catalogue::Model;
use ipnet::IpNet;
use leptos::config::LeptosOptions;
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use url::Url;

pub use analytics::Analytics;
pub use backup::Backup;
pub use catalogue::Catalogue;
pub use demo::Demo;
pub use image_api::OpenAi;
pub use jobs::Jobs;
pub use keys::{KEYS, Key, Origin, Setting};
pub use limits::Limits;
pub use load::is_watching;
pub use log::LogFormat;
pub use objects::Objects;
pub use oidc::{GOOGLE, Oidc};
pub use operator::Operator;

/// Said where a set would run the demo, in a build that holds none.
const NO_DEMO: &str = "nothing real is configured, and this imgc was built without the demo that \
    would run then: set what is missing below, or build it with the feature `demo`";

/// The file read where nothing else is named.
pub const DEFAULT_FILE: &str = "Leptos.toml";

/// Why the server does not start: every problem found, each naming its key.
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
    pub leptos: LeptosOptions,
    /// The folder of the built site, where somebody names one. Absent: the site
    /// inside the binary, or `target/site` where the binary holds none.
    pub site_root: Option<PathBuf>,
    pub imgc: Imgc,
    /// What the composer offers, in order; the first is the default. Never empty.
    pub models: Arc<Vec<Model>>,
    /// Whether the built-in identity provider and painter serve this instance.
    pub demo: bool,
    /// What is in force, for `imgc doctor`.
    pub settings: Vec<Setting>,
}

/// The `[imgc]` table.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Imgc {
    pub public_url: Option<Url>,
    pub data_dir: PathBuf,
    pub contact: Option<String>,
    pub erasure_ledger: Option<PathBuf>,
    pub admins: Vec<String>,
    pub log_dir: Option<PathBuf>,
    pub minimum_age: u32,
    pub trusted_proxies: Vec<IpNet>,
    pub log_format: LogFormat,
    pub log_filter: String,
    pub models: Vec<Model>,
    pub catalogue: Catalogue,
    pub oidc: Oidc,
    pub openai: OpenAi,
    pub objects: Objects,
    pub jobs: Jobs,
    pub limits: Limits,
    pub operator: Operator,
    pub analytics: Analytics,
    pub backup: Backup,
    pub demo: Demo,
}

impl Default for Imgc {
    fn default() -> Self {
        Imgc {
            public_url: None,
            data_dir: "data".into(),
            contact: None,
            erasure_ledger: None,
            admins: Vec::new(),
            log_dir: None,
            minimum_age: 13,
            trusted_proxies: Vec::new(),
            log_format: LogFormat::Text,
            log_filter: "info".into(),
            models: Vec::new(),
            catalogue: Catalogue::default(),
            oidc: Oidc::default(),
            openai: OpenAi::default(),
            objects: Objects::default(),
            jobs: Jobs::default(),
            limits: Limits::default(),
            operator: Operator::default(),
            analytics: Analytics::default(),
            backup: Backup::default(),
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

    /// Whether people reach the server over TLS.
    pub fn is_https(&self) -> bool {
        self.public_origin().starts_with("https://")
    }

    /// Where the demo's provider and painter listen.
    pub fn demo_addr(&self) -> SocketAddr {
        let port = self
            .imgc
            .demo
            .port
            .unwrap_or(self.leptos.site_addr.port().wrapping_add(1));
        SocketAddr::new(self.leptos.site_addr.ip(), port)
    }

    /// Where the erasure ledger is.
    pub fn erasure_ledger(&self) -> PathBuf {
        let default = || self.imgc.data_dir.join("erasures.ledger");
        self.imgc.erasure_ledger.clone().unwrap_or_else(default)
    }

    /// Where backups are kept.
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

    /// How long the image API may take to answer.
    pub fn upstream_timeout(&self) -> Duration {
        Duration::from_secs(self.imgc.openai.timeout_s)
    }

    /// The model with this id, if it is offered.
    pub fn model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|m| m.id == id)
    }
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
