//! Changes to several pictures at once, and undoing them.
//!
//! A change first notes which pictures it will alter, then alters exactly
//! those, in one batch; undoing reads the same notes. `?1` is the change, `?2`
//! the person and `?3` a JSON list of ids in each statement that notes.

use super::{Db, DbError, Row, Statement};
use crate::model::limits::TAGS_MAX;

/// Notes the listed pictures of the person for which the condition holds.
macro_rules! noting {
    ($condition:literal) => {
        concat!(
            "INSERT INTO change_images (user_id, change_id, image_id, published_at)
            SELECT ?2, ?1, i.id, i.published_at FROM images i
            WHERE i.user_id = ?2 AND i.id IN (SELECT value FROM json_each(?3)) AND ",
            $condition,
            " ON CONFLICT (change_id, image_id) DO NOTHING RETURNING image_id"
        )
    };
}

/// The pictures a change noted: `?1` the change, `?2` the person.
macro_rules! noted {
    ($before:literal, $column:literal, $after:literal) => {
        concat!(
            $before,
            $column,
            " IN (SELECT image_id FROM change_images WHERE change_id = ?1 AND user_id = ?2)",
            $after
        )
    };
}

statements! {
    BEGIN = "INSERT INTO changes (id, user_id, action, detail, name, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    NOTE_FAVOURITE = noting!("i.trashed_at IS NULL AND i.favourite = 0");
    NOTE_UNFAVOURITE = noting!("i.trashed_at IS NULL AND i.favourite = 1");
    /// Not against the person's own objection, nor from an account being closed.
    NOTE_PUBLISH = noting!("i.trashed_at IS NULL AND i.public_key IS NULL AND EXISTS (SELECT 1 FROM users u
        WHERE u.id = ?2 AND u.keeps_private = 0 AND u.erasure_id IS NULL)");
    NOTE_UNPUBLISH = noting!("i.public_key IS NOT NULL");
    NOTE_TRASH = noting!("i.trashed_at IS NULL");
    NOTE_RESTORE = noting!("i.trashed_at IS NOT NULL");
    /// `?4` the folded tag, `?5` the most tags a picture may have.
    NOTE_TAG = noting!("i.trashed_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM image_tags t WHERE t.image_id = i.id AND t.folded = ?4)
        AND (SELECT COUNT(*) FROM image_tags t WHERE t.image_id = i.id) < ?5");
    NOTE_UNTAG = noting!("EXISTS (SELECT 1 FROM image_tags t WHERE t.image_id = i.id AND t.folded = ?4)");
    /// `?4` the collection.
    NOTE_COLLECT = noting!("i.trashed_at IS NULL
        AND EXISTS (SELECT 1 FROM collections c WHERE c.id = ?4 AND c.user_id = ?2)
        AND NOT EXISTS (SELECT 1 FROM collection_images x
            WHERE x.collection_id = ?4 AND x.image_id = i.id)");
    NOTE_UNCOLLECT = noting!("EXISTS (SELECT 1 FROM collection_images x
            WHERE x.collection_id = ?4 AND x.image_id = i.id)");
    SET_FAVOURITE = noted!("UPDATE images SET favourite = ?3 WHERE user_id = ?2 AND ", "id", "");
    /// New, random public addresses: 128 bits from the engine's generator.
    SET_PUBLIC = noted!("UPDATE images SET public_key = lower(hex(randomblob(16))), published_at = ?3
        WHERE user_id = ?2 AND public_key IS NULL AND trashed_at IS NULL AND ", "id", "");
    SET_PRIVATE = noted!("UPDATE images SET public_key = NULL, published_at = NULL
        WHERE user_id = ?2 AND ", "id", "");
    /// Into the trash, and out of the gallery at the same moment.
    SET_TRASHED = noted!("UPDATE images SET trashed_at = ?3, public_key = NULL, published_at = NULL
        WHERE user_id = ?2 AND trashed_at IS NULL AND ", "id", "");
    SET_KEPT = noted!("UPDATE images SET trashed_at = NULL WHERE user_id = ?2 AND ", "id", "");
    /// What the change took from the gallery goes back there, at new addresses.
    SET_PUBLIC_AGAIN = "UPDATE images SET public_key = lower(hex(randomblob(16))),
            published_at = (SELECT c.published_at FROM change_images c
                WHERE c.change_id = ?1 AND c.image_id = images.id)
        WHERE user_id = ?2 AND public_key IS NULL AND trashed_at IS NULL
          AND EXISTS (SELECT 1 FROM users u
            WHERE u.id = ?2 AND u.keeps_private = 0 AND u.erasure_id IS NULL)
          AND id IN (
            SELECT image_id FROM change_images
            WHERE change_id = ?1 AND user_id = ?2 AND published_at IS NOT NULL)";
    ADD_TAG = "INSERT INTO image_tags (user_id, image_id, folded, name)
        SELECT user_id, image_id, ?3, ?4 FROM change_images WHERE change_id = ?1 AND user_id = ?2
        ON CONFLICT (image_id, folded) DO NOTHING";
    REMOVE_TAG = noted!("DELETE FROM image_tags WHERE user_id = ?2 AND folded = ?3 AND ", "image_id", "");
    ADD_TO_COLLECTION = "INSERT INTO collection_images (user_id, collection_id, image_id)
        SELECT c.user_id, ?3, c.image_id FROM change_images c WHERE c.change_id = ?1 AND c.user_id = ?2
            AND EXISTS (SELECT 1 FROM collections k WHERE k.id = ?3 AND k.user_id = ?2)
        ON CONFLICT (collection_id, image_id) DO NOTHING";
    REMOVE_FROM_COLLECTION = noted!(
        "DELETE FROM collection_images WHERE user_id = ?2 AND collection_id = ?3 AND ", "image_id", "");
    FIND = "SELECT c.action, c.detail, c.name,
            (SELECT COUNT(*) FROM change_images x WHERE x.change_id = c.id) AS pictures
        FROM changes c WHERE c.id = ?1 AND c.user_id = ?2";
    FORGET = "DELETE FROM changes WHERE id = ?1 AND user_id = ?2 RETURNING id";
    OWNED = "SELECT COUNT(*) AS pictures FROM images
        WHERE user_id = ?1 AND id IN (SELECT value FROM json_each(?2))";
}

/// What is done to pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Favourite,
    Unfavourite,
    /// A folded tag, and how it is written.
    Tag(String, String),
    Untag(String, String),
    /// A collection's id and name.
    Collect(String, String),
    Uncollect(String, String),
    Publish,
    Unpublish,
    Trash,
    Restore,
}

impl Action {
    /// The database's word, what the action is about, and that one's name.
    pub fn parts(&self) -> (&'static str, &str, &str) {
        match self {
            Action::Favourite => ("favourite", "", ""),
            Action::Unfavourite => ("unfavourite", "", ""),
            Action::Tag(folded, name) => ("tag", folded, name),
            Action::Untag(folded, name) => ("untag", folded, name),
            Action::Collect(id, name) => ("collect", id, name),
            Action::Uncollect(id, name) => ("uncollect", id, name),
            Action::Publish => ("publish", "", ""),
            Action::Unpublish => ("unpublish", "", ""),
            Action::Trash => ("trash", "", ""),
            Action::Restore => ("restore", "", ""),
        }
    }

    fn from_row(row: &Row) -> Result<Action, DbError> {
        let (detail, name) = (row.text("detail")?, row.text("name")?);
        Ok(match row.text("action")?.as_str() {
            "favourite" => Action::Favourite,
            "unfavourite" => Action::Unfavourite,
            "tag" => Action::Tag(detail, name),
            "untag" => Action::Untag(detail, name),
            "collect" => Action::Collect(detail, name),
            "uncollect" => Action::Uncollect(detail, name),
            "publish" => Action::Publish,
            "unpublish" => Action::Unpublish,
            "trash" => Action::Trash,
            "restore" => Action::Restore,
            _ => return Err(DbError::Shape),
        })
    }

    /// The statement that notes which of the listed pictures will change.
    fn note(&self, change: &str, user_id: &str, ids: &str) -> Statement {
        let sql = match self {
            Action::Favourite => NOTE_FAVOURITE,
            Action::Unfavourite => NOTE_UNFAVOURITE,
            Action::Tag(..) => NOTE_TAG,
            Action::Untag(..) => NOTE_UNTAG,
            Action::Collect(..) => NOTE_COLLECT,
            Action::Uncollect(..) => NOTE_UNCOLLECT,
            Action::Publish => NOTE_PUBLISH,
            Action::Unpublish => NOTE_UNPUBLISH,
            Action::Trash => NOTE_TRASH,
            Action::Restore => NOTE_RESTORE,
        };
        let statement = Statement::new(sql).bind(change).bind(user_id).bind(ids);
        match self {
            Action::Tag(folded, _) => statement.bind(folded.as_str()).bind(TAGS_MAX),
            Action::Untag(detail, _)
            | Action::Collect(detail, _)
            | Action::Uncollect(detail, _) => statement.bind(detail.as_str()),
            _ => statement,
        }
    }

    /// What is done to the noted pictures.
    fn apply(&self, change: &str, user_id: &str, now_ms: i64) -> Statement {
        let on = |sql| Statement::new(sql).bind(change).bind(user_id);
        match self {
            Action::Favourite => on(SET_FAVOURITE).bind(1_i64),
            Action::Unfavourite => on(SET_FAVOURITE).bind(0_i64),
            Action::Tag(folded, name) => on(ADD_TAG).bind(folded.as_str()).bind(name.as_str()),
            Action::Untag(folded, _) => on(REMOVE_TAG).bind(folded.as_str()),
            Action::Collect(id, _) => on(ADD_TO_COLLECTION).bind(id.as_str()),
            Action::Uncollect(id, _) => on(REMOVE_FROM_COLLECTION).bind(id.as_str()),
            Action::Publish => on(SET_PUBLIC).bind(now_ms),
            Action::Unpublish => on(SET_PRIVATE),
            Action::Trash => on(SET_TRASHED).bind(now_ms),
            Action::Restore => on(SET_KEPT),
        }
    }

    /// What takes it back.
    fn undo(&self, change: &str, user_id: &str, now_ms: i64) -> Vec<Statement> {
        let (id, name) = match self {
            Action::Tag(a, b)
            | Action::Untag(a, b)
            | Action::Collect(a, b)
            | Action::Uncollect(a, b) => (a.clone(), b.clone()),
            _ => Default::default(),
        };
        let again = Statement::new(SET_PUBLIC_AGAIN).bind(change).bind(user_id);
        let opposite = match self {
            Action::Favourite => Action::Unfavourite,
            Action::Unfavourite => Action::Favourite,
            Action::Tag(..) => Action::Untag(id, name),
            Action::Untag(..) => Action::Tag(id, name),
            Action::Collect(..) => Action::Uncollect(id, name),
            Action::Uncollect(..) => Action::Collect(id, name),
            Action::Publish => Action::Unpublish,
            Action::Unpublish => return vec![again],
            Action::Trash => {
                return vec![Action::Restore.apply(change, user_id, now_ms), again];
            }
            Action::Restore => Action::Trash,
        };
        vec![opposite.apply(change, user_id, now_ms)]
    }
}

/// A change a person made, while it can be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub action: Action,
    pub pictures: u32,
}

/// Begins a change that [`apply`] carries out.
pub async fn begin(
    db: &Db,
    id: &str,
    user_id: &str,
    action: &Action,
    now_ms: i64,
) -> Result<(), DbError> {
    let (word, detail, name) = action.parts();
    let statement = Statement::new(BEGIN)
        .bind(id)
        .bind(user_id)
        .bind(word)
        .bind(detail)
        .bind(name)
        .bind(now_ms);
    db.write(statement).await.map(|_| ())
}

/// Does it to those of these pictures (a JSON list of ids) that are the
/// person's and not so already; returns how many there were.
pub async fn apply(
    db: &Db,
    id: &str,
    user_id: &str,
    action: &Action,
    ids: &str,
    now_ms: i64,
) -> Result<usize, DbError> {
    let batch = vec![
        action.note(id, user_id, ids),
        action.apply(id, user_id, now_ms),
    ];
    let results = db.batch(batch).await?;
    Ok(results.first().map_or(0, Vec::len))
}

/// A change of this person.
pub async fn find(db: &Db, id: &str, user_id: &str) -> Result<Option<Change>, DbError> {
    let statement = Statement::new(FIND).bind(id).bind(user_id);
    let Some(row) = db.fetch_optional(statement).await? else {
        return Ok(None);
    };
    Ok(Some(Change {
        action: Action::from_row(&row)?,
        pictures: u32::try_from(row.int("pictures")?).unwrap_or(u32::MAX),
    }))
}

/// Takes a change back and forgets it, as one step; false if it was taken back already.
pub async fn undo(
    db: &Db,
    id: &str,
    user_id: &str,
    action: &Action,
    now_ms: i64,
) -> Result<bool, DbError> {
    let mut batch = action.undo(id, user_id, now_ms);
    batch.push(Statement::new(FORGET).bind(id).bind(user_id));
    let results = db.batch(batch).await?;
    Ok(results.last().is_some_and(|rows| !rows.is_empty()))
}

/// Forgets a change without taking it back.
pub async fn forget(db: &Db, id: &str, user_id: &str) -> Result<(), DbError> {
    db.write(Statement::new(FORGET).bind(id).bind(user_id))
        .await
        .map(|_| ())
}

/// How many of these pictures (a JSON list of ids) are the person's.
pub async fn owned(db: &Db, user_id: &str, ids: &str) -> Result<usize, DbError> {
    let statement = Statement::new(OWNED).bind(user_id).bind(ids);
    let row = db.fetch_optional(statement).await?;
    let count = row.ok_or(DbError::Shape)?.int("pictures")?;
    Ok(usize::try_from(count).unwrap_or(0))
}
