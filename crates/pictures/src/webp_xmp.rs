//! Puts an XMP packet into a WebP file: the machine-readable mark that a picture was made by a
//! trained model (IPTC digital source type), which thumbnails must carry as originals do.
//!
//! A WebP file is a RIFF list of chunks. Metadata is only read from the extended form, which starts
//! with `VP8X`: flags and canvas size. libwebp writes that form itself only when there is alpha, so
//! here the picture chunks are kept as they are and the container around them is written anew.
//! Reference: <https://developers.google.com/speed/webp/docs/riff_container>.

/// The packet that says where a picture comes from, as IPTC's photo metadata guidance writes it:
/// by a word of its list of digital source types.
macro_rules! packet {
    ($source:literal) => {
        concat!(
            "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>",
            "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">",
            "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">",
            "<rdf:Description rdf:about=\"\"",
            " xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\">",
            "<Iptc4xmpExt:DigitalSourceType>",
            "http://cv.iptc.org/newscodes/digitalsourcetype/",
            $source,
            "</Iptc4xmpExt:DigitalSourceType>",
            "</rdf:Description></rdf:RDF></x:xmpmeta>",
            "<?xpacket end=\"r\"?>",
        )
    };
}

/// The mark of a picture that a trained model made.
pub(super) const AI_GENERATED: &str = packet!("trainedAlgorithmicMedia");
/// The mark of one that is put together, in part of what a trained model made.
pub(super) const COMPOSITE: &str = packet!("compositeWithTrainedAlgorithmicMedia");

const FLAG_ALPHA: u8 = 0x10;
const FLAG_XMP: u8 = 0x04;

/// Returns `webp` with `xmp` in it, for a file of `width` × `height` pixels that libwebp just wrote.
///
/// `None` if the file has no picture chunk or is not what libwebp writes.
pub(super) fn with_xmp(webp: &[u8], width: u32, height: u32, xmp: &str) -> Option<Vec<u8>> {
    let mut flags = FLAG_XMP;
    let mut picture = Vec::with_capacity(webp.len());
    for (name, body) in chunks(webp)? {
        match &name {
            b"ALPH" => flags |= FLAG_ALPHA,
            b"VP8L" if vp8l_has_alpha(body) => flags |= FLAG_ALPHA,
            b"VP8 " | b"VP8L" => {}
            // An older VP8X is replaced; nothing else is expected, nothing else is kept.
            _ => continue,
        }
        push_chunk(&mut picture, name, body)?;
    }
    if picture.is_empty() {
        return None;
    }
    let mut canvas = vec![flags, 0, 0, 0];
    canvas.extend_from_slice(&side(width)?);
    canvas.extend_from_slice(&side(height)?);

    let mut list = b"WEBP".to_vec();
    push_chunk(&mut list, *b"VP8X", &canvas)?;
    list.append(&mut picture);
    push_chunk(&mut list, *b"XMP ", xmp.as_bytes())?;

    let mut file = Vec::with_capacity(list.len() + 8);
    push_chunk(&mut file, *b"RIFF", &list)?;
    Some(file)
}

/// A chunk: its name of four letters and its body.
type Chunk<'a> = ([u8; 4], &'a [u8]);

/// Splits a WebP file into its chunks; `None` where it is not one or ends early.
pub(super) fn chunks(webp: &[u8]) -> Option<Vec<Chunk<'_>>> {
    let length = u32::from_le_bytes(webp.get(4..8)?.try_into().ok()?) as usize;
    let mut rest = webp.get(12..length.checked_add(8)?)?;
    if !webp.starts_with(b"RIFF") || webp.get(8..12)? != b"WEBP" {
        return None;
    }
    let mut found = Vec::new();
    while !rest.is_empty() {
        let name = rest.get(..4)?.try_into().ok()?;
        let length = u32::from_le_bytes(rest.get(4..8)?.try_into().ok()?) as usize;
        found.push((name, rest.get(8..length.checked_add(8)?)?));
        // Bodies are padded to an even length.
        rest = rest.get(8 + length + (length & 1)..)?;
    }
    Some(found)
}

fn push_chunk(out: &mut Vec<u8>, name: [u8; 4], body: &[u8]) -> Option<()> {
    out.extend_from_slice(&name);
    out.extend_from_slice(&u32::try_from(body.len()).ok()?.to_le_bytes());
    out.extend_from_slice(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
    Some(())
}

/// One side of the canvas: the pixels less one, in 24 bits.
fn side(pixels: u32) -> Option<[u8; 3]> {
    let [a, b, c, 0] = pixels.checked_sub(1)?.to_le_bytes() else {
        return None;
    };
    Some([a, b, c])
}

/// The alpha hint is bit 28 of the 32 that follow a lossless frame's signature.
fn vp8l_has_alpha(body: &[u8]) -> bool {
    body.get(4).is_some_and(|byte| byte & 0x10 != 0)
}
