//! Compiles `locales/*.json` into the typed words of `src/i18n.rs`, lists
//! `migrations/*.sql` for the store and (with the feature `embed`) the built
//! site's files for the binary, and finds out which commit this is.
//!
//! A file of `locales/` is a language: its name is the language's code. Its words are
//! compiled as `leptos_i18n_build` does, without that crate's generator of ICU
//! data, which would double what has to be compiled first. A key that one
//! language lacks, or has too many, stops the build.

use leptos_i18n_parser::parse_locales::{
    options::{Config, ParseOptions},
    parse_locales,
};
use std::{
    env,
    error::Error,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The language of addresses without a prefix.
const DEFAULT: &str = "en";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=migrations");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut others = Vec::new();
    for file in fs::read_dir(root.join("locales"))? {
        let path = file?.path();
        let code = path
            .file_stem()
            .and_then(|s| s.to_str())
            .unwrap_or_default();
        if path.extension().is_some_and(|e| e == "json") && code != DEFAULT {
            others.push(code.to_owned());
        }
    }
    others.sort();
    let mut config = Config::new(DEFAULT)?;
    for code in &others {
        config = config.add_locale(code)?;
    }
    let config = config.parse_options(ParseOptions::default().interpolate_display(true));
    let parsed = parse_locales(Some(root.clone()), config)?;
    for problem in parsed.diag.warnings().iter() {
        println!("cargo::error={problem}");
    }
    for problem in parsed.diag.errors().iter() {
        println!("cargo::error={problem}");
    }
    let mut code = leptos_i18n_codegen::gen_code(&parsed, None, false, None, false)?.to_string();
    code.push_str(&list(&others)?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("i18n.rs"), code)?;
    fs::write(out.join("migrations.rs"), migrations(&root)?)?;
    // The browser's face has no version of its own, so that a commit alone does
    // not compile it anew.
    if env::var_os("CARGO_FEATURE_SSR").is_some() {
        version(&root)?;
    }
    if env::var_os("CARGO_FEATURE_EMBED").is_some() {
        fs::write(out.join("site.rs"), site(&root)?)?;
    }
    Ok(())
}

/// What `imgc --version` says: the package's version, and the commit where
/// IMGC_COMMIT or git knows it.
fn version(root: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=IMGC_COMMIT");
    let git = |arguments: &[&str]| {
        let run = Command::new("git")
            .current_dir(root)
            .args(arguments)
            .output();
        let output = run.ok().filter(|output| output.status.success())?;
        let said = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (!said.is_empty()).then_some(said)
    };
    let given = env::var("IMGC_COMMIT").ok().filter(|c| !c.is_empty());
    let commit = given.or_else(|| {
        // HEAD changes with the branch, and the branch's file with each commit.
        let branch = git(&["symbolic-ref", "--quiet", "HEAD"]);
        for name in [Some("HEAD"), branch.as_deref()].into_iter().flatten() {
            // A branch may be packed away, and a file that is not there would
            // have this run at every build.
            let path = git(&["rev-parse", "--git-path", name]).map(|path| root.join(path));
            if let Some(path) = path.filter(|path| path.exists()) {
                println!("cargo::rerun-if-changed={}", path.display());
            }
        }
        git(&["rev-parse", "--short", "HEAD"])
    });
    let mut version = env::var("CARGO_PKG_VERSION")?;
    if let Some(commit) = commit {
        write!(version, " ({commit})")?;
    }
    println!("cargo::rustc-env=IMGC_VERSION={version}");
    Ok(())
}

/// The files of the built site, for the binary that holds them, as a list of
/// (path, bytes).
fn site(root: &Path) -> Result<String, Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=IMGC_SITE_DIR");
    let folder = env::var_os("IMGC_SITE_DIR").filter(|folder| !folder.is_empty());
    let folder = root.join(folder.unwrap_or("target/site".into()));
    println!("cargo::rerun-if-changed={}", folder.display());
    if !folder.join("pkg").is_dir() {
        let place = folder.display();
        return Err(format!(
            "the feature `embed` puts the built site into the binary, and {place} holds none: \
             build it first, or name its folder with IMGC_SITE_DIR"
        )
        .into());
    }
    let (mut list, mut open, mut files) = (String::new(), vec![folder.clone()], Vec::new());
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.push(path);
            }
        }
    }
    // The same site makes the same binary.
    files.sort();
    for file in files {
        let name = file.strip_prefix(&folder)?;
        let name = name
            .to_str()
            .ok_or("a file of the site has no readable name")?;
        write!(
            list,
            "({name:?}, include_bytes!({:?}).as_slice()),",
            file.display().to_string()
        )?;
    }
    Ok(format!("[{list}]"))
}

/// The files of `migrations/` as a list of the store's `MigrationFile`, the
/// oldest first. `sqlx::migrate!` would do it, and compile SQLite a second time
/// for the compiler's own use.
fn migrations(root: &Path) -> Result<String, Box<dyn Error>> {
    let mut names = Vec::new();
    for file in fs::read_dir(root.join("migrations"))? {
        let name = file?.file_name().into_string();
        names.push(name.map_err(|name| format!("{} is no name", name.display()))?);
    }
    names.sort();
    let mut list = String::new();
    for name in names {
        let parts = name.strip_suffix(".sql").and_then(|n| n.split_once('_'));
        let (version, description) = parts.ok_or(format!("migrations/{name}: no NNNN_what.sql"))?;
        let version: i64 = version.parse()?;
        let description = description.replace('_', " ");
        let path = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/migrations/{name}\")");
        write!(
            list,
            "MigrationFile {{ version: {version}, name: {name:?}, description: {description:?}, \
             sql: include_str!({path}) }},"
        )?;
    }
    Ok(format!("[{list}]"))
}

/// What else the code must know of the languages: which there are, and the
/// prefix of each one's addresses.
fn list(others: &[String]) -> Result<String, std::fmt::Error> {
    let (mut languages, mut routes, mut files) = (String::new(), String::new(), String::new());
    write!(languages, "(Locale::{DEFAULT}, \"{DEFAULT}\"),")?;
    for code in std::iter::once(DEFAULT).chain(others.iter().map(String::as_str)) {
        let path = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/locales/{code}.json\")");
        write!(files, "(\"{code}\", include_str!({path})),")?;
    }
    for code in others {
        let name = code.replace('-', "_");
        write!(languages, "(Locale::{name}, \"{code}\"),")?;
        write!(routes, "({name} \"/{code}\")")?;
    }
    // The one that matches every address comes last.
    write!(routes, "({DEFAULT} \"\")")?;
    Ok(format!(
        "/// Every language and its code, the default one first.\n\
         pub const LANGUAGES: [(Locale, &str); {}] = [{languages}];\n\
         /// Every language's file as it was written, by its code.\n\
         #[cfg(feature = \"ssr\")]\n\
         pub const FILES: [(&str, &str); {}] = [{files}];\n\
         /// Calls a macro with what it is given and every language's prefix.\n\
         macro_rules! languages {{ ($call:ident $($given:tt)*) => {{ $call! {{ $($given)* {routes} }} }} }}\n\
         pub(crate) use languages;\n",
        others.len() + 1,
        others.len() + 1
    ))
}
