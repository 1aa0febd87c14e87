//! The rules of ARCHITECTURE.md that a program can hold, for every crate of the
//! workspace.

mod addresses;
mod demo_free;
mod layers;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// The build's own tools: they run on a developer's machine, and are in no server.
const TOOLS: &str = "crates/xtask/";

/// Every source file of imgc and of its crates: its path from the root, and its text.
fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // The tests may look behind every curtain.
            let looks_behind = ["tests", "benches"].map(Path::new);
            if path.is_dir() {
                if !looks_behind.iter().any(|name| path.ends_with(name)) {
                    walk(&path, found);
                }
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join("src"), &mut found);
    walk(&root.join("crates"), &mut found);
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// The files of imgc itself, their paths from `src/`.
fn house() -> Vec<(String, String)> {
    let all = sources().into_iter();
    all.filter_map(|(name, text)| Some((name.strip_prefix("src/")?.to_owned(), text)))
        .collect()
}

fn offenders(rule: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in sources() {
        for (index, line) in text.lines().enumerate() {
            if !line.trim_start().starts_with("//") && rule(&name, line) {
                found.push(format!("{name}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(silent, Vec::<String>::new());
}

#[test]
fn sql_is_in_the_store_only() {
    let words = [
        "SELECT ",
        "INSERT INTO",
        "DELETE FROM",
        "UPDATE jobs",
        "UPDATE images",
    ];
    let found = offenders(|name, line| {
        !name.starts_with("src/store") && words.iter().any(|word| line.contains(word))
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_environment_is_read_in_the_configuration_only() {
    let found = offenders(|name, line| {
        let allowed = name.starts_with("src/server/config/") || name.starts_with(TOOLS);
        !allowed && (line.contains("env::var") || line.contains("env::set_var"))
    });
    assert_eq!(found, Vec::<String>::new());
}

/// The privacy policy lists the hosts that these files call; another file that
/// calls one would make it untrue.
#[test]
fn other_services_are_called_where_the_policy_knows_of_it() {
    let callers = [
        "src/server/client.rs",
        "src/server/oidc",
        "src/server/fetch",
        "src/server/objects",
        "src/server/image_api",
        "src/server/tls.rs",
        "src/server/mail/smtp.rs",
        // The client is handed to it from there.
        "src/store/d1",
        TOOLS,
    ];
    let words = [
        "reqwest::",
        "AmazonS3Builder",
        "TcpStream",
        "hyper::",
        "AsyncSmtp",
    ];
    let found = offenders(|name, line| {
        !callers.iter().any(|caller| name.starts_with(caller))
            && words.iter().any(|word| line.contains(word))
    });
    assert_eq!(found, Vec::<String>::new());
}

/// The policy prints what `model/limits.rs` and `model/retention.rs` say: a period written elsewhere
/// could be another one.
#[test]
fn periods_are_written_in_one_place() {
    let found = offenders(|name, line| {
        let periods = ["3600 * 1000", "60 * 1000", "DAY_MS: i64"];
        name != "src/model/limits.rs" && periods.iter().any(|period| line.contains(period))
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn no_file_is_longer_than_one_story() {
    const LINES: usize = 400;
    let long: Vec<String> = sources()
        .into_iter()
        .filter(|(name, _)| !name.ends_with("tests.rs"))
        .map(|(name, text)| {
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
            (name, code.lines().count())
        })
        .filter(|(_, lines)| *lines > LINES)
        .map(|(name, lines)| format!("{name}: {lines} lines"))
        .collect();
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn no_function_is_longer_than_a_screen() {
    const LINES: usize = 70;
    let mut long = Vec::new();
    for (name, text) in sources() {
        if name.ends_with("tests.rs") {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
        let lines: Vec<&str> = code.lines().collect();
        for (start, line) in lines.iter().enumerate() {
            let body = line.trim_start();
            let indent = line.len() - body.len();
            let is_function = body.split(['(', '<']).next().is_some_and(|head| {
                head.split_whitespace().any(|word| word == "fn") && !head.starts_with("//")
            });
            if !is_function || !lines[start..].iter().any(|l| l.ends_with('{')) {
                continue;
            }
            let end = format!("{}}}", " ".repeat(indent));
            let length = lines[start..].iter().position(|line| **line == end);
            if length.is_some_and(|length| length >= LINES) {
                long.push(format!("{name}:{}: {body}", start + 1));
            }
        }
    }
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn features_are_chosen_on_module_lines_only() {
    let mut found = Vec::new();
    for (name, text) in sources() {
        if name.starts_with(TOOLS) {
            continue;
        }
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for pair in lines.windows(2) {
            let chooses = pair[0].contains("cfg(") && pair[0].contains("feature = ");
            let a_module = ["mod ", "pub mod ", "pub use ", "pub(crate) use "]
                .iter()
                .any(|start| pair[1].starts_with(start));
            if chooses && !a_module {
                found.push(format!("{name}: {} {}", pair[0], pair[1]));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn inner_html_is_given_constants_only() {
    // What a component of ours drew a moment ago, and kept.
    let of_components = ["src/gallery/grid.rs"];
    let found = offenders(|name, line| {
        let given = line.split_once("inner_html=");
        let given = given.filter(|_| !of_components.contains(&name));
        given.is_some_and(|(_, value)| {
            !value.starts_with(|c: char| c.is_ascii_uppercase() || c == '"')
        })
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn server_functions_say_who_may_call_them() {
    for (name, text) in house() {
        if !name.ends_with("api.rs") {
            continue;
        }
        for part in text.split("\n#[server(").skip(1) {
            let before = text.split(part).next().unwrap();
            let comment = before.rsplit("\n\n").next().unwrap();
            let guarded = part.contains("require_user") || part.contains("require_user_for_form");
            let public = comment.contains("Public")
                || comment.contains("Without a session")
                || comment.contains("none for a stranger");
            let title: String = part.chars().take(60).collect();
            assert!(guarded || public, "{name}: who may call {title}?");
        }
    }
}

/// Every key of a language's file, as `section.key`.
fn words(language: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("locales/{language}.json"));
    let file: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let sections = file.as_object().unwrap();
    let keys = sections.iter().flat_map(|(section, keys)| {
        let keys = keys.as_object().unwrap();
        keys.keys().map(move |key| format!("{section}.{key}"))
    });
    keys.collect()
}

#[test]
fn every_word_is_there_in_each_language_and_used() {
    let english = words("en");
    let sorted = |code| words(code).into_iter().collect::<BTreeSet<_>>();
    for (_, code) in imgc::i18n::LANGUAGES {
        assert_eq!(sorted("en"), sorted(code), "a key is missing or too much");
    }

    // Words count as used where a macro is given `section.key`, or the key by
    // itself where a macro of words.rs puts the section before it.
    let code: String = house().into_iter().map(|(_, text)| text).collect();
    let mut tokens = BTreeSet::new();
    for part in code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.') {
        tokens.insert(part.trim_matches('.').to_owned());
    }
    let unused: Vec<&String> = english
        .iter()
        .filter(|name| {
            let key = name.strip_prefix("failure.").unwrap_or(name);
            !tokens.contains(*name) && !tokens.contains(key)
        })
        .collect();
    assert_eq!(unused, Vec::<&String>::new(), "no page says these");
}
