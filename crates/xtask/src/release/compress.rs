//! Brotli and gzip beside each file that gains by it, made once instead of at
//! each request.

use crate::site::Files;
use anyhow::Result;
use flate2::{Compression, write::GzEncoder};
use std::{
    ffi::OsString,
    io::Write,
    path::{Path, PathBuf},
};

/// The endings of what is compressed already.
const COMPRESSED: [&str; 6] = ["png", "webp", "jpg", "woff2", "br", "gz"];

/// Adds the compressed forms of every file that has none and is worth it.
pub fn beside(files: &mut Files) -> Result<()> {
    let mut more = Files::new();
    for (path, content) in files.iter() {
        if COMPRESSED
            .iter()
            .any(|ending| path.extension().is_some_and(|e| e == *ending))
        {
            continue;
        }
        more.insert(with_ending(path, ".br"), brotli(content)?);
        more.insert(with_ending(path, ".gz"), gzip(content)?);
    }
    files.extend(more);
    Ok(())
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    use brotli::enc::backward_references::BrotliEncoderMode::{
        BROTLI_MODE_FONT, BROTLI_MODE_GENERIC,
    };
    let mut smallest: Option<Vec<u8>> = None;
    // The strongest, with a window that holds the whole module. Which mode and
    // which size of blocks do best is known once they were tried.
    for mode in [BROTLI_MODE_GENERIC, BROTLI_MODE_FONT] {
        for lgblock in [0, 20] {
            let parameters = brotli::enc::BrotliEncoderParams {
                quality: 11,
                lgwin: 24,
                lgblock,
                mode,
                size_hint: content.len(),
                ..Default::default()
            };
            let mut compressed = Vec::new();
            brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters)?;
            if smallest.as_ref().is_none_or(|s| compressed.len() < s.len()) {
                smallest = Some(compressed);
            }
        }
    }
    Ok(smallest.unwrap_or_default())
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn both_forms_hold_what_the_file_holds() {
        let text = "a word and ".repeat(99).into_bytes();
        let mut files = Files::from([
            ("pkg/imgc.js".into(), text.clone()),
            ("icon.png".into(), text.clone()),
        ]);
        beside(&mut files).unwrap();
        assert_eq!(files.len(), 4, "a picture is compressed already");
        let mut unpacked = Vec::new();
        let packed = &files[Path::new("pkg/imgc.js.br")];
        brotli::BrotliDecompress(&mut &packed[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, text);
        let mut unpacked = Vec::new();
        let packed = &files[Path::new("pkg/imgc.js.gz")];
        flate2::read::GzDecoder::new(&packed[..])
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, text);
    }
}
