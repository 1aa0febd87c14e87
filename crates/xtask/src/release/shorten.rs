//! Short names for what the module and its JavaScript call each other.
//!
//! wasm-bindgen ends each of some three hundred names in a hash, which nothing
//! compresses, and each stands in both files: seven kilobytes of every first visit.

use crate::{project::Project, site::Files};
use anyhow::{Context, Result, bail, ensure};
use std::{collections::HashMap, path::PathBuf};

/// Sections of a module, by their numbers in the format.
const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
/// Bytes before the first section: the magic number and the version.
const HEADER: usize = 8;
/// What a closure's export begins with; others are called by hand, too.
const CLOSURE: &[u8] = b"wasm_bindgen__";

/// Gives what the two files call each other short names, in both of them.
pub fn names(project: &Project, files: &mut Files) -> Result<()> {
    let name = &project.output_name;
    let module = PathBuf::from(format!("{name}.wasm"));
    let script = PathBuf::from(format!("{name}.js"));
    let [Some(bytes), Some(text)] = [&module, &script].map(|path| files.get(path)) else {
        bail!("wasm-bindgen made no {name}.wasm or no {name}.js");
    };
    // Where the module's imports come from that wasm-bindgen's script has.
    let glue = format!("./{name}_bg.js");
    let mut short = HashMap::new();
    let bytes = renamed(bytes, &glue, &mut short).context("reading the module")?;
    let text = std::str::from_utf8(text).context("reading the script")?;
    let text = replaced(text, &short)?;
    files.insert(module, bytes);
    files.insert(script, text.into_bytes());
    Ok(())
}

/// The module with short names for what it imports from `glue`, and for closures;
/// which ones is noted.
fn renamed(module: &[u8], glue: &str, short: &mut HashMap<Vec<u8>, String>) -> Result<Vec<u8>> {
    ensure!(module.starts_with(b"\0asm"), "it is no module");
    let mut reader = Reader(&module[HEADER..]);
    let mut made = module[..HEADER].to_vec();
    while !reader.0.is_empty() {
        let number = reader.byte()?;
        let size = reader.number()?;
        let content = reader.take(size)?;
        let content = match number {
            IMPORTS => imports(content, glue, short)?,
            EXPORTS => exports(content, short)?,
            _ => content.to_vec(),
        };
        made.push(number);
        write(&mut made, content.len());
        made.extend(content);
    }
    Ok(made)
}

fn imports(section: &[u8], glue: &str, short: &mut HashMap<Vec<u8>, String>) -> Result<Vec<u8>> {
    let mut reader = Reader(section);
    let mut made = Vec::with_capacity(section.len());
    let count = reader.number()?;
    write(&mut made, count);
    for _ in 0..count {
        let (from, name) = (reader.text()?, reader.text()?);
        write_text(&mut made, from);
        if from == glue.as_bytes() {
            write_text(&mut made, shortened(name, short).as_bytes());
        } else {
            write_text(&mut made, name);
        }
        let description = reader.0;
        match reader.byte()? {
            // A function's type.
            0 => drop(reader.number()?),
            // A table's type of references, and its limits.
            1 => {
                reader.byte()?;
                reader.limits()?;
            }
            2 => reader.limits()?,
            // A global's type, and whether it changes.
            3 => drop(reader.take(2)?),
            kind => bail!("an import of kind {kind}"),
        }
        made.extend(&description[..description.len() - reader.0.len()]);
    }
    Ok(made)
}

fn exports(section: &[u8], short: &mut HashMap<Vec<u8>, String>) -> Result<Vec<u8>> {
    let mut reader = Reader(section);
    let mut made = Vec::with_capacity(section.len());
    let count = reader.number()?;
    write(&mut made, count);
    for _ in 0..count {
        let name = reader.text()?;
        if name.starts_with(CLOSURE) {
            write_text(&mut made, shortened(name, short).as_bytes());
        } else {
            write_text(&mut made, name);
        }
        made.push(reader.byte()?);
        write(&mut made, reader.number()?);
    }
    Ok(made)
}

/// The same name for the same one: `$0`, `$1` and so on, which neither
/// wasm-bindgen nor a minifier uses.
fn shortened(name: &[u8], short: &mut HashMap<Vec<u8>, String>) -> String {
    let next = short.len();
    let made = short.entry(name.to_vec());
    made.or_insert_with(|| format!("${next:x}")).clone()
}

/// The script with the short names in place of the long ones.
fn replaced(script: &str, short: &HashMap<Vec<u8>, String>) -> Result<String> {
    let mut made = String::with_capacity(script.len());
    let mut found = HashMap::new();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut rest = script;
    while let Some(start) = rest.find(is_part) {
        made.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        match short.get(word.as_bytes()) {
            Some(name) => {
                found.insert(word, ());
                made.push_str(name);
            }
            None => made.push_str(word),
        }
        rest = &rest[end..];
    }
    made.push_str(rest);
    ensure!(
        found.len() == short.len(),
        "the script knows {} of the module's {} names",
        found.len(),
        short.len()
    );
    Ok(made)
}

/// What is left to read of a module.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).context("it ends early")?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    /// An unsigned number in LEB128.
    fn number(&mut self) -> Result<usize> {
        let mut number = 0_usize;
        for shift in (0..).step_by(7) {
            ensure!(shift < 35, "a number that is too long");
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        Ok(number)
    }

    fn text(&mut self) -> Result<&'a [u8]> {
        let length = self.number()?;
        self.take(length)
    }

    fn limits(&mut self) -> Result<()> {
        let has_most = self.byte()? & 1 == 1;
        self.number()?;
        if has_most {
            self.number()?;
        }
        Ok(())
    }
}

fn write(made: &mut Vec<u8>, mut number: usize) {
    loop {
        let byte = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            return made.push(byte);
        }
        made.push(byte | 0x80);
    }
}

fn write_text(made: &mut Vec<u8>, text: &[u8]) {
    write(made, text.len());
    made.extend(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Another project's.
    const GLUE: &str = "./site_bg.js";

    fn section(number: u8, content: &[u8]) -> Vec<u8> {
        let mut made = vec![number];
        write(&mut made, content.len());
        made.extend(content);
        made
    }

    /// Imports a function and a memory of names like wasm-bindgen's, and exports
    /// a closure and what pages call by hand.
    fn module(function: &str, closure: &str) -> Vec<u8> {
        let mut imported = vec![2];
        write_text(&mut imported, GLUE.as_bytes());
        write_text(&mut imported, function.as_bytes());
        imported.extend([0, 0x80, 0x01]);
        write_text(&mut imported, GLUE.as_bytes());
        write_text(&mut imported, function.as_bytes());
        imported.extend([2, 1, 1, 2]);
        let mut exported = vec![2];
        write_text(&mut exported, closure.as_bytes());
        exported.extend([0, 1]);
        write_text(&mut exported, b"hydrate");
        exported.extend([0, 2]);
        let body = [7; 200];
        [
            b"\0asm\x01\0\0\0".to_vec(),
            section(IMPORTS, &imported),
            section(EXPORTS, &exported),
            section(10, &body),
        ]
        .concat()
    }

    #[test]
    fn both_files_call_each_other_by_the_same_short_names() {
        let long = module(
            "__wbg_new_ab81bd90e3f1d1c5",
            "wasm_bindgen__convert__hf4a316bd",
        );
        let mut short = HashMap::new();
        assert_eq!(
            renamed(&long, GLUE, &mut short).unwrap(),
            module("$0", "$1")
        );
        let script = "const i = { __wbg_new_ab81bd90e3f1d1c5: (a) => a, b: __wbg_new };\n\
            wasm.wasm_bindgen__convert__hf4a316bd(a); wasm.hydrate();";
        assert_eq!(
            replaced(script, &short).unwrap(),
            "const i = { $0: (a) => a, b: __wbg_new };\nwasm.$1(a); wasm.hydrate();"
        );
    }

    #[test]
    fn a_script_or_a_module_that_does_not_fit_is_refused() {
        let long = module("__wbg_new", "wasm_bindgen__call");
        let mut short = HashMap::new();
        renamed(&long, GLUE, &mut short).unwrap();
        assert!(replaced("wasm.wasm_bindgen__call()", &short).is_err());
        for end in HEADER + 1..long.len() {
            assert!(
                renamed(&long[..end], GLUE, &mut HashMap::new()).is_err()
                    || end_of_section(&long, end)
            );
        }
        assert!(renamed(b"<html>", GLUE, &mut HashMap::new()).is_err());
    }

    /// Whether a section ends there: a module may have fewer of them.
    fn end_of_section(module: &[u8], end: usize) -> bool {
        let mut reader = Reader(&module[HEADER..]);
        while !reader.0.is_empty() {
            if module.len() - reader.0.len() == end {
                return true;
            }
            reader.byte().unwrap();
            let size = reader.number().unwrap();
            reader.take(size).unwrap();
        }
        false
    }
}
