//! The gallery's pages: what was published, the newest first.

use crate::{
    error::{AppError, Problem},
    model::Page,
    server::{
        Context,
        public_cards::{PublicCard, public_cards},
    },
    store::{images, listed::Listed, users::User},
};

/// Pictures on one page of the gallery.
const PAGE_SIZE: u32 = 24;

/// A page of the gallery, as whoever asks is shown it.
pub async fn gallery(cursor: Option<String>) -> Result<Page<PublicCard>, AppError> {
    let context = Context::take();
    of_reader(&context, cursor.as_deref(), |_| true)
        .await
        .map_err(|error| context.with_status(error))
}

/// The newest pictures for the home page, where nobody is shown what is sensitive.
pub async fn newest() -> Result<Page<PublicCard>, AppError> {
    let context = Context::take();
    of_reader(&context, None, |row| !row.image.sensitive)
        .await
        .map_err(|error| context.with_status(error))
}

async fn of_reader(
    context: &Context,
    cursor: Option<&str>,
    shows: impl Fn(&Listed) -> bool,
) -> Result<Page<PublicCard>, AppError> {
    let state = &context.state;
    let before = cursor.map(gallery_cursor).transpose()?;
    let before = before.as_ref().map(|(at, id)| (*at, id.as_str()));
    let viewer = context.user().await?;
    let mut rows = images::gallery(&state.db, before, PAGE_SIZE + 1).await?;
    rows.retain(shows);
    let now_ms = state.clock.now_ms();
    let cursor = |row: &Listed| {
        let image = &row.image;
        cursor_after(image.published_at_ms.unwrap_or_default(), &image.id)
    };
    Ok(page(rows, PAGE_SIZE, viewer.as_ref(), now_ms, cursor))
}

/// A page of a list of public pictures, of so many at most. One row more was asked for: it
/// tells whether there is a next page, which begins after this one's last row, whether its
/// reader is shown that or not.
pub fn page(
    mut rows: Vec<Listed>,
    size: u32,
    viewer: Option<&User>,
    now_ms: i64,
    cursor: impl Fn(&Listed) -> String,
) -> Page<PublicCard> {
    let more = rows.len() > size as usize;
    rows.truncate(size as usize);
    Page {
        next: rows.last().filter(|_| more).map(cursor),
        items: public_cards(&rows, viewer, now_ms),
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
