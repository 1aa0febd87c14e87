//! The trash's end: pictures deleted for good, their objects through the outbox.

use super::{Db, DbError, Statement, engine::json, images::Image};

statements! {
    /// The oldest of everybody's trash.
    EXPIRED = "SELECT * FROM images WHERE trashed_at <= ?1 ORDER BY trashed_at LIMIT ?2";
    OF_PERSON = "SELECT * FROM images WHERE user_id = ?1 AND trashed_at IS NOT NULL
        AND id IN (SELECT value FROM json_each(?2))";
    /// `?1` is a list of [image, object] pairs; what left the trash meanwhile keeps its objects.
    ORDER_OBJECTS = ordering_deletions!("SELECT json_extract(pair.value, '$[1]'), ?2 FROM json_each(?1) AS pair
        WHERE EXISTS (SELECT 1 FROM images WHERE id = json_extract(pair.value, '$[0]')
            AND trashed_at IS NOT NULL)");
    /// A job whose last picture goes keeps what it cost and when, and no words.
    /// `?1` is a list of images.
    FORGET_WORDS = "UPDATE jobs SET prompt = '', parent_id = NULL WHERE finished_at IS NOT NULL
        AND id IN (SELECT job_id FROM images WHERE trashed_at IS NOT NULL
            AND id IN (SELECT value FROM json_each(?1)))
        AND NOT EXISTS (SELECT 1 FROM images i WHERE i.job_id = jobs.id
            AND (i.trashed_at IS NULL OR i.id NOT IN (SELECT value FROM json_each(?1))))";
    /// Of the same words, what never became a picture (cancelled, failed) keeps
    /// none either: nobody could find them to delete them.
    FORGET_REPEATED = "UPDATE jobs SET prompt = '', parent_id = NULL
        WHERE finished_at IS NOT NULL AND prompt <> ''
          AND NOT EXISTS (SELECT 1 FROM images i WHERE i.job_id = jobs.id)
          AND (user_id, prompt) IN (SELECT d.user_id, d.prompt FROM jobs d JOIN images x ON x.job_id = d.id
            WHERE x.trashed_at IS NOT NULL AND x.id IN (SELECT value FROM json_each(?1)))";
    FORGET_INPUTS = "DELETE FROM job_inputs WHERE job_id IN (
        SELECT j.id FROM jobs j WHERE j.prompt = '' AND j.user_id IN (
            SELECT i.user_id FROM images i WHERE i.id IN (SELECT value FROM json_each(?1))))";
    DELETE = "DELETE FROM images WHERE trashed_at IS NOT NULL
        AND id IN (SELECT value FROM json_each(?1)) RETURNING id";
}

/// Pictures that have been in the trash since `before_ms` or longer, oldest first.
pub async fn expired(db: &Db, before_ms: i64, limit: u32) -> Result<Vec<Image>, DbError> {
    let statement = Statement::new(EXPIRED).bind(before_ms).bind(limit);
    Image::list(&db.fetch_all(statement).await?)
}

/// Those of these pictures that are in this person's trash.
pub async fn of_person(db: &Db, user_id: &str, ids: &[String]) -> Result<Vec<Image>, DbError> {
    let statement = Statement::new(OF_PERSON).bind(user_id).bind(json(ids)?);
    Image::list(&db.fetch_all(statement).await?)
}

/// Deletes pictures that are in the trash and orders their objects' deletion,
/// as one step; the words of a job go with its last picture. `images` are ids
/// with their objects' keys. Returns how many there were.
pub async fn delete(
    db: &Db,
    images: &[(String, Vec<String>)],
    now_ms: i64,
) -> Result<usize, DbError> {
    let ids: Vec<&str> = images.iter().map(|(id, _)| id.as_str()).collect();
    let pairs: Vec<(&str, &str)> = images
        .iter()
        .flat_map(|(id, keys)| keys.iter().map(move |key| (id.as_str(), key.as_str())))
        .collect();
    let ids = json(&ids)?;
    let batch = vec![
        Statement::new(ORDER_OBJECTS)
            .bind(json(&pairs)?)
            .bind(now_ms),
        Statement::new(FORGET_REPEATED).bind(ids.as_str()),
        Statement::new(FORGET_WORDS).bind(ids.as_str()),
        Statement::new(FORGET_INPUTS).bind(ids.as_str()),
        Statement::new(DELETE).bind(ids),
    ];
    let results = db.batch(batch).await?;
    Ok(results.last().map_or(0, Vec::len))
}
