//! The configuration: Leptos.toml, overridden by environment variables.
//!
//! `keys.rs` documents every key; this file gives them types, and decides
//! whether the set in force is the demo's, a production's, or neither.

mod keys;

use crate::{demo, model::catalogue::Model, server::processors};
use ipnet::IpNet;
use leptos::config::LeptosOptions;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use url::Url;

pub use keys::{KEYS, Key, Origin, Setting};

/// Said where a set would run the demo, in a build that holds none.
const NO_DEMO: &str = "nothing real is configured, and this imgc was built without the demo that \
    would run then: set what is missing below, or build it with the feature `demo`";

/// The file read where nothing else is named.
pub const DEFAULT_FILE: &str = "Leptos.toml";

/// Why the server does not start: every problem found, each naming its key.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is not usable:\n{}", .0.iter().map(|p| format!("  - {p}")).collect::<Vec<_>>().join("\n"))]
pub struct ConfigError(pub Vec<String>);

/// Everything the server is told, typed and checked.
#[derive(Clone, Debug)]
pub struct Config {
    pub leptos: LeptosOptions,
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

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// Which models are offered.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Catalogue {
    pub enabled: Vec<String>,
    pub default: Option<String>,
}

/// The identity provider.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Oidc {
    pub issuer: String,
    pub client_id: Option<String>,
    #[serde(skip_serializing)]
    pub client_secret: Option<SecretString>,
    pub avatar_hosts: Vec<String>,
}

/// The image API.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenAi {
    #[serde(skip_serializing)]
    pub api_key: Option<SecretString>,
    pub base_url: String,
    pub timeout_s: u64,
    pub result_hosts: Vec<String>,
}

/// The object store.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Objects {
    pub url: Option<String>,
    pub endpoint: Option<String>,
    pub region: Option<String>,
    pub access_key_id: Option<String>,
    #[serde(skip_serializing)]
    pub secret_access_key: Option<SecretString>,
}

/// How jobs run.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jobs {
    pub concurrency: usize,
    pub per_person: u32,
    pub attempts: u32,
    pub lease_s: u64,
}

/// What a person, an address and the whole service may use.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    pub pictures_per_day: u32,
    pub active_jobs: u32,
    pub spend_per_day_usd: f64,
    pub requests_per_minute: u32,
    pub sign_ins_per_minute: u32,
    pub jobs_per_minute: u32,
    pub reports_per_minute: u32,
}

/// Who runs the service, for its legal pages.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Operator {
    pub name: Option<String>,
    pub address: Option<String>,
    pub hosting: Option<String>,
    pub authority: Option<String>,
    pub authority_url: Option<Url>,
    /// `host = company; country` for services that imgc does not know.
    pub processors: Vec<String>,
}

/// Statistics by somebody else, for operators who want them.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Analytics {
    pub cloudflare_token: Option<String>,
}

/// Copies for emergencies.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Backup {
    pub dir: Option<PathBuf>,
    pub recipient: Option<String>,
}

/// The built-in services of the demo.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Demo {
    pub port: Option<u16>,
    pub pace_ms: u64,
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

impl Default for Oidc {
    fn default() -> Self {
        Oidc {
            issuer: crate::server::oidc::GOOGLE.into(),
            client_id: None,
            client_secret: None,
            avatar_hosts: vec!["*.googleusercontent.com".into()],
        }
    }
}

impl Default for OpenAi {
    fn default() -> Self {
        OpenAi {
            api_key: None,
            base_url: "https://api.openai.com/v1".into(),
            timeout_s: 300,
            result_hosts: Vec::new(),
        }
    }
}

impl Default for Jobs {
    fn default() -> Self {
        Jobs {
            concurrency: 4,
            per_person: 2,
            attempts: 4,
            lease_s: 60,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            pictures_per_day: 50,
            active_jobs: 10,
            spend_per_day_usd: 20.0,
            requests_per_minute: 600,
            sign_ins_per_minute: 20,
            jobs_per_minute: 20,
            reports_per_minute: 5,
        }
    }
}

impl Default for Demo {
    fn default() -> Self {
        Demo {
            port: None,
            pace_ms: 4000,
        }
    }
}

impl Config {
    /// Reads the file (the default one may be absent) and the environment.
    pub fn load(file: Option<&str>) -> Result<Config, ConfigError> {
        let path = file.unwrap_or(DEFAULT_FILE);
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                String::new()
            }
            Err(error) => return Err(ConfigError(vec![format!("{path}: {error}")])),
        };
        Config::from_parts(&text, &|name| std::env::var(name).ok())
    }

    /// Puts a configuration together from a file's text and an environment.
    pub fn from_parts(
        text: &str,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Config, ConfigError> {
        Config::of_build(text, env, demo::BUILT_IN)
    }

    /// As [`Config::from_parts`], for a build that holds the demo or does not.
    fn of_build(
        text: &str,
        env: &dyn Fn(&str) -> Option<String>,
        demo_built_in: bool,
    ) -> Result<Config, ConfigError> {
        let one = |problem: String| ConfigError(vec![problem]);
        let mut file: toml::Table = text
            .parse()
            .map_err(|e: toml::de::Error| one(format!("Leptos.toml: {}", e.message())))?;
        let leptos = leptos_options(&file, env).map_err(one)?;
        let mut table = match file.remove("imgc") {
            None => toml::Table::new(),
            Some(toml::Value::Table(table)) => table,
            Some(_) => return Err(one("imgc: must be a table".into())),
        };
        let defaults = toml::Table::try_from(Imgc::default()).unwrap_or_default();
        let settings = keys::overlay(&mut table, &defaults, env).map_err(ConfigError)?;
        let imgc: Imgc = toml::Value::Table(table)
            .try_into()
            .map_err(|e: toml::de::Error| one(format!("[imgc] {}", e.message())))?;
        let models = offered_models(&imgc).map_err(one)?;
        let mut config = Config {
            leptos,
            imgc,
            models: Arc::new(models),
            demo: false,
            settings,
        };
        let wants_demo = config.wants_demo();
        config.demo = wants_demo && demo_built_in;
        let mut problems = config.problems();
        if wants_demo && !demo_built_in {
            problems.insert(0, NO_DEMO.into());
        }
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError(problems))
        }
    }

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

    /// The demo runs where nothing real is configured and only this machine can reach it.
    fn wants_demo(&self) -> bool {
        let real = self.imgc.oidc.client_id.is_some()
            || self.imgc.oidc.client_secret.is_some()
            || self.imgc.openai.api_key.is_some()
            || self.imgc.objects.access_key_id.is_some()
            || !self.is_loopback_url();
        !real && self.leptos.site_addr.ip().is_loopback()
    }

    fn is_loopback_url(&self) -> bool {
        match self.imgc.public_url.as_ref().and_then(Url::host) {
            None => self.leptos.site_addr.ip().is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        }
    }

    /// What keeps this set from being safe and complete, each naming its key.
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.imgc.jobs.concurrency == 0 || self.imgc.jobs.per_person == 0 {
            problems.push("imgc.jobs.concurrency and imgc.jobs.per_person: at least 1".into());
        }
        if self.imgc.jobs.lease_s < 5 {
            problems.push("imgc.jobs.lease_s: at least 5".into());
        }
        if !(0.0..=1_000_000.0).contains(&self.imgc.limits.spend_per_day_usd) {
            problems.push("imgc.limits.spend_per_day_usd: a number of dollars from 0".into());
        }
        if let Some(url) = &self.imgc.public_url
            && (url.path() != "/" || url.query().is_some() || !url.username().is_empty())
        {
            problems.push("imgc.public_url: a scheme and a host, without a path".into());
        }
        if !self.demo {
            self.production_problems(&mut problems);
        }
        problems
    }

    fn production_problems(&self, problems: &mut Vec<String>) {
        let mut need = |missing: bool, path: &str, why: &str| {
            if missing {
                let env = KEYS.iter().find(|k| k.path == path).map_or("", |k| k.env);
                problems.push(format!("{path} (or {env}) is missing: {why}"));
            }
        };
        let imgc = &self.imgc;
        need(
            imgc.oidc.client_id.is_none(),
            "oidc.client_id",
            "people sign in with it",
        );
        need(
            imgc.oidc.client_secret.is_none(),
            "oidc.client_secret",
            "people sign in with it",
        );
        need(
            imgc.openai.api_key.is_none(),
            "openai.api_key",
            "pictures are made with it",
        );
        need(
            imgc.contact.as_deref().is_none_or(|c| !c.contains('@')),
            "contact",
            "the privacy policy promises an e-mail address that works",
        );
        need(
            imgc.operator.name.is_none(),
            "operator.name",
            "the privacy policy says who is responsible",
        );
        need(
            imgc.public_url.is_none() && !self.leptos.site_addr.ip().is_loopback(),
            "public_url",
            "links, sign-in and cookies depend on the address people use",
        );
        need(
            imgc.objects.url.is_some() && imgc.objects.access_key_id.is_none(),
            "objects.access_key_id",
            "the bucket asks for it",
        );
        need(
            imgc.objects.url.is_some() && imgc.objects.secret_access_key.is_none(),
            "objects.secret_access_key",
            "the bucket asks for it",
        );
        for host in processors::unnamed(self) {
            problems.push(format!(
                "operator.processors (or IMGC_OPERATOR_PROCESSORS) must say who {host} is, as \
                 \"{host} = company; country\": the privacy policy names everybody it sends data to"
            ));
        }
        if !self.is_https() && !self.is_loopback_url() {
            problems.push(
                "public_url must begin with https://: sessions do not travel unencrypted; \
                 put a TLS proxy in front"
                    .into(),
            );
        }
    }
}

/// Whether cargo-leptos watches and reloads the page.
pub fn is_watching() -> bool {
    static WATCHING: std::sync::LazyLock<bool> =
        std::sync::LazyLock::new(|| std::env::var_os("LEPTOS_WATCH").is_some());
    *WATCHING
}

/// What cargo-leptos and the server share, from `[package.metadata.leptos]`.
fn leptos_options(
    file: &toml::Table,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<LeptosOptions, String> {
    let table = ["package", "metadata", "leptos"]
        .iter()
        .try_fold(file, |table, name| table.get(*name)?.as_table());
    let pick = |name: &str, env_name: &str, default: &str| -> String {
        env(env_name)
            .or_else(|| Some(table?.get(name)?.as_str()?.to_owned()))
            .unwrap_or_else(|| default.to_owned())
    };
    let addr = pick("site-addr", "LEPTOS_SITE_ADDR", "127.0.0.1:3000");
    let site_addr: SocketAddr = addr
        .parse()
        .map_err(|_| format!("site-addr (or LEPTOS_SITE_ADDR): not an address: {addr}"))?;
    let hash_files = env("LEPTOS_HASH_FILES").is_some_and(|v| v == "true")
        || table
            .and_then(|t| t.get("hash-files")?.as_bool())
            .unwrap_or(false);
    let reload_port = env("LEPTOS_RELOAD_PORT")
        .and_then(|p| p.parse().ok())
        .unwrap_or(3003);
    Ok(LeptosOptions::builder()
        .output_name(pick("output-name", "LEPTOS_OUTPUT_NAME", "imgc"))
        .site_root(pick("site-root", "LEPTOS_SITE_ROOT", "target/site"))
        .site_pkg_dir(pick("site-pkg-dir", "LEPTOS_SITE_PKG_DIR", "pkg"))
        .site_addr(site_addr)
        .reload_port(reload_port)
        .hash_files(hash_files)
        .build())
}

/// The catalogue after the configuration's additions and restrictions.
fn offered_models(imgc: &Imgc) -> Result<Vec<Model>, String> {
    #[derive(Deserialize)]
    struct File {
        models: Vec<Model>,
    }
    let file: File = toml::from_str(include_str!("../model/catalogue/models.toml"))
        .map_err(|e| format!("the built-in catalogue: {}", e.message()))?;
    let mut models = file.models;
    for model in &imgc.models {
        match models.iter_mut().find(|m| m.id == model.id) {
            Some(known) => *known = model.clone(),
            None => models.push(model.clone()),
        }
    }
    let known = |id: &String| models.iter().any(|m| &m.id == id);
    let named = imgc
        .catalogue
        .enabled
        .iter()
        .chain(imgc.catalogue.default.iter());
    if let Some(unknown) = named.into_iter().find(|id| !known(id)) {
        return Err(format!("catalogue: there is no model \"{unknown}\""));
    }
    if !imgc.catalogue.enabled.is_empty() {
        models.retain(|m| imgc.catalogue.enabled.contains(&m.id));
    }
    if let Some(default) = &imgc.catalogue.default {
        let Some(index) = models.iter().position(|m| &m.id == default) else {
            return Err(format!(
                "catalogue.default: \"{default}\" is not among catalogue.enabled"
            ));
        };
        let first = models.remove(index);
        models.insert(0, first);
    }
    Ok(models)
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
