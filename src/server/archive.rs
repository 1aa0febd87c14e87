//! ZIP files made while they are sent.
//!
//! An archive is written by a thread of its own into a bounded pipe: it waits
//! for the reader, so that ten thousand pictures take no more memory than a
//! few. Originals are stored byte for byte; they are compressed already. What
//! stands before each file says its length and checksum, so that the archive
//! can be unpacked while it arrives: a file is sent when it is complete.

use super::{
    AppState,
    media::NO_STORE,
    objects::{FileError, ObjectKey},
};
use crate::{
    error::AppError,
    model::{
        limits::{ARCHIVES_IN_ALL, ARCHIVES_PER_PERSON},
        typed::is_ignorable,
    },
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
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tempfile::SpooledTempFile;
use tokio::{runtime::Handle, sync::mpsc};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use zip::{
    CompressionMethod, DateTime, ZipWriter,
    write::{FullFileOptions, SimpleFileOptions},
};

/// Bytes handed on at once, and how many such pieces may wait for the reader.
const PIECE: usize = 64 * 1024;
const PIECES: usize = 4;
/// A file longer than this waits on the disk, in bytes.
const IN_MEMORY: usize = 1024 * 1024;
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
pub type Writer = ZipWriter<Pipe>;

/// Answers with an archive that `write` fills, on a thread where it may block.
/// A failure breaks the download off rather than end half an archive well.
pub fn answer(
    state: &AppState,
    user_id: &str,
    name: &str,
    write: impl FnOnce(&mut Writer) -> io::Result<()> + Send + 'static,
) -> Result<Response, AppError> {
    let slot = Slot::take(user_id)?;
    let (sender, receiver) = mpsc::channel(PIECES);
    let pipe = Pipe::new(sender, &state.config.imgc.data_dir);
    tokio::task::spawn_blocking(move || {
        let _slot = slot;
        send(pipe, write);
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

fn send(pipe: Pipe, write: impl FnOnce(&mut Writer) -> io::Result<()>) {
    let (sender, runtime) = (pipe.sender.clone(), pipe.runtime.clone());
    let given_up = pipe.given_up.clone();
    let mut writer = ZipWriter::new(pipe);
    writer.set_flush_on_finish_file(true);
    let written = write(&mut writer);
    if written.is_err() {
        given_up.store(true, Ordering::Relaxed);
    }
    let done = written.and_then(|()| {
        let mut pipe = writer.finish().map_err(io::Error::from)?;
        pipe.pass_on()
    });
    if let Err(error) = done {
        tracing::warn!(%error, "a ZIP was broken off");
        let _ = runtime.block_on(sender.send(Err(error)));
    }
}

/// The writing end of the pipe. A file of the archive waits here until it is
/// complete and what stands before it is filled in.
pub struct Pipe {
    sender: mpsc::Sender<io::Result<Bytes>>,
    runtime: Handle,
    /// On the disk it has no name: it is gone with this.
    waiting: SpooledTempFile,
    /// Bytes that were sent before.
    sent: u64,
    /// Set when the archive was given up: what its writer still says is dropped,
    /// so that half an archive never ends like a whole one.
    given_up: Arc<AtomicBool>,
}

impl Pipe {
    fn new(sender: mpsc::Sender<io::Result<Bytes>>, folder: &Path) -> Pipe {
        Pipe {
            sender,
            runtime: Handle::current(),
            waiting: tempfile::spooled_tempfile_in(IN_MEMORY, folder),
            sent: 0,
            given_up: Arc::default(),
        }
    }

    /// Sends all that waits.
    fn pass_on(&mut self) -> io::Result<()> {
        let length = self.waiting.seek(SeekFrom::End(0))?;
        self.waiting.rewind()?;
        let mut left = length;
        while left > 0 && !self.given_up.load(Ordering::Relaxed) {
            let size = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let mut piece = BytesMut::zeroed(size);
            self.waiting.read_exact(&mut piece)?;
            left -= size as u64;
            let sending = tokio::time::timeout(PATIENCE, self.sender.send(Ok(piece.freeze())));
            if !matches!(self.runtime.block_on(sending), Ok(Ok(()))) {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
        }
        self.waiting.rewind()?;
        self.waiting.set_len(0)?;
        self.sent += length;
        Ok(())
    }
}

/// The ZIP writer asks for it of whoever wants to know when a file ends.
impl Read for Pipe {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.waiting.read(bytes)
    }
}

impl Seek for Pipe {
    /// What was sent cannot be written again.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(place) => {
                let place = place.checked_sub(self.sent);
                SeekFrom::Start(place.ok_or(io::ErrorKind::InvalidInput)?)
            }
            other => other,
        };
        Ok(self.sent + self.waiting.seek(to)?)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.write(bytes)
    }

    /// Called at the end of each file.
    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()
    }
}

/// The options for a file of so many bytes, dated at a moment (Unix
/// milliseconds): stored, not compressed.
pub fn options(length: u64, made_ms: i64) -> io::Result<FullFileOptions<'static, 'static>> {
    // The format's own date has no time zone; the field beside it is in UTC.
    let seconds = u32::try_from(made_ms.div_euclid(1000)).ok();
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(date_time(made_ms).unwrap_or_default())
        .large_file(length >= LARGE)
        .with_extended_timestamp(seconds, None, None)?;
    Ok(options)
}

/// A moment in UTC as the format has it, which begins in 1980.
fn date_time(ms: i64) -> Option<DateTime> {
    let iso = format::iso(ms);
    let part = |from, to| iso.get(from..to)?.parse::<u8>().ok();
    let (month, day) = (part(5, 7)?, part(8, 10)?);
    let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
    let year = iso.get(..4)?.parse().ok()?;
    DateTime::from_date_and_time(year, month, day, hour, minute, second).ok()
}

/// Copies an object into a file of the archive, piece by piece, and returns
/// its SHA-256 in hex; `None` where the store has none.
pub fn copy_object(
    state: &AppState,
    runtime: &Handle,
    writer: &mut Writer,
    key: ObjectKey<'_>,
    (name, made_ms): (&str, i64),
) -> io::Result<Option<String>> {
    let (length, mut stream) = match runtime.block_on(state.objects.stream(key)) {
        Ok(found) => found,
        Err(FileError::Missing) => {
            tracing::error!(key = key.path(), "an object is missing");
            return Ok(None);
        }
        Err(error) => return Err(io::Error::other(error)),
    };
    writer.start_file(name, options(length, made_ms)?)?;
    let mut hash = Sha256::new();
    while let Some(piece) = runtime.block_on(stream.next()) {
        let piece = piece.map_err(io::Error::other)?;
        hash.update(&piece);
        writer.write_all(&piece)?;
    }
    Ok(Some(super::secrets::hex(&hash.finalize())))
}

/// The file that is the picture, in full: what the image API sent, or what was put
/// together with it.
pub fn original(image: &Image) -> ObjectKey<'_> {
    match image.answer {
        Some(_) => ObjectKey::Composite { image: &image.id },
        None => ObjectKey::Original {
            image: &image.id,
            format: format_of(image),
        },
    }
}

/// What the image API sent for a picture that was put together with it, byte for byte.
pub fn answer_of(image: &Image) -> Option<ObjectKey<'_>> {
    let answer = image.answer.as_ref()?;
    Some(ObjectKey::Original {
        image: &image.id,
        format: known_format(&answer.format),
    })
}

/// The files of a picture in an archive, each with its name.
pub fn files(image: &Image) -> Vec<(ObjectKey<'_>, String)> {
    let name = file_name(image);
    let beside = answer_of(image).zip(answer_name(image));
    let picture = (original(image), name);
    std::iter::once(picture).chain(beside).collect()
}

/// The name of the image API's own answer beside a picture that was put together with it.
fn answer_name(image: &Image) -> Option<String> {
    let answer = image.answer.as_ref()?;
    let name = file_name(image);
    let (stem, _) = name.rsplit_once('.')?;
    Some(format!("{stem}-answer.{}", known_format(&answer.format)))
}

/// What an archive's list says of that answer; null where the picture itself is it.
pub fn answer_described(image: &Image) -> serde_json::Value {
    let Some((answer, name)) = image.answer.as_ref().zip(answer_name(image)) else {
        return serde_json::Value::Null;
    };
    serde_json::json!({
        "file": name,
        "bytes": answer.bytes,
        "sha256": answer.sha256,
        "content_credentials": answer.credentials,
    })
}

/// The format of a picture's original, as its file is named.
pub fn format_of(image: &Image) -> &'static str {
    known_format(&image.format)
}

fn known_format(format: &str) -> &'static str {
    OriginalFormat::from_extension(format).map_or("png", OriginalFormat::extension)
}

/// The day, the first words and the end of the id: safe everywhere, unique, and
/// never longer than the 255 bytes that file systems take.
pub fn file_name(image: &Image) -> String {
    let day = format::iso_day(image.created_at_ms);
    let id = &image.id[image.id.len().saturating_sub(8)..];
    let letter = |c: char| c.is_alphanumeric() || is_combining_mark(c);
    let spaced: String = image
        .prompt
        .nfc()
        .filter(|c| !is_ignorable(*c))
        .take(400)
        .map(|c| if letter(c) { c } else { ' ' })
        .collect();
    let short = words::shortened(&spaced, 48);
    let mut parts: Vec<&str> = vec![&day];
    parts.extend(short.trim_end_matches('…').split_whitespace());
    parts.push(id);
    format!("{}.{}", parts.join("-"), format_of(image))
}
