//! An answer's body taken to pieces: events as they come, JSON once it is whole
//! (or what of it is complete), a bare picture. Judged by what it is, not by
//! what it is called or what was asked for.

use super::picture::{ends_properly, is_picture, lacks_scheme};
use bytes::Bytes;
use serde_json::Value;
use std::collections::VecDeque;

/// A part of an answer that can be understood by itself.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    /// JSON, and the name of the event it came in.
    Json { event: String, value: Value },
    /// Words that are no JSON: perhaps base64.
    Text(String),
    /// A picture's bytes.
    Picture(Bytes),
}

/// How the body is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Too little came to tell.
    Unknown,
    /// Server-sent events.
    Events,
    /// One whole, to be read at its end.
    Whole,
}

/// Takes a body to pieces.
pub(super) struct Pieces {
    shape: Shape,
    /// Bytes not taken apart yet.
    held: Vec<u8>,
    /// How many of them have been searched for the end of a line.
    searched: usize,
    /// True after a CR, whose LF belongs to it.
    after_cr: bool,
    event: String,
    data: Vec<u8>,
    /// True once the stream said that it is over.
    pub(super) done: bool,
}

/// As many bytes as tell events from anything else.
const HEAD: usize = 10;
const BOM: &[u8] = b"\xef\xbb\xbf";

impl Pieces {
    pub(super) fn new() -> Pieces {
        Pieces {
            shape: Shape::Unknown,
            held: Vec::new(),
            searched: 0,
            after_cr: false,
            event: String::new(),
            data: Vec::new(),
            done: false,
        }
    }

    /// Takes the next bytes; gives the pieces that are complete with them.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Vec<Piece> {
        self.held.extend_from_slice(chunk);
        if self.shape == Shape::Unknown {
            self.shape = shape(&self.held);
        }
        let mut pieces = Vec::new();
        if self.shape == Shape::Events {
            self.lines(&mut pieces);
        }
        pieces
    }

    /// The pieces left at the end of the body, which broke off unless it is `whole`.
    pub(super) fn finish(mut self, whole: bool) -> Vec<Piece> {
        let mut pieces = Vec::new();
        if self.shape == Shape::Events {
            // The last line and the last event need no end of their own.
            self.held.extend_from_slice(b"\n\n");
            self.lines(&mut pieces);
            if !whole {
                // JSON that can be read is whole, but base64 may have been cut.
                pieces.retain(|piece| matches!(piece, Piece::Json { .. }));
            }
            return pieces;
        }
        let held = std::mem::take(&mut self.held);
        let body = without_bom(&held).trim_ascii();
        if is_picture(body) {
            let bare = is_picture(&held);
            let bytes = if bare { held } else { body.to_vec() };
            // A picture that broke off is none; one whose connection did, may be whole.
            if whole || ends_properly(&bytes) {
                pieces.push(Piece::Picture(Bytes::from(bytes)));
            }
        } else if body.starts_with(b"{") || body.starts_with(b"[") || body.starts_with(b"\"") {
            json(body, "", true, &mut pieces);
        } else if whole && !body.starts_with(b"<") && !body.is_empty() {
            pieces.push(Piece::Text(String::from_utf8_lossy(body).into_owned()));
        }
        pieces
    }

    /// Reads the complete lines held.
    fn lines(&mut self, pieces: &mut Vec<Piece>) {
        let held = std::mem::take(&mut self.held);
        let mut start = 0;
        let mut at = self.searched;
        while let Some(found) = held[at..].iter().position(|b| matches!(b, b'\n' | b'\r')) {
            let end = at + found;
            let joined = held[end] == b'\n' && self.after_cr && end == start;
            self.after_cr = held[end] == b'\r';
            if !joined {
                self.line(&held[start..end], pieces);
            }
            start = end + 1;
            at = start;
        }
        if start < held.len() {
            self.after_cr = false;
        }
        // Moved only after a line: a picture is one line of many chunks.
        self.held = held;
        if start > 0 {
            self.held.drain(..start);
        }
        self.searched = self.held.len();
    }

    fn line(&mut self, line: &[u8], pieces: &mut Vec<Piece>) {
        let line = without_bom(line);
        if line.is_empty() {
            return self.dispatch(pieces);
        }
        // An error may follow a stream without being dressed as an event.
        if line.starts_with(b"{") || line.starts_with(b"[") {
            return self.add(line);
        }
        let mut parts = line.splitn(2, |b| *b == b':');
        let name = parts.next().unwrap_or_default();
        let value = parts.next().unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" => self.add(value),
            b"event" => self.event = String::from_utf8_lossy(value).trim().to_owned(),
            _ => {}
        }
    }

    fn add(&mut self, value: &[u8]) {
        if !self.data.is_empty() {
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(value);
    }

    fn dispatch(&mut self, pieces: &mut Vec<Piece>) {
        let event = std::mem::take(&mut self.event);
        let data = std::mem::take(&mut self.data);
        let data = data.trim_ascii();
        if data == b"[DONE]" {
            self.done = true;
        } else if data.starts_with(b"{") || data.starts_with(b"[") || data.starts_with(b"\"") {
            // Not mended: half an event may not say yet what it is.
            json(data, &event, false, pieces);
        } else if !data.is_empty() {
            let text = String::from_utf8_lossy(data);
            // The field's name is the beginning of a `data:` address.
            pieces.push(Piece::Text(if lacks_scheme(&text) {
                format!("data:{text}")
            } else {
                text.into_owned()
            }));
        }
    }
}

fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BOM).unwrap_or(bytes)
}

/// What a body is, by its beginning.
fn shape(held: &[u8]) -> Shape {
    let text = without_bom(held).trim_ascii_start();
    let Some(first) = text.first() else {
        return Shape::Unknown;
    };
    match first {
        b':' => return Shape::Events,
        b'd' | b'e' | b'i' | b'r' if text.len() < HEAD => return Shape::Unknown,
        // The rest of a byte order mark may still come.
        0xef if text.len() < BOM.len() => return Shape::Unknown,
        _ => {}
    }
    let names: [&[u8]; 4] = [b"data:", b"event:", b"id:", b"retry:"];
    let named = names.iter().any(|name| text.starts_with(name));
    if named && !text.starts_with(b"data:image") {
        Shape::Events
    } else {
        Shape::Whole
    }
}

/// Every value of a text: one, or several in a row (a value a line).
fn json(text: &[u8], event: &str, mend: bool, pieces: &mut Vec<Piece>) {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
    loop {
        let read = values.byte_offset();
        match values.next() {
            Some(Ok(value)) => pieces.push(Piece::Json {
                event: event.to_owned(),
                value,
            }),
            None => return,
            Some(Err(_)) => {
                if mend && let Some(value) = complete_part(&text[read..]) {
                    pieces.push(Piece::Json {
                        event: event.to_owned(),
                        value,
                    });
                }
                return;
            }
        }
    }
}

/// As many ends are tried: the last ones may be a name's, without its value.
const ENDS: usize = 6;

/// What is complete of JSON that broke off: everything up to the last value
/// that ended, with the brackets around it closed.
fn complete_part(text: &[u8]) -> Option<Value> {
    let mut open: Vec<u8> = Vec::new();
    let (mut in_string, mut escaped) = (false, false);
    // Where strings, lists and objects ended last, and what stood open there.
    let mut ends: VecDeque<(usize, Vec<u8>)> = VecDeque::with_capacity(ENDS + 1);
    for (at, byte) in text.iter().enumerate() {
        let ended = match byte {
            _ if escaped => {
                escaped = false;
                false
            }
            b'\\' if in_string => {
                escaped = true;
                false
            }
            b'"' => {
                in_string = !in_string;
                !in_string
            }
            _ if in_string => false,
            b'{' | b'[' => {
                open.push(if *byte == b'{' { b'}' } else { b']' });
                false
            }
            b'}' | b']' => {
                open.pop()?;
                true
            }
            _ => false,
        };
        if ended {
            ends.push_back((at + 1, open.clone()));
            if ends.len() > ENDS {
                ends.pop_front();
            }
        }
    }
    ends.into_iter().rev().find_map(|(at, open)| {
        let mut whole = text[..at].to_vec();
        whole.extend(open.into_iter().rev());
        serde_json::from_slice(&whole).ok()
    })
}

#[cfg(test)]
#[path = "pieces/tests.rs"]
mod tests;
