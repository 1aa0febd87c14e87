//! Compiles `locales/*.json` into the typed words of `src/i18n.rs`.
//!
//! This is what `leptos_i18n_build` does, without its generator of ICU data,
//! which would double what has to be compiled first. A key that one language
//! lacks, or has too many, stops the build.

use leptos_i18n_parser::parse_locales::{
    options::{Config, ParseOptions},
    parse_locales,
};
use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=migrations");
    let config = Config::new("en")?
        .add_locale("fr")?
        .parse_options(ParseOptions::default().interpolate_display(true));
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let parsed = parse_locales(Some(root), config)?;
    for problem in parsed.diag.warnings().iter() {
        println!("cargo::error={problem}");
    }
    for problem in parsed.diag.errors().iter() {
        println!("cargo::error={problem}");
    }
    let code = leptos_i18n_codegen::gen_code(&parsed, None, false, None, false)?;
    let out = PathBuf::from(env::var("OUT_DIR")?).join("i18n.rs");
    fs::write(out, code.to_string())?;
    Ok(())
}
