//! Makes one style sheet of the one that pages link to and those it imports.
//!
//! While developing, the imports are replaced by what they name and nothing else
//! is done: Lightning CSS, which a release is minified with, takes longer to
//! compile than the rest of xtask. Plain imports are all this project has;
//! others are refused rather than misunderstood.

use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The style sheet at `path` with its imports in their places.
pub fn bundle(path: &Path) -> Result<String> {
    let mut sheet = String::new();
    append(path, &mut sheet, &mut Vec::new())?;
    Ok(sheet)
}

/// Appends a sheet; `open` are the sheets whose imports are being read.
fn append(path: &Path, sheet: &mut String, open: &mut Vec<PathBuf>) -> Result<()> {
    if open.iter().any(|other| other == path) {
        bail!("{} imports itself", path.display());
    }
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    open.push(path.to_owned());
    for line in text.lines() {
        if !line.trim_start().starts_with("@import") {
            sheet.push_str(line);
            sheet.push('\n');
            continue;
        }
        let Some(name) = imported(line) else {
            bail!(
                "{}: only @import \"name.css\"; is understood, not {line}",
                path.display()
            );
        };
        append(&path.with_file_name(name), sheet, open)?;
    }
    open.pop();
    Ok(())
}

/// The name in `@import "name.css";`.
fn imported(line: &str) -> Option<&str> {
    let name = line.trim().strip_prefix("@import")?.trim();
    let name = name.strip_suffix(';')?.trim_end();
    let name = name.strip_prefix('"')?.strip_suffix('"')?;
    let plain = !name.contains('"') && !name.contains("//") && !name.contains('/');
    (plain && name.ends_with(".css")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bundles `main.css` of a folder with these sheets.
    fn bundled(sheets: &[(&str, &str)]) -> Result<String> {
        let folder = tempfile::tempdir()?;
        for (name, text) in sheets {
            fs::write(folder.path().join(name), text)?;
        }
        bundle(&folder.path().join("main.css"))
    }

    #[test]
    fn imports_are_replaced_in_their_order() {
        let sheet = bundled(&[
            (
                "main.css",
                "/* all */\n@import \"a.css\";\n@import \"c.css\";\nmain {}\n",
            ),
            ("a.css", "@import \"b.css\";\na {}"),
            ("b.css", "b {}\n"),
            ("c.css", "c {}\n"),
        ]);
        assert_eq!(sheet.unwrap(), "/* all */\nb {}\na {}\nc {}\nmain {}\n");
    }

    #[test]
    fn what_cannot_be_bundled_is_said() {
        let missing = bundled(&[("main.css", "@import \"gone.css\";")]);
        assert!(missing.unwrap_err().to_string().contains("gone.css"));
        let circle = bundled(&[("main.css", "@import \"main.css\";")]);
        assert!(circle.unwrap_err().to_string().contains("imports itself"));
        for import in [
            "url(a.css)",
            "\"a.css\" print",
            "\"//else.where/a.css\"",
            "\"b/a.css\"",
        ] {
            let refused = bundled(&[("main.css", &format!("@import {import};")), ("a.css", "")]);
            assert!(refused.unwrap_err().to_string().contains("understood"));
        }
    }

    #[test]
    fn the_sheets_of_this_project_are_bundled() {
        let style = crate::project::Project::find().unwrap().style();
        let sheet = bundle(&style).unwrap();
        assert!(!sheet.contains("@import"));
        assert!(sheet.contains("--paper:"));
    }
}
