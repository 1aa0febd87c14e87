//! The configuration as an operator meets it.

use super::*;
use std::collections::HashMap;

fn load(text: &str, env: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let env: HashMap<String, String> = env
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    Config::from_parts(text, &|name| env.get(name).cloned())
}

fn problems(text: &str, env: &[(&str, &str)]) -> String {
    load(text, env)
        .expect_err("this set must be refused")
        .to_string()
}

const REAL: [(&str, &str); 8] = [
    ("LEPTOS_SITE_ADDR", "0.0.0.0:8080"),
    ("IMGC_PUBLIC_URL", "https://pictures.example"),
    ("IMGC_OIDC_CLIENT_ID", "client"),
    ("IMGC_OIDC_CLIENT_SECRET", "top-secret-1"),
    ("IMGC_OPENAI_API_KEY", "top-secret-2"),
    ("IMGC_CONTACT", "help@pictures.example"),
    ("IMGC_OPERATOR_NAME", "Pictures Ltd"),
    ("IMGC_SIGN_UP_MODE", "open"),
];

#[test]
fn nothing_configured_on_loopback_is_the_demo() {
    let config = load("", &[]).expect("the demo starts with nothing");
    assert!(config.demo);
    assert_eq!(config.public_origin(), "http://127.0.0.1:3000");
    assert_eq!(config.demo_addr().port(), 3001);
    assert_eq!(config.models[0].id, "gpt-image-2.5-flare");
}

#[test]
fn a_build_without_the_demo_says_what_to_set_instead() {
    let nothing = Config::of_build("", &|_| None, false);
    let said = nothing.expect_err("there is no demo to run").to_string();
    assert!(said.contains("built without the demo"), "{said}");
    for name in ["IMGC_OIDC_CLIENT_ID", "IMGC_OPENAI_API_KEY", "IMGC_CONTACT"] {
        assert!(said.contains(name), "{name} is not named in: {said}");
    }
    let real = |name: &str| {
        REAL.iter()
            .find(|(n, _)| *n == name)
            .map(|(_, v)| (*v).to_owned())
    };
    let config = Config::of_build("", &real, false).expect("complete");
    assert!(!config.demo);
    let half = Config::of_build(
        "",
        &|name| real(name).filter(|_| name != "IMGC_CONTACT"),
        false,
    );
    let said = half.expect_err("incomplete").to_string();
    assert!(!said.contains("the demo"), "it was not asked for: {said}");
}

#[test]
fn a_complete_production_set_starts_and_is_no_demo() {
    let config = load("", &REAL).expect("complete");
    assert!(!config.demo && config.is_https());
}

#[test]
fn each_missing_production_key_is_named() {
    for (name, _) in REAL.iter().skip(1) {
        let rest: Vec<_> = REAL.iter().filter(|(n, _)| n != name).copied().collect();
        let said = problems("", &rest);
        assert!(said.contains(name), "{name} is not named in: {said}");
    }
}

#[test]
fn the_demo_never_starts_on_a_public_address_or_beside_real_credentials() {
    assert!(problems("", &[("LEPTOS_SITE_ADDR", "0.0.0.0:3000")]).contains("oidc.client_id"));
    assert!(problems("", &[("IMGC_OPENAI_API_KEY", "k")]).contains("oidc.client_id"));
    let public = [("IMGC_PUBLIC_URL", "https://pictures.example")];
    assert!(problems("", &public).contains("openai.api_key"));
}

#[test]
fn production_without_tls_is_refused() {
    let mut env = REAL;
    env[1].1 = "http://pictures.example";
    assert!(problems("", &env).contains("https://"));
}

#[test]
fn keys_and_prompts_do_not_travel_in_clear_unless_the_host_is_named() {
    let bucket = [
        ("IMGC_OBJECTS_URL", "s3://pictures"),
        ("IMGC_OBJECTS_ACCESS_KEY_ID", "id"),
        ("IMGC_OBJECTS_SECRET_ACCESS_KEY", "key"),
    ];
    let who = (
        "IMGC_OPERATOR_PROCESSORS",
        "gateway.example = A; B,sso.example = C; D,s3.example = E; F",
    );
    for (name, address, host) in [
        (
            "IMGC_OPENAI_BASE_URL",
            "http://gateway.example/v1",
            "gateway.example",
        ),
        (
            "IMGC_OPENAI_BASE_URL",
            "HTTP://Gateway.example:8080/v1",
            "GATEWAY.example",
        ),
        ("IMGC_OIDC_ISSUER", "http://sso.example", "sso.example"),
        (
            "IMGC_OBJECTS_ENDPOINT",
            "http://s3.example:9000",
            "s3.example:9000",
        ),
        ("IMGC_OBJECTS_ENDPOINT", "http://minio:9000", "minio"),
        ("IMGC_OBJECTS_ENDPOINT", "http://192.168.1.7", "192.168.1.7"),
        ("IMGC_OBJECTS_ENDPOINT", "http://[fd00::7]:9000", "fd00::7"),
    ] {
        let mut env = [&REAL[..], &bucket, &[who, (name, address)]].concat();
        let said = problems("", &env);
        assert!(
            said.contains(name) && said.contains("IMGC_PLAIN_HTTP_HOSTS"),
            "{said}"
        );
        let other = ("IMGC_PLAIN_HTTP_HOSTS", "another.example");
        assert!(problems("", &[&env[..], &[other]].concat()).contains(name));
        env.push(("IMGC_PLAIN_HTTP_HOSTS", host));
        let config = load("", &env).unwrap_or_else(|error| panic!("{address}: {error}"));
        assert!(
            config
                .warnings()
                .iter()
                .any(|warning| warning.contains(host))
        );
    }
    for own in [
        "http://127.0.0.1:9000",
        "http://localhost:9000",
        "http://[::1]:9000",
    ] {
        load(
            "",
            &[&REAL[..], &bucket, &[("IMGC_OBJECTS_ENDPOINT", own)]].concat(),
        )
        .unwrap_or_else(|error| panic!("{own}: {error}"));
    }
}

#[test]
fn a_proxy_nobody_trusts_is_warned_of() {
    let warned = |env: &[(&str, &str)]| {
        let config = load("", env).expect("complete");
        config
            .warnings()
            .iter()
            .any(|w| w.contains("IMGC_TRUSTED_PROXIES"))
    };
    assert!(warned(&REAL), "https comes from a proxy");
    let mut env = REAL.to_vec();
    env.push(("IMGC_TRUSTED_PROXIES", "10.0.0.0/8"));
    assert!(!warned(&env));
    assert!(!warned(&[]), "the demo has none");
}

#[test]
fn administrators_are_named_by_subject_where_addresses_are_not_verified() {
    let mut env = REAL.to_vec();
    env.push(("IMGC_OIDC_EMAIL_VERIFIED", "assumed"));
    let config = load("", &env).expect("nobody is an administrator");
    assert_eq!(config.imgc.oidc.email_verified, EmailVerified::Assumed);
    env.push(("IMGC_ADMINS", "sub:42, sub:a@b"));
    assert!(load("", &env).is_ok());
    env.push(("IMGC_ADMINS", "sub:42, me@pictures.example"));
    let said = problems("", &env);
    assert!(said.contains("admins") && said.contains("sub:"), "{said}");
    let last = env.len() - 1;
    env.remove(REAL.len());
    assert!(
        load("", &env[..last]).is_ok(),
        "by default they are verified"
    );
    env.push(("IMGC_OIDC_EMAIL_VERIFIED", "perhaps"));
    assert!(problems("", &env).contains("[imgc]"));
}

#[test]
fn a_list_needs_entries_and_addresses_that_somebody_verified() {
    let with = |more: &[(&'static str, &'static str)]| {
        let mut env = REAL.to_vec();
        env.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
        env.extend(more);
        load("", &env).map_err(|error| error.to_string())
    };
    let list = ("IMGC_SIGN_UP_MODE", "list");
    let entries = ("IMGC_SIGN_UP_LIST", "me@pictures.example,studio.example");
    let assumed = ("IMGC_OIDC_EMAIL_VERIFIED", "assumed");
    let listed = with(&[list, entries]).expect("a list");
    assert_eq!(listed.sign_up_mode(), SignUpMode::List);
    let empty = with(&[list]).expect_err("lets nobody in");
    assert!(empty.contains("IMGC_SIGN_UP_LIST"), "{empty}");
    let unverified = with(&[list, entries, assumed]).expect_err("anybody may be anybody");
    assert!(unverified.contains("IMGC_SIGN_UP_MODE"), "{unverified}");
    // What the list says matters to no other mode.
    for mode in ["open", "invitation", "closed"] {
        let other = with(&[("IMGC_SIGN_UP_MODE", mode), entries, assumed]);
        other.unwrap_or_else(|error| panic!("{mode}: {error}"));
    }
    let unknown = with(&[("IMGC_SIGN_UP_MODE", "friends")]).expect_err("no such mode");
    assert!(
        unknown.contains("[imgc]") && unknown.contains("friends"),
        "{unknown}"
    );
    assert_eq!(
        load("", &[]).expect("the demo").sign_up_mode(),
        SignUpMode::Open
    );
}

#[test]
fn the_environment_overrides_the_file_and_secrets_stay_hidden() {
    let file = "[imgc]\nminimum_age = 15\n[imgc.jobs]\nconcurrency = 7\n";
    let mut env = REAL.to_vec();
    env.push(("IMGC_JOBS_CONCURRENCY", "3"));
    env.push(("IMGC_CATALOGUE_ENABLED", "dall-e-3, gpt-image-2"));
    let config = load(file, &env).expect("complete");
    assert_eq!(config.imgc.minimum_age, 15);
    assert_eq!(config.imgc.jobs.concurrency, 3);
    let ids: Vec<_> = config.models.iter().map(|m| m.id.as_str()).collect();
    assert_eq!(ids, ["gpt-image-2", "dall-e-3"]);
    let shown = format!("{:?} {:?}", config.settings, config.imgc);
    assert!(!shown.contains("top-secret"), "a secret shows");
}

#[test]
fn misspelt_keys_and_wrong_types_are_said() {
    assert!(problems("[imgc]\nminimun_age = 15\n", &[]).contains("minimun_age"));
    assert!(problems("", &[("IMGC_MINIMUM_AGE", "old")]).contains("IMGC_MINIMUM_AGE"));
    assert!(problems("[imgc.catalogue]\ndefault = \"gpt-9\"\n", &[]).contains("gpt-9"));
}

#[test]
fn leptos_toml_documents_every_key_and_agrees_with_cargo_toml() {
    let root = env!("CARGO_MANIFEST_DIR");
    let file = std::fs::read_to_string(format!("{root}/Leptos.toml")).expect("Leptos.toml");
    for key in KEYS {
        let (table, name) = key.path.rsplit_once('.').unwrap_or(("", key.path));
        let heading = if table.is_empty() {
            "[imgc]".to_owned()
        } else {
            format!("[imgc.{table}]")
        };
        assert!(file.contains(&heading), "{heading} is not in Leptos.toml");
        assert!(
            file.contains(&format!("# {name} = ")) && file.contains(key.env),
            "{} is not documented in Leptos.toml",
            key.path
        );
    }
    let cargo = std::fs::read_to_string(format!("{root}/Cargo.toml")).expect("Cargo.toml");
    let table = |text: &str| -> toml::Table { text.parse().expect("TOML") };
    let cargo = table(&cargo)["workspace"]["metadata"]["leptos"][0].clone();
    let shared = table(&file)["package"]["metadata"]["leptos"].clone();
    for (name, value) in shared.as_table().expect("a table") {
        assert_eq!(cargo.get(name), Some(value), "{name} differs");
    }
    load(&file, &[]).expect("the shipped file is usable as it is");
}
