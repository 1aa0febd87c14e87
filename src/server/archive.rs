//! ZIP files made while they are sent.
//!
//! An archive is written by a thread of its own into a bounded pipe: it waits
//! for the reader, so that ten thousand pictures take no more memory than a
//! few. Originals are stored byte for byte; they are compressed already.

use super::{
    AppState,
    media::NO_STORE,
    objects::{FileError, ObjectKey},
};
use crate::{
    error::AppError,
    model::limits::{ARCHIVES_IN_ALL, ARCHIVES_PER_PERSON},
    store::images::Image,
    ui::{format, words},
};
use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use imgc_pictures::OriginalFormat;
use sha2::{Digest, Sha256};
use std::{
    io::{self, Write},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{runtime::Handle, sync::mpsc};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// Bytes handed on at once, and how many such pieces may wait for the reader.
const PIECE: usize = 64 * 1024;
const PIECES: usize = 4;
/// A reader that takes nothing for this long is gone.
const PATIENCE: Duration = Duration::from_secs(60);
/// An archive larger than this needs the larger format's fields, in bytes.
pub const LARGE: u64 = u32::MAX as u64;

/// The people whose archives are under way.
static UNDER_WAY: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// One archive under way, counted until it is dropped.
struct Slot(String);

impl Slot {
    fn take(user_id: &str) -> Result<Slot, AppError> {
        let mut slots = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = slots.iter().filter(|id| *id == user_id).count();
        let yours = theirs >= ARCHIVES_PER_PERSON;
        if yours || slots.len() >= ARCHIVES_IN_ALL {
            return Err(AppError::TooManyDownloads { yours });
        }
        slots.push(user_id.to_owned());
        Ok(Slot(user_id.to_owned()))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut slots = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = slots.iter().position(|id| *id == self.0) {
            slots.swap_remove(index);
        }
    }
}

/// Writes an archive's files.
pub type Writer = ZipWriter<zip::write::StreamWriter<Pipe>>;

/// Answers with an archive that `write` fills, on a thread where it may block.
/// A failure breaks the download off rather than end half an archive well.
pub fn answer(
    user_id: &str,
    name: &str,
    write: impl FnOnce(&mut Writer) -> io::Result<()> + Send + 'static,
) -> Result<Response, AppError> {
    let slot = Slot::take(user_id)?;
    let (sender, receiver) = mpsc::channel(PIECES);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let _slot = slot;
        send(runtime, sender, write);
    });
    let body = futures::stream::unfold(receiver, |mut receiver| async {
        Some((receiver.recv().await?, receiver))
    });
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/zip"),
    );
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

fn send(
    runtime: Handle,
    sender: mpsc::Sender<io::Result<Bytes>>,
    write: impl FnOnce(&mut Writer) -> io::Result<()>,
) {
    let given_up = Arc::new(AtomicBool::new(false));
    let pipe = Pipe {
        sender: sender.clone(),
        runtime: runtime.clone(),
        waiting: BytesMut::new(),
        given_up: given_up.clone(),
    };
    let mut writer = ZipWriter::new_stream(pipe);
    let written = write(&mut writer);
    if written.is_err() {
        given_up.store(true, Ordering::Relaxed);
    }
    let done = written.and_then(|()| {
        let mut pipe = writer.finish().map_err(io::Error::from)?.into_inner();
        pipe.pass_on()
    });
    if let Err(error) = done {
        tracing::warn!(%error, "a ZIP was broken off");
        let _ = runtime.block_on(sender.send(Err(error)));
    }
}

/// The writing end of the pipe.
pub struct Pipe {
    sender: mpsc::Sender<io::Result<Bytes>>,
    runtime: Handle,
    waiting: BytesMut,
    /// Set when the archive was given up: what its writer still says is dropped,
    /// so that half an archive never ends like a whole one.
    given_up: Arc<AtomicBool>,
}

impl Pipe {
    fn pass_on(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() || self.given_up.load(Ordering::Relaxed) {
            self.waiting.clear();
            return Ok(());
        }
        let piece = self.waiting.split().freeze();
        let sending = tokio::time::timeout(PATIENCE, self.sender.send(Ok(piece)));
        match self.runtime.block_on(sending) {
            Ok(Ok(())) => Ok(()),
            _ => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE {
            self.pass_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The options for a file of so many bytes: stored, not compressed.
pub fn options(length: u64) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .large_file(length >= LARGE)
}

/// Copies an object into a file of the archive, piece by piece, and returns
/// its SHA-256 in hex; `None` where the store has none.
pub fn copy_object(
    state: &AppState,
    runtime: &Handle,
    writer: &mut Writer,
    key: ObjectKey<'_>,
    name: &str,
) -> io::Result<Option<String>> {
    let (length, mut stream) = match runtime.block_on(state.objects.stream(key)) {
        Ok(found) => found,
        Err(FileError::Missing) => {
            tracing::error!(key = key.path(), "an object is missing");
            return Ok(None);
        }
        Err(error) => return Err(io::Error::other(error)),
    };
    writer.start_file(name, options(length))?;
    let mut hash = Sha256::new();
    while let Some(piece) = runtime.block_on(stream.next()) {
        let piece = piece.map_err(io::Error::other)?;
        hash.update(&piece);
        writer.write_all(&piece)?;
    }
    Ok(Some(super::secrets::hex(&hash.finalize())))
}

/// The original of a picture.
pub fn original(image: &Image) -> ObjectKey<'_> {
    ObjectKey::Original {
        image: &image.id,
        format: format_of(image),
    }
}

/// The format of a picture's original, as its file is named.
pub fn format_of(image: &Image) -> &'static str {
    OriginalFormat::from_extension(&image.format).map_or("png", OriginalFormat::extension)
}

/// The day, the first words and the end of the id: safe everywhere, and unique.
pub fn file_name(image: &Image) -> String {
    let day = &format::iso(image.created_at_ms)[..10];
    let id = &image.id[image.id.len().saturating_sub(8)..];
    let spaced: String = image
        .prompt
        .chars()
        .take(400)
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let short = words::shortened(&spaced, 48);
    let mut parts: Vec<&str> = vec![day];
    parts.extend(short.trim_end_matches('…').split_whitespace());
    parts.push(id);
    format!("{}.{}", parts.join("-"), format_of(image))
}
