//! Which pictures lack renditions, who makes them, and which there are.

use super::{Db, DbError, Statement, engine::json, images::Image};
use crate::model::limits::MINUTE_MS;

/// How long a node has a picture for itself that it makes renditions of.
pub const TAKEN_MS: i64 = 2 * MINUTE_MS;

/// Whether a picture's owner is not to be erased by this moment: what is begun then is
/// written after the erasure has deleted everything.
macro_rules! owner_stays {
    ($now_ms:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM users u JOIN erasures e ON e.id = u.erasure_id
                WHERE u.id = images.user_id AND e.due_at <= ",
            $now_ms,
            ")"
        )
    };
}

statements! {
    /// Originals whose renditions are to be made by now, the longest waiting first.
    DUE = concat!("SELECT * FROM images WHERE renditions_due <= ?1
        AND ", owner_stays!("?3"), " ORDER BY renditions_due LIMIT ?2");
    RENDERED = "UPDATE images SET renditions_due = NULL, width = ?2, height = ?3, placeholder = ?4,
            widths = ?5, rendition_set = 2, pixels_sum = ?6, looks = ?7 WHERE id = ?1 RETURNING id";
    /// Each time waits twice as long as the one before, a day at most. A public page
    /// that named renditions names the original from then on: a column that such pages
    /// are made of is set, so that they are drawn anew.
    RENDER_LATER = "UPDATE images SET renditions_tries = renditions_tries + 1,
            renditions_due = ?2 + MIN(86400000, 2000 << MIN(renditions_tries, 20)), placeholder = placeholder
        WHERE id = ?1 AND renditions_due IS NOT NULL";
    /// The newest first: those are looked at most. They stay of their set until they are
    /// made: a node of the release before this one makes those that it knows.
    RENDER_AGAIN = "UPDATE images SET renditions_due = ?1, renditions_tries = 0
        WHERE id IN (SELECT id FROM images INDEXED BY images_of_old_renditions
            WHERE rendition_set < 2 AND renditions_due IS NULL AND widths <> '[]'
            ORDER BY id DESC LIMIT ?2) RETURNING id";
    IS_THERE = "SELECT 1 AS yes FROM images WHERE id = ?1";
    RENDER_NEVER = "UPDATE images SET renditions_due = NULL, placeholder = placeholder, rendition_set = 2,
            pixels_sum = COALESCE(pixels_sum, ''), looks = COALESCE(looks, '') WHERE id = ?1";
    /// Pictures of which nobody told what they look like, but for those whose renditions are
    /// made anyhow. The newest first.
    UNTOLD = "SELECT * FROM images INDEXED BY images_untold WHERE pixels_sum IS NULL
            AND renditions_due IS NULL AND (rendition_set >= 2 OR widths = '[]')
        ORDER BY id DESC LIMIT ?1";
    TELL = "UPDATE images SET pixels_sum = ?2, looks = ?3 WHERE id = ?1 AND pixels_sum IS NULL";
    /// One node at a time makes them: the others find them due later. Those that are made
    /// again are no new picture's, for whose first ones an erasure waits.
    RENDER_TAKE = concat!("UPDATE images SET renditions_due = ?3,
            renditions_tries = renditions_tries + (widths <> '[]') WHERE id = ?1 AND renditions_due <= ?2
        AND ", owner_stays!("?4"), " RETURNING id");
}

/// Pictures whose renditions are to be made by `due_ms`, but for those of people who are
/// being erased now.
pub async fn due(db: &Db, due_ms: i64, now_ms: i64, limit: u32) -> Result<Vec<Image>, DbError> {
    let statement = Statement::new(DUE).bind(due_ms).bind(limit).bind(now_ms);
    Image::list(&db.fetch_all(statement).await?)
}

/// What decoding tells of a picture.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// In pixels, as it is shown.
    pub size: (u32, u32),
    /// Its average colour: `#rrggbb`.
    pub placeholder: String,
    /// Of the renditions, ascending, in pixels.
    pub widths: Vec<u32>,
    /// Hex SHA-256 of its pixels.
    pub pixels: String,
    /// What it looks like; empty for a picture that is all of one colour.
    pub looks: String,
}

/// Records a picture's renditions, with what only decoding tells; false if the
/// picture is gone.
pub async fn rendered(db: &Db, id: &str, rendered: &Rendered) -> Result<bool, DbError> {
    let statement = Statement::new(RENDERED)
        .bind(id)
        .bind(rendered.size.0)
        .bind(rendered.size.1)
        .bind(rendered.placeholder.as_str())
        .bind(json(&rendered.widths)?)
        .bind(rendered.pixels.as_str())
        .bind(rendered.looks.as_str());
    Ok(!db.write(statement).await?.is_empty())
}

/// Has renditions made again, from now on, of some of the pictures that have those of an
/// earlier set of widths; how many. What they have is shown meanwhile.
pub async fn render_again(db: &Db, now_ms: i64, limit: u32) -> Result<usize, DbError> {
    let statement = Statement::new(RENDER_AGAIN).bind(now_ms).bind(limit);
    Ok(db.write(statement).await?.len())
}

/// Some of the pictures of earlier releases of which nobody told what they look like.
pub async fn untold(db: &Db, limit: u32) -> Result<Vec<Image>, DbError> {
    Image::list(&db.fetch_all(Statement::new(UNTOLD).bind(limit)).await?)
}

/// Notes the sum of a picture's pixels, and what it looks like; both empty where nothing can
/// be told of it.
pub async fn tell(db: &Db, id: &str, (pixels, looks): (&str, &str)) -> Result<(), DbError> {
    let statement = Statement::new(TELL).bind(id).bind(pixels).bind(looks);
    db.write_repeatable(statement).await.map(|_| ())
}

/// Takes a picture whose renditions are due by `due_ms`, for [`TAKEN_MS`];
/// false if another node has taken it, or its owner is being erased.
pub async fn take(db: &Db, id: &str, due_ms: i64, now_ms: i64) -> Result<bool, DbError> {
    let statement = Statement::new(RENDER_TAKE)
        .bind(id)
        .bind(due_ms)
        .bind(now_ms + TAKEN_MS)
        .bind(now_ms);
    Ok(!db.write(statement).await?.is_empty())
}

/// Puts off a picture's renditions; `None` for ever, because it cannot be decoded.
/// False if the picture is gone.
pub async fn put_off(db: &Db, id: &str, now_ms: Option<i64>) -> Result<bool, DbError> {
    let statement = match now_ms {
        Some(now_ms) => Statement::new(RENDER_LATER).bind(id).bind(now_ms),
        None => Statement::new(RENDER_NEVER).bind(id),
    };
    let is_there = Statement::new(IS_THERE).bind(id);
    let results = db.batch(vec![statement, is_there]).await?;
    Ok(results.last().is_some_and(|rows| !rows.is_empty()))
}
