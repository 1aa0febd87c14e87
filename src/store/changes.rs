//! Changes to several pictures at once, and undoing them.
//!
//! A change first notes which pictures it will alter, then alters exactly
//! those, in one batch; undoing reads the same notes. `?1` is the change, `?2`
//! the person and `?3` a JSON list of ids in each statement that notes.

use super::{Db, DbError, Row, Statement, engine::json, reads::Reads, visibility};
use crate::model::limits::TAGS_MAX;

/// Notes the listed pictures of the person for which the condition holds.
macro_rules! noting {
    ($($condition:tt)+) => {
        concat!(
            "INSERT INTO change_images (user_id, change_id, image_id, published_at, was_unlisted,
                unlisted_until)
            SELECT ?2, ?1, i.id, i.published_at, i.unlisted_key IS NOT NULL, i.unlisted_until FROM images i
            WHERE i.user_id = ?2 AND i.id IN (SELECT value FROM json_each(?3)) AND ",
            $($condition)+,
            " ON CONFLICT (change_id, image_id) DO NOTHING RETURNING image_id"
        )
    };
}

/// The pictures a change noted: `?1` the change, `?2` the person.
macro_rules! noted {
    ($before:literal, $column:literal) => {
        concat!(
            $before,
            $column,
            " IN (SELECT image_id FROM change_images WHERE change_id = ?1 AND +user_id = ?2)"
        )
    };
}

/// Whether a picture `i` of the person's may be shown to others: not against their own
/// objection, nor from an account being closed, nor against a decision.
macro_rules! may_be_shown {
    () => {
        concat!(
            "i.trashed_at IS NULL AND i.withheld_by IS NULL AND i.held_by IS NULL AND NOT ",
            removed_copy!("i"),
            " AND EXISTS (SELECT 1 FROM users u
            WHERE u.id = ?2 AND u.keeps_private = 0 AND u.erasure_id IS NULL
            AND COALESCE(u.suspended_until, 0) <= (SELECT c.created_at FROM changes c WHERE c.id = ?1))"
        )
    };
}

/// Makes those of the noted pictures public that are in `?3`, a list of [image, slug]
/// pairs. The list leads and each picture is looked up by its id: the `+` keeps
/// the planner from reading every private picture there is.
macro_rules! publishing {
    ($published_at:literal, $condition:literal) => {
        concat!(
            "UPDATE images SET public_key = json_extract(pair.value, '$[1]'), published_at = ",
            $published_at,
            " FROM json_each(?3) AS pair CROSS JOIN change_images note
                ON note.change_id = ?1 AND note.image_id = json_extract(pair.value, '$[0]')
            WHERE images.id = note.image_id AND +images.user_id = ?2 AND note.user_id = ?2
              AND +images.public_key IS NULL AND images.trashed_at IS NULL AND images.withheld_by IS NULL
              AND images.held_by IS NULL AND NOT ",
            removed_copy!("images"),
            $condition
        )
    };
}

/// Slugs bound to one statement: what an engine takes as one value has an end, and
/// so has the number of statements that it takes as one.
const SLUGS_AT_ONCE: usize = 5_000;

statements! {
    BEGIN = "INSERT INTO changes (id, user_id, action, detail, name, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO NOTHING";
    /// A change that noted nothing is none.
    FORGET_EMPTY = "DELETE FROM changes WHERE id = ?1 AND user_id = ?2
        AND NOT EXISTS (SELECT 1 FROM change_images x WHERE x.change_id = ?1)";
    NOTE_FAVOURITE = noting!("i.trashed_at IS NULL AND i.favourite = 0");
    NOTE_UNFAVOURITE = noting!("i.trashed_at IS NULL AND i.favourite = 1");
    NOTE_PUBLISH = noting!("i.public_key IS NULL AND ", may_be_shown!());
    /// `?4` when the address is to end, and `?5` now.
    NOTE_UNLIST = noting!("(i.unlisted_key IS NULL OR i.unlisted_until IS NOT ?4 OR i.unlisted_until <= ?5) AND ",
        may_be_shown!());
    NOTE_UNPUBLISH = noting!("(i.public_key IS NOT NULL OR i.unlisted_key IS NOT NULL)");
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
    SET_FAVOURITE = noted!("UPDATE images SET favourite = ?3 WHERE user_id = ?2 AND ", "id");
    SET_PUBLIC = publishing!("?4", "");
    SET_PRIVATE = noted!("UPDATE images SET public_key = NULL, published_at = NULL,
            unlisted_key = NULL, unlisted_until = NULL
        WHERE user_id = ?2 AND ", "id");
    /// Into the trash, and out of the gallery at the same moment.
    SET_TRASHED = noted!("UPDATE images SET trashed_at = ?3, public_key = NULL, published_at = NULL
        WHERE user_id = ?2 AND trashed_at IS NULL AND ", "id");
    SET_KEPT = noted!("UPDATE images SET trashed_at = NULL WHERE user_id = ?2 AND ", "id");
    TAKEN_DOWN = "SELECT image_id FROM change_images
        WHERE change_id = ?1 AND user_id = ?2 AND (published_at IS NOT NULL OR was_unlisted = 1)
        ORDER BY image_id";
    /// Puts back what the change took from the gallery, at its old place there.
    SET_PUBLIC_AGAIN = publishing!("note.published_at", " AND note.published_at IS NOT NULL
        AND EXISTS (SELECT 1 FROM users u
            WHERE u.id = ?2 AND u.keeps_private = 0 AND u.erasure_id IS NULL
            AND COALESCE(u.suspended_until, 0) <= (SELECT c.created_at FROM changes c WHERE c.id = ?1))");
    ADD_TAG = "INSERT INTO image_tags (user_id, image_id, folded, name)
        SELECT user_id, image_id, ?3, ?4 FROM change_images WHERE change_id = ?1 AND +user_id = ?2
        ON CONFLICT (image_id, folded) DO NOTHING";
    REMOVE_TAG = noted!("DELETE FROM image_tags WHERE user_id = ?2 AND folded = ?3 AND ", "image_id");
    ADD_TO_COLLECTION = "INSERT INTO collection_images (user_id, collection_id, image_id)
        SELECT c.user_id, ?3, c.image_id FROM change_images c WHERE c.change_id = ?1 AND +c.user_id = ?2
            AND EXISTS (SELECT 1 FROM collections k WHERE k.id = ?3 AND k.user_id = ?2)
        ON CONFLICT (collection_id, image_id) DO NOTHING";
    REMOVE_FROM_COLLECTION = noted!(
        "DELETE FROM collection_images WHERE +user_id = ?2 AND collection_id = ?3 AND ", "image_id");
    FIND = "SELECT c.action, c.detail, c.name,
            (SELECT COUNT(*) FROM change_images x WHERE x.change_id = c.id) AS pictures
        FROM changes c WHERE c.id = ?1 AND c.user_id = ?2";
    FORGET = "DELETE FROM changes WHERE id = ?1 AND user_id = ?2 RETURNING id";
}

/// A picture's id with the new slug of its public addresses.
///
/// Slugs are random and made by the caller: a statement must do the same
/// wherever it runs, because an engine may replay it on each of its replicas.
pub type Slug = (String, String);

/// An action on pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Marks as favourites.
    Favourite,
    /// Takes the favourite mark off.
    Unfavourite,
    /// A folded tag, and how it is written.
    Tag(String, String),
    /// Takes a tag off: folded, and how it is written.
    Untag(String, String),
    /// A collection's id and name.
    Collect(String, String),
    /// Takes out of a collection: its id and name.
    Uncollect(String, String),
    /// Puts into the gallery, each under a new public slug.
    Publish,
    /// Shows at an address that nobody guesses, until this moment (Unix milliseconds), or
    /// for as long as its owner wants.
    Unlist(Option<i64>),
    /// Takes out of the gallery, and ends the address that nobody guesses.
    Unpublish,
    /// Moves to the trash, and out of the gallery.
    Trash,
    /// Takes out of the trash.
    Restore,
}

impl Kind {
    /// The database's word, what the action is about, and that one's name.
    pub fn parts(&self) -> (&'static str, &str, &str) {
        match self {
            Kind::Favourite => ("favourite", "", ""),
            Kind::Unfavourite => ("unfavourite", "", ""),
            Kind::Tag(folded, name) => ("tag", folded, name),
            Kind::Untag(folded, name) => ("untag", folded, name),
            Kind::Collect(id, name) => ("collect", id, name),
            Kind::Uncollect(id, name) => ("uncollect", id, name),
            Kind::Publish => ("publish", "", ""),
            // The pictures' rows say until when.
            Kind::Unlist(_) => ("unlist", "", ""),
            Kind::Unpublish => ("unpublish", "", ""),
            Kind::Trash => ("trash", "", ""),
            Kind::Restore => ("restore", "", ""),
        }
    }

    fn from_row(row: &Row) -> Result<Kind, DbError> {
        let (detail, name) = (row.text("detail")?, row.text("name")?);
        Ok(match row.text("action")?.as_str() {
            "favourite" => Kind::Favourite,
            "unfavourite" => Kind::Unfavourite,
            "tag" => Kind::Tag(detail, name),
            "untag" => Kind::Untag(detail, name),
            "collect" => Kind::Collect(detail, name),
            "uncollect" => Kind::Uncollect(detail, name),
            "publish" => Kind::Publish,
            "unlist" => Kind::Unlist(None),
            "unpublish" => Kind::Unpublish,
            "trash" => Kind::Trash,
            "restore" => Kind::Restore,
            _ => return Err(DbError::Shape),
        })
    }

    /// The statement that notes which of the listed pictures will change.
    fn note(&self, change: &str, user_id: &str, ids: &str, now_ms: i64) -> Statement {
        let sql = match self {
            Kind::Favourite => NOTE_FAVOURITE,
            Kind::Unfavourite => NOTE_UNFAVOURITE,
            Kind::Tag(..) => NOTE_TAG,
            Kind::Untag(..) => NOTE_UNTAG,
            Kind::Collect(..) => NOTE_COLLECT,
            Kind::Uncollect(..) => NOTE_UNCOLLECT,
            Kind::Publish => NOTE_PUBLISH,
            Kind::Unlist(_) => NOTE_UNLIST,
            Kind::Unpublish => NOTE_UNPUBLISH,
            Kind::Trash => NOTE_TRASH,
            Kind::Restore => NOTE_RESTORE,
        };
        let statement = Statement::new(sql).bind(change).bind(user_id).bind(ids);
        match self {
            Kind::Tag(folded, _) => statement.bind(folded.as_str()).bind(TAGS_MAX),
            Kind::Untag(detail, _) | Kind::Collect(detail, _) | Kind::Uncollect(detail, _) => {
                statement.bind(detail.as_str())
            }
            Kind::Unlist(until_ms) => statement.bind(*until_ms).bind(now_ms),
            _ => statement,
        }
    }

    /// The statement that alters the noted pictures.
    fn apply(
        &self,
        change: &str,
        user_id: &str,
        slugs: &[Slug],
        now_ms: i64,
    ) -> Result<Statement, DbError> {
        let on = |sql| Statement::new(sql).bind(change).bind(user_id);
        Ok(match self {
            Kind::Favourite => on(SET_FAVOURITE).bind(1_i64),
            Kind::Unfavourite => on(SET_FAVOURITE).bind(0_i64),
            Kind::Tag(folded, name) => on(ADD_TAG).bind(folded.as_str()).bind(name.as_str()),
            Kind::Untag(folded, _) => on(REMOVE_TAG).bind(folded.as_str()),
            Kind::Collect(id, _) => on(ADD_TO_COLLECTION).bind(id.as_str()),
            Kind::Uncollect(id, _) => on(REMOVE_FROM_COLLECTION).bind(id.as_str()),
            Kind::Publish => on(SET_PUBLIC).bind(json(slugs)?).bind(now_ms),
            Kind::Unlist(until_ms) => {
                visibility::set_statement(change, user_id, slugs, *until_ms, now_ms)?
            }
            Kind::Unpublish => on(SET_PRIVATE),
            Kind::Trash => on(SET_TRASHED).bind(now_ms),
            Kind::Restore => on(SET_KEPT),
        })
    }

    /// The statements that take it back; `slugs` are of the pictures that return to the gallery,
    /// or to an address that nobody guesses.
    fn undo(
        &self,
        change: &str,
        user_id: &str,
        slugs: &[Slug],
        now_ms: i64,
    ) -> Result<Vec<Statement>, DbError> {
        let (id, name) = match self {
            Kind::Tag(a, b) | Kind::Untag(a, b) | Kind::Collect(a, b) | Kind::Uncollect(a, b) => {
                (a.clone(), b.clone())
            }
            _ => Default::default(),
        };
        let chunks = || slugs.chunks(SLUGS_AT_ONCE);
        let public_again = |slugs: &[Slug]| {
            let statement = Statement::new(SET_PUBLIC_AGAIN).bind(change).bind(user_id);
            Ok(statement.bind(json(slugs)?))
        };
        let unlisted_again =
            |slugs: &[Slug]| visibility::again_statement(change, user_id, slugs, now_ms);
        let again = chunks()
            .map(public_again)
            .chain(chunks().map(unlisted_again));
        let opposite = match self {
            Kind::Favourite => Kind::Unfavourite,
            Kind::Unfavourite => Kind::Favourite,
            Kind::Tag(..) => Kind::Untag(id, name),
            Kind::Untag(..) => Kind::Tag(id, name),
            Kind::Collect(..) => Kind::Uncollect(id, name),
            Kind::Uncollect(..) => Kind::Collect(id, name),
            Kind::Publish => {
                let private = Kind::Unpublish.apply(change, user_id, &[], now_ms);
                return std::iter::once(private)
                    .chain(chunks().map(unlisted_again))
                    .collect();
            }
            Kind::Unlist(_) => {
                let before = visibility::as_before_statements(change, user_id);
                return before
                    .into_iter()
                    .map(Ok)
                    .chain(chunks().map(public_again))
                    .collect();
            }
            Kind::Unpublish => return again.collect(),
            Kind::Trash => {
                let kept = Kind::Restore.apply(change, user_id, &[], now_ms);
                return std::iter::once(kept).chain(again).collect();
            }
            Kind::Restore => Kind::Trash,
        };
        Ok(vec![opposite.apply(change, user_id, &[], now_ms)?])
    }
}

/// A change a person made, while it can be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The change as it was made.
    pub kind: Kind,
    /// Number of pictures it altered.
    pub pictures: u32,
}

/// Does it to those of these pictures that are the person's and not so already;
/// returns how many there were. Publishing needs a slug for each. A change of
/// many pictures is several of these under one id, and is kept once one of them
/// altered something.
pub async fn apply(
    db: &Db,
    id: &str,
    user_id: &str,
    kind: &Kind,
    ids: &[String],
    slugs: &[Slug],
    now_ms: i64,
) -> Result<usize, DbError> {
    let (word, detail, name) = kind.parts();
    let begin = Statement::new(BEGIN)
        .bind(id)
        .bind(user_id)
        .bind(word)
        .bind(detail)
        .bind(name)
        .bind(now_ms);
    let batch = vec![
        begin,
        kind.note(id, user_id, &json(ids)?, now_ms),
        kind.apply(id, user_id, slugs, now_ms)?,
        Statement::new(FORGET_EMPTY).bind(id).bind(user_id),
    ];
    let results = db.batch(batch).await?;
    Ok(results.get(1).map_or(0, Vec::len))
}

/// Reads a change of this person.
pub(super) fn find_statement(id: &str, user_id: &str) -> Statement {
    Statement::new(FIND).bind(id).bind(user_id)
}

impl Change {
    /// The change that [`find_statement`] reads.
    pub(super) fn from_row(row: &Row) -> Result<Change, DbError> {
        Ok(Change {
            kind: Kind::from_row(row)?,
            pictures: u32::try_from(row.int("pictures")?).unwrap_or(u32::MAX),
        })
    }
}

/// A change of this person, and the pictures that it took out of the gallery, or whose
/// unlisted address it ended.
pub async fn find(
    db: &Db,
    id: &str,
    user_id: &str,
) -> Result<Option<(Change, Vec<String>)>, DbError> {
    let mut reads = Reads::default();
    let change = reads.add(find_statement(id, user_id));
    let taken_down = reads.add(Statement::new(TAKEN_DOWN).bind(id).bind(user_id));
    let answers = reads.answers(db).await?;
    let Some(change) = answers.first(change) else {
        return Ok(None);
    };
    let taken_down = answers.rows(taken_down).iter();
    let taken_down: Result<_, _> = taken_down.map(|row| row.text("image_id")).collect();
    Ok(Some((Change::from_row(change)?, taken_down?)))
}

/// Takes a change back and forgets it, as one step; false if it was taken
/// back already. `slugs` are those of the pictures it took out of the gallery.
pub async fn undo(
    db: &Db,
    id: &str,
    user_id: &str,
    kind: &Kind,
    slugs: &[Slug],
    now_ms: i64,
) -> Result<bool, DbError> {
    let mut batch = kind.undo(id, user_id, slugs, now_ms)?;
    batch.push(Statement::new(FORGET).bind(id).bind(user_id));
    let results = db.batch(batch).await?;
    Ok(results.last().is_some_and(|rows| !rows.is_empty()))
}
