//! `/library/zip`: a selection of pictures as one file, made while it is sent.

use super::{action::Selection, change::Batches, query::LibraryQuery};
use crate::{
    error::AppError,
    i18n,
    routes::{PagePath, Route},
    server::{
        AppState,
        archive::{self, LARGE, Writer, copy_object, file_name, options},
        context::localised,
        plain_page,
        session::Visitor,
    },
    store::images::{self, Image},
    ui::format,
};
use axum::{
    Extension,
    extract::{RawForm, RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use std::io::{self, Write};
use tokio::runtime::Handle;
use url::form_urlencoded;

/// Rows read at once.
const BATCH: u32 = 50;

/// `GET /library/zip?…`: every picture under the filters of the query.
pub async fn of_query(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = LibraryQuery::read(&query.unwrap_or_default());
    let selection = Ok(Selection::Matching(query.clone()));
    answer(&state, &visitor, &headers, selection, &query, "").await
}

/// `POST /library/zip`: the selection of the library's form.
pub async fn of_selection(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    let mut ids = Vec::new();
    let (mut all, mut query, mut lang) = (String::new(), String::new(), String::new());
    for (name, value) in form_urlencoded::parse(&form) {
        match name.as_ref() {
            "ids[]" => ids.push(value.into_owned()),
            "all" => all = value.into_owned(),
            "query" => query = value.into_owned(),
            "lang" => lang = value.into_owned(),
            _ => {}
        }
    }
    let query = LibraryQuery::read(&query);
    let selection = Selection::read(ids, &all, &query);
    answer(&state, &visitor, &headers, selection, &query, &lang).await
}

async fn answer(
    state: &AppState,
    visitor: &Visitor,
    headers: &HeaderMap,
    selection: Result<Selection, AppError>,
    query: &LibraryQuery,
    lang: &str,
) -> Response {
    let back = |page: PagePath| plain_page::see_other(&localised(lang, page));
    let user = match visitor.user(state).await {
        Ok(Some(user)) => user,
        Ok(None) => return back(Route::sign_in_to(Route::Library.path().as_str())),
        Err(error) => return plain_page::error(headers, &error),
    };
    let selection = match selection {
        Ok(selection) => selection,
        Err(error) => return back(query.path_with("error", &error.to_query())),
    };
    // The page's language, else the person's own.
    let spoken = i18n::known(lang).or_else(|| i18n::known(user.language.as_deref()?));
    let job = Archive {
        state: state.clone(),
        user_id: user.id,
        selection,
        runtime: Handle::current(),
    };
    let today = format::iso_day(state.clock.now_ms());
    let name = format!("imgc-{today}.zip");
    let owner = job.user_id.clone();
    match archive::answer(state, &owner, &name, move |writer| job.write(writer)) {
        Ok(response) => response,
        Err(error) => {
            let locale = spoken.unwrap_or_else(|| plain_page::locale(headers));
            plain_page::error_in(locale, headers, &error)
        }
    }
}

/// An archive to be made.
struct Archive {
    state: AppState,
    user_id: String,
    selection: Selection,
    runtime: Handle,
}

impl Archive {
    fn write(&self, writer: &mut Writer) -> io::Result<()> {
        self.write_words(writer)?;
        let mut missing = String::new();
        self.each(|image| {
            for (key, name) in archive::files(image) {
                let file = (name.as_str(), image.created_at_ms);
                if copy_object(&self.state, &self.runtime, writer, key, file)?.is_none() {
                    missing.push_str(&name);
                    missing.push('\n');
                }
            }
            Ok(())
        })?;
        if !missing.is_empty() {
            writer.start_file("missing.txt", options(0, self.now_ms())?)?;
            writer.write_all(missing.as_bytes())?;
        }
        Ok(())
    }

    /// `pictures.json`: which file is which picture, and the words it was made from.
    fn write_words(&self, writer: &mut Writer) -> io::Result<()> {
        writer.start_file("pictures.json", options(LARGE, self.now_ms())?)?;
        let mut separator = "[\n";
        self.each(|image| {
            writer.write_all(separator.as_bytes())?;
            separator = ",\n";
            serde_json::to_writer(&mut *writer, &described(image)).map_err(io::Error::from)
        })?;
        let end = if separator == "[\n" { "[]\n" } else { "\n]\n" };
        writer.write_all(end.as_bytes())
    }

    fn now_ms(&self) -> i64 {
        self.state.clock.now_ms()
    }

    /// Reads the selection's rows, a few at a time.
    fn each(&self, mut visit: impl FnMut(&Image) -> io::Result<()>) -> io::Result<()> {
        let mut batches = Batches::new(&self.selection, BATCH);
        loop {
            let next = batches.next(&self.state, &self.user_id);
            let Some(ids) = self.runtime.block_on(next).map_err(io::Error::other)? else {
                return Ok(());
            };
            let rows = images::listed(&self.state.db, &self.user_id, &ids);
            for image in self.runtime.block_on(rows).map_err(io::Error::other)? {
                visit(&image)?;
            }
        }
    }
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
        "answer": archive::answer_described(image),
        "id": image.id,
    })
}
