//! A form with files, read part by part within bounds.
//!
//! The parser below it takes whatever has arrived into its memory, and looks for
//! the end of what is no part's content (what stands before the first part, and
//! each part's head) from the beginning at each piece that comes: a long one
//! costs the square of its length. So it is given one piece at a time, and no
//! more than [`FORM_PART_HEAD_MAX`] of what leads nowhere.

use super::incoming;
use crate::{
    error::{AppError, Problem},
    model::limits::FORM_PART_HEAD_MAX,
};
use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{
        FromRequest, Multipart, Request,
        multipart::{Field, MultipartError},
    },
    http::header,
};
use http_body::Frame;
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

/// The longest `Content-Type`: a boundary has at most 70 characters.
const CONTENT_TYPE_MAX: usize = 256;

/// A form on its way in.
pub struct Form {
    parts: Multipart,
    idle: Idle,
}

/// One field of a form.
pub struct Part<'a> {
    field: Field<'a>,
    idle: &'a Idle,
}

/// Bytes given to the parser since something came out of it.
#[derive(Clone, Default)]
struct Idle(Arc<AtomicUsize>);

impl Idle {
    fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    fn is_too_much(&self) -> bool {
        self.0.load(Ordering::Relaxed) > FORM_PART_HEAD_MAX
    }

    /// What is said of a form that cannot be read on.
    fn problem(&self, _: &MultipartError) -> AppError {
        if self.is_too_much() {
            Problem::Malformed.into()
        } else {
            incoming::broken_off()
        }
    }
}

impl Form {
    /// The form in a request; nothing of it is read yet.
    pub async fn of(request: Request) -> Result<Form, AppError> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        if kind.is_none_or(|kind| kind.len() > CONTENT_TYPE_MAX) {
            return Err(Problem::Malformed.into());
        }
        let idle = Idle::default();
        let request = request.map(|body| {
            let idle = idle.clone();
            Body::new(OneByOne {
                body,
                idle,
                rests: false,
            })
        });
        match Multipart::from_request(request, &()).await {
            Ok(parts) => Ok(Form { parts, idle }),
            Err(_) => Err(Problem::Malformed.into()),
        }
    }

    /// The next part. The one before must have been read to its end.
    pub async fn next_part(&mut self) -> Result<Option<Part<'_>>, AppError> {
        let field = match self.parts.next_field().await {
            Ok(field) => field,
            Err(error) => return Err(self.idle.problem(&error)),
        };
        self.idle.reset();
        let idle = &self.idle;
        Ok(field.map(|field| Part { field, idle }))
    }
}

impl Part<'_> {
    /// Its field's name; empty if it has none.
    pub fn name(&self) -> &str {
        self.field.name().unwrap_or_default()
    }

    /// The name of a file; empty if it has none.
    pub fn file_name(&self) -> &str {
        self.field.file_name().unwrap_or_default()
    }

    /// The next piece of its content.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, AppError> {
        let chunk = self.field.chunk().await;
        let chunk = chunk.map_err(|error| self.idle.problem(&error))?;
        self.idle.reset();
        Ok(chunk)
    }

    /// Reads it to its end and keeps nothing.
    pub async fn skip(&mut self) -> Result<(), AppError> {
        while self.chunk().await?.is_some() {}
        Ok(())
    }
}

/// A body that pauses after each piece, so that the parser works it off before
/// it asks for more, and that ends when it leads nowhere.
struct OneByOne {
    body: Body,
    idle: Idle,
    rests: bool,
}

impl HttpBody for OneByOne {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // Before anything is held against it: a piece may be larger than a head,
        // and the parser has not looked at it yet.
        if std::mem::take(&mut self.rests) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.idle.is_too_much() {
            let error = io::Error::other("a form's part has no end to its head");
            return Poll::Ready(Some(Err(axum::Error::new(error))));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(bytes) = frame.data_ref()
        {
            self.rests = true;
            self.idle.add(bytes.len());
        }
        Poll::Ready(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{StreamExt, stream};

    /// A form of these pieces, and how many of them were asked for.
    async fn form(pieces: Vec<Vec<u8>>) -> (Form, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        let pieces = stream::iter(pieces).map(move |piece| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok::<_, io::Error>(piece)
        });
        let request = Request::post("/")
            .header("content-type", "multipart/form-data; boundary=x")
            .body(Body::from_stream(pieces))
            .expect("a request");
        match Form::of(request).await {
            Ok(form) => (form, asked),
            Err(error) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn parts_arrive_whole_however_they_are_cut() {
        let text = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n-\r\n--y\r\n\
            --x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n\"\r\n\r\n23\r\n";
        let picture = "z".repeat(3 * FORM_PART_HEAD_MAX);
        let text = format!(
            "{text}--x\r\nContent-Disposition: form-data; name=\"g\"\r\n\r\n{picture}\r\n--x--\r\n"
        );
        for size in [1, 2, 3, 7, 1000, 2 * FORM_PART_HEAD_MAX, text.len()] {
            let pieces = text.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
            let (mut form, _) = form(pieces).await;
            let mut found = Vec::new();
            while let Some(mut part) = form.next_part().await.expect("a form") {
                let mut bytes = Vec::new();
                while let Some(chunk) = part.chunk().await.expect("a part") {
                    bytes.extend_from_slice(&chunk);
                }
                let text = String::from_utf8(bytes).expect("text");
                found.push((part.name().to_owned(), part.file_name().to_owned(), text));
            }
            let expected = [
                ("a", "", "1\r\n-\r\n--y"),
                ("f", "n", "23"),
                ("g", "", &picture),
            ]
            .map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
            assert_eq!(found, expected, "in pieces of {size}");
        }
    }

    #[tokio::test]
    async fn what_stands_before_a_part_and_in_its_head_is_bounded() {
        let head = b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\nX: ".to_vec();
        for start in [Vec::new(), head] {
            let mut pieces = vec![start];
            pieces.resize(10_000, vec![b'a'; 1000]);
            let (mut form, asked) = form(pieces).await;
            assert_eq!(
                form.next_part().await.err(),
                Some(Problem::Malformed.into())
            );
            let asked = asked.load(Ordering::Relaxed);
            assert!(asked < 30, "{asked} pieces were taken");
        }
    }

    #[tokio::test]
    async fn a_part_is_given_on_before_the_next_piece_is_taken() {
        let mut pieces =
            vec![b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n".to_vec()];
        pieces.resize(10_000, vec![b'a'; 1000]);
        let (mut form, asked) = form(pieces).await;
        let mut part = form.next_part().await.expect("a form").expect("a part");
        for _ in 0..100 {
            part.chunk().await.expect("a part").expect("a piece");
        }
        let asked = asked.load(Ordering::Relaxed);
        assert!(asked < 120, "{asked} pieces are held");
    }
}
