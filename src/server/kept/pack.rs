//! Packing a page for its way: which encodings a client takes, and the bytes in
//! each of them.

use axum::http::{HeaderMap, HeaderValue, header};
use bytes::Bytes;
use std::io::{self, Write};

/// Brotli's effort, of 0 to 11: a page is packed once and sent often, but the
/// first to ask waits for it.
const BROTLI_QUALITY: i32 = 5;
/// Brotli's window, as an exponent of two: 4 MiB, more than a page has.
const BROTLI_WINDOW: i32 = 22;
/// Below it packing saves nothing, in bytes.
const WORTH_IT: usize = 256;

/// How a page's bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As they are.
    Plain,
    /// `gzip`.
    Gzip,
    /// `br`.
    Brotli,
}

impl Encoding {
    /// The best that the client takes (RFC 9110, 12.5.3): a weight of nothing is a no.
    pub fn accepted(headers: &HeaderMap) -> Encoding {
        let mut best = Encoding::Plain;
        let said = headers.get_all(header::ACCEPT_ENCODING).into_iter();
        let said = said.filter_map(|value| value.to_str().ok());
        for one in said.flat_map(|value| value.split(',')) {
            let (name, parameters) = one.split_once(';').unwrap_or((one, ""));
            let weight = parameters.split_once('=').filter(|(name, _)| {
                // The name of a weight is of either case.
                name.trim().eq_ignore_ascii_case("q")
            });
            let weight = weight.and_then(|(_, weight)| weight.trim().parse::<f32>().ok());
            if weight.is_some_and(|weight| weight <= 0.0) {
                continue;
            }
            let name = name.trim();
            if name.eq_ignore_ascii_case("br") {
                return Encoding::Brotli;
            }
            if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
                best = Encoding::Gzip;
            }
        }
        best
    }

    /// Its name in the header; `None` for the bytes as they are.
    pub fn header(self) -> Option<HeaderValue> {
        match self {
            Encoding::Plain => None,
            Encoding::Gzip => Some(HeaderValue::from_static("gzip")),
            Encoding::Brotli => Some(HeaderValue::from_static("br")),
        }
    }

    /// What tells this encoding's tag from the others'.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Encoding::Plain => "",
            Encoding::Gzip => "-gzip",
            Encoding::Brotli => "-br",
        }
    }

    /// The bytes in this encoding; what is too short to be packed stays as it is,
    /// and says so.
    pub async fn pack(self, bytes: Bytes) -> (Encoding, Bytes) {
        if self == Encoding::Plain || bytes.len() < WORTH_IT {
            return (Encoding::Plain, bytes);
        }
        let plain = bytes.clone();
        // Milliseconds of nothing but arithmetic.
        let packed = tokio::task::spawn_blocking(move || self.packed(&bytes)).await;
        match packed {
            Ok(Ok(packed)) => (self, packed.into()),
            _ => (Encoding::Plain, plain),
        }
    }

    fn packed(self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(bytes.len() / 4);
        match self {
            Encoding::Plain => out.extend_from_slice(bytes),
            Encoding::Gzip => {
                let mut writer = flate2::write::GzEncoder::new(out, flate2::Compression::new(6));
                writer.write_all(bytes)?;
                out = writer.finish()?;
            }
            Encoding::Brotli => {
                let parameters = brotli::enc::BrotliEncoderParams {
                    quality: BROTLI_QUALITY,
                    lgwin: BROTLI_WINDOW,
                    size_hint: bytes.len(),
                    ..Default::default()
                };
                brotli::BrotliCompress(&mut &bytes[..], &mut out, &parameters)?;
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn accepted(said: &'static str) -> Encoding {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(said));
        Encoding::accepted(&headers)
    }

    #[test]
    fn the_best_that_is_taken_is_chosen() {
        assert_eq!(Encoding::accepted(&HeaderMap::new()), Encoding::Plain);
        assert_eq!(accepted("gzip, deflate, br, zstd"), Encoding::Brotli);
        assert_eq!(accepted("gzip, br;q=0"), Encoding::Gzip);
        assert_eq!(accepted("GZIP;q=0.5"), Encoding::Gzip);
        assert_eq!(accepted("br;Q=0, gzip"), Encoding::Gzip);
        assert_eq!(accepted("br; q=0.000, gzip;q=0"), Encoding::Plain);
        assert_eq!(accepted("identity, *"), Encoding::Plain);
    }

    #[tokio::test]
    async fn what_is_packed_is_the_same_when_unpacked() {
        let bytes = Bytes::from("a page of the gallery ".repeat(500));
        let (encoding, gzip) = Encoding::Gzip.pack(bytes.clone()).await;
        assert!(encoding == Encoding::Gzip && gzip.len() < bytes.len() / 10);
        let mut unpacked = Vec::new();
        let mut reader = flate2::read::GzDecoder::new(&gzip[..]);
        reader.read_to_end(&mut unpacked).expect("gzip");
        assert_eq!(unpacked, bytes);
        let (encoding, packed) = Encoding::Brotli.pack(bytes.clone()).await;
        assert!(encoding == Encoding::Brotli && packed.len() < bytes.len() / 10);
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &packed[..], &mut unpacked).expect("brotli");
        assert_eq!(unpacked, bytes);
        let short = Bytes::from_static(b"short");
        assert_eq!(
            Encoding::Brotli.pack(short.clone()).await,
            (Encoding::Plain, short)
        );
    }
}
