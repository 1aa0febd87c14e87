//! Unlisted pictures, and what their makers call sensitive: what the changes of
//! `changes.rs` do about it. `?1` is the change, `?2` the person and `?3` a list of
//! [image, slug] pairs.
//!
//! What ends an unlisted address (publishing, the trash, a decision, an objection, a
//! closing) does so by triggers.

use super::{Db, DbError, Statement, changes::Slug, engine::json};

/// Gives those of the noted pictures that are in `?3` an unlisted address, but for what may
/// not be published: the list leads, as in publishing.
macro_rules! unlisting {
    ($key:literal, $until:literal, $condition:literal) => {
        concat!(
            "UPDATE images SET public_key = NULL, published_at = NULL, unlisted_key = ",
            $key,
            ", unlisted_until = ",
            $until,
            " FROM json_each(?3) AS pair CROSS JOIN change_images note
                ON note.change_id = ?1 AND note.image_id = json_extract(pair.value, '$[0]')
            WHERE images.id = note.image_id AND +images.user_id = ?2 AND note.user_id = ?2
              AND images.trashed_at IS NULL AND images.withheld_by IS NULL AND images.held_by IS NULL
              AND NOT ",
            removed_copy!("images"),
            $condition
        )
    };
}

statements! {
    /// Until `?4`, NULL for ever. An address that has not ended at `?5` stays; whoever made
    /// the picture private before gets a new one.
    SET_UNLISTED = unlisting!("CASE WHEN images.unlisted_key IS NOT NULL
            AND COALESCE(images.unlisted_until > ?5, 1) THEN images.unlisted_key
        ELSE json_extract(pair.value, '$[1]') END", "?4", "");
    /// What the change took away, at a new address, unless it would have ended by `?4`.
    SET_UNLISTED_AGAIN = unlisting!("json_extract(pair.value, '$[1]')", "note.unlisted_until",
        " AND note.was_unlisted = 1 AND COALESCE(note.unlisted_until > ?4, 1)
          AND images.public_key IS NULL AND images.unlisted_key IS NULL
          AND EXISTS (SELECT 1 FROM users u
            WHERE u.id = ?2 AND u.keeps_private = 0 AND u.erasure_id IS NULL
            AND COALESCE(u.suspended_until, 0) <= (SELECT c.created_at FROM changes c WHERE c.id = ?1))");
    /// Of what had no such address before.
    END_UNLISTED = "UPDATE images SET unlisted_key = NULL, unlisted_until = NULL
        WHERE user_id = ?2 AND id IN (SELECT image_id FROM change_images
            WHERE change_id = ?1 AND +user_id = ?2 AND was_unlisted = 0)";
    /// Of what had one: as long as before.
    END_AS_BEFORE = "UPDATE images SET unlisted_until = (SELECT note.unlisted_until FROM change_images note
            WHERE note.change_id = ?1 AND note.image_id = images.id)
        WHERE user_id = ?2 AND unlisted_key IS NOT NULL AND id IN (SELECT image_id FROM change_images
            WHERE change_id = ?1 AND +user_id = ?2 AND was_unlisted = 1)";
    /// That they have ended is seen wherever one is read; this forgets them.
    ENDED = "SELECT COUNT(*) AS due FROM images WHERE unlisted_until <= ?1";
    FORGET_ENDED = "UPDATE images SET unlisted_key = NULL, unlisted_until = NULL WHERE rowid IN
        (SELECT rowid FROM images WHERE unlisted_until <= ?1 LIMIT 5000) RETURNING 1";
    MARK = "UPDATE images SET marked_sensitive = ?3
        WHERE id = ?1 AND +user_id = ?2 AND marked_sensitive <> ?3 AND trashed_at IS NULL RETURNING id";
}

/// The statement that makes the noted pictures of these slugs unlisted.
pub(super) fn set_statement(
    change: &str,
    user_id: &str,
    slugs: &[Slug],
    until_ms: Option<i64>,
    now_ms: i64,
) -> Result<Statement, DbError> {
    let on = Statement::new(SET_UNLISTED).bind(change).bind(user_id);
    Ok(on.bind(json(slugs)?).bind(until_ms).bind(now_ms))
}

/// The statement that gives back what the change took from these pictures.
pub(super) fn again_statement(
    change: &str,
    user_id: &str,
    slugs: &[Slug],
    now_ms: i64,
) -> Result<Statement, DbError> {
    let on = Statement::new(SET_UNLISTED_AGAIN)
        .bind(change)
        .bind(user_id);
    Ok(on.bind(json(slugs)?).bind(now_ms))
}

/// The statements that leave the noted pictures as unlisted as they were before.
pub(super) fn as_before_statements(change: &str, user_id: &str) -> [Statement; 2] {
    [END_UNLISTED, END_AS_BEFORE].map(|sql| Statement::new(sql).bind(change).bind(user_id))
}

/// What the maker of a picture says of it: sensitive, or not. False if it said so before,
/// or is not theirs.
pub async fn mark(db: &Db, id: &str, user_id: &str, sensitive: bool) -> Result<bool, DbError> {
    let statement = Statement::new(MARK).bind(id).bind(user_id);
    let rows = db.write(statement.bind(i64::from(sensitive))).await?;
    Ok(!rows.is_empty())
}

/// Number of unlisted addresses that have ended at this moment.
pub async fn ended(db: &Db, now_ms: i64) -> Result<u64, DbError> {
    let row = db
        .fetch_optional(Statement::new(ENDED).bind(now_ms))
        .await?;
    row.map_or(Ok(0), |row| Ok(row.int("due")?.unsigned_abs()))
}

/// Forgets what [`ended`] counts.
pub async fn forget_ended(db: &Db, now_ms: i64) -> Result<u64, DbError> {
    let mut forgotten = 0;
    loop {
        let statement = Statement::new(FORGET_ENDED).bind(now_ms);
        match db.write(statement).await?.len() {
            0 => return Ok(forgotten),
            some => forgotten += some as u64,
        }
    }
}
