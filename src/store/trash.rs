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
/// as one step. `images` are ids with their objects' keys. Returns how many there were.
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
    let batch = vec![
        Statement::new(ORDER_OBJECTS)
            .bind(json(&pairs)?)
            .bind(now_ms),
        Statement::new(DELETE).bind(json(&ids)?),
    ];
    let results = db.batch(batch).await?;
    Ok(results.last().map_or(0, Vec::len))
}
