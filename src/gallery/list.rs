//! The gallery's pages: what was published, the newest first.

use crate::{
    error::{AppError, Problem},
    model::{ImageCard, Page},
    server::{AppState, Context, cards::card_for},
    store::images::{self, Image},
};

/// Pictures on one page of the gallery.
const PAGE_SIZE: u32 = 24;

/// The newest pictures for the home page, where nobody is shown what is sensitive.
pub async fn newest() -> Result<Page<ImageCard>, AppError> {
    let context = Context::take();
    gallery(&context.state, None, false).await
}

/// A page of the gallery, for somebody who sees sensitive pictures as they are, or not.
pub async fn gallery(
    state: &AppState,
    cursor: Option<&str>,
    sees_sensitive: bool,
) -> Result<Page<ImageCard>, AppError> {
    let before = cursor.map(gallery_cursor).transpose()?;
    let before = before.as_ref().map(|(at, id)| (*at, id.as_str()));
    let rows = images::gallery(&state.db, before, PAGE_SIZE + 1).await?;
    Ok(page(rows, sees_sensitive, |image| {
        cursor_after(image.published_at_ms.unwrap_or_default(), &image.id)
    }))
}

/// One row more than a page was asked for: it tells whether there is a next page.
fn page(
    mut rows: Vec<Image>,
    sees_sensitive: bool,
    cursor: impl Fn(&Image) -> String,
) -> Page<ImageCard> {
    let more = rows.len() > PAGE_SIZE as usize;
    rows.truncate(PAGE_SIZE as usize);
    Page {
        next: rows.last().filter(|_| more).map(cursor),
        items: rows
            .iter()
            .map(|image| card_for(image, false, sees_sensitive))
            .collect(),
    }
}

/// The cursor of the page that begins after this picture.
pub fn cursor_after(published_at_ms: i64, id: &str) -> String {
    format!("{published_at_ms}-{id}")
}

fn gallery_cursor(text: &str) -> Result<(i64, String), AppError> {
    let malformed = || AppError::from(Problem::Malformed);
    let (at, id) = text.split_once('-').ok_or_else(malformed)?;
    let at: i64 = at.parse().map_err(|_| malformed())?;
    let id = uuid::Uuid::parse_str(id).map_err(|_| malformed())?;
    Ok((at, id.to_string()))
}
