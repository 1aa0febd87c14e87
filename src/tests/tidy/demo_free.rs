//! A build without the feature `demo` holds nothing of the demo. Cargo is asked
//! what such a build is made of; nothing is compiled.

use super::house;
use std::process::Command;

/// The crates of imgc with these features: its own dependencies (`depth` 1) or all.
fn crates(features: &str, depth: &str) -> Vec<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--locked", "--offline", "--package", "imgc"])
        .args(["--no-default-features", "--features", features])
        .args(["--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .args(["--depth", depth]);
    let out = cargo.output().unwrap();
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "cargo tree: {errors}");
    let text = String::from_utf8(out.stdout).unwrap();
    let names = text.lines().filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

#[test]
fn a_build_without_the_demo_holds_none_of_it() {
    let whole = crates("ssr,demo", "99");
    let without = crates("ssr", "99");
    for name in ["imgc-demo", "tiny-skia", "tiny-skia-path"] {
        assert!(whole.iter().any(|n| n == name), "{name} was not found");
        assert!(!without.iter().any(|n| n == name), "{name} is still there");
    }
    // These come with others too, but imgc itself has no use for them.
    let own = crates("ssr", "1");
    assert!(own.iter().any(|name| name == "axum"));
    for name in ["rsa", "rand_chacha", "image", "imgc-scale", "webp"] {
        assert!(!own.iter().any(|n| n == name), "imgc asks for {name}");
    }
}

#[test]
fn one_file_names_the_demo_s_crate() {
    let naming = house().into_iter().filter(|(_, text)| {
        let mut lines = text.lines().map(str::trim_start);
        lines.any(|line| !line.starts_with("//") && line.contains("imgc_demo"))
    });
    let naming: Vec<String> = naming.map(|(name, _)| name).collect();
    assert_eq!(naming, ["demo/present.rs"]);
}
