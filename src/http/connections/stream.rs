//! A connection's bytes, each of which the watch hears of.
//!
//! What cannot be understood as a request is refused by hyper itself, before any
//! layer of ours exists; its refusal gets here the headers that all answers carry.

use super::watch::Watch;
use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

/// How long, without a byte and in all, and how much is read and dropped after an
/// answer that came before its request's end. Closing at once would make the system
/// throw away what is not read yet, the answer with it: whoever sends a photograph
/// from a telephone would see a broken connection in the place of the answer.
const LINGER_IDLE: Duration = Duration::from_secs(2);
const LINGER: Duration = Duration::from_secs(10);
const LINGER_BYTES: usize = 16 * 1024 * 1024;

/// The ways a refusal of hyper's own begins.
const REFUSALS: [&[u8]; 3] = [b"HTTP/1.1 400 ", b"HTTP/1.1 414 ", b"HTTP/1.1 431 "];
/// A header that every answer of ours has.
const OURS: &[u8] = b"x-content-type-options";
/// What ends a head.
const HEAD_END: &[u8] = b"\r\n\r\n";

/// The stream under a connection.
pub struct Watched<S> {
    stream: S,
    watch: Arc<Watch>,
    /// The headers that a refusal of hyper's own lacks, as lines.
    headers: Arc<str>,
    refusal: Option<Refusal>,
    lingering: Option<Lingering>,
}

/// A connection that is answered and still sends.
struct Lingering {
    ends_at: Instant,
    /// Until the next byte.
    idle: Pin<Box<Sleep>>,
    dropped: usize,
}

impl Lingering {
    fn begin() -> Lingering {
        Lingering {
            ends_at: Instant::now() + LINGER,
            idle: Box::pin(sleep(LINGER_IDLE)),
            dropped: 0,
        }
    }

    /// Drops so many more bytes, and waits again.
    fn drop_bytes(&mut self, bytes: usize) {
        self.dropped += bytes;
        let idle_until = (Instant::now() + LINGER_IDLE).min(self.ends_at);
        self.idle.as_mut().reset(idle_until);
    }

    fn is_over(&self) -> bool {
        self.dropped >= LINGER_BYTES || Instant::now() >= self.ends_at
    }
}

/// A refusal with our headers on its way, in the place of hyper's.
struct Refusal {
    bytes: Vec<u8>,
    sent: usize,
    /// The length of what hyper wrote.
    stands_for: usize,
}

impl Refusal {
    /// Of what is about to be written, if that is a refusal of hyper's own.
    fn of(written: &[u8], headers: &str) -> Option<Refusal> {
        let is_refusal = REFUSALS.iter().any(|begin| written.starts_with(begin));
        // Without a body, so it is all head.
        if !is_refusal || !written.ends_with(HEAD_END) {
            return None;
        }
        let has_ours = written.windows(OURS.len()).any(|name| name == OURS);
        if has_ours {
            return None;
        }
        let head = &written[..written.len() - 2];
        Some(Refusal {
            bytes: [head, headers.as_bytes(), b"\r\n"].concat(),
            sent: 0,
            stands_for: written.len(),
        })
    }
}

impl<S> Watched<S> {
    /// Watches a stream; `headers` are lines for refusals that have none of ours.
    pub fn new(stream: S, watch: Arc<Watch>, headers: Arc<str>) -> Watched<S> {
        Watched {
            stream,
            watch,
            headers,
            refusal: None,
            lingering: None,
        }
    }

    fn told(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(Ok(bytes)) => self.watch.wrote(*bytes),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.watch.stuck(),
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.watch.read();
        }
        read
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.refusal.is_none() {
            this.refusal = Refusal::of(bytes, &this.headers);
        }
        let Some(refusal) = &mut this.refusal else {
            let written = Pin::new(&mut this.stream).poll_write(context, bytes);
            return self.told(written);
        };
        while refusal.sent < refusal.bytes.len() {
            let rest = &refusal.bytes[refusal.sent..];
            match Pin::new(&mut this.stream).poll_write(context, rest) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(sent)) => refusal.sent += sent,
                unfinished => return self.told(unfinished),
            }
        }
        let stands_for = refusal.stands_for;
        this.refusal = None;
        self.told(Poll::Ready(Ok(stands_for)))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [first, ..] = parts
            && (self.refusal.is_some() || Refusal::of(first, &self.headers).is_some())
        {
            return self.poll_write(context, first);
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.told(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            if !self.watch.has_left_unread() {
                return Poll::Ready(Ok(()));
            }
        }
        let this = &mut *self;
        let lingering = this.lingering.get_or_insert_with(Lingering::begin);
        let mut bytes = [0; 8 * 1024];
        while !lingering.is_over() {
            let mut buffer = ReadBuf::new(&mut bytes);
            match Pin::new(&mut this.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    lingering.drop_bytes(buffer.filled().len());
                }
                // The client has read, and closed.
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => return lingering.idle.as_mut().poll(context).map(Ok),
            }
        }
        Poll::Ready(Ok(()))
    }
}
