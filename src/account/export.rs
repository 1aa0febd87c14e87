//! `POST /account/export`: everything of a person's in one ZIP, made while it
//! is sent. `docs/export.md` describes its form.

use super::closing::require_fresh;
use crate::{
    error::AppError,
    i18n::{self, Locale, td_string},
    library::shown_to,
    model::typed::isolated,
    routes::Route,
    server::{
        AppState,
        archive::{self, LARGE, Writer, copy_object, file_name, options},
        context::localised,
        incident,
        objects::ObjectKey,
        plain_page,
        secrets::hex,
        session::Visitor,
    },
    store::{
        export::{self, ExportedImage, List},
        users::{self, User},
    },
    ui::format,
};
use axum::{
    Extension,
    extract::{RawForm, State},
    http::HeaderMap,
    response::Response,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek, Write},
};
use tokio::runtime::Handle;
use url::form_urlencoded;

/// The version of the form; it changes when a reader of the old one would err.
const SCHEMA: &str = "imgc-export-1";

/// Sends the archive, after a sign-in of the last minutes.
pub async fn export(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    let lang = form_urlencoded::parse(&form)
        .find(|(name, _)| name == "lang")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    match begin(&state, &visitor, &lang).await {
        Ok(response) => response,
        Err(AppError::SignInNeeded) => {
            let next = localised(&lang, Route::Account);
            plain_page::see_other(&localised(&lang, Route::sign_in_to(&next)))
        }
        Err(error @ AppError::Invalid { .. }) => {
            let error = error.to_query();
            let query: String = form_urlencoded::byte_serialize(error.as_bytes()).collect();
            plain_page::see_other(&localised(&lang, Route::Account.with("error", &query)))
        }
        Err(error) => {
            let locale = i18n::known(&lang).unwrap_or_else(|| plain_page::locale(&headers));
            plain_page::error_in(locale, &headers, &error)
        }
    }
}

async fn begin(state: &AppState, visitor: &Visitor, lang: &str) -> Result<Response, AppError> {
    let user = visitor.user(state).await?.ok_or(AppError::SignInNeeded)?;
    require_fresh(state, visitor).await?;
    let now_ms = state.clock.now_ms();
    state.statistics.count("export");
    // Without a name in the folder: it is gone with the last handle to it.
    let sums = tempfile::tempfile_in(&state.config.imgc.data_dir)
        .map_err(|error| incident::internal("the export's list of hashes", &error))?;
    let name = format!("imgc-export-{}.zip", format::iso_day(now_ms));
    let owner = user.id.clone();
    let export = Export {
        state: state.clone(),
        user,
        locale: i18n::from_code(lang),
        runtime: Handle::current(),
        made: format::iso(now_ms),
        made_ms: now_ms,
        sums: BufWriter::new(sums),
    };
    archive::answer(state, &owner, &name, move |writer| export.write(writer))
}

/// An export under way.
struct Export {
    state: AppState,
    user: User,
    locale: Locale,
    runtime: Handle,
    made: String,
    made_ms: i64,
    /// The lines of SHA256SUMS.
    sums: BufWriter<File>,
}

impl Export {
    fn write(mut self, writer: &mut Writer) -> io::Result<()> {
        self.text_file(writer, "data.json", Self::data)?;
        let mut missing = String::new();
        self.files(writer, &mut missing)?;
        self.text_file(writer, "index.html", Self::index)?;
        if !missing.is_empty() {
            self.text_file(writer, "missing.txt", |_, out| {
                out.write_all(missing.as_bytes())
            })?;
        }
        // An account that was erased meanwhile has left holes in all of this.
        let there = users::by_id(&self.state.db, &self.user.id);
        if self.wait(there)?.is_none() {
            return Err(io::Error::other("the account was erased"));
        }
        writer.start_file("SHA256SUMS", options(LARGE, self.made_ms)?)?;
        let mut sums = self.sums.into_inner().map_err(io::Error::from)?;
        sums.rewind()?;
        let mut piece = vec![0; 64 * 1024];
        loop {
            match sums.read(&mut piece)? {
                0 => return Ok(()),
                length => writer.write_all(&piece[..length])?,
            }
        }
    }

    /// A file that is written here, with its line in the list of hashes.
    fn text_file(
        &mut self,
        writer: &mut Writer,
        name: &str,
        fill: impl FnOnce(&Self, &mut Hashing<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        writer.start_file(name, options(LARGE, self.made_ms)?)?;
        let mut out = Hashing {
            writer,
            hash: Sha256::new(),
        };
        fill(self, &mut out)?;
        let sum = hex(&out.hash.finalize());
        writeln!(self.sums, "{sum}  {name}")
    }

    /// `data.json`.
    fn data(&self, out: &mut Hashing<'_>) -> io::Result<()> {
        let profile = export::profile(&self.state.db, &self.user.id);
        let profile = self
            .wait(profile)?
            .ok_or_else(|| io::Error::other("the account was erased"))?;
        let origin = self.state.config.public_origin();
        write!(
            out,
            "{{\n\"schema\": {},\n\"service\": {},\n\"made_at\": {},\n\"profile\": {profile}",
            json!(SCHEMA),
            json!(origin),
            json!(self.made)
        )?;
        for (list, name) in List::ALL {
            write!(out, ",\n\"{name}\": [")?;
            let mut separator = "\n";
            let mut after = String::new();
            loop {
                let page = export::list(&self.state.db, list, &self.user.id, &after);
                let page = self.wait(page)?;
                let Some((last, _)) = page.last() else { break };
                after.clone_from(last);
                for (_, item) in &page {
                    write!(out, "{separator}{item}")?;
                    separator = ",\n";
                }
            }
            out.write_all(b"\n]")?;
        }
        out.write_all(b",\n\"pictures\": [")?;
        let mut separator = "\n";
        self.each_picture(|kept| {
            write!(out, "{separator}{}", described(kept))?;
            separator = ",\n";
            Ok(())
        })?;
        out.write_all(b"\n]\n}\n")
    }

    /// The originals, the uploads and the person's own picture.
    fn files(&mut self, writer: &mut Writer, missing: &mut String) -> io::Result<()> {
        let (state, runtime) = (self.state.clone(), self.runtime.clone());
        let sums = &mut self.sums;
        let mut copy =
            |writer: &mut Writer, key: ObjectKey<'_>, name: &str, at_ms: i64| match copy_object(
                &state,
                &runtime,
                writer,
                key,
                (name, at_ms),
            )? {
                Some(sum) => writeln!(sums, "{sum}  {name}"),
                None => {
                    missing.push_str(name);
                    missing.push('\n');
                    Ok(())
                }
            };
        if self.user.avatar_key.is_some() {
            let key = ObjectKey::Avatar {
                user: &self.user.id,
            };
            copy(writer, key, "avatar.webp", self.made_ms)?;
        }
        let (db, user_id) = (&self.state.db, &self.user.id);
        let mut after = String::new();
        loop {
            let page = export::upload_files(db, user_id, &after);
            let page = self.runtime.block_on(page).map_err(io::Error::other)?;
            let Some((last, _)) = page.last() else { break };
            after.clone_from(last);
            for (upload, format) in &page {
                let name = format!("uploads/{upload}.{format}");
                let at_ms = made_at(upload).unwrap_or(self.made_ms);
                copy(writer, ObjectKey::Upload { upload, format }, &name, at_ms)?;
            }
        }
        each_picture(&self.state, &self.runtime, user_id, |kept| {
            let image = &kept.image;
            for (key, name) in archive::files(image) {
                let name = format!("images/{name}");
                copy(writer, key, &name, image.created_at_ms)?;
            }
            Ok(())
        })
    }

    /// `index.html`: the pictures with their words, without script or connection.
    fn index(&self, out: &mut Hashing<'_>) -> io::Result<()> {
        let locale = self.locale;
        let (code, name) = (i18n::code(locale), escaped(&isolated(&self.user.name)));
        let title = td_string!(locale, export.title);
        let lead = td_string!(
            locale,
            export.lead,
            name = name,
            date = self.made[..10].to_owned()
        );
        write!(
            out,
            "<!doctype html>\n<html lang=\"{code}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
             <h1>{title}</h1>\n<p>{lead}</p>\n<p><a href=\"data.json\">{}</a></p>\n<main>\n",
            td_string!(locale, export.data)
        )?;
        self.each_picture(|kept| {
            let image = &kept.image;
            let (file, prompt) = (escaped(&picture_file(kept)), escaped(&image.prompt));
            let (width, height) = (image.width, image.height);
            let made = format::date(locale, image.created_at_ms);
            writeln!(
                out,
                "<figure><a href=\"{file}\"><img src=\"{file}\" width=\"{width}\" height=\"{height}\" \
                 alt=\"{prompt}\" loading=\"lazy\"></a><figcaption><p dir=\"auto\">{prompt}</p><small>{made} · {}\
                 </small></figcaption></figure>",
                escaped(&image.model)
            )
        })?;
        out.write_all(b"</main>\n</body>\n</html>\n")
    }

    fn each_picture(&self, visit: impl FnMut(&ExportedImage) -> io::Result<()>) -> io::Result<()> {
        each_picture(&self.state, &self.runtime, &self.user.id, visit)
    }

    fn wait<T, E>(&self, work: impl Future<Output = Result<T, E>>) -> io::Result<T>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        self.runtime.block_on(work).map_err(io::Error::other)
    }
}

/// Reads the person's pictures, a page at a time.
fn each_picture(
    state: &AppState,
    runtime: &Handle,
    user_id: &str,
    mut visit: impl FnMut(&ExportedImage) -> io::Result<()>,
) -> io::Result<()> {
    let mut after = String::new();
    loop {
        let page = export::pictures(&state.db, user_id, &after);
        let page = runtime.block_on(page).map_err(io::Error::other)?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after.clone_from(&last.image.id);
        for kept in &page {
            visit(kept)?;
        }
    }
}

/// The moment in an id that begins with one (UUIDv7), Unix milliseconds.
fn made_at(id: &str) -> Option<i64> {
    let (seconds, nanos) = uuid::Uuid::parse_str(id).ok()?.get_timestamp()?.to_unix();
    i64::try_from(seconds * 1000 + u64::from(nanos) / 1_000_000).ok()
}

fn picture_file(exported: &ExportedImage) -> String {
    format!("images/{}", file_name(&exported.image))
}

fn described(exported: &ExportedImage) -> serde_json::Value {
    let image = &exported.image;
    json!({
        "id": image.id,
        "job": image.job_id,
        "file": picture_file(exported),
        "sha256": image.sha256,
        "pixels_sha256": exported.pixels_sum,
        "looks": exported.looks,
        "bytes": image.bytes,
        "width": image.width,
        "height": image.height,
        "format": image.format,
        "model": image.model,
        "prompt": image.prompt,
        "revised_prompt": image.revised_prompt,
        "settings": image.settings,
        "cost_micro_dollars": image.cost_micros,
        "cost_estimated": image.cost_estimated,
        "content_credentials": image.credentials,
        "answer": archive::answer_described(image),
        "favourite": image.favourite,
        "title": image.title,
        "description": image.alt,
        "public_tags": exported.public_tags,
        "tags": exported.tags,
        "collections": exported.collections,
        "remix_of": exported.parent_id,
        "shows_prompt": image.shows_prompt,
        "sensitive": image.decided_sensitive,
        "unlisted": image.unlisted,
        "shown_to": shown_to::word(image),
        "unlisted_key": image.unlisted_slug,
        "unlisted_until": image.unlisted_until_ms.map(format::iso),
        "marked_sensitive": image.marked_sensitive,
        "withdrawn": image.withheld,
        "waits_for_a_look": image.held,
        "created_at": format::iso(image.created_at_ms),
        "published_at": image.published_at_ms.map(format::iso),
        "trashed_at": image.trashed_at_ms.map(format::iso),
    })
}

/// Text for HTML, in elements and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A writer that knows the hash of what went through it.
struct Hashing<'w> {
    writer: &'w mut Writer,
    hash: Sha256,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.writer.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The look of `index.html`, which has no other file to lean on.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}\
main{display:grid;gap:2rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr))}\
figure{margin:0}img{width:100%;height:auto;border-radius:.5rem}figcaption{overflow-wrap:anywhere}figcaption p{margin:0}";
