//! Reading the configuration: the file, then the environment over it. The one
//! place where the environment is read.

use super::{Config, ConfigError, DEFAULT_FILE, Imgc, NO_DEMO, catalogue::offered_models, keys};
use crate::demo::BUILT_IN;
use leptos::config::LeptosOptions;
use std::{net::SocketAddr, path::PathBuf, sync::Arc};

impl Config {
    /// Reads the file (the default one may be absent) and the environment.
    pub fn load(file: Option<&str>) -> Result<Config, ConfigError> {
        let path = file.unwrap_or(DEFAULT_FILE);
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                String::new()
            }
            Err(error) => return Err(ConfigError::one(format!("{path}: {error}"))),
        };
        Config::from_parts(&text, &|name| std::env::var(name).ok())
    }

    /// Puts a configuration together from a file's text and an environment.
    pub fn from_parts(
        text: &str,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Config, ConfigError> {
        Config::of_build(text, env, BUILT_IN)
    }

    /// As [`Config::from_parts`], for a build that holds the demo or does not.
    pub(super) fn of_build(
        text: &str,
        env: &dyn Fn(&str) -> Option<String>,
        demo_built_in: bool,
    ) -> Result<Config, ConfigError> {
        let mut file: toml::Table = text.parse().map_err(|e: toml::de::Error| {
            ConfigError::one(format!("Leptos.toml: {}", e.message()))
        })?;
        let (leptos, site_root) = leptos_options(&file, env)?;
        let mut table = match file.remove("imgc") {
            None => toml::Table::new(),
            Some(toml::Value::Table(table)) => table,
            Some(_) => return Err(ConfigError::one("imgc: must be a table")),
        };
        let defaults = toml::Table::try_from(Imgc::default()).unwrap_or_default();
        let settings = keys::overlay(&mut table, &defaults, env).map_err(ConfigError)?;
        let imgc: Imgc = toml::Value::Table(table)
            .try_into()
            .map_err(|e: toml::de::Error| ConfigError::one(format!("[imgc] {}", e.message())))?;
        let models = offered_models(&imgc)?;
        let mut config = Config {
            leptos,
            site_root,
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
}

/// True if cargo-leptos watches and reloads the page.
pub fn is_watching() -> bool {
    static WATCHING: std::sync::LazyLock<bool> =
        std::sync::LazyLock::new(|| std::env::var_os("LEPTOS_WATCH").is_some());
    *WATCHING
}

/// The options cargo-leptos and the server share, from `[package.metadata.leptos]`;
/// and the site's folder, where somebody names one.
fn leptos_options(
    file: &toml::Table,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<(LeptosOptions, Option<PathBuf>), ConfigError> {
    let table = ["package", "metadata", "leptos"]
        .iter()
        .try_fold(file, |table, name| table.get(*name)?.as_table());
    let find = |name: &str, env_name: &str| -> Option<String> {
        env(env_name)
            .filter(|value| !value.is_empty())
            .or_else(|| Some(table?.get(name)?.as_str()?.to_owned()))
    };
    let pick = |name: &str, env_name: &str, default: &str| -> String {
        find(name, env_name).unwrap_or_else(|| default.to_owned())
    };
    let addr = pick("site-addr", "LEPTOS_SITE_ADDR", "127.0.0.1:3000");
    let site_addr: SocketAddr = addr.parse().map_err(|_| {
        ConfigError::one(format!(
            "site-addr (or LEPTOS_SITE_ADDR): not an address: {addr}"
        ))
    })?;
    let hash_files = env("LEPTOS_HASH_FILES").is_some_and(|v| v == "true")
        || table
            .and_then(|t| t.get("hash-files")?.as_bool())
            .unwrap_or(false);
    let reload_port = env("LEPTOS_RELOAD_PORT")
        .and_then(|p| p.parse().ok())
        .unwrap_or(3003);
    let site_root = find("site-root", "LEPTOS_SITE_ROOT");
    let options = LeptosOptions::builder()
        .output_name(pick("output-name", "LEPTOS_OUTPUT_NAME", "imgc"))
        .site_root(site_root.as_deref().unwrap_or("target/site"))
        .site_pkg_dir(pick("site-pkg-dir", "LEPTOS_SITE_PKG_DIR", "pkg"))
        .site_addr(site_addr)
        .reload_port(reload_port)
        .hash_files(hash_files)
        .build();
    Ok((options, site_root.map(PathBuf::from)))
}
