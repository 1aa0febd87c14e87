//! `/library/zip`: a selection of pictures as one file, made while it is sent.
//!
//! The archive is written by a thread of its own into a bounded pipe: it waits
//! for the reader, so that five thousand pictures take no more memory than a
//! few. Originals are stored byte for byte; they are compressed already.

use super::{
    change::{Batches, Selection, json},
    query::Query,
    trash::format_of,
};
use crate::{
    auth::session::Visitor,
    error::{AppError, Problem},
    server::{
        AppState,
        files::{FileError, FileKey},
        media::NO_STORE,
        plain_page,
    },
    store::images::{self, Image},
    ui::{format, words},
};
use axum::{
    Extension,
    body::Body,
    extract::{RawForm, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use std::{
    io::{self, Write},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{runtime::Handle, sync::mpsc};
use url::form_urlencoded;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// Bytes handed on at once, and how many such pieces may wait for the reader.
const PIECE: usize = 64 * 1024;
const PIECES: usize = 4;
/// A reader that takes nothing for this long is gone.
const PATIENCE: Duration = Duration::from_secs(60);
/// Rows read at once.
const BATCH: u32 = 50;
/// Archives under way at once: of everybody, and of one person.
const MOST: usize = 16;
const MOST_OF_ONE: usize = 2;
/// An archive larger than this needs the larger format's fields, in bytes.
const LARGE: u64 = u32::MAX as u64;

/// Whose archives are under way.
static UNDER_WAY: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// One archive under way, counted until it is dropped.
struct Slot(String);

impl Slot {
    fn take(user_id: &str) -> Result<Slot, AppError> {
        let mut slots = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = slots.iter().filter(|id| *id == user_id).count();
        if slots.len() >= MOST || theirs >= MOST_OF_ONE {
            return Err(AppError::TooMany { retry_after_s: 30 });
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

/// `GET /library/zip?…`: every picture under the filters of the query.
pub async fn of_query(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let selection = Selection {
        ids: Vec::new(),
        all: "on".to_owned(),
        query: query.unwrap_or_default(),
    };
    answer(&state, &visitor, &headers, selection, "").await
}

/// `POST /library/zip`: the selection of the library's form.
pub async fn of_selection(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    let mut selection = Selection::default();
    let mut lang = String::new();
    for (name, value) in form_urlencoded::parse(&form) {
        match name.as_ref() {
            "ids[]" => selection.ids.push(value.into_owned()),
            "all" => selection.all = value.into_owned(),
            "query" => selection.query = value.into_owned(),
            "lang" => lang = value.into_owned(),
            _ => {}
        }
    }
    answer(&state, &visitor, &headers, selection, &lang).await
}

async fn answer(
    state: &AppState,
    visitor: &Visitor,
    headers: &HeaderMap,
    selection: Selection,
    lang: &str,
) -> Response {
    let query = Query::read(&selection.query);
    let back = |path: &str| {
        let address = crate::server::context::localised(lang, path);
        (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response()
    };
    let user_id = match visitor.user(state).await {
        Ok(Some(user)) => user.id,
        Ok(None) => return back("/sign-in?next=/library"),
        Err(error) => return plain_page::error(headers, &error),
    };
    if selection.ids.is_empty() && selection.all != "on" {
        let error = AppError::from(Problem::NothingChosen).to_query();
        return back(&query.path_with("error", &error));
    }
    let slot = match Slot::take(&user_id) {
        Ok(slot) => slot,
        Err(error) => return plain_page::error(headers, &error),
    };
    let (sender, receiver) = mpsc::channel(PIECES);
    let job = Archive {
        state: state.clone(),
        user_id,
        selection,
        trash: query.trash(),
        runtime: Handle::current(),
    };
    tokio::task::spawn_blocking(move || {
        let _slot = slot;
        job.send(sender);
    });
    let body = futures::stream::unfold(receiver, |mut receiver| async {
        Some((receiver.recv().await?, receiver))
    });
    let today = format::iso(state.clock.now_ms());
    let name = format!("attachment; filename=\"imgc-{}.zip\"", &today[..10]);
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/zip"),
    );
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// The writing end of the pipe.
struct Pipe {
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

/// An archive to be made.
struct Archive {
    state: AppState,
    user_id: String,
    selection: Selection,
    trash: bool,
    runtime: Handle,
}

type Writer = ZipWriter<zip::write::StreamWriter<Pipe>>;

impl Archive {
    /// Writes the archive into the pipe; a failure breaks the download off.
    fn send(&self, sender: mpsc::Sender<io::Result<Bytes>>) {
        let given_up = Arc::new(AtomicBool::new(false));
        let pipe = Pipe {
            sender: sender.clone(),
            runtime: self.runtime.clone(),
            waiting: BytesMut::new(),
            given_up: given_up.clone(),
        };
        let mut writer = ZipWriter::new_stream(pipe);
        let written = self.write(&mut writer);
        if written.is_err() {
            given_up.store(true, Ordering::Relaxed);
        }
        let done = written.and_then(|()| {
            let mut pipe = writer.finish().map_err(io::Error::from)?.into_inner();
            pipe.pass_on()
        });
        if let Err(error) = done {
            tracing::warn!(%error, "a ZIP was broken off");
            let _ = self.runtime.block_on(sender.send(Err(error)));
        }
    }

    fn write(&self, writer: &mut Writer) -> io::Result<()> {
        self.write_words(writer)?;
        let mut missing = String::new();
        self.each(|image| {
            if !self.write_original(writer, image)? {
                missing.push_str(&file_name(image));
                missing.push('\n');
            }
            Ok(())
        })?;
        if !missing.is_empty() {
            writer.start_file("missing.txt", options(0))?;
            writer.write_all(missing.as_bytes())?;
        }
        Ok(())
    }

    /// `pictures.json`: which file is which picture, and the words it was made from.
    fn write_words(&self, writer: &mut Writer) -> io::Result<()> {
        writer.start_file("pictures.json", options(LARGE))?;
        let mut separator = "[\n";
        self.each(|image| {
            writer.write_all(separator.as_bytes())?;
            separator = ",\n";
            serde_json::to_writer(&mut *writer, &described(image)).map_err(io::Error::from)
        })?;
        let end = if separator == "[\n" { "[]\n" } else { "\n]\n" };
        writer.write_all(end.as_bytes())
    }

    /// Copies one original, piece by piece; false where the store has none.
    fn write_original(&self, writer: &mut Writer, image: &Image) -> io::Result<bool> {
        let key = FileKey::Original {
            image: &image.id,
            format: format_of(image),
        };
        let (length, mut stream) = match self.runtime.block_on(self.state.files.stream(key)) {
            Ok(found) => found,
            Err(FileError::Missing) => {
                tracing::error!(image = image.id, "an original is missing");
                return Ok(false);
            }
            Err(error) => return Err(io::Error::other(error)),
        };
        writer.start_file(file_name(image), options(length))?;
        while let Some(piece) = self.runtime.block_on(stream.next()) {
            writer.write_all(&piece.map_err(io::Error::other)?)?;
        }
        Ok(true)
    }

    /// Reads the selection's rows, a few at a time.
    fn each(&self, mut visit: impl FnMut(&Image) -> io::Result<()>) -> io::Result<()> {
        let mut batches = Batches::new(&self.selection, self.trash, BATCH);
        loop {
            let next = batches.next(&self.state, &self.user_id);
            let Some(ids) = self.runtime.block_on(next).map_err(io::Error::other)? else {
                return Ok(());
            };
            let ids = json(&ids);
            let rows = images::listed(&self.state.db, &self.user_id, &ids);
            for image in self.runtime.block_on(rows).map_err(io::Error::other)? {
                visit(&image)?;
            }
        }
    }
}

fn options(length: u64) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .large_file(length >= LARGE)
}

fn described(image: &Image) -> serde_json::Value {
    serde_json::json!({
        "file": file_name(image),
        "prompt": image.prompt,
        "revised_prompt": image.revised_prompt,
        "model": image.model,
        "settings": image.settings,
        "width": image.width,
        "height": image.height,
        "made": format::iso(image.created_at_ms),
        "sha256": image.sha256,
        "id": image.id,
    })
}

/// The day, the first words and the end of the id: safe everywhere, and unique.
fn file_name(image: &Image) -> String {
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
