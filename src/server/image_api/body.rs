//! An answer's body: unpacked if it was packed, and never more of it than was
//! asked for, on the wire or unpacked.

use async_compression::tokio::bufread::{BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder};
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};
use std::{
    io::{self, Cursor},
    pin::Pin,
};
use tokio::{
    io::{AsyncBufRead, AsyncReadExt, BufReader},
    time::{Instant, timeout_at},
};
use tokio_util::io::StreamReader;

/// Packed more often than this, it is mischief.
const LAYERS: usize = 3;
/// As many first bytes as tell how something is packed.
const HEAD: usize = 4;
/// Bytes read at once.
const CHUNK: usize = 64 * 1024;

type Source = Pin<Box<dyn AsyncBufRead + Send>>;

/// A body under way.
pub(super) struct Body {
    source: Source,
    /// Bytes that may still come.
    left: usize,
    /// True once more came than may.
    over: bool,
}

impl Body {
    /// The body of an answer, of which no more than `limit` bytes are read.
    ///
    /// Whether it is packed is judged by its first bytes: a proxy may have
    /// unpacked it and kept the header, or packed it and said nothing.
    pub(super) async fn open(answer: reqwest::Response, limit: usize) -> io::Result<Body> {
        let said: Vec<String> = answer
            .headers()
            .get_all("content-encoding")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|name| name.trim().to_ascii_lowercase())
            .filter(|name| !name.is_empty() && name != "identity")
            .collect();
        let mut left = limit;
        // What comes up to the limit is still looked at.
        let raw = answer.bytes_stream().flat_map(move |chunk| {
            let parts = match chunk {
                Ok(chunk) if chunk.len() <= left => vec![Ok(chunk)],
                Ok(chunk) => vec![Ok(chunk.slice(..left)), Err(too_large())],
                Err(error) => vec![Err(io::Error::other(error))],
            };
            let read: usize = parts.iter().flatten().map(Bytes::len).sum();
            left -= read;
            stream::iter(parts)
        });
        let mut source: Source = Box::pin(StreamReader::new(Box::pin(raw)));
        for name in said.iter().rev().take(LAYERS) {
            source = unpacked(source, name).await?;
        }
        // What nobody mentioned.
        source = unpacked(source, "gzip").await?;
        Ok(Body {
            source,
            left: limit,
            over: false,
        })
    }

    /// The next bytes; `None` at the end.
    pub(super) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if self.over {
            return Err(too_large());
        }
        let mut chunk = BytesMut::with_capacity(CHUNK);
        if self.source.read_buf(&mut chunk).await? == 0 {
            return Ok(None);
        }
        self.over = chunk.len() > self.left;
        chunk.truncate(self.left);
        self.left -= chunk.len();
        Ok(Some(chunk.freeze()))
    }
}

/// The text of an answer, as far as the limit and the deadline reach.
pub(super) async fn text(answer: reqwest::Response, limit: usize, deadline: Instant) -> String {
    let mut all = Vec::new();
    let reading = async {
        let Ok(mut body) = Body::open(answer, limit).await else {
            return;
        };
        while let Ok(Some(chunk)) = body.next().await {
            all.extend_from_slice(&chunk);
        }
    };
    // What came by then is what there is to read.
    let _ = timeout_at(deadline, reading).await;
    String::from_utf8_lossy(&all).into_owned()
}

fn too_large() -> io::Error {
    io::Error::other("the answer is larger than what was asked for can be")
}

/// The source behind one packing, if it is packed like that.
async fn unpacked(mut source: Source, name: &str) -> io::Result<Source> {
    let mut head = [0; HEAD];
    let mut known = 0;
    while known < HEAD {
        match source.read(&mut head[known..]).await? {
            0 => break,
            more => known += more,
        }
    }
    let head = &head[..known];
    let whole: Source = Box::pin(Cursor::new(head.to_vec()).chain(source));
    let zlib = known >= 2
        && head[0] & 0x0f == 8
        && (u16::from(head[0]) * 256 + u16::from(head[1])).is_multiple_of(31);
    Ok(match name {
        "gzip" | "x-gzip" if head.starts_with(&[0x1f, 0x8b]) => {
            let mut decoder = GzipDecoder::new(whole);
            decoder.multiple_members(true);
            boxed(decoder)
        }
        "deflate" if zlib => boxed(ZlibDecoder::new(whole)),
        "deflate" if !is_plain(head) => boxed(DeflateDecoder::new(whole)),
        "br" if !is_plain(head) => boxed(BrotliDecoder::new(whole)),
        _ => whole,
    })
}

fn boxed(decoder: impl tokio::io::AsyncRead + Send + 'static) -> Source {
    Box::pin(BufReader::new(decoder))
}

/// True for the beginning of JSON, of events, of a page or a picture: of nothing packed.
fn is_plain(head: &[u8]) -> bool {
    const STARTS: [&[u8]; 16] = [
        b"{\"",
        b"{}",
        b"{\n",
        b"{\r",
        b"{ ",
        b"[{",
        b"data",
        b"even",
        b": ",
        b"<!",
        b"<?",
        b"<h",
        b"<H",
        b"\xef\xbb\xbf",
        b"\x89PNG",
        b"\xff\xd8\xff",
    ];
    let text = head.trim_ascii_start();
    text.is_empty() || STARTS.iter().any(|start| text.starts_with(start))
}
